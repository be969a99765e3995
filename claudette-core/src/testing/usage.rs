//! Token counts: nothing is tokenized here, they are derived from sizes.

use serde_json::{Value, json};

/// The parts of a request that the model reads.
const PROMPT: [&str; 4] = ["tools", "system", "messages", "output_config"];

/// What an image or a document of unknown size is taken to cost.
const ATTACHMENT: u64 = 1_500;

/// How many input tokens a request is taken to have.
pub(super) fn input_tokens(request: &Value) -> u64 {
    PROMPT.iter().filter_map(|part| request.get(part)).map(tokens).sum::<u64>().max(1)
}

/// The usage of a response, with the fields a real one has.
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

/// About four bytes of JSON make a token.
fn tokens(value: &Value) -> u64 {
    bytes(value).div_ceil(4)
}

fn bytes(value: &Value) -> u64 {
    match value {
        // The encoded bytes of an attachment are no text.
        Value::Object(fields) if fields.get("type").is_some_and(|kind| kind == "base64") => ATTACHMENT * 4,
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() as u64 + 4 + bytes(value)).sum(),
        Value::Array(items) => items.iter().map(|item| 1 + bytes(item)).sum(),
        Value::String(text) => text.len() as u64 + 2,
        Value::Null | Value::Bool(_) | Value::Number(_) => 4,
    }
}
