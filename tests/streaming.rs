//! One recorded-style stream, cut in every way a network can cut it, is the same reply every time.

use claudette::testing::{Reply, StandIn};
use claudette::{Response, StreamEvent};
use serde_json::{Value, json};

/// Thinking, cited text, a call and a server tool, with what real streams have around them: comments, pings, padding,
/// events and fields that nobody has named yet, and characters and escapes worth cutting.
fn stream() -> String {
    [
        (
            "message_start",
            json!({"message": {"id": "msg_1", "type": "message", "role": "assistant",
            "model": "claude-sonnet-4-6", "content": [], "stop_reason": null, "stop_sequence": null, "mood": "sunny",
            "usage": {"input_tokens": 411, "output_tokens": 2, "service_tier": "standard"}}}),
        ),
        (
            "content_block_start",
            json!({"index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}),
        ),
        ("ping", json!({})),
        ("content_block_delta", json!({"index": 0, "delta": {"type": "thinking_delta", "thinking": "Größe?"}})),
        ("content_block_delta", json!({"index": 0, "delta": {"type": "signature_delta", "signature": "c2ln"}})),
        ("content_block_stop", json!({"index": 0})),
        ("content_block_start", json!({"index": 1, "content_block": {"type": "text", "text": "", "tone": 7}})),
        ("content_block_delta", json!({"index": 1, "delta": {"type": "text_delta", "text": "a\"b\\n\n\u{1F600}"}})),
        (
            "content_block_delta",
            json!({"index": 1, "delta": {"type": "citations_delta", "citation": {"type": "x", "n": 1}}}),
        ),
        ("content_block_delta", json!({"index": 1, "delta": {"type": "glow_delta", "glow": 1}})),
        ("content_block_delta", json!({"index": 1, "delta": {"type": "text_delta", "text": "日本"}})),
        ("content_block_stop", json!({"index": 1})),
        ("aurora", json!({"of": "the future"})),
        (
            "content_block_start",
            json!({"index": 2, "content_block": {"type": "tool_use", "id": "toolu_1", "name": "sums",
            "input": {}, "caller": {"type": "direct"}}}),
        ),
        ("content_block_delta", json!({"index": 2, "delta": {"type": "input_json_delta", "partial_json": ""}})),
        (
            "content_block_delta",
            json!({"index": 2, "delta": {"type": "input_json_delta", "partial_json": "{\"a\": 3339283"}}),
        ),
        (
            "content_block_delta",
            json!({"index": 2, "delta": {"type": "input_json_delta", "partial_json": "7120239382, \"s\":\"\\u00"}}),
        ),
        ("content_block_delta", json!({"index": 2, "delta": {"type": "input_json_delta", "partial_json": "e9\"}"}})),
        ("content_block_stop", json!({"index": 2})),
        (
            "content_block_start",
            json!({"index": 3, "content_block": {"type": "server_tool_use", "id": "srvtoolu_1",
            "name": "web_search", "input": {}}}),
        ),
        (
            "content_block_delta",
            json!({"index": 3, "delta": {"type": "input_json_delta", "partial_json": "{\"query\":\"é\"}"}}),
        ),
        ("content_block_stop", json!({"index": 3})),
        (
            "message_delta",
            json!({"delta": {"stop_reason": "tool_use", "stop_sequence": null, "stop_details": null},
            "usage": {"output_tokens": 54, "input_tokens": null}, "context": {"edits": []}}),
        ),
        ("message_stop", json!({})),
    ]
    .iter()
    .fold(String::new(), |stream, (kind, rest)| {
        let rest = rest.to_string();
        let fields = &rest[1..rest.len() - 1];
        let comma = if fields.is_empty() { "" } else { "," };
        stream + &format!(": heartbeat\r\nevent: {kind}\r\ndata: {{\"type\":\"{kind}\"{comma}{fields}   }}\r\n\r\n")
    })
}

fn reply() -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-6", "mood": "sunny",
        "content": [
            {"type": "thinking", "thinking": "Größe?", "signature": "c2ln"},
            {"type": "text", "text": "a\"b\\n\n\u{1F600}日本", "tone": 7, "citations": [{"type": "x", "n": 1}]},
            {"type": "tool_use", "id": "toolu_1", "name": "sums",
                "input": {"a": 33_392_837_120_239_382_u64, "s": "é"}, "caller": {"type": "direct"}},
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "é"}},
        ],
        "stop_reason": "tool_use", "stop_sequence": null, "stop_details": null, "context": {"edits": []},
        "usage": {"input_tokens": 411, "output_tokens": 54, "service_tier": "standard"},
    })
}

#[tokio::test]
async fn every_chunking_is_the_same_reply() {
    let claude = StandIn::start().await.unwrap();
    let client = claude.client("claude-sonnet-4-6");
    // Of 1, 2, 3 and 7 bytes: between them they cut inside `\r\n`, inside characters and inside escapes.
    for size in [1, 2, 3, 7, 64, 4_096] {
        claude.reply(Reply::raw(200, "text/event-stream", stream()).byte_chunks(size));
        let response = client.send("Go.").stream().await.unwrap().finish().await.unwrap();
        assert_eq!(serde_json::to_value(&response).unwrap(), reply(), "in chunks of {size}");
    }
    claude.assert_finished();
}

#[tokio::test]
async fn cuts_inside_a_line_end_a_character_and_an_escape() {
    let stream = stream();
    let claude = StandIn::start().await.unwrap();
    let client = claude.client("claude-sonnet-4-6");
    for inside in ["\r\n\r\n", "日", "\u{1F600}", "\\\"b", "\\\\u00"] {
        // Cut after each byte of it.
        let start = stream.find(inside).unwrap();
        for cut in start + 1..start + inside.len() {
            claude.reply(Reply::raw(200, "text/event-stream", stream.clone()).byte_chunks(cut));
            let response = client.send("Go.").stream().await.unwrap().finish().await.unwrap();
            assert_eq!(serde_json::to_value(&response).unwrap(), reply(), "cut after {cut} bytes");
        }
    }
}

#[tokio::test]
async fn text_comes_as_it_is_written() {
    let claude = StandIn::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    claude.reply(Reply::text("one two three").chunked(3));
    let mut stream = client.send("Count.").stream().await.unwrap();
    let mut pieces = Vec::new();
    while let Some(text) = stream.next_text().await.unwrap() {
        pieces.push(text);
    }
    assert_eq!(pieces.len(), 3);
    assert_eq!(pieces.concat(), "one two three");
    let response = stream.finish().await.unwrap();
    assert_eq!(response.text(), "one two three");
    assert_eq!(client.usage(), response.usage().clone() + claudette::Usage::default());
}

#[tokio::test]
async fn events_round_trip() {
    let claude = StandIn::start().await.unwrap();
    claude.reply(Reply::raw(200, "text/event-stream", stream()));
    let mut events = claude.client("claude-sonnet-4-6").send("Go.").stream().await.unwrap();
    let mut count = 0;
    for (event, frame) in {
        let mut seen = Vec::new();
        while let Some(event) = events.next().await {
            seen.push(event.unwrap());
        }
        seen
    }
    .into_iter()
    .zip(stream().lines().filter_map(|line| line.strip_prefix("data: ")))
    {
        let sent: Value = serde_json::from_str(frame).unwrap();
        assert_eq!(serde_json::to_value(&event).unwrap(), sent);
        assert_eq!(serde_json::from_value::<StreamEvent>(sent).unwrap(), event);
        count += 1;
    }
    assert_eq!(count, 24);
}

#[test]
fn a_reply_is_the_json_it_came_from() {
    let response: Response = serde_json::from_value(reply()).unwrap();
    assert_eq!(serde_json::to_value(&response).unwrap(), reply());
    // A known field that changes its type is kept as it is.
    let odd = json!({"content": [{"type": "text", "text": 7}, {"type": "text", "text": "a", "citations": {}}, 5],
        "id": 9, "usage": {"input_tokens": "many", "output_tokens": null}, "stop_reason": {"why": 1}});
    let response: Response = serde_json::from_value(odd.clone()).unwrap();
    assert_eq!(serde_json::to_value(&response).unwrap(), odd);
}
