//! The tool loop. Every test talks HTTP to the mock server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, ContentBlock, EndReason, Event, Message, tool, tools};
use serde_json::{Value, json};

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    #[tool(default = 1)]
    b: i64,
) -> i64 {
    a + b
}

/// Divides a by b.
#[tool]
fn divide(
    /// The dividend
    a: i64,
    /// The divisor
    b: i64,
) -> Result<i64, String> {
    a.checked_div(b).ok_or_else(|| "cannot divide by zero".to_owned())
}

/// Always panics.
#[tool]
fn explode() -> String {
    panic!("boom")
}

/// Waits.
#[tool]
async fn wait(
    /// Milliseconds
    milliseconds: u64,
) -> String {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    format!("waited {milliseconds}")
}

fn chat(claude: &MockServer) -> Chat {
    Chat::builder(claude.client("claude-sonnet-5-5"))
        .system("Use tools.")
        .tools(tools![sums, divide, explode, wait])
        .build()
        .unwrap()
}

/// Returns the blocks of the last message that the server received.
fn last_sent(claude: &MockServer) -> Value {
    let requests = claude.requests();
    requests.last().unwrap().body()["messages"].as_array().unwrap().last().unwrap()["content"].clone()
}

#[tokio::test]
async fn a_tool_is_run_and_its_result_sent_back() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sums", json!({"a": 604_542, "b": 6_458_932})));
    claude.respond(MockResponse::text("7,063,474"));
    let mut chat = chat(&claude);

    let run = chat.toolloop("What is 604542+6458932?").await.unwrap();

    assert_eq!(run.to_string(), "7,063,474");
    assert_eq!(*run.end_reason(), EndReason::Finished);
    assert_eq!(run.steps().len(), 2);
    assert_eq!(run.steps()[0].calls()[0].input().get(), r#"{"a":604542,"b":6458932}"#);
    assert_eq!(run.steps()[0].outcomes()[0].text(), "7063474");
    assert_eq!(run.usage(), chat.usage());
    assert_eq!(chat.usage(), chat.client().usage());
    let sent = last_sent(&claude);
    assert_eq!(sent[0]["type"], "tool_result");
    assert_eq!(sent[0]["content"], "7063474");
    assert_eq!(sent[0].get("is_error"), None);
    assert_eq!(chat.history().len(), 4);
    claude.assert_finished();
}

#[tokio::test]
async fn a_failed_tool_is_an_error_result() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([
        ("divide", json!({"a": 1, "b": 0})),
        ("explode", json!({})),
        ("sums", json!({"a": "one"})),
        ("sums", json!({"a": 1, "c": 2})),
        ("summs", json!({"a": 1})),
        ("sums", json!({"a": 1, "b": null})),
    ]));
    claude.respond(MockResponse::text("I see."));
    let mut chat = chat(&claude);

    chat.toolloop("Go.").await.unwrap();

    let sent = last_sent(&claude);
    let text = |place: usize| sent[place]["content"].as_str().unwrap();
    for (place, words) in [
        (0, vec!["cannot divide by zero"]),
        (1, vec!["explode", "boom"]),
        (2, vec!["`a`", "integer", "one"]),
        (3, vec!["`c`", "`a`", "`b`"]),
        (4, vec!["summs", "sums", "divide"]),
    ] {
        assert_eq!(sent[place]["is_error"], true, "{sent}");
        for word in words {
            assert!(text(place).contains(word), "{:?} has no {word:?}", text(place));
        }
    }
    assert_eq!(text(5), "2", "an explicit null is the default");
    claude.assert_finished();
}

#[tokio::test]
async fn calls_run_together_and_answer_in_order() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([300, 10, 200].map(|ms| ("wait", json!({"milliseconds": ms})))));
    claude.respond(MockResponse::text("Done."));
    let mut chat = chat(&claude);

    let mut finished = Vec::new();
    let mut events = chat.toolloop("Wait.").stream();
    while let Some(event) = events.next().await {
        if let Event::ToolResult(outcome) = event.unwrap() {
            finished.push(outcome.text().to_string());
        }
    }
    drop(events);

    assert_eq!(finished, ["waited 10", "waited 200", "waited 300"]);
    let sent = last_sent(&claude);
    let order: Vec<_> = (0..3).map(|place| sent[place]["content"].as_str().unwrap().to_owned()).collect();
    assert_eq!(order, ["waited 300", "waited 10", "waited 200"]);
}

#[tokio::test]
async fn a_call_that_times_out_is_an_error_result() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([60_000, 1].map(|ms| ("wait", json!({"milliseconds": ms})))));
    claude.respond(MockResponse::text("Too slow."));
    let mut chat = chat(&claude);

    chat.toolloop("Wait.").tool_timeout(Duration::from_millis(50)).await.unwrap();

    let sent = last_sent(&claude);
    assert_eq!(sent[0]["is_error"], true);
    assert!(sent[0]["content"].as_str().unwrap().contains("`wait`"), "{sent}");
    assert_eq!(sent[1]["content"], "waited 1");
}

#[tokio::test]
async fn the_last_allowed_response_is_an_answer() {
    for most in 1..=3 {
        let claude = MockServer::start().await.unwrap();
        for _ in 1..most {
            claude.respond(MockResponse::tool_use("sums", json!({"a": 1})));
        }
        claude.respond(MockResponse::text("That is as far as I got."));
        let mut chat = chat(&claude);

        let run = chat.toolloop("Add for ever.").max_steps(most).final_prompt("Stop here.").await.unwrap();

        assert_eq!(*run.end_reason(), EndReason::MaxSteps);
        assert_eq!(run.text(), "That is as far as I got.");
        let requests = claude.requests();
        assert_eq!(requests.len(), most as usize);
        let last = requests.last().unwrap().body();
        assert_eq!(last["tool_choice"], json!({"type": "none"}));
        assert_eq!(last["tools"].as_array().unwrap().len(), 4);
        let content = last_sent(&claude);
        let words = content.as_array().unwrap().last().unwrap();
        assert_eq!(*words, json!({"type": "text", "text": "Stop here."}));
        for earlier in &requests[..requests.len() - 1] {
            assert_eq!(earlier.body().get("tool_choice"), None);
        }
        claude.assert_finished();
    }
}

#[tokio::test]
async fn until_ends_the_loop_before_its_results_are_sent() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sums", json!({"a": 1})));
    claude.respond(MockResponse::text("Two."));
    let mut chat = chat(&claude);

    let run = chat.toolloop("1+1?").until(|step| step.calls().iter().any(|call| call.name() == "sums")).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Until);
    assert_eq!(claude.requests().len(), 1);

    assert_eq!(chat.resume().await.unwrap().text(), "Two.");
    assert_eq!(last_sent(&claude)[0]["content"], "2");
    assert!(chat.resume().await.unwrap_err().is_misuse(), "there are no unsent results");
    claude.assert_finished();
}

#[tokio::test]
async fn tools_run_only_after_the_stop_reason_tool_use() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    /// Counts.
    #[tool]
    fn count() -> usize {
        RUNS.fetch_add(1, Ordering::SeqCst)
    }
    for (reason, stop) in [
        ("max_tokens", EndReason::MaxTokens),
        ("refusal", EndReason::Refusal),
        ("model_context_window_exceeded", EndReason::ContextExceeded),
        ("end_turn", EndReason::Inconsistent),
        ("stop_sequence", EndReason::Inconsistent),
        ("sunset", EndReason::Unknown(Some("sunset".into()))),
    ] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::tool_uses([("count", json!({})), ("count", json!({}))]).stop_reason(reason));
        claude.respond(MockResponse::text("Fine."));
        let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![count]).build().unwrap();

        let run = chat.toolloop("Count.").await.unwrap();
        assert_eq!(*run.end_reason(), stop, "{reason}");
        assert_eq!(chat.history().is_empty(), reason == "refusal", "a refused turn is not part of the history");
        // The API accepts the history.
        chat.send("Go on.").await.unwrap();
        claude.assert_finished();
    }
    assert_eq!(RUNS.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_paused_turn_is_sent_back_unchanged() {
    let search =
        json!([{"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "rust"}}]);
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::content(search.clone()).stop_reason("pause_turn"));
    claude.respond(MockResponse::text("Found."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5"))
        .extra("tools", json!([{"type": "web_search_20250305", "name": "web_search"}]))
        .build()
        .unwrap();

    let run = chat.toolloop("Search.").await.unwrap();

    assert_eq!(run.text(), "Found.");
    let body = claude.requests()[1].body().clone();
    assert_eq!(body["messages"][1], json!({"role": "assistant", "content": search}));
    assert_eq!(body["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn events_match_the_steps_of_the_loop() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sums", json!({"a": 2, "b": 3})).thinking("Let me add."));
    claude.respond(MockResponse::text("The sum is five.").chunked(3));
    let mut chat = chat(&claude);

    let mut seen = Vec::new();
    let mut events = chat.toolloop("2+3?").stream();
    while let Some(event) = events.next().await {
        seen.push(match event.unwrap() {
            Event::Text(text) => format!("text {text}"),
            Event::Thinking(text) => format!("thinking {text}"),
            Event::ToolCall(call) => format!("call {}({})", call.name(), call.input()),
            Event::ToolResult(outcome) => format!("result {}", outcome.text()),
            Event::ToolInput(input) => format!("input {} {}", input.name(), input.text()),
            Event::Response(response) => format!("response {}", response.stop_reason().unwrap()),
            Event::Step(step) => format!("step {}", step.outcomes().len()),
            Event::Done(run) => format!("done {run}"),
            other => format!("{other:?}"),
        });
    }
    drop(events);

    let texts: String = seen.iter().filter_map(|event| event.strip_prefix("text ")).collect();
    assert_eq!(texts, "The sum is five.");
    assert_eq!(seen.iter().filter(|event| event.starts_with("text ")).count(), 3);
    seen.retain(|event| !event.starts_with("text "));
    assert_eq!(
        seen,
        [
            "thinking Let me add.",
            r#"input sums {"a":2,"b":3}"#,
            "response tool_use",
            r#"call sums({"a":2,"b":3})"#,
            "result 5",
            "step 1",
            "response end_turn",
            "step 0",
            "done The sum is five.",
        ]
    );
    claude.assert_finished();
}

#[tokio::test]
async fn the_turn_is_sent_back_unchanged() {
    let content = json!([
        {"type": "thinking", "thinking": "", "signature": "c2ln"},
        {"type": "text", "text": "\n\n"},
        {"type": "hologram", "depth": {"m": 3.50, "n": null}},
        {"type": "text", "text": "Adding.", "citations": null},
        {"type": "tool_use", "id": "toolu_9", "name": "sums", "input": {"a": 33_392_837_120_239_382_u64}, "caller": {"type": "direct"}},
    ]);
    for streamed in [false, true] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::content(content.clone()));
        claude.respond(MockResponse::text("Done."));
        let mut chat = chat(&claude);
        if streamed {
            let mut events = chat.toolloop("Add.").stream();
            while events.next().await.transpose().unwrap().is_some() {}
        } else {
            chat.toolloop("Add.").await.unwrap();
        }
        assert_eq!(claude.requests()[1].body()["messages"][1]["content"], content, "streamed: {streamed}");
        assert_eq!(last_sent(&claude)[0]["content"], "33392837120239383");
    }
}

#[tokio::test]
async fn the_prompt_of_a_failed_request_is_not_kept() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build().unwrap();

    claude.respond(MockResponse::error(400, "invalid_request_error", "no"));
    assert_eq!(chat.toolloop("1+1?").await.unwrap_err().status(), Some(400));
    assert!(chat.history().is_empty());

    claude.respond(MockResponse::text("Hello there").chunked(2).cut_after(4));
    let mut events = chat.toolloop("1+1?").stream();
    let error = loop {
        match events.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    drop(events);
    assert!(error.is_truncated(), "{error}");
    assert!(error.partial().is_some());
    assert!(chat.history().is_empty());
    assert!(chat.usage().input_tokens() > 0, "the partial response is counted");

    claude.respond(MockResponse::tool_use("sums", json!({"a": 1})));
    claude.respond(MockResponse::error(500, "api_error", "no").header("x-should-retry", "false"));
    assert_eq!(chat.toolloop("1+1?").await.unwrap_err().status(), Some(500));
    assert_eq!(chat.history().len(), 3, "the finished step is kept");

    claude.respond(MockResponse::text("Two."));
    chat.resume().await.unwrap();
    assert_eq!(last_sent(&claude)[0]["content"], "2", "the finished call does not run again, and its result is sent");
    claude.assert_finished();
}

#[tokio::test]
async fn a_prompt_is_sent_together_with_unsent_results() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sums", json!({"a": 1})));
    claude.respond(MockResponse::text("Two, and hello."));
    let mut chat = chat(&claude);

    let response = chat.send("1+1?").await.unwrap();
    assert_eq!(response.tool_uses().count(), 1);
    chat.send("And say hello.").await.unwrap();

    let sent = last_sent(&claude);
    assert_eq!(sent[0]["type"], "tool_result");
    assert_eq!(sent[1], json!({"type": "text", "text": "And say hello."}));
    assert_eq!(chat.history().len(), 4);
    claude.assert_finished();
}

#[tokio::test]
async fn a_chat_continues_after_a_dropped_loop() {
    /// Takes its time.
    #[tool]
    async fn slow() -> &'static str {
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        "never"
    }
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("sums", json!({"a": 1})), ("slow", json!({}))]));
    claude.respond(MockResponse::text("I see."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums, slow]).build().unwrap();

    let mut events = chat.toolloop("Both.").stream();
    while !matches!(events.next().await.unwrap().unwrap(), Event::ToolResult(_)) {}
    drop(events);

    let answers = chat.last().unwrap().content();
    let texts: Vec<_> = answers
        .iter()
        .map(|block| match block {
            ContentBlock::ToolResult(result) => (result.is_error(), result.text().into_owned()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts[0], (false, "2".to_owned()));
    assert!(texts[1].0, "{texts:?}");
    chat.resume().await.unwrap();
    claude.assert_finished();
}

#[tokio::test]
async fn an_empty_response_leaves_a_valid_history() {
    for empty in [json!([]), json!([{"type": "text", "text": ""}]), json!([{"type": "text", "text": " \n"}])] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::content(empty.clone()));
        claude.respond(MockResponse::text("Hello."));
        let mut chat = chat(&claude);

        let response = chat.send("Say nothing.").await.unwrap();
        assert_eq!(serde_json::to_value(response.content()).unwrap(), empty);
        assert!(chat.resume().await.unwrap_err().is_misuse(), "an unchanged request would get an empty response again");
        chat.send("Now speak.").await.unwrap();
        assert_eq!(chat.history()[0].text(), "Say nothing.Now speak.");
        claude.assert_finished();
    }
}

#[tokio::test]
async fn an_imported_conversation_continues() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Jeremy."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5"))
        .history([Message::user("I'm Jeremy"), Message::assistant("Hi, Jeremy!")])
        .build()
        .unwrap();
    chat.send("What's my name?").await.unwrap();
    let roles: Vec<_> = claude.requests()[0].body()["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
}
