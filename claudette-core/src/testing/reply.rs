//! [`Reply`]: the message that answers a request, with its usage.

use serde_json::{Value, json};

use super::context::{self, Compaction, Conversation, PromptCache, View};
use super::ids::Ids;
use super::mock_response::{Block, MockResponse, Payload};
use super::models::Model;
use super::usage;

/// The circumstances in which a message is made.
pub(super) struct Reply<'a> {
    pub(super) request: &'a Value,
    pub(super) view: &'a View,
    pub(super) ids: &'a Ids,
    /// The prompt cache, and the size below which the model does not use it.
    pub(super) cache: &'a PromptCache,
    pub(super) minimum: Option<u64>,
    /// The context window in tokens.
    pub(super) window: u64,
}

impl Reply<'_> {
    /// Returns the message of an ordinary response.
    pub(super) fn message(&self, mock: &MockResponse, blocks: &[Block]) -> Value {
        let conversation = Conversation::of(self.request).digest();
        let content = self.content(blocks, conversation);
        let input = self.cache.count(self.view, self.minimum);
        self.finish(mock, &content, input, self.view)
    }

    /// Returns the message with a summary of the conversation, and nothing else.
    ///
    /// The texts of the response are the summary. It has a summary only if its stop reason is not set.
    pub(super) fn summary(&self, kind: Compaction, mock: &MockResponse, blocks: &[Block]) -> Value {
        let blocks = self.content(blocks, 0);
        let summary = text_of(&blocks);
        let output = usage::tokens(&json!(summary)).max(1);
        let max_tokens = self.request["max_tokens"].as_u64().unwrap_or(u64::MAX);
        let verbatim = blocks.iter().any(|block| block["type"] == "compaction");
        let (content, stop_reason) = if verbatim {
            (blocks, "compaction")
        } else if mock.field("stop_reason").is_some() || summary.is_empty() {
            // The scripted stop reason replaces this one.
            (Vec::new(), "end_turn")
        } else if output > max_tokens {
            (Vec::new(), "max_tokens")
        } else if self.view.tokens().saturating_add(output) > self.window {
            (Vec::new(), "model_context_window_exceeded")
        } else {
            (vec![context::summary_block(kind, self.request, &summary)], "compaction")
        };
        let iteration = self.compaction_iteration(output.min(max_tokens));
        let usage = json!({
            "input_tokens": 0,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": { "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0 },
            "output_tokens": 0,
            "service_tier": "standard",
            "inference_geo": "global",
            "iterations": [iteration],
        });
        self.envelope(mock, &content, stop_reason, &usage)
    }

    /// Returns the message of a response whose prompt was compacted first. A block without a summary replaces nothing.
    pub(super) fn after_summary(&self, summary: &Value, mock: &MockResponse, blocks: &[Block]) -> Value {
        let compacted = context::replaces(summary).then(|| self.view.compacted(summary));
        let conversation = match &compacted {
            Some(_) => Conversation::compacted(self.request, summary).digest(),
            None => Conversation::of(self.request).digest(),
        };
        let view = compacted.as_ref().unwrap_or(self.view);
        let mut iterations = vec![self.compaction_iteration(usage::tokens(summary))];
        let content = self.content(blocks, conversation);
        let input = self.cache.count(view, self.minimum);
        let mut message = self.finish(mock, &content, input, view);
        let mut iteration = message["usage"].clone();
        iteration["type"] = json!("message");
        iterations.push(iteration);
        message["usage"]["iterations"] = json!(iterations);
        if let Some(content) = message["content"].as_array_mut() {
            content.insert(0, summary.clone());
        }
        message
    }

    /// Returns the content of a response. `conversation` is the digest of the conversation.
    fn content(&self, blocks: &[Block], conversation: u64) -> Vec<Value> {
        blocks.iter().flat_map(|block| block.to_json(self.request, self.ids, conversation)).collect()
    }

    fn compaction_iteration(&self, output: u64) -> Value {
        let mut iteration = self.cache.count(self.view, self.minimum);
        iteration["type"] = json!("compaction");
        iteration["output_tokens"] = json!(output);
        iteration
    }

    fn finish(&self, mock: &MockResponse, content: &[Value], input: Value, view: &View) -> Value {
        let room = self.window.saturating_sub(view.tokens());
        let full = content.iter().map(usage::tokens).sum::<u64>() > room;
        let stop_reason = if full {
            "model_context_window_exceeded"
        } else if content.iter().any(|block| block["type"] == "tool_use") {
            "tool_use"
        } else {
            "end_turn"
        };
        let usage = usage::of_response(input, content, room);
        self.envelope(mock, content, stop_reason, &usage)
    }

    fn envelope(&self, mock: &MockResponse, content: &[Value], stop_reason: &str, usage: &Value) -> Value {
        let model = self.request["model"].as_str().unwrap_or_default();
        let mut message = json!({
            "model": Model::find(model).map_or(model, |known| known.exact_id()),
            "id": self.ids.message(),
            "type": "message",
            "role": "assistant",
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": null,
            "stop_details": null,
            "usage": usage,
        });
        if self.request["context_management"]["edits"].is_array() {
            message["context_management"] = json!({ "applied_edits": self.view.applied_edits() });
        }
        mock.with_fields(message)
    }
}

/// Returns the blocks of a response that is a message.
pub(super) fn blocks(mock: &MockResponse) -> Option<&[Block]> {
    match &mock.payload {
        Payload::Message(blocks) => Some(blocks),
        Payload::Error { .. } | Payload::Raw { .. } => None,
    }
}

fn text_of(blocks: &[Value]) -> String {
    blocks.iter().filter_map(|block| block["text"].as_str()).collect()
}
