//! [`BodyWriter`]: assembles the body of a request.

use bytes::Bytes;

use super::json_text::encode;
use crate::messages::Message;

/// The body of a request. Large parts are shared. Small parts are copied, because a separate piece costs more than a
/// copy on the way to the socket.
#[derive(Debug)]
pub(in crate::client) struct BodyWriter {
    done: Vec<Bytes>,
    open: Vec<u8>,
}

/// The size from which a part is shared, in bytes.
const LARGE: usize = 8 << 10;

impl BodyWriter {
    pub(in crate::client) fn new(head: Vec<u8>) -> Self {
        Self { done: Vec::new(), open: head }
    }

    /// Adds a few bytes.
    pub(in crate::client) fn push(&mut self, bytes: &[u8]) {
        self.open.extend_from_slice(bytes);
    }

    /// Adds bytes, which `piece` returns as a shared piece.
    pub(in crate::client) fn share(&mut self, bytes: &[u8], piece: impl FnOnce() -> Bytes) {
        if bytes.len() < LARGE {
            return self.push(bytes);
        }
        self.close();
        self.done.push(piece());
    }

    /// Adds messages.
    pub(in crate::client) fn push_messages(&mut self, messages: &[Message]) {
        let json = Bytes::from(encode(messages));
        self.share(&json, || json.clone());
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.done.push(std::mem::take(&mut self.open).into());
        }
    }

    /// Returns the pieces of the body.
    pub(in crate::client) fn finish(mut self) -> Vec<Bytes> {
        self.close();
        self.done
    }
}
