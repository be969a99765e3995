//! [`Compaction`]: whether the server replaces a conversation by a summary, and the block that contains the summary.

use serde_json::{Value, json};

use super::block::list;
use super::conversation::Conversation;
use crate::testing::signature;
use crate::testing::tool_table::ToolTable;

/// The tokens of a prompt above which the server compacts it, if the request does not set them.
const TRIGGER: u64 = 150_000;

/// The reason why the server makes a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::testing) enum Compaction {
    /// The request asks for nothing else.
    OnDemand,
    /// The prompt is larger than the threshold of an edit.
    Threshold { pause: bool },
}

impl Compaction {
    pub(in crate::testing) fn of(request: &Value, tokens: u64) -> Option<Self> {
        if request["compaction"].is_object() {
            return Some(Compaction::OnDemand);
        }
        let edits = list(&request["context_management"]["edits"]);
        let edit = edits.iter().find(|edit| edit["type"] == "compact_20260112")?;
        let trigger = edit["trigger"]["value"].as_u64().unwrap_or(TRIGGER);
        let pause = edit["pause_after_compaction"] == true;
        (tokens > trigger).then_some(Compaction::Threshold { pause })
    }
}

/// Returns the block with a summary of a request's conversation.
pub(in crate::testing) fn summary_block(kind: Compaction, request: &Value, summary: &str) -> Value {
    let content = json!(summary);
    match kind {
        Compaction::Threshold { .. } => {
            json!({ "type": "compaction", "content": content, "encrypted_content": "RW5jcnlwdGVk" })
        }
        Compaction::OnDemand => {
            let changes = ToolTable::of(request).unwrap_or_default().changes();
            let conversation = Conversation::of(request).messages;
            let signature = signature::Compacted::sign(&content, &changes, conversation);
            json!({ "type": "compaction", "content": content, "signature": signature, "tool_changes": changes })
        }
    }
}

/// Returns a summary that names the first and the last text of the conversation.
pub(in crate::testing) fn default_summary(request: &Value) -> String {
    let messages = list(&request["messages"]);
    let text = |message: &Value| match &message["content"] {
        Value::String(text) => Some(text.clone()),
        content => list(content).iter().find_map(|block| {
            let text = block["text"].as_str().or(block["content"].as_str());
            text.map(str::to_owned)
        }),
    };
    let short = |text: String| text.chars().take(500).collect::<String>();
    let first = messages.iter().find_map(text).map(short).unwrap_or_default();
    let last = messages.iter().rev().find_map(text).map(short).unwrap_or_default();
    format!("Summary of {} messages. It began with: {first}\nThe latest text: {last}", messages.len())
}
