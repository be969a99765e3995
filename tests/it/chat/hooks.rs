//! Hooks, exclusive tools, timeouts of tools and limits of results.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::chat::{Answer, NextCall, StepId};
use claudette::client::RequestPlan;
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::ToolChoice;
use claudette::{
    BoxFuture, Chat, EndReason, Error, Event, Hook, Response, Result, State, ToolOutcome, ToolUse, tool, tools,
};
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

/// Returns a text in upper case.
#[tool]
async fn shout(
    /// Text
    text: &str,
) -> String {
    text.to_uppercase()
}

/// A hook that records its calls, and ends the loop or fails on request.
#[derive(Clone, Default)]
struct Witness {
    seen: Arc<Mutex<Vec<String>>>,
    name: &'static str,
    breaks: bool,
    fails: bool,
}

impl Witness {
    fn note(&self, text: impl Into<String>) {
        self.seen.lock().unwrap().push(format!("{}{}", self.name, text.into()));
    }
}

impl Hook for Witness {
    fn before_request<'a>(&'a self, request: &'a mut RequestPlan<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.note(format!("before {} {}", request.remaining_steps(), request.is_last()));
            Ok(())
        })
    }

    fn after_response<'a>(&'a self, response: &'a Response) -> BoxFuture<'a, Result<ControlFlow<()>>> {
        Box::pin(async move {
            self.note(format!("after {}", response.stop_reason().unwrap()));
            if self.fails {
                return Err(std::io::Error::other("no more").into_error());
            }
            Ok(if self.breaks { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
    }

    fn around_call<'a>(
        &'a self,
        _: &'a StepId,
        call: &'a ToolUse,
        next: NextCall<'a>,
    ) -> BoxFuture<'a, Result<Answer<ToolOutcome>>> {
        Box::pin(async move {
            self.note(format!("begins {}", call.name()));
            if call.name() == "shout" {
                return Ok(next.answer(Ok(claudette::ToolOutput::new("hush"))));
            }
            let outcome = next.run().await?;
            self.note(format!("ends {}", outcome.value().text()));
            Ok(outcome)
        })
    }

    fn on_event(&self, event: &Event) {
        if let Event::ToolResult(outcome) = event {
            self.note(format!("event {}", outcome.text()));
        }
    }
}

/// Converts an error of the program into an `Error`, as a hook would.
trait IntoError {
    fn into_error(self) -> Error;
}

impl IntoError for std::io::Error {
    fn into_error(self) -> Error {
        Error::other(self)
    }
}

fn chat(claude: &MockServer) -> Chat {
    Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums, shout]).build().unwrap()
}

#[tokio::test]
async fn hooks_are_called_in_order() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("sums", json!({"a": 1, "b": 2}))]));
    claude.respond(MockResponse::tool_use("shout", json!({"text": "hi"})));
    claude.respond(MockResponse::text("Done."));
    let outer = Witness { name: "outer ", ..Witness::default() };
    let inner = Witness { name: "inner ", seen: outer.seen.clone(), ..Witness::default() };
    let mut chat = chat(&claude);
    let run = chat.toolloop("Go.").max_steps(3).hook(outer.clone()).hook(inner).await.unwrap();
    assert_eq!(run.steps()[1].outcomes()[0].text(), "hush");
    assert_eq!(
        *outer.seen.lock().unwrap(),
        [
            "outer before 2 false",
            "inner before 2 false",
            "outer after tool_use",
            "inner after tool_use",
            "outer begins sums",
            "inner begins sums",
            "inner ends 3",
            "outer ends 3",
            "outer event 3",
            "inner event 3",
            "outer before 1 false",
            "inner before 1 false",
            "outer after tool_use",
            "inner after tool_use",
            "outer begins shout",
            "outer event hush",
            "inner event hush",
            "outer before 0 true",
            "inner before 0 true",
            "outer after end_turn",
            "inner after end_turn",
        ]
    );
}

/// A hook that changes only the first request.
struct Director;

impl Hook for Director {
    fn before_request<'a>(&'a self, request: &'a mut RequestPlan<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if request.remaining_steps() == 9 {
                request.set_system("Speak like a pirate.");
                request.set_tools(tools![shout]);
                request.set_tool_choice(ToolChoice::auto().sequential());
                request.add("Shout it.")?;
            }
            assert!(request.add("  ").unwrap_err().is_misuse());
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_hook_changes_the_request_and_not_earlier_messages() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("shout", json!({"text": "hi"})), ("sums", json!({"a": 1, "b": 2}))]));
    claude.respond(MockResponse::text("Done."));
    let mut chat =
        Chat::builder(claude.client("claude-sonnet-5-5")).system("Speak plainly.").tools(tools![sums]).build().unwrap();
    let run = chat.toolloop("Hello.").hook(Director).await.unwrap();
    let requests = claude.requests();
    let (first, second) = (requests[0].body(), requests[1].body());
    assert_eq!(first["system"], "Speak like a pirate.");
    assert_eq!(first["tools"][0]["name"], "shout");
    assert_eq!(first["tool_choice"], json!({"type": "auto", "disable_parallel_tool_use": true}));
    assert_eq!(first["messages"][0]["content"][1]["text"], "Shout it.");
    assert_eq!(second["system"], "Speak plainly.");
    assert_eq!(second["tools"][0]["name"], "sums");
    assert_eq!(second["messages"][0], first["messages"][0], "earlier messages are unchanged");
    // The calls of a response use the tools of its request.
    let [shouted, summed] = run.steps()[0].outcomes() else { panic!("expected two calls") };
    assert_eq!(shouted.text(), "HI");
    assert!(summed.is_error() && summed.text().contains("`sums`"), "{}", summed.text());
}

#[tokio::test]
async fn a_hook_can_end_the_loop() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sums", json!({"a": 1, "b": 2})));
    let mut chat = chat(&claude);
    let run = chat.toolloop("Go.").hook(Witness { breaks: true, ..Witness::default() }).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Hook);
    assert!(run.steps()[0].outcomes().is_empty());
    claude.respond(MockResponse::text("As you like."));
    assert_eq!(chat.send("Stop.").await.unwrap().text(), "As you like.");
    let body = claude.requests()[1].body().clone();
    assert_eq!(body["messages"][2]["content"][0]["is_error"], true);
}

#[tokio::test]
async fn a_chat_continues_after_a_failed_hook() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sums", json!({"a": 1, "b": 2})));
    let mut chat = chat(&claude);
    let error = chat.toolloop("Go.").hook(Witness { fails: true, ..Witness::default() }).await.unwrap_err();
    assert_eq!(error.to_string(), "the program's own code failed");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no more");
    claude.respond(MockResponse::text("Again?"));
    assert_eq!(chat.resume().await.unwrap().text(), "Again?");
}

type Log = Arc<Mutex<Vec<&'static str>>>;

/// Runs together with other calls.
#[tool]
async fn together(log: State<Log>) {
    log.lock().unwrap().push("together begins");
    tokio::time::sleep(Duration::from_millis(20)).await;
    log.lock().unwrap().push("together ends");
}

/// Runs alone.
#[tool(exclusive)]
async fn alone(log: State<Log>) {
    log.lock().unwrap().push("alone begins");
    tokio::time::sleep(Duration::from_millis(5)).await;
    log.lock().unwrap().push("alone ends");
}

#[tokio::test]
async fn an_exclusive_tool_runs_alone() {
    let claude = MockServer::start().await.unwrap();
    claude
        .respond(MockResponse::tool_uses(["together", "together", "alone", "together"].map(|name| (name, json!({})))));
    claude.respond(MockResponse::text("Done."));
    let log = Log::default();
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5"))
        .tools(tools![together, alone])
        .state(log.clone())
        .build()
        .unwrap();
    chat.toolloop("Work.").await.unwrap();
    assert_eq!(
        *log.lock().unwrap(),
        [
            "together begins",
            "together begins",
            "together ends",
            "together ends",
            "alone begins",
            "alone ends",
            "together begins",
            "together ends",
        ]
    );
}

/// Sleeps forever, with a timeout of its own.
#[tool(timeout = Duration::from_millis(10))]
async fn sleeper() {
    std::future::pending::<()>().await;
}

/// Returns a long text.
#[tool]
fn long() -> String {
    "é".repeat(1_000)
}

/// Returns many numbers.
#[tool]
fn numbers() -> Vec<u32> {
    (0..1_000).collect()
}

#[tokio::test]
async fn a_timeout_of_the_tool_takes_precedence() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sleeper", json!({})));
    claude.respond(MockResponse::text("Done."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sleeper]).build().unwrap();
    let run = chat.toolloop("Sleep.").tool_timeout(Duration::from_secs(3_600)).await.unwrap();
    let outcome = &run.steps()[0].outcomes()[0];
    assert!(outcome.is_error() && outcome.text().contains("`sleeper`"), "{}", outcome.text());
}

#[tokio::test]
async fn the_model_gets_a_shortened_result_and_the_program_all_of_it() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("long", json!({})), ("numbers", json!({}))]));
    claude.respond(MockResponse::text("Done."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![long, numbers]).build().unwrap();
    let run = chat.toolloop("Tell.").max_tool_output(101).await.unwrap();
    let [long, numbers] = run.steps()[0].outcomes() else { panic!("expected two calls") };
    let text = long.text();
    assert!(text.starts_with("éé") && text.ends_with("éé") && text.contains("101"), "{text}");
    assert!(text.len() < 250, "{text}");
    assert_eq!(long.value::<String>().unwrap().chars().count(), 1_000);
    assert_eq!(numbers.value::<Vec<u32>>().unwrap().len(), 1_000);
    let sent: Value = claude.requests()[1].body()["messages"][2]["content"][0]["content"].clone();
    assert_eq!(sent, *text);
}
