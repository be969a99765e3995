//! Parsing and writing the JSON of the API: a response, a stream, a message, a schema.
//!
//! `cargo bench --manifest-path bench/Cargo.toml --bench wire`

use claudette::wire::{Accumulator, StreamEvent};
use claudette::{Message, Response, Toolset, tool, tools};
use divan::{Bencher, black_box};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

fn response() -> String {
    json!({"model": "claude-sonnet-5-5", "id": "msg_01Xy", "type": "message", "role": "assistant",
        "content": [
            {"type": "text", "text": "A sentence of thirty letters. ".repeat(20)},
            {"type": "tool_use", "id": "toolu_01Ab", "name": "add", "input": {"a": 2, "b": 3}, "caller": {"type": "direct"}}],
        "stop_reason": "tool_use", "stop_sequence": null, "stop_details": null,
        "usage": {"input_tokens": 411, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 54,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}, "service_tier": "standard"}})
    .to_string()
}

#[divan::bench]
fn parse_a_response(bencher: Bencher<'_, '_>) {
    let json = response();
    bencher.bench_local(|| serde_json::from_str::<Response>(black_box(&json)).unwrap());
}

/// Parses the same response into a plain `Value`, for comparison.
#[divan::bench]
fn parse_a_response_into_a_value(bencher: Bencher<'_, '_>) {
    let json = response();
    bencher.bench_local(|| serde_json::from_str::<Value>(black_box(&json)).unwrap());
}

/// Parses a thousand pieces of text and adds them to a response.
#[divan::bench]
fn accumulate_a_stream(bencher: Bencher<'_, '_>) {
    let piece = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "twenty letters of it"}});
    let mut events = vec![
        json!({"type": "message_start", "message": {"role": "assistant", "content": [], "usage": {"input_tokens": 3}}})
            .to_string(),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}).to_string(),
    ];
    events.extend(std::iter::repeat_n(piece.to_string(), 1_000));
    bencher.bench_local(|| {
        let mut response = Accumulator::new();
        for event in &events {
            response.push(&serde_json::from_str::<StreamEvent>(black_box(event)).unwrap()).unwrap();
        }
        response
    });
}

#[divan::bench]
fn encode_a_message(bencher: Bencher<'_, '_>) {
    let response: Response = serde_json::from_str(&response()).unwrap();
    let message = Message::from(&response);
    bencher.bench_local(|| serde_json::to_string(black_box(&message)).unwrap());
}

/// Finds files.
#[tool]
async fn find(
    /// Part of the name
    name: &str,
    /// Folders to search
    folders: Vec<String>,
    /// Maximum number of results
    #[tool(default = 10)]
    most: u32,
    /// Include hidden files
    hidden: Option<bool>,
) -> Vec<String> {
    let _ = (name, folders, most, hidden);
    Vec::new()
}

/// Makes a set of tools and its JSON for the API. The schema of a function is made once.
#[divan::bench]
fn list_a_tool(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        let tools: Toolset = tools![find];
        black_box(tools.wire_json().len())
    });
}
