//! [`Conversation`]: the digest of a conversation, to which thinking is bound.

use serde_json::Value;

use super::block::{self, Block, list};
use crate::testing::{digest, signature};

/// The digest of the system prompt, the tools and the messages of a request.
///
/// A signed compaction block continues the digest of the messages that it replaced, so that thinking in the messages
/// after it stays valid.
pub(in crate::testing) struct Conversation {
    head: u64,
    /// The digest of the messages.
    pub(in crate::testing) messages: u64,
    role: String,
}

impl Conversation {
    /// Returns the conversation of a request with all its messages.
    pub(in crate::testing) fn of(request: &Value) -> Self {
        let mut conversation = Self::begin(request);
        for block in &block::all(list(&request["messages"])) {
            conversation.push(block);
        }
        conversation
    }

    /// Returns the conversation of a request after everything was replaced by an unsigned compaction block.
    pub(in crate::testing) fn compacted(request: &Value, compaction: &Value) -> Self {
        let message = [serde_json::json!({ "role": "assistant", "content": [compaction] })];
        let mut conversation = Self::begin(request);
        for block in &block::all(&message) {
            conversation.push(block);
        }
        conversation
    }

    /// Returns the digest that thinking is bound to.
    pub(in crate::testing) fn digest(&self) -> u64 {
        digest::chain(self.head, self.messages)
    }

    /// Finds the first thinking block, by message and index, that this server signed for another conversation.
    pub(in crate::testing) fn find_foreign_thinking(request: &Value) -> Option<(usize, usize)> {
        let mut conversation = Self::begin(request);
        // A response can be a part of a turn: it then continues the blocks of the turn before it.
        let mut starts = Vec::new();
        for block in &block::all(list(&request["messages"])) {
            if block.role != conversation.role {
                starts.clear();
            }
            starts.push(conversation.digest());
            if let Some(digest) = block.value["signature"].as_str().and_then(signature::conversation)
                && block.kind() == "thinking"
                && !starts.contains(&digest)
            {
                return Some((block.message, block.index));
            }
            conversation.push(block);
        }
        None
    }

    fn begin(request: &Value) -> Self {
        let loaded = list(&request["tools"]).iter().filter(|tool| tool["defer_loading"] != true);
        let tools = loaded.fold(0, |head, tool| digest::chain(head, digest::of(tool)));
        let head = digest::chain(tools, digest::of(&request["system"]));
        Self { head, messages: 0, role: String::new() }
    }

    fn push(&mut self, block: &Block<'_>) {
        if block::replaces(&block.value) {
            self.role.clear();
            self.messages = 0;
            let signed = block.value["signature"].as_str().map(signature::Compacted::read);
            if let Some(Ok(Some(signed))) = signed {
                self.messages = signed.conversation;
                return;
            }
        }
        if self.role != block.role {
            block.role.clone_into(&mut self.role);
            self.messages = digest::chain(self.messages, digest::of_text(block.role));
        }
        self.messages = digest::chain(self.messages, digest::of(&block.value));
    }
}
