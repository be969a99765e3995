//! One minimal invalid request for each rule, with the exact error, and valid requests that look invalid.

// The tests are tables of values.
#![allow(clippy::needless_pass_by_value, clippy::too_many_lines, clippy::unwrap_used)]

mod cache;
mod fields;
mod images;
mod mcp;
mod messages;
mod models;
mod programmatic;
mod system_messages;
mod tool_changes;
mod tools;
mod valid;

use hyper::HeaderMap;
use hyper::header::HeaderValue;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::request::{Call, Endpoint, Rules};
use crate::testing::containers::Containers;

/// Checks a body with the default headers and rules.
fn check(body: &Value) -> Result<(), Refusal> {
    check_with(body, &[], &Rules::default(), Endpoint::Messages)
}

fn check_with(
    body: &Value,
    headers: &[(&'static str, &'static str)],
    rules: &Rules,
    endpoint: Endpoint,
) -> Result<(), Refusal> {
    let usual = [("x-api-key", "key"), ("anthropic-version", "2026-10-21")];
    let mut map = HeaderMap::new();
    for (name, value) in usual.iter().chain(headers) {
        map.insert(*name, HeaderValue::from_static(value));
    }
    // An empty value removes the header.
    for (name, _) in headers.iter().filter(|(_, value)| value.is_empty()) {
        map.remove(*name);
    }
    let call = Call { endpoint, headers: &map, size: 0, body: Ok(body), containers: &Containers::default() };
    super::check(&call, rules).map(drop)
}

/// Returns a small valid body with some fields set, or removed if they are null.
fn body(fields: Value) -> Value {
    let mut body = json!({
        "model": "claude-haiku-4-5",
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    let Value::Object(fields) = fields else {
        panic!("not an object");
    };
    for (name, value) in fields {
        if value.is_null() {
            body.as_object_mut().unwrap().shift_remove(&name);
        } else {
            body[name] = value;
        }
    }
    body
}

/// Returns a body with these messages.
fn messages(messages: Value) -> Value {
    body(json!({ "messages": messages }))
}

/// Returns a body whose only message has this content.
fn says(content: Value) -> Value {
    messages(json!([{ "role": "user", "content": content }]))
}

/// Returns a body with an assistant message of this content between two user messages.
fn echoes(content: Value) -> Value {
    messages(json!([
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": content},
        {"role": "user", "content": "Go on"},
    ]))
}

/// Returns a body with tool calls, followed by a user message of this content.
fn answers(ids: &[&str], content: Value) -> Value {
    let calls: Vec<Value> = ids.iter().map(|id| call(id)).collect();
    messages(json!([
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": calls},
        {"role": "user", "content": content},
    ]))
}

fn call(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": "add", "input": {}})
}

fn result(id: &str) -> Value {
    json!({"type": "tool_result", "tool_use_id": id, "content": "5"})
}

fn tool(name: &str) -> Value {
    json!({"name": name, "input_schema": {"type": "object"}})
}

/// Returns a body with a strict tool that has this one property.
fn strict(property: Value) -> Value {
    let schema = json!({
        "type": "object", "properties": {"x": property}, "required": ["x"], "additionalProperties": false,
    });
    body(json!({"tools": [{"name": "add", "strict": true, "input_schema": schema}]}))
}

/// Checks a body with the betas of an `anthropic-beta` header, and returns the message of the refusal.
fn refusal_with(betas: &'static str, body: &Value) -> Option<String> {
    let headers = [("anthropic-beta", betas)];
    check_with(body, &headers, &Rules::default(), Endpoint::Messages).err().map(|refusal| refusal.message)
}

#[track_caller]
fn assert_refused(cases: Vec<(Value, &str)>) {
    for (body, message) in cases {
        let refusal = check(&body).expect_err(&format!("{body} should be refused: {message}"));
        assert_eq!(refusal, Refusal::new(message), "{body}");
    }
}
