//! Token counts, estimated from sizes: the server has no tokenizer.

use serde_json::{Value, json};

/// The parts of a request that the model reads.
const PROMPT: [&str; 4] = ["tools", "system", "messages", "output_config"];

/// The assumed number of tokens of an image or a document.
const ATTACHMENT: u64 = 1_500;

/// Returns the estimated number of input tokens of a request.
pub(super) fn input_tokens(request: &Value) -> u64 {
    PROMPT.iter().filter_map(|part| request.get(part)).map(tokens).sum::<u64>().max(1)
}

/// Returns the usage of a response, with the fields that the API sends.
pub(super) fn of_response(request: &Value, content: &[Value]) -> Value {
    let output = content.iter().map(tokens).sum::<u64>().max(1);
    let mut usage = json!({
        "input_tokens": input_tokens(request),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": { "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0 },
        "output_tokens": output,
        "service_tier": "standard",
        "inference_geo": "global",
    });
    let thinking: Vec<_> = content.iter().filter(|block| block["type"] == "thinking").collect();
    if !thinking.is_empty() {
        let thinking: u64 = thinking.into_iter().map(tokens).sum();
        usage["output_tokens_details"] = json!({ "thinking_tokens": thinking });
    }
    usage
}

/// Estimates one token for four bytes of JSON.
fn tokens(value: &Value) -> u64 {
    bytes(value).div_ceil(4)
}

fn bytes(value: &Value) -> u64 {
    match value {
        // The base64 data of an attachment is not counted as text.
        Value::Object(fields) if fields.get("type").is_some_and(|kind| kind == "base64") => ATTACHMENT * 4,
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() as u64 + 4 + bytes(value)).sum(),
        Value::Array(items) => items.iter().map(|item| 1 + bytes(item)).sum(),
        Value::String(text) => text.len() as u64 + 2,
        Value::Null | Value::Bool(_) | Value::Number(_) => 4,
    }
}
