//! [`EncodedMessages`]: the JSON of a conversation's messages, encoded once, in chunks that requests share.

use std::sync::Arc;

use bytes::Bytes;

use super::body_writer::BodyWriter;
use super::json_text::encode;
use super::marking::mark_turn;
use crate::messages::{CacheControl, Message, Role};

/// The JSON of the sealed messages of a conversation, as it is in a request body.
///
/// This is a cache of the messages: [`sync`](Self::sync) encodes the new ones. It grows only at its end, and its bytes
/// never move. A chunk is allocated with its full capacity, and the next chunk is three times as large as all chunks
/// before it. Therefore a conversation of any length has few chunks, and the cost of a new message does not depend on
/// their number. Requests share the chunks by reference count. While a request uses the last chunk, new messages go
/// into a new one.
#[derive(Clone, Debug, Default)]
pub(crate) struct EncodedMessages {
    chunks: Vec<Chunk>,
    /// The number of encoded messages.
    count: usize,
    /// The version of the encoded messages. In another version, earlier messages may have changed.
    epoch: u64,
    /// A message that was sent and may be sealed next, and its JSON.
    sent: Option<(Message, Bytes)>,
}

#[derive(Clone, Debug)]
struct Chunk {
    bytes: Arc<Vec<u8>>,
    /// The length of this conversation's part of `bytes`. A clone of the conversation may have appended more.
    len: usize,
}

const SMALLEST: usize = 4 << 10;
const LARGEST: usize = 1 << 20;

impl EncodedMessages {
    /// Encodes the messages that are not encoded yet, or all of them if the epoch has changed.
    pub(crate) fn sync(&mut self, sealed: &[Message], epoch: u64) {
        if self.epoch != epoch || self.count > sealed.len() {
            *self = Self { epoch, ..Self::default() };
        }
        for message in &sealed[self.count..] {
            match self.sent.take_if(|(sent, _)| sent == message) {
                Some((_, json)) => self.push(&json),
                None => self.push(&encode(std::slice::from_ref(message))),
            }
            self.count += 1;
        }
    }

    /// Keeps the JSON of a message that was sent, so that it is not encoded again when it is sealed.
    pub(crate) fn remember(&mut self, sent: Option<(Message, Bytes)>) {
        self.sent = sent;
    }

    /// Adds the messages to a request body, with a cache breakpoint on a block of the model's last turn, which is
    /// encoded again.
    pub(super) fn write_with_breakpoint(
        &self,
        sealed: &[Message],
        (place, control): &(usize, CacheControl),
        body: &mut BodyWriter,
    ) {
        let first = sealed.iter().rposition(|message| *message.role() != Role::Assistant).map_or(0, |last| last + 1);
        let mut turn = sealed[first..].to_vec();
        self.write_start(self.len() - encode(&turn).len(), body);
        mark_turn(&mut turn, *place, control);
        body.push_messages(&turn);
    }

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

    /// Adds all messages to a request body.
    pub(super) fn write(&self, body: &mut BodyWriter) {
        self.write_start(usize::MAX, body);
    }

    /// Adds the first `bytes` bytes to a request body.
    fn write_start(&self, mut bytes: usize, body: &mut BodyWriter) {
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
    /// Returns the buffer, if it is not shared and `size` more bytes fit without a reallocation.
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

    fn text(encoding: &EncodedMessages) -> String {
        String::from_utf8(pieces(encoding).concat()).unwrap()
    }

    fn pieces(encoding: &EncodedMessages) -> Vec<Bytes> {
        let mut body = BodyWriter::new(Vec::new());
        encoding.write(&mut body);
        body.finish()
    }

    #[test]
    fn long_conversations_have_few_chunks() {
        let mut encoding = EncodedMessages::default();
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
        // Both are large enough to be shared, and the second chunk has capacity left.
        let (one, two) = ("1".repeat(20 << 10), "2".repeat(17 << 10));
        let mut encoding = EncodedMessages::default();
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
