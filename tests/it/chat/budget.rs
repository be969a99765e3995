//! Loops with limits: they end before the limit is exceeded, and with an answer.

use std::time::{Duration, Instant};

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, EndReason, tool, tools};
use serde_json::{Value, json};

/// Looks something up.
#[tool]
async fn look_up(
    /// Term
    what: String,
) -> String {
    format!("{what} is somewhere")
}

/// Never returns.
#[tool]
async fn wait() {
    std::future::pending::<()>().await;
}

/// Returns a server whose model calls tools while it may. Each response has this usage.
async fn eager(input: u64, output: u64) -> MockServer {
    let claude = MockServer::start().await.unwrap();
    for _ in 0..20 {
        claude.respond_with(move |request: &Value| {
            let usage = json!({"input_tokens": input, "output_tokens": output});
            if request["tool_choice"]["type"] == "none" {
                return MockResponse::text("This is what I know.").usage(usage);
            }
            MockResponse::tool_use("look_up", json!({"what": "it"})).usage(usage)
        });
    }
    claude
}

fn chat(claude: &MockServer, model: &str) -> Chat {
    Chat::builder(claude.client(model)).tools(tools![look_up, wait]).max_tokens(500).build().unwrap()
}

#[tokio::test]
async fn a_token_limit_ends_with_an_answer_and_is_not_exceeded() {
    let mut responses = Vec::new();
    for most in [2_500, 3_500, 4_500, 100_000] {
        let claude = eager(400, 100).await;
        let run = chat(&claude, "claude-sonnet-5-5").toolloop("Find it.").max_tokens_total(most).await.unwrap();
        assert_eq!(run.text(), "This is what I know.");
        assert!(run.usage().total() <= most, "{} of {most}", run.usage().total());
        let expected = if most == 100_000 { EndReason::MaxSteps } else { EndReason::MaxTokensTotal };
        assert_eq!(*run.end_reason(), expected);
        let last = claude.requests().last().unwrap().body().clone();
        assert_eq!(last["tool_choice"], json!({"type": "none"}));
        assert_eq!(last["tools"].as_array().unwrap().len(), 2);
        responses.push(run.steps().len());
    }
    assert!(responses.is_sorted() && responses[0] < responses[1] && responses[3] == 10, "{responses:?}");
}

#[tokio::test]
async fn a_cost_limit_ends_with_an_answer_and_is_not_exceeded() {
    for dollars in [0.013, 0.015, 0.017] {
        let claude = eager(400, 100).await;
        let mut chat = chat(&claude, "claude-sonnet-5-5");
        let run = chat.toolloop("Find it.").max_cost(dollars).await.unwrap();
        assert_eq!(*run.end_reason(), EndReason::MaxCost, "{dollars}");
        assert_eq!(run.text(), "This is what I know.");
        assert!(chat.cost().unwrap().total() <= dollars);
        // Earlier costs do not count for this loop.
        let run = chat.toolloop("Find it again.").max_cost(dollars).max_steps(1).await.unwrap();
        assert_eq!(run.text(), "This is what I know.");
    }
}

#[tokio::test]
async fn a_limit_without_room_for_an_answer_is_misuse() {
    let claude = eager(400, 100).await;
    let mut known = chat(&claude, "claude-sonnet-5-5");
    let error = known.toolloop("Find it.").max_cost(0.000_1).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("`max_cost` is too low"), "{error}");
    let error = known.toolloop("Find it.").max_tokens_total(100).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("`max_tokens_total` is too low"), "{error}");
    let mut priceless = chat(&claude, "claude-of-tomorrow");
    let error = priceless.toolloop("Find it.").max_cost(1_000.0).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("a model with a known price"), "{error}");
    assert!(claude.requests().is_empty() && known.history().is_empty());
}

#[tokio::test]
async fn an_unexpectedly_long_result_stops_the_loop() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(
        MockResponse::tool_use("look_up", json!({"what": "x".repeat(20_000)})).usage(json!({"output_tokens": 90})),
    );
    let mut chat = chat(&claude, "claude-sonnet-5-5");
    let run = chat.toolloop("Find it.").max_tokens_total(5_000).await.unwrap();
    assert_eq!((run.end_reason(), run.steps().len()), (&EndReason::MaxTokensTotal, 1));
    assert!(chat.usage().total() <= 5_000);
    claude.respond(MockResponse::text("It is there."));
    assert_eq!(chat.resume().await.unwrap().text(), "It is there.");
}

#[tokio::test]
async fn a_deadline_drops_running_calls_and_requests_the_answer() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("wait", json!({})), ("look_up", json!({"what": "it"}))]));
    claude.respond(MockResponse::text("I could not wait."));
    let begun = Instant::now();
    let run = chat(&claude, "claude-sonnet-5-5").toolloop("Wait.").deadline(Duration::from_millis(50)).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!((run.end_reason(), run.text()), (&EndReason::Deadline, "I could not wait.".to_owned()));
    let [waited, looked] = run.steps()[0].outcomes() else { panic!("expected two calls") };
    assert!(waited.text().contains("`wait`") && waited.is_error() && !looked.is_error());
    assert_eq!(claude.requests()[1].body()["tool_choice"], json!({"type": "none"}));
}
