//! [`Encoding`]: the JSON of a conversation's messages, written once, in chunks that requests share.

use std::sync::Arc;

use bytes::Bytes;

use crate::client::Body;

/// Messages as they stand in a request body, comma-separated.
///
/// It only grows at its end, and what is there never moves: a chunk has its full size from the start, and the next one
/// is three times as large as all before it together. So a conversation of any length is a handful of chunks, and adding a
/// message costs what the message costs. A request holds the chunks by reference count; while one does, new messages go into a
/// new chunk instead.
#[derive(Clone, Debug, Default)]
pub(crate) struct Encoding {
    chunks: Vec<Chunk>,
}

#[derive(Clone, Debug)]
struct Chunk {
    bytes: Arc<Vec<u8>>,
    /// How much of `bytes` is ours: a clone of this conversation may have written more behind it.
    len: usize,
}

const SMALLEST: usize = 4 << 10;
const LARGEST: usize = 1 << 20;

impl Encoding {
    /// Adds the JSON of one or more messages.
    pub(crate) fn push(&mut self, json: &[u8]) {
        let comma: &[u8] = if self.is_empty() { b"" } else { b"," };
        let size = comma.len() + json.len();
        if self.chunks.last_mut().and_then(|chunk| chunk.room(size)).is_none() {
            let capacity = size.max((3 * self.len()).clamp(SMALLEST, LARGEST));
            self.chunks.push(Chunk { bytes: Arc::new(Vec::with_capacity(capacity)), len: 0 });
        }
        let Some(chunk) = self.chunks.last_mut() else { return };
        if let Some(bytes) = chunk.room(size) {
            bytes.extend_from_slice(comma);
            bytes.extend_from_slice(json);
            chunk.len += size;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len).sum()
    }

    /// Adds all of it to a request body.
    pub(crate) fn write(&self, body: &mut Body) {
        self.write_start(usize::MAX, body);
    }

    /// Adds its first bytes to a request body.
    pub(crate) fn write_start(&self, mut bytes: usize, body: &mut Body) {
        for chunk in &self.chunks {
            let part = bytes.min(chunk.len);
            bytes -= part;
            if part > 0 {
                body.share(&chunk.as_ref()[..part], || Bytes::from_owner(chunk.clone()).slice(..part));
            }
        }
    }
}

impl Chunk {
    /// The buffer, if nobody else reads it and `size` bytes fit without moving what is there.
    fn room(&mut self, size: usize) -> Option<&mut Vec<u8>> {
        let bytes = Arc::get_mut(&mut self.bytes)?;
        bytes.truncate(self.len);
        (bytes.capacity() - bytes.len() >= size).then_some(bytes)
    }
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(encoding: &Encoding) -> String {
        String::from_utf8(pieces(encoding).concat()).unwrap()
    }

    fn pieces(encoding: &Encoding) -> Vec<Bytes> {
        let mut body = Body::new(Vec::new());
        encoding.write(&mut body);
        body.finish()
    }

    #[test]
    fn long_conversations_are_few_chunks_that_never_move() {
        let mut encoding = Encoding::default();
        let mut expected = Vec::new();
        for n in 0..5_000 {
            let message = format!("{{\"n\":{n}}}");
            encoding.push(message.as_bytes());
            expected.push(message);
        }
        assert_eq!(text(&encoding), expected.join(","));
        assert!(encoding.chunks.len() < 8, "{}", encoding.chunks.len());
        assert!(encoding.chunks.iter().all(|chunk| chunk.bytes.capacity() <= LARGEST));
    }

    #[test]
    fn a_request_in_flight_keeps_its_bytes() {
        // So large that they are shared; the second chunk has room left.
        let (one, two) = ("1".repeat(20 << 10), "2".repeat(17 << 10));
        let mut encoding = Encoding::default();
        encoding.push(one.as_bytes());
        encoding.push(two.as_bytes());
        let sent = pieces(&encoding);
        let mut fork = encoding.clone();
        encoding.push(b"3");
        fork.push(b"4");
        assert_eq!(sent, [one.clone(), format!(",{two}")]);
        assert_eq!(text(&encoding), format!("{one},{two},3"));
        assert_eq!(text(&fork), format!("{one},{two},4"));
        drop((sent, fork));
        encoding.push(b"5");
        assert_eq!(encoding.chunks.len(), 3);
    }
}
