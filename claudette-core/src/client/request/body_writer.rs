//! [`BodyWriter`]: puts the body of a request together.

use bytes::Bytes;

use super::json_text::encode;
use crate::messages::Message;

/// The body of a request. What is small is copied, for a piece of its own costs more than that on its way down to the
/// socket; what is large is shared.
#[derive(Debug)]
pub(in crate::client) struct BodyWriter {
    done: Vec<Bytes>,
    open: Vec<u8>,
}

/// What has as many bytes as this is shared.
const LARGE: usize = 8 << 10;

impl BodyWriter {
    pub(in crate::client) fn new(head: Vec<u8>) -> Self {
        Self { done: Vec::new(), open: head }
    }

    /// Adds a few bytes.
    pub(in crate::client) fn push(&mut self, bytes: &[u8]) {
        self.open.extend_from_slice(bytes);
    }

    /// Adds bytes, which can be had as a piece as well.
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

    /// Its pieces.
    pub(in crate::client) fn finish(mut self) -> Vec<Bytes> {
        self.close();
        self.done
    }
}
