//! Token counts, estimated from sizes: the server has no tokenizer.

use serde_json::{Value, json};

/// The assumed number of tokens of an image or a document.
const ATTACHMENT: u64 = 1_500;

/// Returns the usage of a response: the counts of its input, and the fields that the API adds.
///
/// `room` is the number of tokens that the context window has for the output.
pub(super) fn of_response(mut usage: Value, content: &[Value], room: u64) -> Value {
    let output = content.iter().map(tokens).sum::<u64>().max(1).min(room);
    usage["output_tokens"] = json!(output);
    usage["service_tier"] = json!("standard");
    usage["inference_geo"] = json!("global");
    let thinking: Vec<_> = content.iter().filter(|block| block["type"] == "thinking").collect();
    if !thinking.is_empty() {
        let thinking: u64 = thinking.into_iter().map(tokens).sum();
        usage["output_tokens_details"] = json!({ "thinking_tokens": thinking });
    }
    usage
}

/// Estimates one token for four bytes of JSON.
pub(super) fn tokens(value: &Value) -> u64 {
    bytes(value).div_ceil(4)
}

/// Returns the approximate size of a value, as JSON.
pub(super) fn bytes(value: &Value) -> u64 {
    match value {
        // The base64 data of an attachment is not counted as text.
        Value::Object(fields) if fields.get("type").is_some_and(|kind| kind == "base64") => ATTACHMENT * 4,
        Value::Object(fields) => fields
            .iter()
            // Moving a cache breakpoint does not change the size of a prompt.
            .filter(|(name, _)| *name != "cache_control")
            .map(|(name, value)| name.len() as u64 + 4 + bytes(value))
            .sum(),
        Value::Array(items) => items.iter().map(|item| 1 + bytes(item)).sum(),
        Value::String(text) => text.len() as u64 + 2,
        Value::Null | Value::Bool(_) | Value::Number(_) => 4,
    }
}
