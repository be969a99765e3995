//! A realistic stream gives the same response, however the network cuts it into chunks.

use std::time::Duration;

use claudette::client::CreateMessage;
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::StreamEvent;
use claudette::{BoxFuture, Client, Error, Response, Transport};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::http_response::{HttpRequest, HttpResponse, ready, respond_events};

/// Returns a stream with thinking, cited text, a call and a server tool. As in real streams, there are comments, pings,
/// padding, unknown events and fields, and characters and escapes that a chunk can cut.
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

fn message() -> Value {
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
async fn every_chunking_is_the_same_response() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-4-6");
    // Chunks of 1, 2, 3 and 7 bytes cut inside `\r\n`, inside characters and inside escapes.
    for size in [1, 2, 3, 7, 64, 4_096] {
        claude.respond(MockResponse::raw(200, "text/event-stream", stream()).byte_chunks(size));
        let response = client.send("Go.").stream().finish().await.unwrap();
        assert_eq!(serde_json::to_value(&response).unwrap(), message(), "in chunks of {size}");
    }
    claude.assert_finished();
}

#[tokio::test]
async fn cuts_inside_a_line_end_a_character_and_an_escape() {
    let stream = stream();
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-4-6");
    for inside in ["\r\n\r\n", "日", "\u{1F600}", "\\\"b", "\\\\u00"] {
        // Cuts after each byte of the part.
        let start = stream.find(inside).unwrap();
        for cut in start + 1..start + inside.len() {
            claude.respond(MockResponse::raw(200, "text/event-stream", stream.clone()).byte_chunks(cut));
            let response = client.send("Go.").stream().finish().await.unwrap();
            assert_eq!(serde_json::to_value(&response).unwrap(), message(), "cut after {cut} bytes");
        }
    }
}

#[tokio::test]
async fn text_arrives_in_pieces() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    claude.respond(MockResponse::text("one two three").chunked(3));
    let mut stream = client.send("Count.").stream();
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
async fn a_request_is_sent_when_its_stream_is_first_polled() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    drop(client.send("Never.").stream());
    let stream = client.send("Secret.").stream();
    assert_eq!(format!("{stream:?}"), "MessageStream { response: None, .. }");
    sleep(Duration::from_millis(20)).await;
    assert!(claude.requests().is_empty());
    assert!(stream.response().is_none() && stream.request_id().is_none());

    claude.respond(MockResponse::text("Hello"));
    assert_eq!(stream.finish().await.unwrap().text(), "Hello");
    assert_eq!(claude.requests().len(), 1);
    assert_eq!(claude.requests()[0].body()["messages"], json!([{"role": "user", "content": "Secret."}]));
}

/// Returns the error that is the only item of a stream.
async fn only_error(request: impl Fn() -> CreateMessage) -> Error {
    let mut items: Vec<_> = request().stream().collect().await;
    assert_eq!(items.len(), 1, "{items:?}");

    let mut stream = request().stream();
    stream.next_text().await.unwrap_err();
    assert_eq!(stream.next_text().await.unwrap(), None, "not even the prefill");
    assert!(stream.next().await.is_none() && stream.response().is_none());
    assert!(stream.finish().await.unwrap_err().is_misuse(), "there is no response");

    let error = request().stream().finish().await.unwrap_err();
    assert_eq!(items.remove(0).unwrap_err().to_string(), error.to_string());
    error
}

#[tokio::test]
async fn misuse_is_the_only_item_of_a_stream() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-haiku-4-5");
    let error = only_error(|| client.send(" ").prefill("It is ")).await;
    assert!(error.is_misuse(), "{error}");
    assert!(claude.requests().is_empty());
}

#[tokio::test]
async fn a_refused_request_is_the_only_item_of_a_stream() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-haiku-4-5");
    for _ in 0..3 {
        claude.respond(MockResponse::error(400, "invalid_request_error", "no").header("request-id", "req_7"));
    }
    let error = only_error(|| client.send("Go.").prefill("It is ")).await;
    assert_eq!((error.status(), error.message(), error.request_id()), (Some(400), Some("no"), Some("req_7")));
    claude.assert_finished();
}

#[tokio::test]
async fn events_round_trip() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::raw(200, "text/event-stream", stream()));
    let mut events = claude.client("claude-sonnet-4-6").send("Go.").stream();
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
fn a_response_is_written_back_unchanged() {
    let response: Response = serde_json::from_value(message()).unwrap();
    assert_eq!(serde_json::to_value(&response).unwrap(), message());
    // A known field with an unexpected type is kept unchanged.
    let odd = json!({"content": [{"type": "text", "text": 7}, {"type": "text", "text": "a", "citations": {}}, 5],
        "id": 9, "usage": {"input_tokens": "many", "output_tokens": null}, "stop_reason": {"why": 1}});
    let response: Response = serde_json::from_value(odd.clone()).unwrap();
    assert_eq!(serde_json::to_value(&response).unwrap(), odd);
}

/// Returns a server that sends one word every ten seconds after the request.
struct Slowly {
    words: u32,
}

impl Transport for Slowly {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
        let event = |data: Value| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap());
        let start = json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant",
            "model": "claude-sonnet-5-5", "content": [], "usage": {"input_tokens": 1, "output_tokens": 1}}});
        let block = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
        let word = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word "}});
        let stop =
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}});
        let end = [json!({"type": "content_block_stop", "index": 0}), stop, json!({"type": "message_stop"})];
        let mut pieces = vec![event(start) + &event(block)];
        pieces.extend((0..self.words).map(|_| event(word.clone())));
        pieces.push(end.map(event).concat());
        let body = futures_util::stream::unfold(pieces.into_iter(), async |mut pieces| {
            let piece = pieces.next()?;
            sleep(Duration::from_secs(10)).await;
            Some((Ok(piece.into_bytes()), pieces))
        });
        ready(respond_events(body))
    }
}

/// Each piece resets the idle timeout: only a stream that sends nothing for that long is an error.
#[tokio::test(start_paused = true)]
async fn a_stream_may_take_longer_than_its_idle_timeout() {
    let client = |seconds| {
        let builder = Client::builder("claude-sonnet-5-5").transport(Slowly { words: 30 });
        builder.api_key("k").max_retries(0).idle_timeout(Duration::from_secs(seconds)).build().unwrap()
    };
    let whole = client(11).send("Hello").stream().finish().await.unwrap();
    assert_eq!(whole.text(), "word ".repeat(30));
    let error = client(9).send("Hello").stream().finish().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

/// The idle time counts only while the reader waits.
#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_not_a_silent_stream() {
    let builder = Client::builder("claude-sonnet-5-5").transport(Slowly { words: 5 });
    let client = builder.api_key("k").max_retries(0).idle_timeout(Duration::from_secs(11)).build().unwrap();
    let mut stream = client.send("Hello").stream();
    let mut words = 0;
    while let Some(word) = stream.next_text().await.unwrap() {
        assert_eq!(word, "word ");
        words += 1;
        sleep(Duration::from_secs(3_600)).await;
    }
    assert_eq!(words, 5);
}
