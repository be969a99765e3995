//! The changes that make a conversation smaller, as data parts of a message.

use claudette::Usage;
use claudette::catalog::Spent;
use claudette::chat::ContextChange;
use claudette::wire::Compaction;
use serde_json::{Value, json};

use super::chunk::DataChunk;
use super::end::usage_json;
use super::options::UiOptions;

/// Returns the data of a change. With the reason of a missing summary, it is for developers.
fn data(change: &ContextChange, options: &UiOptions) -> Value {
    let text = match change {
        ContextChange::NotCompacted { .. } if !options.error_details => {
            "the model did not write a summary, and the conversation is unchanged".to_owned()
        }
        change => change.to_string(),
    };
    let with_cost = |mut data: Value, spent: &Spent| {
        // The usage of a summary is in a list, which a sum contains.
        let mut usage = Usage::default();
        usage += &spent.usage;
        data["usage"] = usage_json(&usage);
        data["cost_usd"] = spent.cost.map(|cost| cost.total()).into();
        data
    };
    match change {
        ContextChange::Compacted { tokens_before, messages, summary, spent } => {
            let data = json!({"kind": "compacted", "text": text, "messages": messages, "tokens_before": tokens_before,
                "summary": summary});
            with_cost(data, spent)
        }
        ContextChange::NotCompacted { spent, .. } => with_cost(json!({"kind": "not-compacted", "text": text}), spent),
        ContextChange::Trimmed { tokens_before, tokens_removed, results, messages } => json!({
            "kind": "trimmed", "text": text, "messages": messages, "results": results,
            "tokens_before": tokens_before, "tokens_removed": tokens_removed,
        }),
        ContextChange::Cleared { tokens, results, .. } => {
            json!({"kind": "cleared", "text": text, "results": results, "tokens_removed": tokens})
        }
        _ => json!({"kind": "other", "text": text}),
    }
}

/// Returns the part of a message that reports a change.
pub(super) fn context_part(change: &ContextChange, options: &UiOptions) -> DataChunk {
    DataChunk::new("context", data(change, options))
}

/// Returns the report of a change inside a sub-agent, which does not become a part of the message.
pub(super) fn context_inside(agent_id: String, change: &ContextChange, options: &UiOptions) -> DataChunk {
    let mut data = data(change, options);
    data["call_id"] = agent_id.into();
    DataChunk::transient("context", data)
}

/// Returns the part for the summary at the beginning of a stored conversation. Its cost was not stored.
pub(super) fn summary_part(block: &Compaction) -> Option<DataChunk> {
    let summary = block.content()?;
    let text = "a summary replaced the earlier messages";
    Some(DataChunk::new("context", json!({"kind": "compacted", "text": text, "summary": summary})))
}
