//! Hooks that wrap the steps of a loop: a journal in forty lines, a fallback, and replayed steps.

use std::collections::HashMap;
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};

use claudette::chat::{Answer, NextApproval, NextCall, NextRequest, StepId};
use claudette::client::RequestPlan;
use claudette::testing::{MockResponse, MockServer};
use claudette::{
    Approval, BoxFuture, Chat, EndReason, Error, Event, Hook, Response, Result, State, ToolContext, ToolError,
    ToolOutcome, ToolUse, tool, tools,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

// The journal.

/// A journal of the results of the steps, by their names.
#[derive(Clone)]
struct Journal {
    steps: Arc<Mutex<HashMap<String, String>>>,
    left: Arc<Mutex<u32>>,
}

impl Journal {
    /// Returns a journal whose process is killed after this many steps.
    fn killed_after(steps: u32) -> Self {
        Self { steps: Arc::default(), left: Arc::new(Mutex::new(steps)) }
    }

    fn find<T: DeserializeOwned>(&self, step: &StepId) -> Option<T> {
        let steps = self.steps.lock().unwrap();
        steps.get(step.as_str()).map(|json| serde_json::from_str(json).unwrap())
    }

    async fn record<T: Serialize>(&self, step: &StepId, answer: Answer<T>) -> Result<Answer<T>> {
        let json = serde_json::to_string(answer.value()).unwrap();
        let before = self.steps.lock().unwrap().insert(step.to_string(), json);
        assert!(before.is_none(), "{step} happened twice");
        let is_killed = {
            let mut left = self.left.lock().unwrap();
            let is_last = *left == 1;
            *left = left.saturating_sub(1);
            is_last
        };
        if is_killed { std::future::pending().await } else { Ok(answer) }
    }
}

impl Hook for Journal {
    fn around_request<'a>(
        &'a self,
        step: &'a StepId,
        plan: &'a RequestPlan<'a>,
        next: NextRequest<'a>,
    ) -> BoxFuture<'a, Result<Answer<Response>>> {
        Box::pin(async move {
            match self.find(step) {
                Some(response) => Ok(next.replay(response)),
                None => self.record(step, next.run(plan).await?).await,
            }
        })
    }

    fn around_approval<'a>(
        &'a self,
        step: &'a StepId,
        _: &'a ToolUse,
        next: NextApproval<'a>,
    ) -> BoxFuture<'a, Result<Answer<Approval>>> {
        Box::pin(async move {
            match self.find(step) {
                Some(approval) => Ok(next.replay(approval)),
                None => self.record(step, next.run().await?).await,
            }
        })
    }

    fn around_call<'a>(
        &'a self,
        step: &'a StepId,
        _: &'a ToolUse,
        next: NextCall<'a>,
    ) -> BoxFuture<'a, Result<Answer<ToolOutcome>>> {
        Box::pin(async move {
            match self.find(step) {
                Some(outcome) => Ok(next.replay(outcome)),
                None => self.record(step, next.run().await?).await,
            }
        })
    }

    fn wants_events(&self) -> bool {
        false
    }
}

// A loop that is killed.

type Paid = Arc<Mutex<Vec<u32>>>;

/// Pays an amount.
#[tool]
async fn pay(
    paid: State<Paid>,
    /// Amount in USD
    amount: u32,
) -> String {
    // The calls of a response finish in another order than they begin.
    for _ in 0..10 - amount % 10 {
        tokio::task::yield_now().await;
    }
    paid.lock().unwrap().push(amount);
    format!("paid {amount}")
}

const ANSWER: &str = "All is paid.";

fn pay_three(first: u32) -> MockResponse {
    MockResponse::tool_uses((first..first + 3).map(|amount| ("pay", json!({"amount": amount}))))
}

/// Runs a loop as a new process would: only the journal survives.
async fn process(claude: &MockServer, journal: &Journal, paid: &Paid) -> Option<(String, u64)> {
    let client = claude.client("claude-sonnet-5-5");
    let mut chat = Chat::builder(client).tools(tools![pay]).state(paid.clone()).hook(journal.clone()).build().unwrap();
    let run = chat.toolloop("Pay.").approve(async |_| Approval::Allow).into_future();
    let run = tokio::time::timeout(std::time::Duration::from_millis(200), run).await.ok()?.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Finished);
    let messages = serde_json::to_string(&chat.history()[..]).unwrap();
    assert_eq!(run.usage(), chat.usage(), "replayed usage counts for the run and for the chat");
    Some((messages, chat.usage().total()))
}

#[tokio::test]
async fn a_run_that_is_killed_after_any_step_does_not_repeat_a_finished_step() {
    // Three requests, six approvals and six calls.
    const STEPS: u32 = 15;
    let mut expected = None;
    for killed_after in (1..=STEPS + 1).rev() {
        let claude = MockServer::start().await.unwrap();
        claude.respond(pay_three(1));
        claude.respond(pay_three(11));
        claude.respond(MockResponse::text(ANSWER));
        let (journal, paid) = (Journal::killed_after(killed_after), Paid::default());
        let first = process(&claude, &journal, &paid).await;
        assert_eq!(first.is_some(), killed_after > STEPS);
        let second = process(&claude, &journal, &paid).await;
        // The conversation is the same, whether the process was killed or not.
        assert_eq!(second.as_ref(), expected.get_or_insert(second.clone()).as_ref(), "killed after {killed_after}");
        assert_eq!(claude.requests().len(), 3, "no request is sent twice");
        let mut paid = paid.lock().unwrap().clone();
        paid.sort_unstable();
        assert_eq!(paid, [1, 2, 3, 11, 12, 13]);
        assert_eq!(journal.steps.lock().unwrap().len(), STEPS as usize);
    }
}

#[tokio::test]
async fn events_name_replayed_steps() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("pay", json!({"amount": 5})));
    claude.respond(MockResponse::text(ANSWER));
    let (journal, paid) = (Journal::killed_after(u32::MAX), Paid::default());
    let seen = async || {
        let client = claude.client("claude-sonnet-5-5");
        let builder = Chat::builder(client.clone()).tools(tools![pay]).state(paid.clone()).hook(journal.clone());
        let mut chat = builder.build().unwrap();
        let mut events = chat.toolloop("Pay.").approve(async |_| Approval::Allow).stream();
        let mut seen = Vec::new();
        while let Some(event) = events.next().await {
            // Events survive serialisation, so another process can read them.
            let json = serde_json::to_string(&event.unwrap()).unwrap();
            match serde_json::from_str(&json).unwrap() {
                Event::Replayed(step) => seen.push(format!("replayed {step}")),
                Event::Response(response) => seen.push(format!("response {}", response.stop_reason().unwrap())),
                Event::ToolResult(outcome) => seen.push(format!("result {}", outcome.text())),
                _ => {}
            }
        }
        drop(events);
        (seen, client.usage().total(), chat.usage().total())
    };
    let (live, client, chat) = seen().await;
    assert_eq!(live, ["response tool_use", "result paid 5", "response end_turn"]);
    assert_eq!(client, chat);
    let (replayed, client, chat) = seen().await;
    assert_eq!(
        replayed,
        [
            "replayed request#1",
            "response tool_use",
            "replayed approval#1.1",
            "replayed tool#1.1:pay",
            "result paid 5",
            "replayed request#2",
            "response end_turn",
        ]
    );
    assert_eq!((client, chat > 0), (0, true), "replayed usage counts for the chat, not for the client");
    assert_eq!(*paid.lock().unwrap(), [5]);
}

/// A hook that tries another model if the first one refuses.
struct Fallback;

impl Hook for Fallback {
    fn around_request<'a>(
        &'a self,
        _: &'a StepId,
        plan: &'a RequestPlan<'a>,
        next: NextRequest<'a>,
    ) -> BoxFuture<'a, Result<Answer<Response>>> {
        Box::pin(async move {
            let answer = next.run(plan).await?;
            if answer.value().stop_reason() != Some(&claudette::wire::StopReason::Refusal) {
                return Ok(answer);
            }
            let mut other = plan.clone();
            other.set_model("claude-haiku-4-5");
            next.run(&other).await
        })
    }
}

#[tokio::test]
async fn a_request_can_run_twice_with_another_plan() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("").stop_reason("refusal"));
    claude.respond(MockResponse::text("Of course."));
    let mut chat = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
    let run = chat.toolloop("Help me.").hook(Fallback).await.unwrap();
    assert_eq!(run.text(), "Of course.");
    let models: Vec<_> = claude.requests().iter().map(|request| request.body()["model"].clone()).collect();
    assert_eq!(models, ["claude-sonnet-5-5", "claude-haiku-4-5"]);
    assert_eq!(chat.usage().total(), chat.client().usage().total(), "both requests are counted");
}

/// A hook that fails at one kind of step.
struct Fails(&'static str);

impl Hook for Fails {
    fn around_call<'a>(
        &'a self,
        _: &'a StepId,
        _: &'a ToolUse,
        next: NextCall<'a>,
    ) -> BoxFuture<'a, Result<Answer<ToolOutcome>>> {
        Box::pin(async move { if self.0 == "call" { Err(Error::other("the disk is full")) } else { next.run().await } })
    }

    fn committed<'a>(&'a self, step: &'a StepId, _: &'a claudette::chat::ChatState) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { if step.as_str() == self.0 { Err(Error::other("the disk is full")) } else { Ok(()) } })
    }
}

#[tokio::test]
async fn an_error_of_a_hook_ends_the_run_with_the_state_intact() {
    for place in ["call", "request#1", "approval#1.1", "tool#1.1:pay"] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::tool_use("pay", json!({"amount": 5})));
        claude.respond(MockResponse::text(ANSWER));
        let paid = Paid::default();
        let builder = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![pay]).state(paid.clone());
        let mut chat = builder.approve(async |_| Approval::Allow).build().unwrap();
        let error = chat.toolloop("Pay.").hook(Fails(place)).await.unwrap_err();
        assert!(format!("{error:?}").contains("the disk is full"), "{place}: {error:?}");
        // Finished steps are not repeated; the other steps follow.
        assert_eq!(chat.resume_toolloop().await.unwrap().text(), ANSWER);
        let times = usize::from(place == "tool#1.1:pay");
        assert_eq!(paid.lock().unwrap().len(), times, "{place}");
    }
}

// Idempotency keys.

type Keys = Arc<Mutex<Vec<Option<String>>>>;

/// Charges an amount.
#[tool]
fn charge(
    cx: &ToolContext,
    keys: State<Keys>,
    /// Amount in USD
    amount: u32,
) -> String {
    assert_eq!(cx.tool_name(), "charge");
    assert!(cx.step().unwrap().as_str().ends_with(":charge"));
    keys.lock().unwrap().push(cx.idempotency_key().map(str::to_owned));
    format!("charged {amount}")
}

async fn keys_of_a_run(run_id: Option<&str>) -> Vec<Option<String>> {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("charge", json!({"amount": 1})), ("charge", json!({"amount": 1}))]));
    claude.respond(MockResponse::tool_use("charge", json!({"amount": 1})));
    claude.respond(MockResponse::text("All is charged."));
    let keys = Keys::default();
    let client = claude.client("claude-sonnet-5-5");
    let mut chat = Chat::builder(client).tools(tools![charge]).state(keys.clone()).build().unwrap();
    let run = chat.toolloop("Charge.");
    match run_id {
        Some(id) => run.run_id(id).await.unwrap(),
        None => run.await.unwrap(),
    };
    std::mem::take(&mut keys.lock().unwrap())
}

#[tokio::test]
async fn a_call_has_the_same_key_when_the_run_is_repeated() {
    let first = keys_of_a_run(Some("order-7")).await;
    let expected = ["order-7/tool#1.1:charge", "order-7/tool#1.2:charge", "order-7/tool#2.1:charge"];
    assert_eq!(first, expected.map(|key| Some(key.to_owned())));
    assert_eq!(keys_of_a_run(Some("order-7")).await, first);
    assert_eq!(keys_of_a_run(None).await, [None, None, None]);
}

// Annotations.

/// Returns the balance.
#[tool(read_only)]
fn balance() -> u32 {
    7
}

/// Empties the account.
#[tool(destructive, idempotent)]
fn empty() {}

/// A hook that refuses destructive calls.
struct Careful;

impl Hook for Careful {
    fn around_call<'a>(
        &'a self,
        _: &'a StepId,
        _: &'a ToolUse,
        next: NextCall<'a>,
    ) -> BoxFuture<'a, Result<Answer<ToolOutcome>>> {
        if next.annotations().destructive {
            let answer = next.answer(Err(ToolError::new("not here")));
            return Box::pin(async move { Ok(answer) });
        }
        next.run()
    }
}

#[tokio::test]
async fn a_hook_sees_the_annotations_of_a_tool() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("balance", json!({})), ("empty", json!({}))]));
    claude.respond(MockResponse::text("It is 7."));
    let client = claude.client("claude-sonnet-5-5");
    let mut chat = Chat::builder(client).tools(tools![balance, empty]).hook(Careful).build().unwrap();
    let run = chat.toolloop("Empty it.").await.unwrap();
    let texts: Vec<_> = run.steps()[0].outcomes().iter().map(|outcome| outcome.text().into_owned()).collect();
    assert_eq!(texts, ["7", "not here"]);
}
