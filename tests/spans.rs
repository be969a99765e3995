//! The spans of a loop, by OpenTelemetry's conventions for generative AI. This is a separate binary because `tracing`
//! caches for the whole process which spans are enabled.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use claudette::testing::{MockResponse, MockServer};
use claudette::wire::RemoteMcpServer;
use claudette::{BuiltinTool, Chat, Client, tool, tools};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// One span: its name, the name of its parent, and its fields.
#[derive(Clone, Debug, Default)]
struct Seen {
    name: &'static str,
    parent: Option<&'static str>,
    fields: BTreeMap<&'static str, String>,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }
}

#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<(Id, Seen)>>>);

impl Layer<Registry> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, Registry>) {
        let name = attributes.metadata().name();
        let mut seen = Seen { name, parent: cx.lookup_current().map(|span| span.name()), ..Seen::default() };
        attributes.record(&mut seen);
        if ["invoke_agent", "chat", "execute_tool"].contains(&name) {
            self.0.lock().unwrap().push((id.clone(), seen));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, Registry>) {
        let mut spans = self.0.lock().unwrap();
        if let Some((_, seen)) = spans.iter_mut().rev().find(|(known, _)| known == id) {
            values.record(seen);
        }
    }
}

impl Spans {
    fn watch() -> (Self, DefaultGuard) {
        let spans = Self::default();
        let guard = tracing::subscriber::set_default(Registry::default().with(spans.clone()));
        (spans, guard)
    }

    fn named(&self, name: &str) -> Vec<Seen> {
        let spans = self.0.lock().unwrap();
        spans.iter().map(|(_, seen)| seen.clone()).filter(|seen| seen.name == name).collect()
    }
}

/// Divides a by b.
#[tool]
async fn divide(
    /// The dividend
    a: i64,
    /// The divisor
    b: i64,
) -> Result<i64, String> {
    a.checked_div(b).ok_or_else(|| "cannot divide by zero".to_owned())
}

async fn run(contents: bool, streamed: bool) -> Spans {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([
        ("divide", json!({"a": 98_765_432, "b": 6})),
        ("divide", json!({"a": 98_765_432, "b": 0})),
    ]));
    claude.respond(MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after-ms", "1"));
    claude.respond(MockResponse::text("It is seven."));
    let client = Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).trace_contents(contents);
    let mut chat = Chat::builder(client.build().unwrap()).tools(tools![divide]).build().unwrap();
    let (spans, _guard) = Spans::watch();
    if streamed {
        let mut events = chat.toolloop("Divide.").stream();
        while let Some(event) = events.next().await {
            event.unwrap();
        }
    } else {
        chat.toolloop("Divide.").await.unwrap();
    }
    claude.assert_finished();
    spans
}

#[tokio::test]
async fn a_loop_its_requests_and_its_calls_are_spans() {
    for streamed in [false, true] {
        let spans = run(false, streamed).await;
        let [agent] = &*spans.named("invoke_agent") else { panic!("expected one loop") };
        assert_eq!(agent.fields["gen_ai.request.model"], "claude-sonnet-5-5");
        assert_eq!((agent.fields["steps"].as_str(), agent.fields["stop"].as_str()), ("2", "Finished"));

        let [first, second] = &*spans.named("chat") else { panic!("expected two requests") };
        for chat in [first, second] {
            assert_eq!(chat.parent, Some("invoke_agent"));
            assert_eq!(chat.fields["otel.name"], "chat claude-sonnet-5-5");
            assert_eq!(chat.fields["gen_ai.provider.name"], "anthropic");
            assert_eq!(chat.fields["gen_ai.response.model"], "claude-sonnet-5-5");
            assert!(chat.fields["gen_ai.response.id"].starts_with("msg_"));
            assert!(chat.fields["gen_ai.usage.input_tokens"].parse::<u64>().unwrap() > 0);
        }
        assert_eq!(first.fields["gen_ai.response.finish_reasons"], "[\"tool_use\"]");
        assert_eq!(second.fields["gen_ai.response.finish_reasons"], "[\"end_turn\"]");
        assert_eq!(second.fields["http.request.resend_count"], "1");

        let [seven, failed] = &*spans.named("execute_tool") else { panic!("expected two calls") };
        assert_eq!(seven.fields["gen_ai.tool.name"], "divide");
        assert!(seven.fields["gen_ai.tool.call.id"].starts_with("toolu_"));
        assert!(!seven.fields.contains_key("error.type"));
        assert_eq!(failed.fields["error.type"], "tool_error");
        assert_eq!(failed.parent, Some("invoke_agent"));

        let all = format!("{:?}", spans.0.lock().unwrap());
        for content in ["Divide.", "98765432", "seven", "cannot divide"] {
            assert!(!all.contains(content), "{content} in {all}");
        }
    }
}

#[tokio::test]
async fn contents_are_recorded_on_request() {
    let spans = run(true, false).await;
    let chats = spans.named("chat");
    assert!(chats[0].fields["gen_ai.input.messages"].contains("Divide."));
    assert!(chats[1].fields["gen_ai.output.messages"].contains("It is seven."));
    let calls = spans.named("execute_tool");
    assert_eq!(calls[0].fields["gen_ai.tool.call.arguments"], r#"{"a":98765432,"b":6}"#);
    assert_eq!(calls[1].fields["gen_ai.tool.call.result"], "cannot divide by zero");
}

#[tokio::test]
async fn tokens_of_mcp_servers_are_not_recorded() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Monday."));
    let client = Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).trace_contents(true);
    let server = RemoteMcpServer::new("calendar", "https://mcp.example.com/mcp").authorization_token("secret");
    let (spans, _guard) = Spans::watch();
    let client = client.build().unwrap();
    client.send("When?").mcp_server(server).tools(BuiltinTool::mcp_toolset("calendar")).await.unwrap();
    let sent = &spans.named("chat")[0].fields["gen_ai.input.messages"];
    assert!(sent.contains("When?") && sent.contains("calendar") && !sent.contains("secret"), "{sent}");
}

#[tokio::test]
async fn failures_are_recorded() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::error(400, "invalid_request_error", "no"));
    let mut chat = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
    let (spans, _guard) = Spans::watch();
    chat.toolloop("Go.").await.unwrap_err();
    for name in ["invoke_agent", "chat"] {
        assert_eq!(spans.named(name)[0].fields["error.type"], "invalid_request_error");
    }
}

/// A layer that keeps all fields of all spans and events as text.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<Vec<String>>>);

impl Everything {
    fn add(&self, fields: &dyn Fn(&mut Seen)) {
        let mut seen = Seen::default();
        fields(&mut seen);
        self.0.lock().unwrap().push(format!("{:?}", seen.fields));
    }
}

impl Layer<Registry> for Everything {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, Registry>) {
        self.add(&|seen| attributes.record(seen));
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, Registry>) {
        self.add(&|seen| values.record(seen));
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, Registry>) {
        self.add(&|seen| event.record(seen));
    }
}

/// Even with traced contents, the headers of requests are not recorded.
#[tokio::test]
async fn no_credential_is_traced() {
    const KEY: &str = "sk-ant-one-that-stays-secret";
    let claude = MockServer::builder().api_key(KEY).start().await.unwrap();
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(Registry::default().with(everything.clone()));
    let client = |url: &str, key: &str| {
        let builder = Client::builder("claude-sonnet-5-5").api_key(key).base_url(url).header("x-account", KEY);
        builder.trace_contents(true).build().unwrap()
    };
    // A response, an error, and a failed connection.
    claude.respond(MockResponse::text("Hello."));
    client(claude.url(), KEY).send("Hello").await.unwrap();
    claude.respond(MockResponse::error(400, "invalid_request_error", "no"));
    let mut chat = Chat::new(client(claude.url(), KEY)).unwrap();
    chat.toolloop("Go.").await.unwrap_err();
    let wrong = client(claude.url(), "sk-ant-wrong-one-that-stays-secret").send("Hello").await.unwrap_err();
    assert!(wrong.is_authentication());
    client("http://127.0.0.1:1", KEY).send("Hello").await.unwrap_err();

    let all = everything.0.lock().unwrap().join("\n");
    // The contents were recorded.
    assert!(all.contains("invalid_request_error") && all.contains("Hello.") && all.contains("Go."), "{all}");
    for secret in ["that-stays-secret", "Bearer", "c2stYW50"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}
