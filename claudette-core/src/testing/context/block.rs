//! [`Blocks`]: the content blocks of a conversation in order. A content that is a string is one block.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::testing::usage;

/// A content block, with its place and the role of its message.
pub(super) struct Block<'a> {
    pub(super) message: usize,
    pub(super) index: usize,
    pub(super) role: &'a str,
    pub(super) value: Cow<'a, Value>,
    /// The estimated size in bytes, including the message for its first block.
    pub(super) bytes: u64,
    /// `true` for the last block of a user turn, after which the model was asked for a response.
    pub(super) asks: bool,
}

impl Block<'_> {
    pub(super) fn kind(&self) -> &str {
        self.value["type"].as_str().unwrap_or_default()
    }

    pub(super) fn is_thinking(&self) -> bool {
        matches!(self.kind(), "thinking" | "redacted_thinking")
    }
}

/// Returns the blocks of messages, in order.
pub(super) fn all(messages: &[Value]) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for (message, value) in messages.iter().enumerate() {
        let role = value["role"].as_str().unwrap_or_default();
        if role == "assistant"
            && let Some(last) = blocks.last_mut()
        {
            last.asks = last.role != "assistant";
        }
        let start = blocks.len();
        match &value["content"] {
            Value::Array(content) => blocks.extend(content.iter().enumerate().map(|(index, value)| Block {
                message,
                index,
                role,
                bytes: usage::bytes(value) + 1,
                value: Cow::Borrowed(value),
                asks: false,
            })),
            Value::String(text) => blocks.push(Block {
                message,
                index: 0,
                role,
                bytes: text.len() as u64 + 2,
                value: Cow::Owned(json!({ "type": "text", "text": text })),
                asks: false,
            }),
            _ => {}
        }
        if let Some(first) = blocks.get_mut(start) {
            first.bytes += message_bytes(role);
        }
    }
    if let Some(last) = blocks.last_mut() {
        last.asks = true;
    }
    blocks
}

/// Returns the blocks that the model reads: without those before a compaction, and without the texts of system messages
/// that apply only until the next user message.
pub(super) fn visible(messages: &[Value]) -> Vec<Block<'_>> {
    let mut blocks = all(messages);
    blocks.drain(..dropped(&blocks));
    let last_user = messages.iter().rposition(|message| message["role"] == "user").unwrap_or_default();
    let is_over = |block: &Block<'_>| {
        block.kind() == "text"
            && block.message < last_user
            && messages[block.message]["clear_at"] == "next_user_message"
    };
    let mut visible: Vec<Block<'_>> = Vec::with_capacity(blocks.len());
    for block in blocks {
        if !is_over(&block) {
            visible.push(block);
        } else if block.asks
            && let Some(last) = visible.last_mut()
        {
            last.asks = true;
        }
    }
    visible
}

/// Returns the bytes of a message without its content.
pub(super) fn message_bytes(role: &str) -> u64 {
    22 + role.len() as u64
}

/// Returns `true` for a compaction block that replaces everything before it. A block without content does not.
pub(in crate::testing) fn replaces(block: &Value) -> bool {
    block["type"] == "compaction" && block["content"].is_string()
}

/// Returns the number of blocks before the last compaction block, which the model does not read.
fn dropped(blocks: &[Block<'_>]) -> usize {
    blocks.iter().rposition(|block| replaces(&block.value)).unwrap_or_default()
}

/// Returns the elements of a value that is a list, and nothing otherwise.
pub(in crate::testing) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
