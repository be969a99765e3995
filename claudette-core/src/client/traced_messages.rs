//! [`TracedRequest`]: the contents of a request in the form of the OpenTelemetry conventions.

use serde_json::{Value, json};

use crate::messages::Response;
use crate::trace::{MOST, newest};

/// The contents of a request that its span shows if the client traces contents.
pub(super) struct TracedRequest {
    /// The system prompt as a JSON list of parts, if there is one.
    pub(super) system: Option<String>,
    /// The messages as a JSON list, without the oldest ones if they are too large.
    pub(super) messages: String,
    /// `true` if contents were cut.
    pub(super) is_truncated: bool,
}

impl TracedRequest {
    /// Reads the system prompt and the messages of a body. Both together have at most [`MOST`] bytes.
    pub(super) fn of_body(body: &[u8]) -> Self {
        let mut body: Value = serde_json::from_slice(body).unwrap_or_default();
        let system = body.get_mut("system").map(Value::take).map(|system| newest(&texts(&parts(system)), MOST));
        let (system, is_cut) = system.map_or((None, false), |(system, is_cut)| (Some(system), is_cut));
        let messages = match body["messages"].take() {
            Value::Array(messages) => messages,
            _ => Vec::new(),
        };
        let message = |mut message: Value| {
            json!({"role": message["role"].take(), "parts": parts(message["content"].take())}).to_string()
        };
        let messages: Vec<String> = messages.into_iter().map(message).collect();
        let room = MOST.saturating_sub(system.as_ref().map_or(0, String::len));
        let (messages, are_cut) = newest(&messages, room);
        Self { system, messages, is_truncated: is_cut || are_cut }
    }
}

/// Returns the response as a JSON list with one message, and `true` if its first parts were cut because it is too large.
pub(super) fn output_messages(response: &Response) -> (String, bool) {
    let content = serde_json::to_value(response.content()).unwrap_or_default();
    let (parts, is_cut) = newest(&texts(&parts(content)), MOST);
    (format!(r#"[{{"role":"assistant","parts":{parts}}}]"#), is_cut)
}

fn texts(parts: &[Value]) -> Vec<String> {
    parts.iter().map(Value::to_string).collect()
}

/// Returns the parts of a content, which is a text or a list of blocks.
fn parts(content: Value) -> Vec<Value> {
    match content {
        Value::Array(blocks) => blocks.into_iter().map(part).collect(),
        Value::Null => Vec::new(),
        text => vec![json!({"type": "text", "content": text})],
    }
}

/// Returns the part for a block. Blocks without a part in the conventions are kept unchanged, which the conventions allow.
fn part(mut block: Value) -> Value {
    let mut take = |field: &str| block.get_mut(field).map(Value::take).unwrap_or_default();
    match take("type").as_str() {
        Some("text") => json!({"type": "text", "content": take("text")}),
        Some("thinking") => json!({"type": "reasoning", "content": take("thinking")}),
        Some("tool_use") => {
            json!({"type": "tool_call", "id": take("id"), "name": take("name"), "arguments": take("input")})
        }
        Some("tool_result") => {
            json!({"type": "tool_call_response", "id": take("tool_use_id"), "response": take("content")})
        }
        kind => {
            let kind = json!(kind);
            block["type"] = kind;
            block
        }
    }
}
