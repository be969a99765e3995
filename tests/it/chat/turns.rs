//! Settings of a single turn of a chat.

use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{Effort, ThinkingConfig, ToolChoice};
use claudette::{Chat, Event, Message, tool, tools};
use serde_json::{Value, json};

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

fn body(claude: &MockServer, request: usize) -> Value {
    claude.requests()[request].body().clone()
}

#[tokio::test]
async fn settings_of_a_turn_do_not_affect_other_turns() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("One."));
    claude.respond(MockResponse::text("Two."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-4-5")).max_tokens(500).build().unwrap();

    let turn = chat.send("First?").model("claude-opus-4-6").thinking(ThinkingConfig::adaptive()).effort(Effort::Low);
    let turn = turn.max_tokens(100).stop("END").user_id("u1").header("x-trace", "7").beta("some-beta-2026-01-01");
    turn.extra("inference_geo", "us").await.unwrap();
    chat.send("Second?").await.unwrap();

    let first = body(&claude, 0);
    assert_eq!(first["model"], "claude-opus-4-6");
    assert_eq!(first["thinking"], json!({"type": "adaptive"}));
    assert_eq!(first["output_config"], json!({"effort": "low"}));
    assert_eq!((&first["max_tokens"], &first["stop_sequences"]), (&json!(100), &json!(["END"])));
    assert_eq!((&first["metadata"], &first["inference_geo"]), (&json!({"user_id": "u1"}), &json!("us")));
    let header = |request: usize, name: &str| claude.requests()[request].header(name).map(str::to_owned);
    assert_eq!((header(0, "x-trace").as_deref(), header(1, "x-trace")), (Some("7"), None));
    assert!(header(0, "anthropic-beta").unwrap().contains("some-beta-2026-01-01"));

    let second = body(&claude, 1);
    let names: Vec<&String> = second.as_object().unwrap().keys().collect();
    assert_eq!(names, ["model", "max_tokens", "messages"]);
    assert_eq!((&second["model"], &second["max_tokens"]), (&json!("claude-sonnet-4-5"), &json!(500)));
}

#[tokio::test]
async fn a_header_that_http_does_not_allow_is_misuse_and_nothing_is_sent() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
    let error = chat.send("Hi").header("x y", "1").await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("\"x y\""), "{error}");
    let error = chat.toolloop("Hi").beta("\n").await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("anthropic-beta"), "{error}");
    assert!(claude.requests().is_empty() && chat.history().is_empty());
}

#[tokio::test]
async fn a_call_is_forced_once() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sums", json!({"a": 1, "b": 2})));
    claude.respond(MockResponse::text("3"));
    let mut chat = Chat::builder(claude.client("claude-haiku-4-5")).tools(tools![sums]).build().unwrap();
    let run = chat.toolloop("1+2?").tool_choice(ToolChoice::tool::<sums>().sequential()).await.unwrap();
    assert_eq!(run.text(), "3");
    let choices = [0, 1].map(|request| body(&claude, request)["tool_choice"].clone());
    assert_eq!(choices[0], json!({"type": "tool", "name": "sums", "disable_parallel_tool_use": true}));
    assert_eq!(choices[1], json!({"type": "auto", "disable_parallel_tool_use": true}));
}

#[tokio::test]
async fn a_prefill_and_the_response_are_one_text_in_the_history() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = Chat::new(claude.client("claude-sonnet-4-5")).unwrap();
    claude.respond(MockResponse::text(" it's 42."));
    let response = chat.send("The meaning of life?").prefill("According to Douglas Adams, ").await.unwrap();
    assert_eq!(response.text(), "According to Douglas Adams, it's 42.");

    claude.respond(MockResponse::text(" 7.").chunked(3));
    let mut pieces = Vec::new();
    let mut events = chat.send("3+4?").prefill("It is ").stream();
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::Text(piece) => pieces.push(piece),
            Event::Response(response) => assert_eq!(response.text(), "It is 7."),
            _ => {}
        }
    }
    drop(events);
    assert_eq!((pieces[0].as_str(), pieces.concat().as_str()), ("It is ", "It is 7."));
    let said: Vec<String> = chat.history().iter().map(Message::text).collect();
    assert_eq!(said, ["The meaning of life?", "According to Douglas Adams, it's 42.", "3+4?", "It is 7."]);
    let sent = body(&claude, 1);
    assert_eq!(sent["messages"].as_array().unwrap().last().unwrap(), &json!({"role": "assistant", "content": "It is"}));

    // The next turn has no prefill.
    claude.respond(MockResponse::text("Yes."));
    assert_eq!(chat.send("Sure?").await.unwrap().text(), "Yes.");
    claude.assert_finished();
}

#[tokio::test]
async fn a_prefill_for_a_model_without_support_is_misuse_and_nothing_is_sent() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
    let error = chat.send("Hi").prefill("Well,").await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("a prefill"), "{error}");
    assert!(claude.requests().is_empty() && chat.history().is_empty());
}

#[tokio::test]
async fn a_structured_request_uses_the_settings_of_its_turn() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text(r#"{"value":7}"#));
    let mut chat = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
    let seven = chat.structured::<u8>("3+4?").effort(Effort::Low).max_tokens(200).header("x-trace", "8");
    assert_eq!(seven.await.unwrap(), 7);
    let sent = body(&claude, 0);
    assert_eq!((&sent["max_tokens"], &sent["output_config"]["effort"]), (&json!(200), &json!("low")));
    assert_eq!(claude.requests()[0].header("x-trace"), Some("8"));
}

#[tokio::test]
async fn the_chat_continues_with_another_model() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
    for (place, model) in ["claude-haiku-4-5", "claude-opus-5-5"].into_iter().enumerate() {
        claude.respond(MockResponse::text("Hi."));
        chat.set_model(model);
        chat.send("Hello").await.unwrap();
        assert_eq!(body(&claude, place)["model"], model);
    }
    assert_eq!(chat.client().usage(), chat.usage());
}
