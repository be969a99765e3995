//! Server-sent events: a message, split into the events that the API streams.

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// The division of a text into deltas.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Deltas {
    #[default]
    Whole,
    /// This number of deltas, of about the same size.
    Pieces(usize),
    /// One delta for each word of a text, or for about eight bytes of JSON.
    Words,
}

/// The usage fields that only the first event contains.
const FIRST_ONLY: [&str; 4] = ["cache_creation", "service_tier", "inference_geo", "speed"];

/// The usage fields that are known only at the end.
const LAST_ONLY: [&str; 4] = ["output_tokens_details", "server_tool_use", "iterations", "fallback_credit"];

/// The fields of a message that only `message_delta` contains, next to its `delta`.
const BESIDE_DELTA: [&str; 2] = ["context_management", "input_transformations"];

/// The fields of a message that `message_delta` contains, inside its `delta`.
const IN_DELTA: [&str; 4] = ["stop_reason", "stop_sequence", "stop_details", "container"];

/// Returns the bytes of an event.
pub(super) fn frame(event: &Value) -> Bytes {
    let name = event["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {event}\n\n").into()
}

/// Returns the events of a streamed message.
pub(super) fn events(message: &Value, deltas: Deltas) -> Vec<Value> {
    let mut events = vec![message_start(message)];
    let blocks = message["content"].as_array().map_or(&[][..], Vec::as_slice);
    for (index, block) in blocks.iter().enumerate() {
        let (start, steps) = pieces(block, deltas);
        events.push(json!({ "type": "content_block_start", "index": index, "content_block": start }));
        if index == 0 {
            events.push(json!({ "type": "ping" }));
        }
        events.extend(
            steps.into_iter().map(|delta| json!({ "type": "content_block_delta", "index": index, "delta": delta })),
        );
        events.push(json!({ "type": "content_block_stop", "index": index }));
    }
    events.push(message_delta(message));
    events.push(json!({ "type": "message_stop" }));
    events
}

/// Returns the event with the empty message: the input is counted, and the output has not begun.
fn message_start(message: &Value) -> Value {
    let mut message = message.clone();
    // The model that continues replaces the first one later.
    let mut blocks = message["content"].as_array().into_iter().flatten();
    if let Some(first) = blocks.find_map(|block| block["from"]["model"].as_str()).map(str::to_owned) {
        message["model"] = json!(first);
    }
    if let Some(fields) = message.as_object_mut() {
        fields.retain(|name, _| name != "container" && !BESIDE_DELTA.contains(&name.as_str()));
        for name in ["stop_reason", "stop_sequence", "stop_details"] {
            if let Some(value) = fields.get_mut(name) {
                *value = Value::Null;
            }
        }
        fields.insert("content".to_owned(), json!([]));
        if let Some(usage) = fields.get_mut("usage").and_then(Value::as_object_mut) {
            usage.retain(|name, _| !LAST_ONLY.contains(&name.as_str()));
            if let Some(output) = usage.get_mut("output_tokens") {
                *output = json!(1);
            }
        }
    }
    json!({ "type": "message_start", "message": message })
}

/// Returns the event with the stop reason and the usage of the whole message.
fn message_delta(message: &Value) -> Value {
    let mut usage = message["usage"].clone();
    if let Some(usage) = usage.as_object_mut() {
        usage.retain(|name, _| !FIRST_ONLY.contains(&name.as_str()));
    }
    let picked = |names: &[&str]| -> Map<String, Value> {
        let present = |name: &&str| Some(((*name).to_owned(), message.get(name)?.clone()));
        names.iter().filter_map(present).collect()
    };
    let mut event = json!({
        "type": "message_delta",
        "delta": picked(&IN_DELTA),
        "usage": usage,
    });
    for (name, value) in picked(&BESIDE_DELTA) {
        event[name] = value;
    }
    event
}

/// Returns a block in its empty form, and the deltas that fill it. Blocks of most types are complete at the start.
fn pieces(block: &Value, deltas: Deltas) -> (Value, Vec<Value>) {
    let mut start = block.clone();
    let mut empty = |name: &str, value: Value| {
        start[name] = value;
        block[name].as_str().unwrap_or_default()
    };
    let steps = match block["type"].as_str() {
        Some("text") => {
            let text = empty("text", json!(""));
            let mut steps: Vec<Value> =
                deltas.of_text(text).map(|text| json!({ "type": "text_delta", "text": text })).collect();
            if let Some(citations) = block["citations"].as_array() {
                empty("citations", json!([]));
                steps.extend(
                    citations.iter().map(|citation| json!({ "type": "citations_delta", "citation": citation })),
                );
            }
            steps
        }
        Some("thinking") => {
            let thinking = empty("thinking", json!(""));
            let signature = empty("signature", json!(""));
            let mut steps: Vec<Value> =
                deltas.of_text(thinking).map(|text| json!({ "type": "thinking_delta", "thinking": text })).collect();
            steps.push(json!({ "type": "signature_delta", "signature": signature }));
            steps
        }
        Some("tool_use" | "server_tool_use" | "mcp_tool_use") => {
            empty("input", json!({}));
            let input = block["input"].to_string();
            let parts = deltas.of_json(&input);
            std::iter::once("")
                .chain(parts)
                .map(|part| json!({ "type": "input_json_delta", "partial_json": part }))
                .collect()
        }
        // The block of a compaction on demand is complete at the start.
        Some("compaction") if block["signature"].is_null() => {
            start["content"] = Value::Null;
            let delta = json!({
                "type": "compaction_delta",
                "content": block["content"],
                "encrypted_content": block["encrypted_content"],
            });
            if let Some(fields) = start.as_object_mut() {
                fields.shift_remove("encrypted_content");
            }
            vec![delta]
        }
        _ => Vec::new(),
    };
    (start, steps)
}

impl Deltas {
    fn of_text(self, text: &str) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            // Commas count too, because a text that is JSON can be one long word.
            Deltas::Words => Box::new(text.split_inclusive(|c: char| c.is_whitespace() || c == ',')),
            Deltas::Whole => Box::new(even(text, 1)),
            Deltas::Pieces(n) => Box::new(even(text, n)),
        }
    }

    fn of_json(self, json: &str) -> impl Iterator<Item = &str> {
        match self {
            Deltas::Words => even(json, json.len().div_ceil(8)),
            Deltas::Whole => even(json, 1),
            Deltas::Pieces(n) => even(json, n),
        }
    }
}

/// Splits a text at character boundaries into at most `n` non-empty parts of about the same size.
fn even(text: &str, n: usize) -> impl Iterator<Item = &str> {
    let chars = text.chars().count();
    let n = n.clamp(1, chars.max(1));
    let mut rest = text;
    (0..n).filter_map(move |part| {
        let length = chars * (part + 1) / n - chars * part / n;
        let end = rest.char_indices().nth(length).map_or(rest.len(), |(index, _)| index);
        let (head, tail) = rest.split_at(end);
        rest = tail;
        (!head.is_empty()).then_some(head)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_parts_lose_nothing() {
        for (text, n, expected) in [
            ("7,063,474", 3, vec!["7,0", "63,", "474"]),
            ("abcde", 2, vec!["ab", "cde"]),
            ("åß∂", 2, vec!["å", "ß∂"]),
            ("ab", 9, vec!["a", "b"]),
            ("ab", 0, vec!["ab"]),
            ("", 3, vec![]),
        ] {
            assert_eq!(even(text, n).collect::<Vec<_>>(), expected, "{text} in {n}");
        }
    }

    #[test]
    fn a_message_streams_in_the_order_of_the_api() {
        let message = json!({
            "model": "claude-opus-5-5", "id": "msg_1", "type": "message", "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "sig"},
                {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 2},
                 "caller": {"type": "direct"}},
                {"type": "redacted_thinking", "data": "xyz"},
            ],
            "stop_reason": "tool_use", "stop_sequence": null, "stop_details": null,
            "usage": {"input_tokens": 411, "output_tokens": 54, "service_tier": "standard",
                      "output_tokens_details": {"thinking_tokens": 3}},
        });
        let expected = json!([
            {"type": "message_start", "message": {
                "model": "claude-opus-5-5", "id": "msg_1", "type": "message", "role": "assistant",
                "content": [], "stop_reason": null, "stop_sequence": null, "stop_details": null,
                "usage": {"input_tokens": 411, "output_tokens": 1, "service_tier": "standard"},
            }},
            {"type": "content_block_start", "index": 0,
             "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
            {"type": "ping"},
            {"type": "content_block_delta", "index": 0,
             "delta": {"type": "thinking_delta", "thinking": "Hm."}},
            {"type": "content_block_delta", "index": 0,
             "delta": {"type": "signature_delta", "signature": "sig"}},
            {"type": "content_block_stop", "index": 0},
            {"type": "content_block_start", "index": 1, "content_block": {
                "type": "tool_use", "id": "toolu_1", "name": "add", "input": {},
                "caller": {"type": "direct"},
            }},
            {"type": "content_block_delta", "index": 1,
             "delta": {"type": "input_json_delta", "partial_json": ""}},
            {"type": "content_block_delta", "index": 1,
             "delta": {"type": "input_json_delta", "partial_json": "{\"a\":2}"}},
            {"type": "content_block_stop", "index": 1},
            {"type": "content_block_start", "index": 2,
             "content_block": {"type": "redacted_thinking", "data": "xyz"}},
            {"type": "content_block_stop", "index": 2},
            {"type": "message_delta",
             "delta": {"stop_reason": "tool_use", "stop_sequence": null, "stop_details": null},
             "usage": {"input_tokens": 411, "output_tokens": 54,
                       "output_tokens_details": {"thinking_tokens": 3}}},
            {"type": "message_stop"},
        ]);
        assert_eq!(Value::Array(events(&message, Deltas::Whole)), expected);
    }

    #[test]
    fn a_frame_names_its_event() {
        let ping = frame(&json!({"type": "ping"}));
        assert_eq!(ping, "event: ping\ndata: {\"type\":\"ping\"}\n\n");
    }
}
