//! The spans and metrics of requests.

use std::time::Duration;

use claudette::Client;
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{Effort, ServiceTier, ThinkingConfig};
use serde_json::json;

use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use crate::seen::{Everything, Seen, Spans};

/// Returns a client whose requests fail at once.
fn client(claude: &MockServer) -> Client {
    Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).max_retries(0).build().unwrap()
}

fn port(claude: &MockServer) -> String {
    claude.url().rsplit(':').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_request_and_its_response_have_attributes() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(
        MockResponse::text("Hi!")
            .usage(json!({
                "input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": 300, "cache_creation_input_tokens": 4000,
                "cache_creation": {"ephemeral_5m_input_tokens": 3000, "ephemeral_1h_input_tokens": 1000},
                "output_tokens_details": {"thinking_tokens": 5},
                "iterations": [
                    {"type": "compaction", "input_tokens": 70_000, "output_tokens": 900},
                    {"type": "message", "input_tokens": 10, "output_tokens": 20},
                ],
                "service_tier": "priority",
            }))
            .id("msg_1")
            .header("request-id", "req_1")
            .header("anthropic-organization-id", "org_1")
            .header("anthropic-workspace-id", "wrkspc_1"),
    );
    let builder = Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).beta("one-2026-01-01");
    let (spans, _guard) = Spans::watch();
    let request = builder.build().unwrap().send("Hello").max_tokens(2000).effort(Effort::Low);
    let request = request.thinking(ThinkingConfig::adaptive()).service_tier(ServiceTier::Auto).beta("two-2026-01-01");
    request.await.unwrap();

    let chat = spans.one("chat");
    for (field, value) in [
        ("otel.name", "chat claude-sonnet-5-5"),
        ("otel.kind", "client"),
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "anthropic"),
        ("gen_ai.request.model", "claude-sonnet-5-5"),
        ("gen_ai.request.max_tokens", "2000"),
        ("gen_ai.request.reasoning.level", "low"),
        ("gen_ai.response.finish_reasons", "[\"end_turn\"]"),
        ("gen_ai.response.id", "msg_1"),
        ("gen_ai.response.model", "claude-sonnet-5-5"),
        ("gen_ai.usage.input_tokens", "4310"),
        ("gen_ai.usage.output_tokens", "20"),
        ("gen_ai.usage.cache_read.input_tokens", "300"),
        ("gen_ai.usage.cache_write.input_tokens", "4000"),
        ("gen_ai.usage.reasoning.output_tokens", "5"),
        ("anthropic.beta", "one-2026-01-01,two-2026-01-01"),
        ("anthropic.message.stop_reason", "end_turn"),
        ("anthropic.organization.id", "org_1"),
        ("anthropic.request.id", "req_1"),
        ("anthropic.request.service_tier", "auto"),
        ("anthropic.response.service_tier", "priority"),
        ("anthropic.thinking.type", "adaptive"),
        ("anthropic.usage.cache_creation.ephemeral_5m_input_tokens", "3000"),
        ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", "1000"),
        ("anthropic.usage.compaction.input_tokens", "70000"),
        ("anthropic.usage.compaction.output_tokens", "900"),
        ("anthropic.workspace.id", "wrkspc_1"),
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
        ("http.route", "/v1/messages"),
        ("server.address", "127.0.0.1"),
        ("server.port", &port(&claude)),
    ] {
        assert_eq!(chat.get(field), value, "{field}");
    }
    for absent in [
        "otel.status_code",
        "error.type",
        "gen_ai.conversation.id",
        "gen_ai.output.type",
        "gen_ai.request.stream",
        "gen_ai.request.temperature",
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "http.request.resend_count",
    ] {
        assert!(!chat.has(absent), "{absent}");
    }
    assert!(chat.is_closed);
}

#[tokio::test]
async fn optional_settings_have_attributes() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hi!"));
    claude.respond(MockResponse::text(r#"{"value":[1]}"#));
    let (spans, _guard) = Spans::watch();
    let old = claude.client("claude-haiku-4-5").send("Hello").temperature(0.5).top_k(40);
    old.thinking(ThinkingConfig::disabled()).await.unwrap();
    let _: Vec<u8> = claude.client("claude-sonnet-5-5").structured("Hello").await.unwrap();
    let [old, structured] = &*spans.named("chat") else { panic!("expected two requests") };
    assert_eq!((old.get("gen_ai.request.temperature"), old.get("gen_ai.request.top_k")), ("0.5", "40"));
    assert_eq!(structured.get("gen_ai.output.type"), "json");
}

#[tokio::test]
async fn a_stream_has_the_time_to_its_first_chunk() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hi!").delay(Duration::from_millis(30)));
    let (spans, _guard) = Spans::watch();
    client(&claude).send("Hello").stream().finish().await.unwrap();
    let chat = spans.one("chat");
    assert_eq!(chat.get("gen_ai.request.stream"), "true");
    let first = chat.number("gen_ai.response.time_to_first_chunk");
    let whole = &spans.metric("histogram.gen_ai.client.inference.duration")[0];
    assert!(first >= 0.03 && first <= whole.number("histogram.gen_ai.client.inference.duration"), "{first}");
    for (field, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "anthropic"),
        ("gen_ai.request.model", "claude-sonnet-5-5"),
        ("gen_ai.response.model", "claude-sonnet-5-5"),
        ("server.address", "127.0.0.1"),
        ("server.port", &port(&claude)),
    ] {
        assert_eq!(whole.get(field), value, "{field}");
    }
}

#[tokio::test]
async fn all_attempts_are_one_span() {
    let claude = MockServer::start().await.unwrap();
    for _ in 0..2 {
        claude.respond(MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after-ms", "1"));
    }
    claude.respond(MockResponse::text("Hi!").header("request-id", "req_3"));
    let (spans, _guard) = Spans::watch();
    claude.client("claude-sonnet-5-5").send("Hello").await.unwrap();
    let chat = spans.one("chat");
    assert_eq!((chat.get("http.request.resend_count"), chat.get("http.response.status_code")), ("2", "200"));
    assert_eq!(chat.get("anthropic.request.id"), "req_3");
    assert!(!chat.has("error.type") && !chat.has("otel.status_code"));
}

/// Sends a request that fails, as a whole and as a stream, and returns its spans.
async fn failures(response: impl Fn() -> MockResponse) -> Vec<Seen> {
    let mut failures = Vec::new();
    for streamed in [false, true] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(response());
        let (spans, _guard) = Spans::watch();
        let request = client(&claude).send("Hello");
        let failed = if streamed { request.stream().finish().await } else { request.await };
        failed.unwrap_err();
        let chat = spans.one("chat");
        let [metric] = &*spans.metric("histogram.gen_ai.client.inference.duration") else { panic!("expected one") };
        assert_eq!(metric.get("error.type"), chat.get("error.type"));
        assert_eq!(chat.get("otel.status_code"), "ERROR");
        failures.push(chat);
    }
    failures
}

#[tokio::test]
async fn failures_have_a_status_and_a_type() {
    for chat in failures(|| MockResponse::error(529, "overloaded_error", "no")).await {
        assert_eq!((chat.get("error.type"), chat.get("http.response.status_code")), ("overloaded_error", "529"));
    }
    for chat in failures(|| MockResponse::raw(502, "text/html", "<html>Bad gateway</html>")).await {
        assert_eq!(chat.get("error.type"), "502");
    }
    for chat in failures(|| MockResponse::raw(200, "application/json", "[]")).await {
        assert_eq!(chat.get("error.type"), "api_error");
    }
    // The server chooses the name of the error.
    for chat in failures(|| MockResponse::error(400, "e".repeat(5000), "no")).await {
        assert_eq!(chat.get("error.type").len(), 64);
    }
}

#[tokio::test]
async fn failed_connections_and_timeouts_have_a_type() {
    let (spans, _guard) = Spans::watch();
    let nowhere = Client::builder("claude-sonnet-5-5").api_key("k").base_url("http://127.0.0.1:1").max_retries(0);
    nowhere.build().unwrap().send("Hello").await.unwrap_err();
    assert_eq!(spans.one("chat").get("error.type"), "connection_error");

    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hi!").delay(Duration::from_secs(5)));
    let (spans, _guard) = Spans::watch();
    client(&claude).send("Hello").timeout(Duration::from_millis(5)).await.unwrap_err();
    assert_eq!(spans.one("chat").get("error.type"), "client_timeout_error");
}

#[tokio::test]
async fn a_cut_stream_is_an_error_with_the_usage_so_far() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("One, two, three.").chunked(3).cut_after(4));
    let (spans, _guard) = Spans::watch();
    assert!(client(&claude).send("Count.").stream().finish().await.unwrap_err().is_truncated());
    let chat = spans.one("chat");
    assert_eq!((chat.get("error.type"), chat.get("otel.status_code")), ("api_error", "ERROR"));
    assert!(chat.number("gen_ai.usage.input_tokens") > 0.0 && chat.has("gen_ai.response.id"));
    let durations = spans.metric("histogram.gen_ai.client.inference.duration");
    assert_eq!((durations.len(), durations[0].get("error.type")), (1, "api_error"));
}

#[tokio::test]
async fn a_stream_that_is_dropped_has_no_status() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("One, two, three.").chunked(3).delay(Duration::from_millis(1)));
    claude.respond(MockResponse::text("Too late.").delay(Duration::from_secs(5)));
    let (spans, _guard) = Spans::watch();
    let mut stream = client(&claude).send("Count.").stream();
    stream.next_text().await.unwrap();
    drop(stream);
    let chat = spans.one("chat");
    assert!(chat.is_closed && !chat.has("otel.status_code") && !chat.has("error.type"), "{chat:?}");
    assert!(chat.has("gen_ai.response.id") && spans.metric("histogram.gen_ai.client.inference.duration").is_empty());

    let request = client(&claude).send("Hello");
    tokio::time::timeout(Duration::from_millis(20), request.into_future()).await.unwrap_err();
    let chat = &spans.named("chat")[1];
    assert!(chat.is_closed && !chat.has("otel.status_code") && !chat.has("error.type"), "{chat:?}");
}

#[tokio::test]
async fn a_response_is_recorded_once_even_if_a_gateway_breaks() {
    // The gateway streams although a whole response was requested. The first stream ends too early.
    let events = |text: &str| format!("data: {text}\n\n");
    let start = events(
        r#"{"type":"message_start","message":{"id":"msg_1","role":"assistant","content":[],"model":"claude-sonnet-5-5","usage":{"input_tokens":9}}}"#,
    ) + &events(r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hi!"}}"#);
    let end = events(r#"{"type":"content_block_stop","index":0}"#)
        + &events(r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#)
        + &events(r#"{"type":"message_stop"}"#);
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::raw(200, "text/event-stream", start.clone()).header("retry-after-ms", "1"));
    claude.respond(MockResponse::raw(200, "text/event-stream", start + &end));
    let (spans, _guard) = Spans::watch();
    let response = claude.client("claude-sonnet-5-5").send("Hello").await.unwrap();
    assert_eq!((response.text().as_str(), claude.requests().len()), ("Hi!", 2));
    let chat = spans.one("chat");
    assert!(!chat.has("error.type") && chat.get("http.request.resend_count") == "1", "{chat:?}");
    assert_eq!(spans.metric("histogram.gen_ai.client.inference.duration").len(), 1);
    // Both attempts used tokens.
    let tokens = spans.metric("monotonic_counter.gen_ai.client.inference.usage.input_tokens");
    assert_eq!(tokens.len(), 2);
}

#[tokio::test]
async fn counting_tokens_is_a_span() {
    let claude = MockServer::start().await.unwrap();
    let (spans, _guard) = Spans::watch();
    let tokens = client(&claude).count_tokens("Hello").await.unwrap();
    let count = spans.one("count_tokens");
    for (field, value) in [
        ("otel.name", "count_tokens claude-sonnet-5-5"),
        ("otel.kind", "client"),
        ("gen_ai.operation.name", "count_tokens"),
        ("gen_ai.provider.name", "anthropic"),
        ("gen_ai.request.model", "claude-sonnet-5-5"),
        ("anthropic.message.count_tokens.input_tokens", &tokens.to_string()),
        ("http.response.status_code", "200"),
        ("http.route", "/v1/messages/count_tokens"),
        ("server.address", "127.0.0.1"),
    ] {
        assert_eq!(count.get(field), value, "{field}");
    }
    let [duration] = &*spans.metric("histogram.gen_ai.client.operation.duration") else { panic!("expected one") };
    assert_eq!(duration.get("gen_ai.operation.name"), "count_tokens");
    // Counting does not use tokens.
    assert!(spans.named("chat").is_empty());
    assert!(spans.metric("monotonic_counter.gen_ai.client.inference.usage.input_tokens").is_empty());

    let wrong = Client::builder("claude-nonsense-9").api_key("k").base_url(claude.url()).build().unwrap();
    wrong.count_tokens("Hello").await.unwrap_err();
    assert_eq!(spans.named("count_tokens")[1].get("error.type"), "not_found_error");
}

/// A request that waits for a rate limit says so, and for how long.
#[tokio::test]
async fn the_delay_of_a_request_is_an_event() {
    let claude = MockServer::start().await.unwrap();
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(Registry::default().with(everything.clone()));
    let limited = MockResponse::text("Hello.")
        .header("anthropic-ratelimit-requests-limit", "10")
        .header("anthropic-ratelimit-requests-remaining", "0")
        .header("anthropic-ratelimit-requests-reset", "2026-01-01T00:00:01Z")
        .header("date", "Thu, 01 Jan 2026 00:00:00 GMT");
    claude.respond(limited);
    claude.respond(MockResponse::text("Hello."));
    let client = Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).pace(true).build().unwrap();
    client.send("Hello").await.unwrap();
    client.send("Hello").await.unwrap();
    let all = everything.0.lock().unwrap().join("\n");
    let event = all.lines().find(|line| line.contains("delaying the request")).unwrap_or_else(|| panic!("{all}"));
    assert!(
        event.contains("\"delay\": \"") && event.contains("ms\"") && event.contains("claude-sonnet-5-5"),
        "{event}"
    );
}
