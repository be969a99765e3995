//! [`SizeCache`]: the size of a history as JSON, measured on demand.

use std::io::{self, Write};

use serde::Serialize;

use crate::messages::{ContentBlock, Message};

/// The size of a history as JSON, as far as it has been measured.
///
/// It is needed only for results with images or documents, which most conversations do not have.
#[derive(Clone, Copy, Default)]
pub(super) struct SizeCache {
    /// The number of sealed messages that have been measured, and their size in bytes.
    count: usize,
    bytes: usize,
    /// The size of the open message, if it has been measured. Results that were replaced still count.
    open: Option<usize>,
}

impl SizeCache {
    /// Returns the size of all messages in bytes, and measures those that are new.
    pub(super) fn measure(&mut self, sealed: &[Message], open: Option<&Message>) -> usize {
        self.bytes += sealed[self.count..].iter().map(size_of_message).sum::<usize>();
        self.count = sealed.len();
        self.bytes + *self.open.get_or_insert_with(|| open.map_or(0, size_of_message))
    }

    /// Adds a block to the open message.
    pub(super) fn add(&mut self, block: &ContentBlock) {
        if let Some(open) = &mut self.open {
            *open += size_of(block);
        }
    }

    /// Forgets the open message, because another one takes its place.
    pub(super) fn forget_open(&mut self) {
        self.open = None;
    }
}

/// Returns the size of a message as JSON, in bytes. For a message of text only, it is an upper bound.
fn size_of_message(message: &Message) -> usize {
    // `{"role":"assistant","content":[]}`, and for each block `{"type":"text","text":""},`.
    const MESSAGE: usize = 40;
    const BLOCK: usize = 30;
    if !message.is_plain_text() {
        return size_of(message);
    }
    let texts = message.content().iter().filter_map(ContentBlock::as_text);
    texts.map(|text| BLOCK + size_of_text(text)).sum::<usize>() + MESSAGE
}

/// Returns the size of a text as JSON, without its quotes. Each control character counts as two bytes.
fn size_of_text(text: &str) -> usize {
    let is_escaped = |byte: &u8| u8::from(*byte < 0x20 || *byte == b'"' || *byte == b'\\');
    // The count of a chunk fits into a byte, so the compiler can vectorize the loop.
    let chunks = text.as_bytes().chunks(u8::MAX.into());
    text.len() + chunks.map(|chunk| usize::from(chunk.iter().map(is_escaped).sum::<u8>())).sum::<usize>()
}

/// Returns the size of a value as JSON, in bytes, without allocating.
pub(super) fn size_of(value: &impl Serialize) -> usize {
    let mut size = Size(0);
    // The writer does not fail. A value that cannot be serialized counts as far as it was written.
    let _ = serde_json::to_writer(&mut size, value);
    size.0
}

struct Size(usize);

impl Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
