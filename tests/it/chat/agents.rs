//! Chats as tools: usage, budgets, events, approvals, nesting and the end of sub-agents.

use std::future::{IntoFuture, pending};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::chat::{Answer, NextApproval, NextCall, Step};
use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::{Amount, StepId};
use claudette::{
    Approval, BoxFuture, Chat, Client, EndReason, Event, Hook, Response, Result, State, ToolContext, ToolError,
    ToolOutcome, ToolUse, Usage, tool, tools,
};
use serde_json::json;
use tokio::sync::Notify;

use super::durable::Memory;

const MODEL: &str = "claude-sonnet-5-5";

/// Reports progress.
#[tool]
async fn dig(cx: &ToolContext) -> &'static str {
    cx.progress("digging");
    "gold"
}

#[tokio::test]
async fn the_usage_of_a_sub_agent_counts_once() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("outer", json!({"prompt": "a"})), ("outer", json!({"prompt": "b"}))]));
    for _ in 0..2 {
        claude.respond_with(|_| MockResponse::tool_use("inner", json!({"prompt": "c"})));
    }
    for _ in 0..5 {
        claude.respond_with(|_| MockResponse::text("Done."));
    }
    let client = claude.client(MODEL);
    let inner = Chat::new(&client).unwrap().into_tool("inner", "Inner.");
    let outer = Chat::builder(&client).tools(tools![].with(inner)).build().unwrap().into_tool("outer", "Outer.");
    let mut lead = Chat::builder(&client).tools(tools![].with(outer)).build().unwrap();
    let run = lead.toolloop("Go.").await.unwrap();
    assert_eq!(run.text(), "Done.");
    assert_eq!(claude.requests().len(), 8);
    assert_eq!(lead.usage(), client.usage());
    assert_eq!(lead.state().spent().usage, client.usage());
    let inside: u64 = run.steps()[0].outcomes().iter().map(|outcome| outcome.spent().unwrap().usage.total()).sum();
    assert_eq!(inside + run.usage().total(), client.usage().total());
    // A client of its own counts its own requests, and the outer chat counts both.
    let other = client.with_own_totals();
    let agent = Chat::new(&other).unwrap().into_tool("other", "Other.");
    let mut lead = Chat::builder(&client).tools(tools![].with(agent)).build().unwrap();
    let before = client.usage().total();
    claude.respond(MockResponse::tool_use("other", json!({"prompt": "a"})));
    claude.respond(MockResponse::text("Done."));
    claude.respond(MockResponse::text("Done."));
    lead.toolloop("Go.").await.unwrap();
    assert_eq!(client.usage().total() - before, lead.usage().total());
    assert!(other.usage().total() > 0 && other.usage().total() < lead.usage().total());
}

#[tokio::test]
async fn a_call_starts_with_the_history_of_the_chat_and_leaves_it_unchanged() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    claude.respond(MockResponse::text("I dig."));
    let mut digger = Chat::new(&client).unwrap();
    digger.send("What do you do?").await.unwrap();
    let digger = digger.into_tool("digger", "Digs.").prompt_description("Where to dig");
    claude.respond(MockResponse::tool_uses([("digger", json!({"prompt": "A"})), ("digger", json!({"prompt": "B"}))]));
    for _ in 0..3 {
        claude.respond(MockResponse::text("Done."));
    }
    let mut lead = Chat::builder(&client).tools(tools![].with(digger)).build().unwrap();
    lead.toolloop("Dig.").await.unwrap();
    let requests = claude.requests();
    let tool = &requests[1].body()["tools"][0];
    assert_eq!(tool["input_schema"]["properties"]["prompt"]["description"], "Where to dig");
    let lengths: Vec<usize> = requests.iter().map(|r| r.body()["messages"].as_array().unwrap().len()).collect();
    assert_eq!(lengths, [1, 1, 3, 3, 3]);
}

#[tokio::test]
async fn an_agent_without_an_answer_is_an_error_that_says_why() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    let ask = |prompt: &str| MockResponse::tool_use("agent", json!({"prompt": prompt}));
    claude.respond(ask("a"));
    claude.respond(MockResponse::text("").stop_reason("refusal"));
    claude.respond(ask("b"));
    claude.respond(MockResponse::text("One, two").stop_reason("max_tokens"));
    claude.respond(ask("c"));
    claude.respond(MockResponse::error(400, "invalid_request_error", "No."));
    claude.respond(MockResponse::text("Done."));
    let agent = Chat::new(&client).unwrap().into_tool("agent", "Agent.");
    let mut lead = Chat::builder(&client).tools(tools![].with(agent)).build().unwrap();
    let run = lead.toolloop("Go.").await.unwrap();
    let outcomes: Vec<&ToolOutcome> = run.steps().iter().flat_map(Step::outcomes).collect();
    let [refused, cut, failed] = outcomes[..] else { panic!("{outcomes:?}") };
    assert!(refused.is_error() && refused.text().contains("the safety system stopped its answer"), "{refused:?}");
    assert!(!cut.is_error() && cut.text().starts_with("One, two\n\n[The agent ended early"), "{cut:?}");
    assert!(failed.is_error() && failed.text().contains("The agent `agent` failed"), "{failed:?}");
}

/// Aborts the run.
#[tool]
fn explode() -> Result<(), ToolError> {
    Err(ToolError::abort("boom"))
}

#[tokio::test]
async fn an_aborting_tool_inside_aborts_the_outer_run() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    claude.respond(MockResponse::tool_use("agent", json!({"prompt": "a"})));
    claude.respond(MockResponse::tool_use("explode", json!({})));
    let agent = Chat::builder(&client).tools(tools![explode]).build().unwrap().into_tool("agent", "Agent.");
    let mut lead = Chat::builder(&client).tools(tools![].with(agent)).build().unwrap();
    let error = lead.toolloop("Go.").await.unwrap_err();
    assert!(error.is_aborted(), "{error}");
    assert_eq!(lead.usage(), client.usage());
}

/// Returns a lead, whose researcher has a digger with the tool `dig`, and the responses of a run of them.
fn three_levels(claude: &MockServer, client: &Client) -> Chat {
    claude.respond(MockResponse::tool_use("researcher", json!({"prompt": "r"})));
    claude.respond(MockResponse::tool_use("digger", json!({"prompt": "d"})));
    claude.respond(MockResponse::tool_use("dig", json!({})));
    for text in ["dug", "researched", "led"] {
        claude.respond(MockResponse::text(text));
    }
    let digger = Chat::builder(client).tools(tools![dig]).build().unwrap().into_tool("digger", "Digs.");
    let researcher = Chat::builder(client).tools(tools![].with(digger)).build().unwrap();
    Chat::builder(client).tools(tools![].with(researcher.into_tool("researcher", "Researches."))).build().unwrap()
}

#[tokio::test]
async fn events_of_all_levels_reach_the_reader() {
    fn log(event: &Event, path: &str, seen: &mut Vec<String>) {
        match event {
            Event::SubAgent(inner) => log(inner.event(), &format!("{path}{}/", inner.call().name()), seen),
            Event::Progress(progress) => seen.push(format!("{path}{}", progress.text())),
            Event::ToolResult(outcome) => seen.push(format!("{path}{}={}", outcome.name(), outcome.text())),
            Event::Done(run) => seen.push(format!("{path}done {}", run.text())),
            _ => {}
        }
    }
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    let mut lead = three_levels(&claude, &client);
    let mut events = lead.toolloop("Go.").stream();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        let event = event.unwrap();
        let json = serde_json::to_string(&event).unwrap();
        log(&serde_json::from_str(&json).unwrap(), "", &mut seen);
    }
    assert_eq!(
        seen,
        [
            "researcher/digger/digging",
            "researcher/digger/dig=gold",
            "researcher/digger/done dug",
            "researcher/digger=dug",
            "researcher/done researched",
            "researcher=researched",
            "done led",
        ]
    );
    drop(events);
    // Without a reader, nothing is streamed.
    let mut lead = three_levels(&claude, &client);
    let before = claude.requests().len();
    lead.toolloop("Go.").await.unwrap();
    assert!(claude.requests()[before..].iter().all(|request| request.body()["stream"] != json!(true)));
}

/// Records the names of approvals and calls.
#[derive(Clone, Default)]
struct Steps(Arc<Mutex<Vec<String>>>);

impl Hook for Steps {
    fn around_approval<'a>(
        &'a self,
        step: &'a StepId,
        call: &'a ToolUse,
        next: NextApproval<'a>,
    ) -> BoxFuture<'a, Result<Answer<Approval>>> {
        self.0.lock().unwrap().push(format!("{step} {}", call.name()));
        next.run()
    }

    fn around_call<'a>(
        &'a self,
        step: &'a StepId,
        _: &'a ToolUse,
        next: NextCall<'a>,
    ) -> BoxFuture<'a, Result<Answer<ToolOutcome>>> {
        self.0.lock().unwrap().push(step.to_string());
        next.run()
    }
}

#[tokio::test]
async fn approvals_of_all_levels_reach_the_outer_run() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    let mut lead = three_levels(&claude, &client);
    let (asked, steps) = (Mutex::new(Vec::new()), Steps::default());
    let approve = async |call: ToolUse| {
        asked.lock().unwrap().push(call.name().to_owned());
        if call.name() == "dig" { Approval::deny("not here") } else { Approval::Allow }
    };
    lead.toolloop("Go.").approve(approve).hook(steps.clone()).await.unwrap();
    assert_eq!(*asked.lock().unwrap(), ["researcher", "digger", "dig"]);
    assert_eq!(
        *steps.0.lock().unwrap(),
        [
            "approval#1.1 researcher",
            "tool#1.1:researcher",
            "tool#1.1:researcher/approval#1.1 digger",
            "tool#1.1:researcher/tool#1.1:digger/approval#1.1 dig",
        ]
    );
    assert!(claude.requests()[3].body().to_string().contains("Denied by the user: not here"));
}

/// Notes the calls of destructive tools.
#[derive(Clone, Default)]
struct Destructive(Arc<Mutex<Vec<String>>>);

impl Hook for Destructive {
    fn around_approval<'a>(
        &'a self,
        step: &'a StepId,
        _: &'a ToolUse,
        next: NextApproval<'a>,
    ) -> BoxFuture<'a, Result<Answer<Approval>>> {
        if next.annotations().destructive {
            self.0.lock().unwrap().push(step.to_string());
        }
        next.run()
    }
}

#[tokio::test]
async fn a_question_has_the_annotations_of_the_tool_inside() {
    mod inside {
        /// Digs.
        #[claudette::tool(destructive)]
        pub(super) fn dig() -> &'static str {
            "gold"
        }
    }
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    claude.respond(MockResponse::tool_uses([("digger", json!({"prompt": "d"})), ("dig", json!({}))]));
    claude.respond(MockResponse::tool_use("dig", json!({})));
    for text in ["dug", "led"] {
        claude.respond(MockResponse::text(text));
    }
    // Both tools have the same name.
    let digger = Chat::builder(&client).tools(tools![inside::dig]).build().unwrap().into_tool("digger", "Digs.");
    let mut lead = Chat::builder(&client).tools(tools![dig].with(digger)).build().unwrap();
    let noted = Destructive::default();
    lead.toolloop("Go.").approve(async |_| Approval::Allow).hook(noted.clone()).await.unwrap();
    assert_eq!(*noted.0.lock().unwrap(), ["tool#1.1:digger/approval#1.1"]);
}

#[tokio::test]
async fn an_agent_that_approves_its_calls_decides_alone() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    claude.respond(MockResponse::tool_use("digger", json!({"prompt": "d"})));
    claude.respond(MockResponse::tool_use("dig", json!({})));
    for text in ["dug", "led"] {
        claude.respond(MockResponse::text(text));
    }
    let own =
        Chat::builder(&client).tools(tools![dig]).approve(|_| async { Approval::deny("not here") }).build().unwrap();
    let mut lead = Chat::builder(&client).tools(tools![].with(own.into_tool("digger", "Digs."))).build().unwrap();
    let approve = async |call: ToolUse| {
        assert_eq!(call.name(), "digger");
        Approval::Allow
    };
    let run = lead.toolloop("Go.").approve(approve).await.unwrap();
    assert_eq!((run.text(), run.end_reason()), ("led".to_owned(), &EndReason::Finished));
    assert!(claude.requests()[2].body().to_string().contains("Denied by the user: not here"));
}

#[tokio::test]
async fn an_agent_outside_a_chat_cannot_wait_for_a_decision() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    claude.respond(MockResponse::tool_use("dig", json!({})));
    claude.respond(MockResponse::text("dug"));
    let digger = Chat::builder(&client).tools(tools![dig]).approve(|_| async { Approval::Suspend }).build().unwrap();
    let tools = tools![].with(digger.into_tool("digger", "Digs."));
    let outcome = tools.call("digger", r#"{"prompt": "d"}"#, &ToolContext::default()).await;
    assert_eq!(outcome.text(), "dug");
    assert!(claude.requests()[1].body().to_string().contains("Denied by the user: the call needs a decision"));
}

/// The tool `wait` has begun, and has been dropped.
#[derive(Default)]
struct Waiting {
    begun: Notify,
    dropped: AtomicBool,
}

struct SetOnDrop(State<Waiting>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.dropped.store(true, Ordering::SeqCst);
    }
}

/// Waits forever.
#[tool]
async fn wait(waiting: State<Waiting>) {
    let _guard = SetOnDrop(waiting.clone());
    waiting.begun.notify_one();
    pending::<()>().await;
}

/// Returns a lead, whose agent calls the tool `wait`.
fn lead_that_waits(claude: &MockServer, client: &Client) -> (Chat, Arc<Waiting>) {
    claude.respond(MockResponse::tool_use("agent", json!({"prompt": "a"})));
    claude.respond(MockResponse::tool_use("wait", json!({})));
    claude.respond(MockResponse::text("Done."));
    let waiting = Arc::<Waiting>::default();
    let agent = Chat::builder(client).tools(tools![wait]).state(waiting.clone()).build().unwrap();
    let lead = Chat::builder(client).tools(tools![].with(agent.into_tool("agent", "Agent."))).build().unwrap();
    (lead, waiting)
}

#[tokio::test]
async fn the_end_of_the_outer_run_ends_the_sub_agent() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    let (mut lead, waiting) = lead_that_waits(&claude, &client);
    let token = ToolContext::default().cancellation_token().clone();
    let run = lead.toolloop("Go.").cancel_on(token.clone()).into_future();
    let cancel = async {
        waiting.begun.notified().await;
        token.cancel();
    };
    let (run, ()) = tokio::join!(run, cancel);
    assert_eq!(*run.unwrap().end_reason(), EndReason::Cancelled);
    assert!(waiting.dropped.load(Ordering::SeqCst));
    assert_eq!(lead.usage(), client.usage());

    // The loop is dropped.
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    let (mut lead, waiting) = lead_that_waits(&claude, &client);
    tokio::select! {
        _ = lead.toolloop("Go.").into_future() => unreachable!("the tool does not return"),
        () = waiting.begun.notified() => {}
    }
    assert!(waiting.dropped.load(Ordering::SeqCst));
    assert_eq!(lead.usage(), client.usage());
}

#[tokio::test]
async fn the_time_limit_of_a_call_ends_the_sub_agent() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    let (mut lead, waiting) = lead_that_waits(&claude, &client);
    let run = lead.toolloop("Go.").tool_timeout(Duration::from_secs(1)).await.unwrap();
    let outcome = &run.steps()[0].outcomes()[0];
    assert!(outcome.is_error() && outcome.spent().is_some() && waiting.dropped.load(Ordering::SeqCst), "{outcome:?}");
    assert_eq!(lead.usage(), client.usage());
}

/// Panics after the first response.
struct Panics;

impl Hook for Panics {
    fn after_response<'a>(&'a self, _: &'a Response) -> BoxFuture<'a, Result<ControlFlow<()>>> {
        panic!("asked to panic")
    }
}

#[tokio::test]
async fn a_sub_agent_that_panics_is_counted() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    claude.respond(MockResponse::tool_use("agent", json!({"prompt": "a"})));
    claude.respond(MockResponse::text("Unread."));
    claude.respond(MockResponse::text("Done."));
    let agent = Chat::builder(&client).hook(Panics).build().unwrap().into_tool("agent", "Agent.");
    let mut lead = Chat::builder(&client).tools(tools![].with(agent)).build().unwrap();
    let run = lead.toolloop("Go.").max_cost(1.0).await.unwrap();
    let outcome = &run.steps()[0].outcomes()[0];
    assert!(outcome.is_error() && outcome.spent().is_some(), "{outcome:?}");
    assert_eq!((run.text(), claude.requests().len()), ("Done.".to_owned(), 3));
    assert_eq!(lead.usage(), client.usage());
}

#[tokio::test]
async fn a_replayed_call_brings_its_usage_back() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    let journal = Memory::default();
    let mut lead = three_levels(&claude, &client);
    lead.toolloop("Go.").journal(journal.clone()).max_cost(1.0).await.unwrap();
    assert_eq!(lead.usage(), client.usage());
    let steps: Vec<String> = journal.records().into_keys().collect();
    assert_eq!(steps, ["request#1", "request#2", "run", "tool#1.1:researcher", "tool#1.1:researcher/started"]);

    // The responses are not requested again.
    let replayed = claude.client(MODEL);
    let mut other = three_levels(&claude, &replayed);
    let before = claude.requests().len();
    let run = other.toolloop("Go.").journal(journal).max_cost(1.0).await.unwrap();
    assert_eq!((run.text(), claude.requests().len()), ("led".to_owned(), before));
    assert_eq!((other.usage(), replayed.usage()), (lead.usage(), Usage::default()));
    assert_eq!(other.cost(), lead.cost());
    assert!(run.steps()[0].outcomes()[0].spent().is_some());
}

/// Spends money elsewhere.
#[tool]
fn buy(
    cx: &ToolContext,
    /// In dollars
    price: f64,
    /// What it really costs
    paid: Option<f64>,
) -> Result<&'static str, ToolError> {
    let reserved = cx.reserve(Amount::dollars(price)).map_err(ToolError::new)?;
    if let Some(paid) = paid {
        reserved.settle(Amount::dollars(paid));
    }
    Ok("bought")
}

#[tokio::test]
async fn a_tool_reserves_in_the_budget_of_the_run() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    for input in [json!({"price": 0.9, "paid": 0.1}), json!({"price": 0.8}), json!({"price": 0.2})] {
        claude.respond(MockResponse::tool_use("buy", input));
    }
    claude.respond(MockResponse::text("Done."));
    let mut chat = Chat::builder(&client).tools(tools![buy]).max_tokens(500).build().unwrap();
    let run = chat.toolloop("Buy.").max_cost(1.0).await.unwrap();
    let texts: Vec<String> =
        run.steps().iter().flat_map(Step::outcomes).map(|outcome| outcome.text().into_owned()).collect();
    assert_eq!(texts[..2], ["bought", "bought"]);
    assert!(texts[2].contains("the budget of the run is too small: $0.2 of $0.0"), "{texts:?}");
    assert!(chat.cost().unwrap().total() < 0.1);
}
