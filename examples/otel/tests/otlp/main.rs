//! The example exports its spans and metrics to a collector in this process, over HTTP and as protocol buffers. The
//! contents of the conversation are only in them if they are requested.

mod collector;

use std::process::Command;

use claudette::testing::{MockResponse, MockServer};
use collector::{Collector, Span};
use serde_json::json;

/// The texts of prompt, arguments, result and answer.
const CONTENTS: [&str; 5] = ["What is", "604542", "6458932", "7063474", "It is seven million."];

/// Runs the example with a mock server and a collector, and returns the collector.
async fn run(contents: &str) -> (MockServer, Collector) {
    let claude = MockServer::start().await.unwrap();
    let usage = json!({"input_tokens": 1000, "output_tokens": 100, "cache_read_input_tokens": 500});
    claude.respond(MockResponse::tool_use("sums", json!({"a": 604_542, "b": 6_458_932})).usage(usage));
    claude.respond(MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after-ms", "1"));
    let last = MockResponse::text("It is seven million.").usage(json!({"input_tokens": 2000, "output_tokens": 10}));
    claude.respond(last.header("request-id", "req_2"));
    let collector = Collector::start().await;
    let mut example = Command::new(env!("CARGO_BIN_EXE_otel-example"));
    example.env("ANTHROPIC_API_KEY", "sk-ant-secret").env("ANTHROPIC_BASE_URL", claude.url());
    example.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()).env("OTEL_SERVICE_NAME", "lesson");
    example.env("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", contents);
    let output = tokio::task::spawn_blocking(move || example.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "It is seven million.\n");
    claude.assert_finished();
    (claude, collector)
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_and_metrics_arrive_without_contents() {
    let (claude, collector) = run("").await;
    let spans = collector.spans();
    let named = |name: &str| -> Vec<&Span> { spans.iter().filter(|span| span.name == name).collect() };

    let [agent] = *named("invoke_agent calculator") else { panic!("{spans:#?}") };
    assert_eq!((agent.service.as_str(), agent.kind.as_str(), agent.parent.as_str()), ("lesson", "Internal", ""));
    agent.has(&[
        ("gen_ai.operation.name", json!("invoke_agent")),
        ("gen_ai.agent.name", json!("calculator")),
        ("gen_ai.conversation.id", json!("lesson-1")),
        ("gen_ai.request.model", json!("claude-sonnet-5-5")),
        ("gen_ai.usage.input_tokens", json!(3500)),
        ("gen_ai.usage.output_tokens", json!(110)),
        ("claudette.steps", json!(2)),
        ("claudette.end_reason", json!("Finished")),
    ]);
    let cost = agent.attributes["claudette.cost.usd"].as_f64().unwrap();
    assert!(cost > 0.0);

    let [first, second] = *named("chat claude-sonnet-5-5") else { panic!("{spans:#?}") };
    let port: u16 = claude.url().rsplit(':').next().unwrap().parse().unwrap();
    for chat in [first, second] {
        assert_eq!((chat.kind.as_str(), &chat.parent, &chat.trace), ("Client", &agent.id, &agent.trace));
        chat.has(&[
            ("gen_ai.operation.name", json!("chat")),
            ("gen_ai.provider.name", json!("anthropic")),
            ("gen_ai.conversation.id", json!("lesson-1")),
            ("gen_ai.request.model", json!("claude-sonnet-5-5")),
            ("gen_ai.request.max_tokens", json!(16_384)),
            ("gen_ai.response.model", json!("claude-sonnet-5-5")),
            ("http.request.method", json!("POST")),
            ("http.route", json!("/v1/messages")),
            ("http.response.status_code", json!(200)),
            ("server.address", json!("127.0.0.1")),
            ("server.port", json!(port)),
        ]);
    }
    first.has(&[
        ("gen_ai.response.finish_reasons", json!(r#"["tool_use"]"#)),
        ("gen_ai.usage.input_tokens", json!(1500)),
        ("gen_ai.usage.cache_read.input_tokens", json!(500)),
        ("gen_ai.usage.output_tokens", json!(100)),
    ]);
    second.has(&[
        ("anthropic.message.stop_reason", json!("end_turn")),
        ("anthropic.request.id", json!("req_2")),
        ("http.request.resend_count", json!(1)),
    ]);

    let [call] = *named("execute_tool sums") else { panic!("{spans:#?}") };
    assert_eq!((call.kind.as_str(), &call.parent), ("Internal", &agent.id));
    call.has(&[
        ("gen_ai.operation.name", json!("execute_tool")),
        ("gen_ai.conversation.id", json!("lesson-1")),
        ("gen_ai.tool.name", json!("sums")),
        ("gen_ai.tool.description", json!("Adds a + b.")),
        ("gen_ai.tool.type", json!("function")),
    ]);
    assert!(call.attributes["gen_ai.tool.call.id"].as_str().unwrap().starts_with("toolu_"));
    // The overloaded attempt is not an error of the request, and every attribute has one value.
    assert!(spans.iter().all(|span| span.status == "Unset" && span.repeated.is_empty()), "{spans:#?}");

    let metrics = collector.metrics();
    for (name, unit, sum) in [
        ("gen_ai.client.inference.usage.input_tokens", "{token}", Some(3500.0)),
        ("gen_ai.client.inference.usage.output_tokens", "{token}", Some(110.0)),
        ("gen_ai.client.inference.usage.cache_read.input_tokens", "{token}", Some(500.0)),
        ("claudette.cost.usd", "USD", Some(cost)),
        ("gen_ai.client.inference.duration", "s", None),
        ("gen_ai.execute_tool.duration", "s", None),
        ("gen_ai.invoke_agent.duration", "s", None),
        ("gen_ai.invoke_agent.tool_calls", "", Some(1.0)),
    ] {
        let metric = metrics.get(name).unwrap_or_else(|| panic!("{name} is missing in {metrics:#?}"));
        assert_eq!(metric.unit, unit, "{name}");
        assert!(sum.is_none_or(|sum| (metric.sum - sum).abs() < 1e-9), "{name}: {metric:?}");
    }
    let duration = &metrics["gen_ai.client.inference.duration"];
    assert_eq!((duration.count, duration.bounds.first(), duration.bounds.len()), (2, Some(&0.01), 14));
    assert!(duration.sum > 0.0 && duration.attributes.contains(&"gen_ai.response.model".to_owned()), "{duration:?}");

    for text in CONTENTS.into_iter().chain(["sk-ant-secret"]) {
        assert!(!collector.received(text), "{text} was exported");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn contents_arrive_on_request() {
    let (_claude, collector) = run("true").await;
    for text in CONTENTS {
        assert!(collector.received(text), "{text} was not exported");
    }
    assert!(!collector.received("sk-ant-secret"));
    let spans = collector.spans();
    let call = spans.iter().find(|span| span.name == "execute_tool sums").unwrap();
    call.has(&[
        ("gen_ai.tool.call.arguments", json!(r#"{"a":604542,"b":6458932}"#)),
        ("gen_ai.tool.call.result", json!("7063474")),
    ]);
}
