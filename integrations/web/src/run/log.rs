//! [`Log`]: the frames of the running message.

use bytes::Bytes;

/// The bytes of a stream that have been sent so far. Readers copy pieces out of it, so a slow reader keeps nothing but
/// its place.
#[derive(Debug)]
pub(super) struct Log {
    bytes: Vec<u8>,
    max: usize,
    is_closed: bool,
    is_dropped: bool,
}

/// The next piece for a reader.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    Piece(Bytes),
    /// Nothing is there yet.
    Wait,
    /// The stream is over.
    End,
    /// The log was removed before the reader had read it.
    Lost,
}

impl Log {
    pub(super) fn new(max: usize) -> Self {
        Self { bytes: Vec::new(), max, is_closed: false, is_dropped: false }
    }

    /// Adds a frame. Returns `false` if the log is full.
    pub(super) fn push(&mut self, frame: &str) -> bool {
        if self.is_closed || self.bytes.len() + frame.len() > self.max {
            return false;
        }
        self.bytes.extend_from_slice(frame.as_bytes());
        true
    }

    /// Adds the last frames, also to a full log.
    pub(super) fn close(&mut self, frames: &str) {
        if !self.is_closed {
            self.bytes.extend_from_slice(frames.as_bytes());
            self.is_closed = true;
        }
    }

    /// Removes the frames of a stream that is over.
    pub(super) fn drop_frames(&mut self) {
        (self.bytes, self.is_dropped) = (Vec::new(), true);
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn next(&self, at: usize) -> Next {
        /// A piece of this size fills the buffers of a socket.
        const MAX_PIECE: usize = 64 * 1024;
        match self.bytes.get(at..) {
            Some(rest) if !rest.is_empty() => Next::Piece(Bytes::copy_from_slice(&rest[..rest.len().min(MAX_PIECE)])),
            _ if self.is_dropped => Next::Lost,
            _ if self.is_closed => Next::End,
            _ => Next::Wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_get_all_bytes_in_pieces() {
        let mut log = Log::new(200_000);
        assert_eq!(log.next(0), Next::Wait);
        let frame = "x".repeat(100_000);
        assert!(log.push(&frame));
        let (mut at, mut pieces) = (0, 0);
        while let Next::Piece(piece) = log.next(at) {
            (at, pieces) = (at + piece.len(), pieces + 1);
        }
        assert_eq!((at, pieces, log.next(at)), (100_000, 2, Next::Wait));
        assert!(log.push(&frame));
        assert!(!log.push("y"), "the log is full");
        log.close("end");
        assert!(!log.push("z"));
        assert_eq!(log.next(200_000), Next::Piece(Bytes::from_static(b"end")));
        assert_eq!(log.next(200_003), Next::End);
        log.drop_frames();
        assert_eq!(log.next(3), Next::Lost);
    }
}
