//! Network faults, caused by a TCP proxy between the client and the mock server.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, Event, Response, tool, tools};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The fault of one connection.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Reset after the request arrived, before any byte of the response.
    ResetAtOnce,
    /// Reset after this many events of a stream and a few bytes of the next one.
    ResetAfter { events: usize },
    /// Silent after this many events; the connection stays open.
    StallAfter { events: usize },
    /// Each byte is sent separately.
    Dribble,
}

/// A proxy whose first connections have the given faults. Later connections have none.
struct Proxy {
    url: String,
}

impl Proxy {
    async fn before(claude: &MockServer, faults: impl IntoIterator<Item = Fault>) -> Self {
        let upstream = claude.url().trim_start_matches("http://").to_owned();
        let faults = Arc::new(Mutex::new(faults.into_iter().collect::<VecDeque<_>>()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let fault = faults.lock().unwrap().pop_front();
                let server = TcpStream::connect(&upstream).await.unwrap();
                tokio::spawn(carry(client, server, fault));
            }
        });
        Self { url }
    }

    fn client(&self) -> Client {
        Client::builder("claude-sonnet-5-5")
            .api_key("k")
            .base_url(&self.url)
            .idle_timeout(Duration::from_millis(300))
            .build()
            .unwrap()
    }
}

async fn carry(client: TcpStream, server: TcpStream, fault: Option<Fault>) {
    client.set_nodelay(true).unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut seen = Vec::new();
    let mut buffer = [0; 4_096];
    while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
        let sent = seen.len();
        seen.extend_from_slice(&buffer[..count]);
        // The end of the bytes that are sent before the fault.
        let end = match fault {
            Some(Fault::ResetAtOnce) => Some(0),
            Some(Fault::ResetAfter { events }) => place_of(&seen, events).map(|place| place + 20),
            Some(Fault::StallAfter { events }) => place_of(&seen, events),
            Some(Fault::Dribble) | None => None,
        };
        let upto = end.map_or(seen.len(), |end| end.min(seen.len()));
        let step = if matches!(fault, Some(Fault::Dribble)) { 1 } else { usize::MAX };
        for piece in seen[sent.min(upto)..upto].chunks(step) {
            if to_client.write_all(piece).await.is_err() {
                return;
            }
        }
        match fault {
            Some(Fault::StallAfter { .. }) if end.is_some() => std::future::pending().await,
            Some(_) if end.is_some_and(|end| end <= seen.len()) => {
                let client = to_client.as_ref();
                client.set_zero_linger().unwrap();
                return;
            }
            _ => {}
        }
    }
}

/// Returns the position where event number `events` of a stream begins, counted from zero.
fn place_of(bytes: &[u8], events: usize) -> Option<usize> {
    let name = b"event: ";
    bytes.windows(name.len()).enumerate().filter(|(_, window)| *window == name).nth(events).map(|(place, _)| place)
}

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

async fn stream(client: &Client) -> claudette::Result<Response> {
    client.send("Count.").stream().finish().await
}

fn twelve() -> MockResponse {
    MockResponse::text("one two three four five six seven eight nine ten eleven twelve")
        .chunked(12)
        .usage(json!({"input_tokens": 7, "output_tokens": 5}))
}

#[tokio::test]
async fn a_reset_before_the_response_is_retried() {
    let claude = MockServer::start().await.unwrap();
    // The mock server sent the response, but it was lost.
    claude.respond(twelve());
    claude.respond(twelve());
    let client = Proxy::before(&claude, [Fault::ResetAtOnce]).await.client();
    assert!(client.send("Count.").await.unwrap().text().ends_with("twelve"));
    assert_eq!(client.usage().input_tokens(), 7, "counted once");
    claude.assert_finished();
}

#[tokio::test]
async fn a_stream_that_breaks_before_its_content_is_retried() {
    let claude = MockServer::start().await.unwrap();
    for _ in 0..3 {
        claude.respond(twelve());
    }
    let faults = [Fault::ResetAtOnce, Fault::ResetAfter { events: 2 }];
    let client = Proxy::before(&claude, faults).await.client();
    assert!(stream(&client).await.unwrap().text().ends_with("twelve"));
    assert_eq!(client.usage().input_tokens(), 14, "both attempts are counted");
    claude.assert_finished();
}

#[tokio::test]
async fn a_stream_that_breaks_inside_a_frame_is_truncated() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(twelve());
    let client = Proxy::before(&claude, [Fault::ResetAfter { events: 6 }]).await.client();
    let error = stream(&client).await.unwrap_err();
    assert!(error.is_truncated() && !error.is_timeout(), "{error}");
    let partial = error.partial().unwrap().text();
    assert!(partial.starts_with("one") && !partial.ends_with("twelve"), "{partial}");
    assert_eq!(client.usage().input_tokens(), 7, "counted once");
    claude.assert_finished();
}

#[tokio::test]
async fn a_stream_that_stalls_after_ten_deltas_times_out() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(twelve());
    claude.respond(MockResponse::text("Hello."));
    // The start of the message, the start of the block, a ping, and ten deltas.
    let client = Proxy::before(&claude, [Fault::StallAfter { events: 13 }]).await.client();
    let mut chat = Chat::new(&client).unwrap();
    let mut events = chat.toolloop("Count.").stream();
    let mut text = String::new();
    let error = loop {
        match events.next().await.unwrap() {
            Ok(Event::Text(piece)) => text += &piece,
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    drop(events);
    assert!(error.is_timeout() && error.is_truncated(), "{error}");
    assert!(text.starts_with("one") && !text.ends_with("twelve"), "{text}");
    assert_eq!(error.partial().unwrap().text(), text);
    assert!(chat.history().is_empty());
    assert_eq!(chat.usage().input_tokens(), 7, "counted once");
    assert_eq!(chat.send("Hello?").await.unwrap().text(), "Hello.");
    claude.assert_finished();
}

#[tokio::test]
async fn a_response_may_arrive_one_byte_at_a_time() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sums", json!({"a": 1, "b": 2})).thinking("Größe? 日本"));
    claude.respond(twelve());
    let client = Proxy::before(&claude, [Fault::Dribble, Fault::Dribble]).await.client();
    let mut chat = Chat::builder(&client).tools(tools![sums]).build().unwrap();
    let mut events = chat.toolloop("Count.").stream();
    while events.next().await.transpose().unwrap().is_some() {}
    drop(events);
    assert!(chat.last().unwrap().text().ends_with("twelve"));
    claude.assert_finished();
}

#[tokio::test]
async fn an_unrequested_compressed_response_is_an_error() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(
        MockResponse::raw(200, "application/json", b"\x1f\x8b\x08\x00".to_vec()).header("content-encoding", "gzip"),
    );
    let error = claude.client("claude-sonnet-5-5").send("Hello").await.unwrap_err();
    assert!(error.to_string().contains("gzip"), "{error}");
    assert!(error.request_id().is_some());
}

#[tokio::test]
async fn an_error_inside_a_stream_before_its_content_is_retried() {
    let broken = |kind: &str| {
        format!(
            "event: message_start\ndata: {{\"type\":\"message_start\",\"message\":{{\"content\":[],\
             \"usage\":{{\"input_tokens\":7}}}}}}\n\nevent: ping\ndata: {{\"type\":\"ping\"}}\n\n\
             event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"{kind}\",\"message\":\"no\"}}}}\n\n"
        )
    };
    for kind in ["overloaded_error", "api_error", "rate_limit_error"] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::raw(200, "text/event-stream", broken(kind)));
        claude.respond(twelve());
        let client = claude.client("claude-sonnet-5-5");
        let mut chat = Chat::new(&client).unwrap();
        let mut events = chat.toolloop("Count.").stream();
        let mut retries = Vec::new();
        while let Some(event) = events.next().await {
            if let Event::Retry(retry) = event.unwrap() {
                retries.push((retry.attempt(), retry.reason().contains(kind)));
            }
        }
        drop(events);
        assert_eq!(retries, [(2, true)]);
        assert_eq!(chat.usage().input_tokens(), 14, "both attempts are counted");
        claude.assert_finished();
    }
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::raw(200, "text/event-stream", broken("invalid_request_error")));
    let error = stream(&claude.client("claude-sonnet-5-5")).await.unwrap_err();
    assert!(error.is_invalid_request(), "{error}");
    claude.assert_finished();
}

#[tokio::test]
async fn an_error_inside_a_stream_after_its_content_is_returned() {
    let broken = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[],\
        \"usage\":{\"input_tokens\":7}}}\n\n\
        event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\
        \"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\
        event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\
        \"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\n\
        event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"no\"}}\n\n";
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::raw(200, "text/event-stream", broken));
    let client = claude.client("claude-sonnet-5-5");
    let error = stream(&client).await.unwrap_err();
    assert!(error.is_overloaded() && !error.is_truncated(), "{error}");
    assert_eq!(error.status(), Some(200));
    assert_eq!(error.partial().unwrap().text(), "Hel");
    assert_eq!(client.usage().input_tokens(), 7, "the partial response is counted");
    claude.assert_finished();
}

#[tokio::test]
async fn a_stream_request_accepts_a_plain_message() {
    let claude = MockServer::start().await.unwrap();
    let body = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5",
        "content": [{"type": "text", "text": "Hello", "tone": 1}, {"type": "hologram"}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 7, "output_tokens": 5}});
    for _ in 0..2 {
        claude.respond(MockResponse::raw(200, "application/json", body.to_string()));
    }
    let client = claude.client("claude-sonnet-5-5");
    assert_eq!(serde_json::to_value(stream(&client).await.unwrap()).unwrap(), body);
    assert_eq!(client.usage().input_tokens(), 7, "counted once");
    let mut stream = client.send("Count.").stream();
    assert_eq!(stream.next_text().await.unwrap().as_deref(), Some("Hello"));
    assert_eq!(stream.next_text().await.unwrap(), None);
}

#[tokio::test]
async fn a_long_response_is_always_streamed() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(twelve());
    claude.respond(twelve());
    claude.respond(twelve());
    let client = claude.client("claude-sonnet-5-5");
    let plain = client.send("Count.").max_tokens(21_333).await.unwrap();
    let long = client.send("Count.").max_tokens(21_334).await.unwrap();
    assert_eq!(long.content(), plain.content());
    Chat::builder(&client).max_tokens(64_000).build().unwrap().send("Count.").await.unwrap();
    let streamed: Vec<_> = claude.requests().iter().map(|request| request.body().get("stream").cloned()).collect();
    assert_eq!(streamed, [None, Some(json!(true)), Some(json!(true))]);
}

#[tokio::test]
async fn an_endless_response_is_an_error() {
    let claude = MockServer::start().await.unwrap();
    let build = || Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).max_retries(0);
    claude.respond(MockResponse::text("x".repeat(10_000)));
    let error = build().max_response_bytes(5_000).build().unwrap().send("Hello").await.unwrap_err();
    assert!(error.to_string().contains("larger than 5000 bytes"), "{error}");

    claude.respond(MockResponse::text("x".repeat(10_000)));
    let error = stream(&build().max_event_bytes(5_000).build().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("larger than 5000 bytes"), "{error}");

    // The same limit applies to a line that never ends.
    claude.respond(MockResponse::raw(200, "text/event-stream", format!("data: {}", "x".repeat(10_000))));
    let error = stream(&build().max_event_bytes(5_000).build().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("larger than 5000 bytes"), "{error}");

    // The same applies to an endless stream of small events.
    claude.respond(MockResponse::text("x".repeat(10_000)).chunked(1_000));
    let error = stream(&build().max_response_bytes(50_000).build().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("larger than 50000 bytes"), "{error}");
    assert!(error.partial().unwrap().text().starts_with("xxx"));
}

#[tokio::test]
async fn the_nesting_of_a_response_is_limited() {
    let claude = MockServer::start().await.unwrap();
    let build = || Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).max_retries(0);
    let deep = |levels: usize| {
        let nested = "[".repeat(levels) + &"]".repeat(levels);
        // Arguments are four levels deep in a response, and two levels deep in an event.
        format!(r#"{{"type":"tool_use","id":"toolu_1","name":"dig","input":{{"in":{nested}}}}}"#)
    };
    let whole = |levels| {
        let body = format!(
            r#"{{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{}],"stop_reason":"tool_use","usage":{{"input_tokens":1,"output_tokens":1}}}}"#,
            deep(levels),
        );
        claude.respond(MockResponse::raw(200, "application/json", body));
    };
    let streamed = |levels| {
        let event = |kind: &str, data: String| format!("event: {kind}\ndata: {data}\n\n");
        let body =
            event("message_start", r#"{"type":"message_start","message":{"role":"assistant","content":[]}}"#.into())
                + &event(
                    "content_block_start",
                    format!(r#"{{"type":"content_block_start","index":0,"content_block":{}}}"#, deep(levels)),
                )
                + &event("content_block_stop", r#"{"type":"content_block_stop","index":0}"#.into())
                + &event("message_stop", r#"{"type":"message_stop"}"#.into());
        claude.respond(MockResponse::raw(200, "text/event-stream", body));
    };
    let standard = build().build().unwrap();
    let wide = build().max_json_depth(10_000).build().unwrap();
    for (client, fits) in [(&standard, 500), (&wide, 9_000)] {
        whole(fits);
        let response = client.send("Dig.").await.unwrap();
        assert_eq!(response.tool_uses().next().unwrap().input().get().len(), 2 * fits + 7);
        streamed(fits);
        assert_eq!(stream(client).await.unwrap().content(), response.content());

        whole(fits + 2_000);
        let error = client.send("Dig.").await.unwrap_err();
        assert!(error.to_string().contains("deep"), "{error}");
        streamed(fits + 2_000);
        let error = stream(client).await.unwrap_err();
        assert!(error.to_string().contains("deep"), "{error}");
    }
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect() {
    let claude = MockServer::start().await.unwrap();
    let elsewhere = MockServer::start().await.unwrap();
    for status in [301, 302, 303, 307, 308] {
        claude.respond(
            MockResponse::raw(status, "text/plain", "").header("location", format!("{}/v1/messages", elsewhere.url())),
        );
        let error = claude.client("claude-sonnet-5-5").send("Hello").await.unwrap_err();
        assert!(error.to_string().contains("redirects"), "{error}");
    }
    assert!(elsewhere.requests().is_empty());
}
