//! The spans and metrics of a loop and its tool calls.

use std::time::Duration;

use claudette::chat::ChatState;
use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Event, ToolContext, tool, tools};
use serde_json::json;

use crate::seen::Spans;

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

/// Never returns.
#[tool]
async fn wait_forever() {
    std::future::pending::<()>().await;
}

async fn run(streamed: bool) -> Spans {
    let claude = MockServer::start().await.unwrap();
    claude.respond(
        MockResponse::tool_uses([
            ("divide", json!({"a": 98_765_432, "b": 6})),
            ("divide", json!({"a": 98_765_432, "b": 0})),
            ("multiply", json!({})),
        ])
        .usage(json!({"input_tokens": 1000, "output_tokens": 100})),
    );
    claude.respond(MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after-ms", "1"));
    claude.respond(MockResponse::text("It is seven.").usage(json!({"input_tokens": 2000, "output_tokens": 10})));
    let client = claude.client("claude-sonnet-5-5");
    let chat = Chat::builder(client).tools(tools![divide]).conversation_id("ticket-42").agent_name("clerk");
    let mut chat = chat.build().unwrap();
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
        let spans = run(streamed).await;
        let agent = spans.one("invoke_agent");
        for (field, value) in [
            ("otel.name", "invoke_agent clerk"),
            ("otel.kind", "internal"),
            ("gen_ai.operation.name", "invoke_agent"),
            ("gen_ai.agent.name", "clerk"),
            ("gen_ai.conversation.id", "ticket-42"),
            ("gen_ai.request.model", "claude-sonnet-5-5"),
            ("gen_ai.usage.input_tokens", "3000"),
            ("gen_ai.usage.output_tokens", "110"),
            ("claudette.steps", "2"),
            ("claudette.end_reason", "Finished"),
        ] {
            assert_eq!(agent.get(field), value, "{field}");
        }
        assert!(agent.number("claudette.cost.usd") > 0.0 && agent.is_closed);
        assert!(!agent.has("error.type") && !agent.has("otel.status_code"));

        let [first, second] = &*spans.named("chat") else { panic!("expected two requests") };
        for chat in [first, second] {
            assert_eq!(chat.parent, Some("invoke_agent"));
            assert_eq!(chat.get("gen_ai.conversation.id"), "ticket-42");
            assert!(!chat.has("error.type") && !chat.has("otel.status_code") && chat.is_closed);
        }
        assert_eq!(first.get("anthropic.message.stop_reason"), "tool_use");
        assert_eq!(second.get("anthropic.message.stop_reason"), "end_turn");
        let cost = first.number("claudette.cost.usd") + second.number("claudette.cost.usd");
        assert!((agent.number("claudette.cost.usd") - cost).abs() < 1e-12);

        // The call of the unknown tool does not run, so it does not have a span.
        let [seven, failed] = &*spans.named("execute_tool") else { panic!("expected two calls") };
        for call in [seven, failed] {
            for (field, value) in [
                ("otel.name", "execute_tool divide"),
                ("otel.kind", "internal"),
                ("gen_ai.operation.name", "execute_tool"),
                ("gen_ai.conversation.id", "ticket-42"),
                ("gen_ai.tool.name", "divide"),
                ("gen_ai.tool.description", "Divides a by b."),
                ("gen_ai.tool.type", "function"),
            ] {
                assert_eq!(call.get(field), value, "{field}");
            }
            assert!(call.get("gen_ai.tool.call.id").starts_with("toolu_"));
            assert_eq!(call.parent, Some("invoke_agent"));
        }
        assert!(!seven.has("error.type") && !seven.has("otel.status_code"));
        assert_eq!((failed.get("error.type"), failed.get("otel.status_code")), ("tool_error", "ERROR"));

        for content in ["Divide.", "98765432", "seven", "cannot divide"] {
            assert!(!spans.all().contains(content), "{content} in {}", spans.all());
        }
    }
}

#[tokio::test]
async fn a_loop_has_metrics() {
    for streamed in [false, true] {
        let spans = run(streamed).await;
        let sum = |metric: &str| spans.metric(metric).iter().map(|event| event.number(metric)).sum::<f64>();
        let usage = "monotonic_counter.gen_ai.client.inference.usage";
        assert_eq!(format!("{:.0}", sum(&format!("{usage}.input_tokens"))), "3000");
        assert_eq!(format!("{:.0}", sum(&format!("{usage}.output_tokens"))), "110");
        let cost = sum("monotonic_counter.claudette.cost.usd");
        assert!((spans.one("invoke_agent").number("claudette.cost.usd") - cost).abs() < 1e-12);

        // One duration for each request, whatever the number of its attempts.
        assert_eq!(spans.metric("histogram.gen_ai.client.inference.duration").len(), 2);
        let first_chunks = spans.metric("histogram.gen_ai.client.inference.time_to_first_chunk");
        assert_eq!(first_chunks.len(), if streamed { 2 } else { 0 });
        let calls = spans.metric("histogram.gen_ai.execute_tool.duration");
        let errors: Vec<&str> = calls.iter().map(|call| call.get("error.type")).collect();
        assert_eq!(errors, ["", "tool_error"]);
        assert!(calls.iter().all(|call| call.get("gen_ai.tool.name") == "divide"));
        let [agent] = &*spans.metric("histogram.gen_ai.invoke_agent.duration") else { panic!("expected one loop") };
        assert_eq!(agent.get("gen_ai.agent.name"), "clerk");
        assert_eq!(agent.get("histogram.gen_ai.invoke_agent.inference_calls"), "2");
        assert_eq!(agent.get("histogram.gen_ai.invoke_agent.tool_calls"), "3");
    }
}

#[tokio::test]
async fn the_id_of_a_conversation_is_stored_with_it() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let chat = Chat::builder(&client).conversation_id("ticket-42").build().unwrap();
    let state = ChatState::from_json(&chat.state().to_json()).unwrap();
    let restored = Chat::builder(&client).restore(state.clone()).build().unwrap();
    let renamed = Chat::builder(&client).conversation_id("ticket-43").restore(state).build().unwrap();
    for (mut chat, id) in [(chat.fork(), "ticket-42"), (restored, "ticket-42"), (renamed, "ticket-43")] {
        claude.respond(MockResponse::text("Hello."));
        let (spans, _guard) = Spans::watch();
        chat.send("Hello").await.unwrap();
        assert_eq!(spans.one("chat").get("gen_ai.conversation.id"), id);
        // One request is not a loop.
        assert!(spans.named("invoke_agent").is_empty());
        assert!(spans.metric("histogram.gen_ai.invoke_agent.duration").is_empty());
    }
    let (spans, _guard) = Spans::watch();
    claude.respond(MockResponse::text("Hello."));
    Chat::new(&client).unwrap().toolloop("Hello").await.unwrap();
    let agent = spans.one("invoke_agent");
    assert_eq!(agent.get("otel.name"), "invoke_agent");
    assert!(!agent.has("gen_ai.agent.name") && !agent.has("gen_ai.conversation.id"));
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_an_error() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("wait_forever", json!({})));
    claude.respond(MockResponse::text("It takes too long."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![wait_forever]).build().unwrap();
    let (spans, _guard) = Spans::watch();
    chat.toolloop("Wait.").tool_timeout(Duration::from_millis(5)).await.unwrap();
    let call = spans.one("execute_tool");
    assert_eq!((call.get("error.type"), call.get("otel.status_code")), ("timeout", "ERROR"));
    assert_eq!(spans.metric("histogram.gen_ai.execute_tool.duration")[0].get("error.type"), "timeout");
}

#[tokio::test]
async fn a_loop_that_is_dropped_or_cancelled_has_no_status() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("wait_forever", json!({})));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![wait_forever]).build().unwrap();
    let (spans, _guard) = Spans::watch();
    let mut events = chat.toolloop("Wait.").stream();
    while let Some(event) = events.next().await {
        if let Event::ToolCall(_) = event.unwrap() {
            break;
        }
    }
    // The call begins when the events are read further.
    let _ = tokio::time::timeout(Duration::from_millis(20), events.next()).await;
    drop(events);
    for name in ["invoke_agent", "chat", "execute_tool"] {
        let span = spans.one(name);
        assert!(span.is_closed && !span.has("otel.status_code") && !span.has("error.type"), "{span:?}");
    }
    assert!(spans.metric("histogram.gen_ai.execute_tool.duration").is_empty());

    let (spans, _guard) = Spans::watch();
    let token = ToolContext::default().cancellation_token().clone();
    token.cancel();
    let mut chat = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
    assert!(chat.toolloop("Go.").cancel_on(token).await.unwrap_err().is_cancelled());
    let agent = spans.one("invoke_agent");
    assert!(!agent.has("otel.status_code") && !agent.has("error.type"), "{agent:?}");
}

#[tokio::test]
async fn the_steps_before_a_failure_are_counted() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(
        MockResponse::tool_use("divide", json!({"a": 6, "b": 2}))
            .usage(json!({"input_tokens": 70, "output_tokens": 7})),
    );
    claude.respond(MockResponse::error(400, "invalid_request_error", "no"));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![divide]).build().unwrap();
    let (spans, _guard) = Spans::watch();
    chat.toolloop("Divide.").await.unwrap_err();
    let agent = spans.one("invoke_agent");
    assert_eq!((agent.get("error.type"), agent.get("otel.status_code")), ("invalid_request_error", "ERROR"));
    assert_eq!((agent.get("claudette.steps"), agent.get("gen_ai.usage.input_tokens")), ("1", "70"));
    assert!(agent.number("claudette.cost.usd") > 0.0 && !agent.has("claudette.end_reason"));
    let failed = &spans.named("chat")[1];
    assert_eq!((failed.get("error.type"), failed.get("otel.status_code")), ("invalid_request_error", "ERROR"));
}

#[tokio::test]
async fn the_spans_of_a_sub_agent_are_inside_that_of_its_call() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("researcher", json!({"prompt": "Divide."})));
    for text in ["16,460,905", "Done."] {
        claude.respond(MockResponse::text(text));
    }
    let client = claude.client("claude-sonnet-5-5");
    let researcher = Chat::new(&client).unwrap().into_tool("researcher", "Divides numbers.");
    let lead = Chat::builder(&client).tools(tools![].with(researcher)).conversation_id("ticket-42").agent_name("lead");
    let mut lead = lead.build().unwrap();
    let (spans, _guard) = Spans::watch();
    lead.toolloop("Divide.").await.unwrap();
    let call = spans.one("execute_tool");
    let [outer, inner] = &*spans.named("invoke_agent") else { panic!("expected two loops") };
    assert_eq!((outer.get("gen_ai.agent.name"), inner.get("gen_ai.agent.name")), ("lead", "researcher"));
    assert_eq!(inner.get("gen_ai.conversation.id"), "ticket-42");
    let parents = (outer.parent, call.parent, inner.parent);
    assert_eq!(parents, (None, Some("invoke_agent"), Some("execute_tool")));
    assert!(outer.number("claudette.cost.usd") > inner.number("claudette.cost.usd"));
}

#[tokio::test]
async fn the_spans_of_sub_agents_are_nested_at_two_levels() {
    let claude = MockServer::start().await.unwrap();
    // Two researchers at the same time, each with an assistant who divides.
    let ask = |name, prompt| (name, json!({"prompt": prompt}));
    claude.respond(MockResponse::tool_uses([ask("researcher", "A"), ask("researcher", "B")]));
    for _ in 0..8 {
        claude.respond_with(|request| {
            let is_first = request["messages"].as_array().unwrap().len() == 1;
            match request["tools"][0]["name"].as_str().unwrap() {
                "assistant" if is_first => MockResponse::tool_use("assistant", json!({"prompt": "Divide."})),
                "divide" if is_first => MockResponse::tool_use("divide", json!({"a": 6, "b": 2})),
                _ => MockResponse::text("3"),
            }
        });
    }
    for _ in 0..3 {
        claude.respond(MockResponse::text("Done."));
    }
    let client = claude.client("claude-sonnet-5-5");
    let assistant = Chat::builder(&client).tools(tools![divide]).build().unwrap().into_tool("assistant", "Divides.");
    let researcher = Chat::builder(&client).tools(tools![].with(assistant)).build().unwrap();
    let lead = Chat::builder(&client).tools(tools![].with(researcher.into_tool("researcher", "Divides numbers.")));
    let mut lead = lead.conversation_id("ticket-42").agent_name("lead").build().unwrap();
    let (spans, _guard) = Spans::watch();
    lead.toolloop("Divide.").await.unwrap();

    let paths = |name: &str| {
        let mut paths: Vec<String> = spans.named(name).into_iter().map(|span| span.path).collect();
        paths.sort();
        paths
    };
    // A call has the name of its tool, and the loop of an agent that of the agent.
    let (call, inner) = ("lead > researcher", "lead > researcher > researcher > assistant");
    assert_eq!(
        paths("invoke_agent"),
        [
            "lead",
            &format!("{call} > researcher"),
            &format!("{call} > researcher"),
            &format!("{inner} > assistant"),
            &format!("{inner} > assistant")
        ]
    );
    assert_eq!(
        paths("execute_tool"),
        [call, call, inner, inner, &format!("{inner} > assistant > divide"), &format!("{inner} > assistant > divide")]
    );
    assert!(spans.named("invoke_agent").iter().all(|span| span.get("gen_ai.conversation.id") == "ticket-42"));
    assert!(
        ["invoke_agent", "execute_tool", "chat"].iter().all(|name| spans.named(name).iter().all(|it| it.is_closed))
    );
}
