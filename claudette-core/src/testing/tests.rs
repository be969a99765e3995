//! Tests of the server over raw HTTP.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{MockResponse, MockServer};

/// An HTTP response.
struct Response {
    status: u16,
    head: String,
    /// The chunks of the body, as they were written.
    chunks: Vec<Vec<u8>>,
    /// `true` if the whole body arrived.
    complete: bool,
}

impl Response {
    fn body(&self) -> String {
        String::from_utf8(self.chunks.concat()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body()).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            (key == name).then_some(value)
        })
    }

    /// Returns the names of the events of a stream.
    fn events(&self) -> Vec<String> {
        let body = self.body();
        let names = body.lines().filter_map(|line| line.strip_prefix("event: "));
        names.map(str::to_owned).collect()
    }
}

fn address(claude: &MockServer) -> &str {
    claude.url().strip_prefix("http://").unwrap()
}

fn request(method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: sk-secret\r\nanthropic-version: 2026-10-21\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn send(claude: &MockServer, method: &str, path: &str, body: &str) -> Response {
    let mut stream = TcpStream::connect(address(claude)).await.unwrap();
    exchange(&mut stream, &request(method, path, body)).await
}

/// Requests a message, with these fields added to a small valid body.
async fn ask(claude: &MockServer, fields: Value) -> Response {
    let mut body = json!({
        "model": "claude-haiku-4-5",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "What is 1+2?"}],
    });
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    send(claude, "POST", "/v1/messages", &body.to_string()).await
}

async fn exchange(stream: &mut TcpStream, request: &str) -> Response {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut input = Input { stream, bytes: Vec::new() };
    let head = input.until(b"\r\n\r\n").await.unwrap();
    let head = String::from_utf8(head).unwrap();
    let mut response = Response { status: head[9..12].parse().unwrap(), head, chunks: Vec::new(), complete: false };
    if let Some(length) = response.header("content-length") {
        let length = length.parse().unwrap();
        let body = input.exactly(length).await;
        response.complete = body.len() == length;
        response.chunks.push(body);
        return response;
    }
    while let Some(length) = input.until(b"\r\n").await {
        let length = usize::from_str_radix(std::str::from_utf8(&length).unwrap().trim(), 16);
        let length = length.unwrap();
        let chunk = input.exactly(length + 2).await;
        if length == 0 {
            response.complete = true;
            break;
        }
        response.chunks.push(chunk[..length].to_vec());
    }
    response
}

struct Input<'a> {
    stream: &'a mut TcpStream,
    bytes: Vec<u8>,
}

impl Input<'_> {
    /// Reads up to and including the mark; returns `None` if the connection ends before it.
    async fn until(&mut self, mark: &[u8]) -> Option<Vec<u8>> {
        loop {
            let found = self.bytes.windows(mark.len()).position(|part| part == mark);
            if let Some(index) = found {
                return Some(self.bytes.drain(..index + mark.len()).collect());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// Reads `length` bytes, or fewer if the connection ends before.
    async fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.bytes.len() < length && self.more().await {}
        let length = length.min(self.bytes.len());
        self.bytes.drain(..length).collect()
    }

    async fn more(&mut self) -> bool {
        self.stream.read_buf(&mut self.bytes).await.is_ok_and(|read| read > 0)
    }
}

/// Returns the message of a panic.
fn panic_of(act: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act)).unwrap_err();
    *panic.downcast::<String>().unwrap()
}

#[tokio::test]
async fn a_message_has_the_fields_of_a_real_one() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("sums", json!({"a": 1})), ("sums", json!({"a": 2}))]));
    let response = ask(&claude, json!({})).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("request-id"), Some("req_010000000000000000000001"));
    assert_eq!(
        response.json(),
        json!({
            "model": "claude-haiku-4-5-20251001",
            "id": "msg_010000000000000000000001",
            "type": "message",
            "role": "assistant",
            "content": [
                {"type": "tool_use", "id": "toolu_010000000000000000000001", "name": "sums", "input": {"a": 1},
                 "caller": {"type": "direct"}},
                {"type": "tool_use", "id": "toolu_010000000000000000000002", "name": "sums", "input": {"a": 2},
                 "caller": {"type": "direct"}},
            ],
            "stop_reason": "tool_use",
            "stop_sequence": null,
            "stop_details": null,
            "usage": {
                "input_tokens": 10,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
                "output_tokens": 58,
                "service_tier": "standard",
                "inference_geo": "global",
            },
        })
    );
    claude.assert_finished();
}

#[tokio::test]
async fn methods_change_the_response() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(
        MockResponse::text("Hi")
            .thinking("Hm.")
            .id("msg_1")
            .model("claude-9")
            .usage(json!({"output_tokens": 7}))
            .stop_sequence("END")
            .with("container", json!({"id": "c"}))
            .header("retry-after", "3"),
    );
    let response = ask(&claude, json!({})).await;
    let message = response.json();
    assert_eq!(response.header("retry-after"), Some("3"));
    assert_eq!(message["content"][0]["thinking"], "Hm.");
    assert_eq!(message["content"][1]["text"], "Hi");
    assert_eq!(message["id"], "msg_1");
    assert_eq!(message["model"], "claude-9");
    assert_eq!(message["usage"], json!({"output_tokens": 7}));
    assert_eq!(message["stop_reason"], "stop_sequence");
    assert_eq!(message["stop_sequence"], "END");
    assert_eq!(message["container"]["id"], "c");
}

#[tokio::test]
async fn a_stream_has_one_frame_for_each_event() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("7,063,474").chunked(3));
    let response = ask(&claude, json!({"stream": true})).await;
    assert_eq!(response.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert_eq!(
        response.events(),
        [
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    assert_eq!(response.chunks.len(), 9);
    assert!(response.complete);
    assert!(response.body().contains(r#""text":"63,""#));
}

#[tokio::test]
async fn bodies_are_cut_and_split_on_request() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hello").cut_after(4));
    let cut = ask(&claude, json!({"stream": true})).await;
    assert_eq!(cut.events().last().map(String::as_str), Some("content_block_delta"));
    assert!(!cut.complete);

    claude.respond(MockResponse::text("Hello").cut_after(4));
    let half = ask(&claude, json!({})).await;
    assert_eq!(half.status, 200);
    assert!(!half.complete);

    claude.respond(MockResponse::text("åß∂").byte_chunks(5));
    let chopped = ask(&claude, json!({"stream": true})).await;
    assert!(chopped.complete);
    let (last, rest) = chopped.chunks.split_last().unwrap();
    assert!(rest.iter().all(|chunk| chunk.len() == 5) && last.len() <= 5);
    assert!(chopped.body().contains("åß∂"));
}

#[tokio::test]
async fn errors_are_json_even_for_a_stream() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after", "0"));
    let response = ask(&claude, json!({"stream": true})).await;
    assert_eq!(response.status, 529);
    assert_eq!(response.header("retry-after"), Some("0"));
    let id = response.header("request-id").unwrap();
    assert_eq!(
        response.json(),
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": id})
    );
    claude.respond(MockResponse::raw(502, "text/html", "<h1>Bad gateway</h1>"));
    let page = ask(&claude, json!({"stream": true})).await;
    assert_eq!((page.status, page.body().as_str()), (502, "<h1>Bad gateway</h1>"));
    claude.assert_finished();
}

#[tokio::test]
async fn responses_are_used_in_order_on_one_connection() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("one"));
    claude.respond_with(|request| MockResponse::text(request["messages"][0]["content"].as_str().unwrap()));
    claude.respond(MockResponse::content(json!([{"type": "hologram", "pixels": 5}])));
    let body = json!({"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "two"}]});
    let request = request("POST", "/v1/messages?beta=true", &body.to_string());
    let mut stream = TcpStream::connect(address(&claude)).await.unwrap();
    let mut contents = Vec::new();
    for _ in 0..3 {
        contents.push(exchange(&mut stream, &request).await.json()["content"][0].clone());
    }
    assert_eq!(contents[0]["text"], "one");
    assert_eq!(contents[1]["text"], "two");
    assert_eq!(contents[2], json!({"type": "hologram", "pixels": 5}));
    claude.assert_finished();
}

#[tokio::test]
async fn connections_are_served_concurrently() {
    let claude = MockServer::start().await.unwrap();
    // The second response does not wait for the first one, which is delayed by an hour.
    claude.respond(MockResponse::text("late").delay(Duration::from_secs(3600)));
    claude.respond(MockResponse::text("soon"));
    let mut waiting = TcpStream::connect(address(&claude)).await.unwrap();
    let body = json!({"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]});
    let request = request("POST", "/v1/messages", &body.to_string());
    waiting.write_all(request.as_bytes()).await.unwrap();
    while claude.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask(&claude, json!({})).await.json()["content"][0]["text"], "soon");
}

#[tokio::test]
async fn the_server_ends_with_its_last_handle() {
    let claude = MockServer::start().await.unwrap();
    let other = claude.clone();
    let address = address(&claude).to_owned();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let request = request("GET", "/v1/models", "");
    assert_eq!(exchange(&mut stream, &request).await.status, 200);
    drop(claude);
    assert_eq!(exchange(&mut stream, &request).await.status, 200);
    drop(other);
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn requests_are_recorded_and_refused_ones_use_no_response() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hi"));
    assert_eq!(ask(&claude, json!({"foo": 1})).await.status, 400);
    assert_eq!(ask(&claude, json!({})).await.status, 200);
    let requests = claude.requests();
    let [refused, answered] = requests.as_slice() else {
        panic!("{requests:?}");
    };
    assert_eq!((refused.method(), refused.path()), ("POST", "/v1/messages"));
    assert!(refused.refused());
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.refusal(), Some("foo: Extra inputs are not permitted"));
    assert_eq!(refused.body()["foo"], 1);
    assert!(!answered.refused());
    assert_eq!(answered.header("X-Api-Key"), Some("sk-secret"));
    assert_eq!(answered.header("x-none"), None);
    assert_eq!(serde_json::from_slice::<Value>(answered.bytes()).unwrap(), *answered.body());
    let shown = format!("{requests:?}");
    assert!(shown.contains("anthropic-version") && !shown.contains("sk-secret"), "{shown}");
    claude.assert_finished();
}

#[tokio::test]
async fn an_unfinished_script_is_reported() {
    let claude = MockServer::start().await.unwrap();
    claude.assert_finished();
    let response = ask(&claude, json!({})).await;
    assert_eq!(response.status, 500);
    assert_eq!(response.header("x-should-retry"), Some("false"));
    let message = "no response is queued for this request; call `MockServer::respond`";
    assert_eq!(response.json()["error"], json!({"type": "api_error", "message": message}));
    assert!(!claude.requests()[0].refused());
    assert_eq!(
        panic_of(|| claude.assert_finished()),
        "the script of the mock server is not finished:\n- no response was queued for a request: \"What is 1+2?\""
    );

    let claude = MockServer::start().await.unwrap();
    claude.respond_with(|_| panic!("no model given"));
    claude.respond(MockResponse::text("Hi"));
    assert_eq!(ask(&claude, json!({})).await.status, 500);
    ask(&claude, json!({"max_tokens": -1})).await;
    assert_eq!(
        panic_of(|| claude.assert_finished()),
        "the script of the mock server is not finished:\n- queued responses that were not used: 1\n- `respond_with` \
         panicked: no model given\n- a request was refused: 400 max_tokens: Input should be greater than or equal to 0"
    );
}

#[tokio::test]
async fn other_endpoints_answer_too() {
    let claude = MockServer::builder().api_key("sk-secret").start().await.unwrap();
    let body = json!({"model": "claude-opus-5-5", "messages": [{"role": "user", "content": "Hello"}]});
    let count = send(&claude, "POST", "/v1/messages/count_tokens", &body.to_string()).await;
    assert_eq!(count.json(), json!({"input_tokens": 9}));

    let page = send(&claude, "GET", "/v1/models?limit=2&after_id=claude-haiku-5-5", "").await.json();
    let ids: Vec<_> = page["data"].as_array().unwrap().iter().map(|model| &model["id"]).collect();
    assert_eq!(ids, ["claude-sonnet-5-5", "claude-opus-5-5"]);
    assert_eq!(page["has_more"], true);
    assert_eq!(page["last_id"], "claude-opus-5-5");
    let model = send(&claude, "GET", "/v1/models/claude-haiku-4-5", "").await.json();
    assert_eq!(model["id"], "claude-haiku-4-5-20251001");
    assert_eq!(model["max_tokens"], 64_000);

    let missing = send(&claude, "GET", "/v1/models/gpt", "").await;
    assert_eq!((missing.status, &missing.json()["error"]["message"]), (404, &json!("model: gpt")));
    let nowhere = send(&claude, "GET", "/v1/messages", "").await;
    assert_eq!(nowhere.status, 404);
    assert_eq!(nowhere.json()["error"]["type"], "not_found_error");
    claude.assert_finished();
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let claude = MockServer::auto_reply().await.unwrap();
    for body in ["", "{", "null", "[]", "\u{0}", r#"{"messages":[{"role":"user","content":[[]]}]}"#] {
        assert_eq!(send(&claude, "POST", "/v1/messages", body).await.status, 400, "{body:?}");
    }
}

#[tokio::test]
async fn improvised_calls_and_answers_stream() {
    let claude = MockServer::auto_reply().await.unwrap();
    let tools = json!([{"name": "sums", "description": "Adds a + b.", "input_schema": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"],
    }}]);
    let call = ask(&claude, json!({"tools": tools})).await.json();
    let content = &call["content"];
    assert_eq!(content[0]["input"], json!({"a": 1, "b": 2}));
    let answer = ask(
        &claude,
        json!({"tools": tools, "stream": true, "messages": [
            {"role": "user", "content": "What is 1+2?"},
            {"role": "assistant", "content": content},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": content[0]["id"], "content": "3"},
            ]},
        ]}),
    )
    .await;
    let deltas = answer.events().iter().filter(|name| *name == "content_block_delta").count();
    assert_eq!(deltas, 4, "{}", answer.body());
    assert!(answer.body().contains(r#""text":"3.""#));
    claude.assert_finished();
}
