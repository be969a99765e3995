//! Runs with a journal: a run that is killed continues, nothing is lost, and nothing that takes effect runs twice.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{IntoFuture, pending};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::chat::{ChatState, Inbox, RunStart, StepId};
use claudette::journal::{Journal, JournalCall, JournalStep, Record, RemoteCall, StepKind};
use claudette::testing::{MockResponse, MockServer};
use claudette::{
    Approval, BoxFuture, BuiltinTool, Chat, EndReason, Error, Event, Hook, Result, Run, State, ToolContext, Toolset,
    tool, tools,
};
use serde_json::{Value, json};

// The journal.

/// A journal in memory, and the id of its run, if it is not `order-7`.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Stored>>, Option<Arc<str>>);

#[derive(Default)]
pub(super) struct Stored {
    records: BTreeMap<String, String>,
    /// The calls whose approval is open.
    open: Vec<String>,
    ends: Vec<EndReason>,
    /// The process is killed after it has stored this number of records.
    left: Option<usize>,
    /// The process is killed before it stores the last of these records. The work of the step is done.
    loses_last: bool,
    /// The step that cannot be stored.
    full_at: Option<&'static str>,
    drift: bool,
}

impl Memory {
    pub(super) fn of_run(id: impl Into<Arc<str>>) -> Self {
        Self(Arc::default(), Some(id.into()))
    }

    pub(super) fn kill_after(&self, records: usize) {
        self.0.lock().unwrap().left = Some(records);
    }

    /// Kills the process after the work of a step, before it stores this record.
    pub(super) fn kill_before(&self, record: usize) {
        self.kill_after(record);
        self.0.lock().unwrap().loses_last = true;
    }

    /// Waits until the process is killed.
    pub(super) async fn killed(&self) {
        while self.0.lock().unwrap().left != Some(0) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub(super) fn live_on(&self) {
        self.0.lock().unwrap().left = None;
    }

    pub(super) fn records(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap().records.clone()
    }

    /// Removes and returns the names of the steps whose approval is open.
    pub(super) fn take_open(&self) -> Vec<String> {
        let mut open = std::mem::take(&mut self.0.lock().unwrap().open);
        open.sort();
        open.dedup();
        open
    }

    pub(super) fn put(&self, step: &str, record: &Record) {
        let before = self.0.lock().unwrap().records.insert(step.to_owned(), record.as_str().to_owned());
        assert!(before.is_none(), "{step} has two records");
    }

    /// Returns `true` if the process is killed before it stores the next record.
    fn loses_record(&self) -> bool {
        let mut stored = self.0.lock().unwrap();
        let is_lost = stored.loses_last && matches!(stored.left, Some(0 | 1));
        if is_lost {
            stored.left = Some(0);
        }
        is_lost
    }

    /// Returns `true` if the process is killed now.
    fn counts_down(&self) -> bool {
        let left = &mut self.0.lock().unwrap().left;
        *left = left.map(|left| left.saturating_sub(1));
        *left == Some(0)
    }
}

impl Journal for Memory {
    fn run_id(&self) -> &str {
        self.1.as_deref().unwrap_or("order-7")
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move {
            let id = step.id().to_string();
            if let Some(stored) = self.0.lock().unwrap().records.get(&id) {
                return Ok(Record::from(stored.clone()));
            }
            let is_approval = matches!(step.kind(), StepKind::Approval(_));
            let record = step.run().await?;
            if self.0.lock().unwrap().full_at == Some(id.as_str()) {
                return Err(Error::journal("the disk is full"));
            }
            if record.is_open() {
                assert!(is_approval);
                self.0.lock().unwrap().open.push(id);
                return Ok(record);
            }
            if self.loses_record() {
                return pending().await;
            }
            self.put(&id, &record);
            if self.counts_down() { pending().await } else { Ok(record) }
        })
    }

    fn end<'a>(&'a self, reason: &'a EndReason) -> BoxFuture<'a, Result<()>> {
        self.0.lock().unwrap().ends.push(reason.clone());
        Box::pin(async { Ok(()) })
    }

    fn allows_drift(&self) -> bool {
        self.0.lock().unwrap().drift
    }
}

// The program.

/// The effects of the tools, in any order.
type Effects = Arc<Mutex<Vec<String>>>;

async fn effect(cx: &ToolContext, effects: &Effects, what: String) -> String {
    // The calls of a response finish in another order than they begin.
    for _ in 0..what.len() % 7 {
        tokio::task::yield_now().await;
    }
    effects.lock().unwrap().push(format!("{} {}", cx.idempotency_key().unwrap(), cx.step().unwrap()));
    what
}

/// Pays an amount.
#[tool]
async fn pay(
    cx: &ToolContext,
    effects: State<Effects>,
    /** In USD */
    amount: u64,
) -> String {
    effect(cx, &effects, format!("paid {amount}")).await
}

/// Sets a price.
#[tool(idempotent)]
async fn price(
    cx: &ToolContext,
    effects: State<Effects>,
    /** In USD */
    amount: u64,
) -> String {
    effect(cx, &effects, format!("the price is {amount}")).await
}

const ANSWER: &str = "All is paid.";

/// Returns the number of answers in a conversation.
fn answers(request: &Value) -> usize {
    let messages = request["messages"].as_array().unwrap();
    messages.iter().filter(|message| message["role"] == "assistant").count()
}

/// Answers each request by its place in the conversation, so that a request can be sent again.
fn script(claude: &MockServer) {
    for _ in 0..8 {
        claude.respond_with(|request| match answers(request) {
            0 => MockResponse::tool_uses([
                ("pay", json!({"amount": 1})),
                ("price", json!({"amount": 22})),
                ("pay", json!({"amount": 333})),
            ]),
            1 => MockResponse::tool_uses([("price", json!({"amount": 4})), ("pay", json!({"amount": 55}))]),
            _ => MockResponse::text(ANSWER),
        });
    }
}

fn chat(claude: &MockServer, effects: &Effects) -> Chat {
    let client = claude.client("claude-sonnet-5-5");
    Chat::builder(client).tools(tools![pay, price]).state(effects.clone()).build().unwrap()
}

/// Runs the loop as a process that can be killed. Only the journal survives.
async fn process(claude: &MockServer, journal: &Memory, effects: &Effects) -> Option<(Run, ChatState)> {
    let mut chat = chat(claude, effects);
    let run = chat.toolloop("Pay.").approve(async |_| Approval::Allow).journal(journal.clone()).into_future();
    let run = tokio::time::timeout(Duration::from_millis(300), run).await.ok()?.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Finished);
    Some((run, chat.state()))
}

#[tokio::test]
async fn a_run_that_is_killed_after_any_record_continues() {
    // The start, three requests, five approvals, three markers, five calls.
    const RECORDS: usize = 17;
    for killed_after in 1..=RECORDS {
        let claude = MockServer::start().await.unwrap();
        script(&claude);
        let (journal, effects) = (Memory::default(), Effects::default());
        journal.kill_after(killed_after);
        assert!(process(&claude, &journal, &effects).await.is_none(), "killed after {killed_after}");
        let before = journal.records();
        assert!(before.len() >= killed_after);
        let finished: BTreeSet<String> = effects.lock().unwrap().iter().cloned().collect();

        journal.live_on();
        let (run, state) = process(&claude, &journal, &effects).await.unwrap();
        assert_eq!(run.text(), ANSWER);
        let records = journal.records();
        assert_eq!(records.len(), RECORDS);
        for (step, record) in &before {
            assert_eq!(&records[step], record, "{step} keeps its record");
        }
        // A request whose response was stored is not sent again.
        let in_flight = usize::from(!before.contains_key("request#3") && claude.requests().len() > 3);
        assert_eq!(claude.requests().len(), 3 + in_flight);
        assert_eq!(run.usage(), state.spent().usage, "usage counts once");
        let recorded = records.iter().filter(|(step, _)| step.starts_with("request#")).map(|(_, record)| {
            let record: Value = serde_json::from_str(record).unwrap();
            let usage = &record["value"]["response"]["response"]["usage"];
            usage["input_tokens"].as_u64().unwrap() + usage["output_tokens"].as_u64().unwrap()
        });
        assert_eq!(run.usage().total(), recorded.sum::<u64>());

        let effects = effects.lock().unwrap().clone();
        for outcome in run.steps().iter().flat_map(claudette::chat::Step::outcomes) {
            let (name, call) = (outcome.name(), outcome.call().input().get().to_owned());
            let step = records.keys().find(|step| {
                let is_call = step.starts_with("tool#") && step.ends_with(&format!(":{name}"));
                is_call && records[*step].contains(outcome.call_id())
            });
            let step = step.unwrap();
            let key = format!("order-7/{step} {step}");
            let times = effects.iter().filter(|effect| **effect == key).count();
            let was_recorded = before.contains_key(step) && finished.contains(&key);
            match name {
                _ if was_recorded => assert_eq!(times, 1, "{step} {call} ran again, killed after {killed_after}"),
                "price" => assert!(times >= 1, "{step} is idempotent, so it runs again"),
                _ if outcome.is_error() => {
                    assert!(before.contains_key(&format!("{step}/started")) && times <= 1);
                    assert!(outcome.text().contains("may have taken effect"), "{}", outcome.text());
                }
                _ => assert_eq!(times, 1, "{step}"),
            }
        }
        assert_eq!(journal.0.lock().unwrap().ends, [EndReason::Finished]);
    }
}

#[tokio::test]
async fn a_finished_run_is_replayed_without_requests() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let (journal, effects) = (Memory::default(), Effects::default());
    let (first, before) = process(&claude, &journal, &effects).await.unwrap();
    let (second, after) = process(&claude, &journal, &effects).await.unwrap();
    assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&second).unwrap());
    assert_eq!(before.history(), after.history());
    assert_eq!(before.spent(), after.spent());
    assert_eq!(claude.requests().len(), 3);
    assert_eq!(effects.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn events_say_which_steps_are_replayed() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let (journal, effects) = (Memory::default(), Effects::default());
    // The third request is answered in the second process.
    journal.kill_after(11);
    let mut killed = chat(&claude, &effects);
    let run = killed.toolloop("Pay.").journal(journal.clone()).into_future();
    assert!(tokio::time::timeout(Duration::from_millis(300), run).await.is_err());
    journal.live_on();
    let mut chat = chat(&claude, &effects);
    let mut events = chat.toolloop("Pay.").journal(journal.clone()).stream();
    let (mut replayed, mut texts) = (Vec::new(), String::new());
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::Replayed(step) => replayed.push(step.to_string()),
            Event::Text(text) => texts += &text,
            _ => {}
        }
    }
    replayed.sort();
    assert_eq!(
        replayed,
        ["request#1", "request#2", "tool#1.1:pay", "tool#1.2:price", "tool#1.3:pay", "tool#2.1:price", "tool#2.2:pay"]
    );
    assert_eq!(texts, ANSWER, "only a live response is streamed");
}

/// A copy of the records of a run, with another id.
struct Copy(Memory);

impl Journal for Copy {
    #[allow(clippy::unnecessary_literal_bound, reason = "the trait returns a borrowed id")]
    fn run_id(&self) -> &str {
        "copy-of-order-7"
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        self.0.step(step)
    }
}

#[tokio::test]
async fn a_copy_of_a_run_can_be_continued() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let (journal, effects) = (Memory::default(), Effects::default());
    chat(&claude, &effects).toolloop("Pay.").journal(journal.clone()).await.unwrap();
    let requests = claude.requests().len();
    let run = chat(&claude, &effects).toolloop("Pay.").journal(Copy(journal)).await.unwrap();
    assert_eq!((run.text().as_str(), claude.requests().len()), (ANSWER, requests));
}

// Changes of the program.

async fn error_of(chat: Chat, prompt: &str, journal: &Memory) -> String {
    let mut chat = chat;
    let error = chat.toolloop(prompt).journal(journal.clone()).await.unwrap_err();
    assert!(error.is_drift() && error.is_misuse());
    error.to_string()
}

#[tokio::test]
async fn a_changed_program_is_refused_and_the_error_names_the_change() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let (journal, effects) = (Memory::default(), Effects::default());
    let mut first = chat(&claude, &effects);
    first.toolloop("Pay.").journal(journal.clone()).await.unwrap();

    let error = error_of(chat(&claude, &effects), "Pay twice.", &journal).await;
    assert!(error.starts_with("the run `order-7` began with another prompt: "), "{error}");
    assert!(error.contains("use a new run id") && error.contains("allow_drift()"), "{error}");

    let build = |tools: Toolset, model: &str| {
        Chat::builder(claude.client(model)).tools(tools).state(effects.clone()).build().unwrap()
    };
    let error = error_of(build(tools![pay], "claude-sonnet-5-5"), "Pay.", &journal).await;
    assert!(error.contains("began with the tool `price`:"), "{error}");
    let other_price = {
        /// Sets a price.
        #[tool]
        async fn price(
            cx: &ToolContext,
            effects: State<Effects>,
            /** In USD */
            amount: u64,
        ) -> String {
            effect(cx, &effects, format!("the price is {amount}")).await
        }
        tools![pay, price]
    };
    // Only the annotation differs: the model does not see it, but a call would not run again.
    let error = error_of(build(other_price, "claude-sonnet-5-5"), "Pay.", &journal).await;
    assert!(error.contains("began with another definition of the tool `price`:"), "{error}");
    let with_search = tools![pay, price].with(BuiltinTool::web_search());
    let error = error_of(build(with_search, "claude-sonnet-5-5"), "Pay.", &journal).await;
    assert!(error.contains("began with no tool `web_search`:"), "{error}");
    let error = error_of(build(tools![pay, price], "claude-haiku-4-5"), "Pay.", &journal).await;
    assert!(error.contains("began with the model claude-sonnet-5-5:"), "{error}");

    let calendar = BuiltinTool::mcp_toolset("calendar");
    let error = error_of(build(tools![pay, price].with(calendar), "claude-sonnet-5-5"), "Pay.", &journal).await;
    assert!(error.contains("began with no tool `mcp_toolset calendar`:"), "{error}");

    let mut other = chat(&claude, &effects);
    let error = other.toolloop("Pay.").max_steps(5).max_tokens(77).journal(journal.clone()).await.unwrap_err();
    assert!(error.to_string().contains("another `max_tokens`, another `max_steps`"), "{error}");

    claude.respond(MockResponse::text("Hi!"));
    let mut other = chat(&claude, &effects);
    other.send("Hello.").await.unwrap();
    let error = error_of(other, "Pay.", &journal).await;
    assert!(error.contains("another conversation, of 0 messages"), "{error}");
    assert_eq!(claude.requests().len(), 4, "nothing was sent");

    journal.0.lock().unwrap().drift = true;
    let mut changed = build(tools![pay], "claude-haiku-4-5");
    assert_eq!(changed.toolloop("Pay twice.").journal(journal.clone()).await.unwrap().text(), ANSWER);
}

#[tokio::test]
async fn a_second_turn_needs_a_new_run_id() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let (journal, effects) = (Memory::default(), Effects::default());
    let mut chat = chat(&claude, &effects);
    chat.toolloop("Pay.").journal(journal.clone()).await.unwrap();
    let before = chat.state();
    let error = chat.toolloop("Pay.").journal(journal.clone()).await.unwrap_err();
    assert!(error.is_misuse() && !error.is_drift());
    assert_eq!(
        error.to_string(),
        "the run `order-7` has already finished in this chat: use a new run id for each prompt"
    );
    assert_eq!(chat.state(), before);
}

#[tokio::test]
async fn a_damaged_record_is_an_error_that_names_the_run_and_the_step() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let (journal, effects) = (Memory::default(), Effects::default());
    process(&claude, &journal, &effects).await.unwrap();
    for step in ["run", "request#2", "approval#1.2", "tool#1.1:pay/started", "tool#2.1:price"] {
        let intact = journal.records();
        for damaged in ["", "{}", "{\"at\":1,\"value\":{\"addedd\":[]}}", &intact[step][..intact[step].len() / 2]] {
            if step.ends_with("/started") && damaged.contains("value") {
                continue;
            }
            journal.0.lock().unwrap().records.insert(step.to_owned(), damaged.to_owned());
            let mut chat = chat(&claude, &effects);
            let run = chat.toolloop("Pay.").approve(async |_| Approval::Allow).journal(journal.clone());
            let error = run.await.unwrap_err();
            assert!(error.is_journal(), "{step} {damaged}: {error:?}");
            let text = error.to_string();
            assert!(text.contains("`order-7`") && text.contains(&format!("`{step}`")), "{text}");
            assert!(text.contains("restore the journal from a backup"), "{text}");
        }
        journal.0.lock().unwrap().records = intact;
    }
    assert_eq!(claude.requests().len(), 3);
    assert_eq!(effects.lock().unwrap().len(), 5);
}

// Errors.

#[tokio::test]
async fn an_error_of_the_journal_loses_nothing() {
    for step in ["run", "request#1", "approval#1.1", "tool#1.1:pay/started", "tool#1.1:pay", "request#3"] {
        let claude = MockServer::start().await.unwrap();
        script(&claude);
        let (journal, effects) = (Memory::default(), Effects::default());
        journal.0.lock().unwrap().full_at = Some(step);
        let mut chat = chat(&claude, &effects);
        let error =
            chat.toolloop("Pay.").approve(async |_| Approval::Allow).journal(journal.clone()).await.unwrap_err();
        assert_eq!(error.to_string(), "the disk is full", "{step}");
        // What was paid for is in the chat, although it could not be stored.
        let sent = claude.requests().len();
        assert_eq!(chat.history().iter().filter(|message| message.role().as_str() == "assistant").count(), sent);
        assert_eq!(chat.usage().total() > 0, sent > 0, "{step}");
        assert_eq!(claudette::History::repair(chat.history().to_vec()), *chat.history());

        // The same line continues in the same chat, once the disk has room.
        journal.0.lock().unwrap().full_at = None;
        let run = chat.toolloop("Pay.").approve(async |_| Approval::Allow).journal(journal.clone()).await.unwrap();
        assert_eq!(run.text(), ANSWER, "{step}");
        assert_eq!(run.usage(), chat.usage(), "{step}");
        let pays = effects.lock().unwrap().iter().filter(|effect| effect.ends_with("tool#1.1:pay")).count();
        assert!(pays <= 1, "{step}");
        assert_eq!(chat.history().len(), 6);
    }
}

// Approvals that wait.

#[tokio::test]
async fn a_suspended_run_waits_for_a_decision_in_the_journal() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let (journal, effects) = (Memory::default(), Effects::default());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let run_once = async |chat: &mut Chat| {
        let asked = asked.clone();
        let approve = move |call: claudette::ToolUse| {
            asked.lock().unwrap().push(call.input().get().to_owned());
            async move {
                let is_large = call.input().get().contains("333");
                if is_large { Approval::Suspend } else { Approval::Allow }
            }
        };
        chat.toolloop("Pay.").approve(approve).journal(journal.clone()).await.unwrap()
    };
    let mut first = chat(&claude, &effects);
    assert_eq!(*run_once(&mut first).await.end_reason(), EndReason::Suspended);
    assert_eq!(journal.0.lock().unwrap().open, ["approval#1.3"]);
    // Without a decision, the question stays open, and nothing runs twice.
    let mut second = chat(&claude, &effects);
    assert_eq!(*run_once(&mut second).await.end_reason(), EndReason::Suspended);
    assert_eq!(effects.lock().unwrap().len(), 2);

    journal.put("approval#1.3", &Record::decision(&Approval::allow_with(json!({"amount": 30}))).unwrap());
    // In a new chat, and in the chat that was suspended.
    for mut chat in [chat(&claude, &effects), second] {
        let run = run_once(&mut chat).await;
        assert_eq!(*run.end_reason(), EndReason::Finished);
        let text = run.steps()[0].outcomes()[2].text().into_owned();
        assert!(text.contains("paid 30") && text.contains(r#"{"amount":30}"#), "{text}");
        assert_eq!(chat.history().len(), 6);
        assert_eq!(run.usage(), chat.usage());
    }
    assert_eq!(effects.lock().unwrap().len(), 5);
    assert_eq!(claude.requests().len(), 3);
    // A decision that is stored is not asked for again.
    let asked = asked.lock().unwrap();
    assert_eq!(asked.iter().filter(|call| call.contains("333")).count(), 2);
    assert_eq!(asked.iter().filter(|call| call.contains(":1}")).count(), 1);
}

#[tokio::test]
async fn the_time_of_a_suspension_does_not_count_towards_the_deadline() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let (journal, effects) = (Memory::default(), Effects::default());
    let run_once = async || {
        let mut chat = chat(&claude, &effects);
        let run = chat.toolloop("Pay.").deadline(Duration::from_secs(2)).journal(journal.clone());
        run.approve(async |_| Approval::Suspend).await.unwrap()
    };
    assert_eq!(*run_once().await.end_reason(), EndReason::Suspended);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    for step in ["approval#1.1", "approval#1.2", "approval#1.3"] {
        journal.put(step, &Record::decision(&Approval::Allow).unwrap());
    }
    assert_eq!(*run_once().await.end_reason(), EndReason::Suspended);
    for step in ["approval#2.1", "approval#2.2"] {
        journal.put(step, &Record::decision(&Approval::Allow).unwrap());
    }
    let run = run_once().await;
    assert_eq!(*run.end_reason(), EndReason::Finished);
    assert_eq!(effects.lock().unwrap().len(), 5);
}

// The deadline.

/// Waits.
#[tool]
async fn wait(
    effects: State<Effects>,
    /** In milliseconds */
    time: u64,
) -> &'static str {
    effects.lock().unwrap().push(format!("began {time}"));
    tokio::time::sleep(Duration::from_millis(time)).await;
    effects.lock().unwrap().push(format!("waited {time}"));
    "waited"
}

const LATE: &str = "There was no time for the rest.";

fn script_of_waiting(claude: &MockServer, calls: &'static [u64]) {
    for _ in 0..8 {
        claude.respond_with(move |request| match answers(request) {
            0 => MockResponse::tool_uses(calls.iter().map(|time| ("wait", json!({"time": time})))),
            1 if request["tool_choice"]["type"] != "none" => {
                MockResponse::text("too slow").delay(Duration::from_secs(60))
            }
            _ => MockResponse::text(LATE),
        });
    }
}

async fn run_until_the_deadline(claude: &MockServer, journal: &Memory, effects: &Effects) -> (Run, ChatState) {
    let client = claude.client("claude-sonnet-5-5");
    let mut chat = Chat::builder(client).tools(tools![wait]).state(effects.clone()).build().unwrap();
    let run = chat.toolloop("Wait.").max_parallel(1).deadline(Duration::from_millis(900)).journal(journal.clone());
    let run = run.await.unwrap();
    (run, chat.state())
}

#[tokio::test]
async fn what_a_deadline_decided_is_replayed() {
    // The deadline passes in the second request, in the second call, and before the second call.
    for calls in [&[10][..], &[10, 60_000, 20], &[60_000, 20]] {
        let claude = MockServer::start().await.unwrap();
        script_of_waiting(&claude, calls);
        let (journal, effects) = (Memory::default(), Effects::default());
        let (first, before) = run_until_the_deadline(&claude, &journal, &effects).await;
        assert_eq!((first.text().as_str(), first.end_reason()), (LATE, &EndReason::Deadline), "{calls:?}");
        if let Some(late) = first.steps()[0].outcomes().get(2) {
            assert!(late.text().contains("before the call started"), "{}", late.text());
        }
        let requests = claude.requests().len();
        for _ in 0..2 {
            let (again, after) = run_until_the_deadline(&claude, &journal, &effects).await;
            assert_eq!(again.end_reason(), first.end_reason());
            assert_eq!(after.history(), before.history(), "{calls:?}");
            assert_eq!(after.spent(), before.spent());
        }
        assert_eq!(claude.requests().len(), requests, "nothing is sent again");
        assert!(effects.lock().unwrap().len() <= calls.len() + 1, "nothing runs again");
    }
}

#[tokio::test]
async fn the_deadline_counts_over_all_processes_and_finished_calls_stay() {
    let claude = MockServer::start().await.unwrap();
    script_of_waiting(&claude, &[10]);
    let (journal, effects) = (Memory::default(), Effects::default());
    // The start, the request, the marker and the call.
    journal.kill_after(4);
    let killed = tokio::time::timeout(Duration::from_millis(500), run_until_the_deadline(&claude, &journal, &effects));
    assert!(killed.await.is_err());
    journal.live_on();
    tokio::time::sleep(Duration::from_millis(600)).await;
    let (run, state) = run_until_the_deadline(&claude, &journal, &effects).await;
    assert_eq!((run.text().as_str(), run.end_reason()), (LATE, &EndReason::Deadline));
    assert_eq!(run.steps()[0].outcomes()[0].text(), "waited");
    assert_eq!(claude.requests().len(), 2, "the request after the deadline is the final one");
    assert_eq!(*effects.lock().unwrap(), ["began 10", "waited 10"]);
    let (_, again) = run_until_the_deadline(&claude, &journal, &effects).await;
    assert_eq!(again.history(), state.history());
}

// Messages, hooks and limits.

#[tokio::test]
async fn messages_of_the_user_are_replayed() {
    let claude = MockServer::start().await.unwrap();
    let journal = Memory::default();
    for text in ["Seven.", "Sieben.", "Sept."] {
        claude.respond(MockResponse::text(text));
    }
    let run_once = async |mut messages: Vec<&'static str>| {
        let (mut chat, inbox) = (Chat::new(claude.client("claude-sonnet-5-5")).unwrap(), Inbox::new());
        let mut events = chat.toolloop("What is 3 + 4?").inbox(&inbox).journal(journal.clone()).stream();
        let mut answers = Vec::new();
        while let Some(event) = events.next().await {
            if let Event::Response(response) = event.unwrap() {
                answers.push(response.text());
                if let Some(message) = messages.pop() {
                    inbox.send(message).unwrap();
                }
            }
        }
        drop(events);
        (answers, chat.state())
    };
    let (first, before) = run_once(vec!["In French.", "In German."]).await;
    assert_eq!(first, ["Seven.", "Sieben.", "Sept."]);
    let (second, after) = run_once(vec![]).await;
    assert_eq!((second, after.history()), (first, before.history()));
    assert_eq!(claude.requests().len(), 3);
}

/// A hook whose text is another one each time.
struct Numbered(Arc<Mutex<u32>>);

impl Hook for Numbered {
    fn before_request<'a>(&'a self, plan: &'a mut claudette::client::RequestPlan<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            *self.0.lock().unwrap() += 1;
            let number = *self.0.lock().unwrap();
            plan.add(format!("(number {number})"))
        })
    }
}

#[tokio::test]
async fn what_a_hook_added_to_a_request_is_replayed() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let (journal, effects, number) = (Memory::default(), Effects::default(), Arc::default());
    let mut histories = Vec::new();
    for _ in 0..2 {
        let mut chat = chat(&claude, &effects);
        chat.toolloop("Pay.").hook(Numbered(Arc::clone(&number))).journal(journal.clone()).await.unwrap();
        histories.push(chat.history().to_json());
    }
    assert_eq!(histories[0], histories[1]);
    assert!(histories[0].contains("(number 3)") && !histories[0].contains("(number 4)"));
}

#[tokio::test]
async fn budgets_count_over_all_processes() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let mut ends = Vec::new();
    // Two responses fit, and then the final one.
    for killed_after in [None, Some(6)] {
        let (journal, effects) = (Memory::default(), Effects::default());
        let run_once = async || {
            let mut chat = chat(&claude, &effects);
            let run = chat.toolloop("Pay.").max_steps(2).journal(journal.clone()).into_future();
            tokio::time::timeout(Duration::from_millis(300), run).await.map(|run| run.unwrap())
        };
        if let Some(records) = killed_after {
            journal.kill_after(records);
            assert!(run_once().await.is_err());
            journal.live_on();
        }
        let run = run_once().await.unwrap();
        ends.push((run.end_reason().clone(), run.steps().len()));
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0], (EndReason::MaxSteps, 2));
}

#[tokio::test]
async fn large_numbers_are_replayed_digit_by_digit() {
    let claude = MockServer::start().await.unwrap();
    claude.respond_with(|_| MockResponse::tool_use("pay", json!({"amount": u64::MAX})));
    claude.respond(MockResponse::text(ANSWER));
    let (journal, effects) = (Memory::default(), Effects::default());
    for _ in 0..2 {
        let mut chat = chat(&claude, &effects);
        let run = chat.toolloop("Pay.").journal(journal.clone()).await.unwrap();
        assert_eq!(run.steps()[0].outcomes()[0].call().input().get(), r#"{"amount":18446744073709551615}"#);
        assert_eq!(run.steps()[0].outcomes()[0].text(), "paid 18446744073709551615");
    }
}

#[tokio::test]
async fn a_stored_chat_that_contains_the_run_gets_its_answer_and_does_not_change() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let (journal, effects) = (Memory::default(), Effects::default());
    let mut first = chat(&claude, &effects);
    let run = first.toolloop("Pay.").journal(journal.clone()).await.unwrap();
    assert!(first.state().is_journaled());
    assert_eq!(first.state().run_id(), Some("order-7"));
    let stored = first.state().to_json();

    let client = claude.client("claude-sonnet-5-5");
    let builder = Chat::builder(client).tools(tools![pay, price]).state(effects.clone());
    let mut restored = builder.restore(ChatState::from_json(&stored).unwrap()).build().unwrap();
    let again = restored.toolloop("Pay.").journal(journal.clone()).await.unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&run).unwrap());
    assert_eq!(restored.state().to_json(), stored);
    assert_eq!(claude.requests().len(), 3);
    // Another run follows.
    claude.respond(MockResponse::text("You are welcome."));
    assert_eq!(restored.toolloop("Thanks.").await.unwrap().steps().len(), 1);
}

/// Fails in a way that no retry changes.
#[tool(idempotent)]
fn give_up() -> Result<String, claudette::ToolError> {
    Err(claudette::ToolError::abort(std::io::Error::other("the account is closed")))
}

#[tokio::test]
async fn a_run_that_a_tool_aborts_is_over() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("give_up", json!({})));
    let journal = Memory::default();
    for _ in 0..2 {
        let client = claude.client("claude-sonnet-5-5");
        let mut chat = Chat::builder(client).tools(tools![give_up]).build().unwrap();
        let error = chat.toolloop("Pay.").journal(journal.clone()).await.unwrap_err();
        assert!(format!("{error:?}").contains("the account is closed"), "{error:?}");
    }
    assert_eq!(claude.requests().len(), 1);
    assert_eq!(journal.0.lock().unwrap().ends, [EndReason::Aborted, EndReason::Aborted]);
}

/// A hook that notes the steps after which the state was stored.
#[derive(Clone, Default)]
struct Committed(Arc<Mutex<Vec<String>>>);

impl Hook for Committed {
    fn around_run<'a>(
        &'a self,
        start: &'a RunStart<'a>,
        next: claudette::chat::NextRun<'a>,
    ) -> BoxFuture<'a, Result<Run>> {
        assert!(start.prompt.is_some());
        next.run()
    }

    fn committed<'a>(&'a self, step: &'a StepId, state: &'a ChatState) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let is_over = matches!(state.next(), claudette::chat::Action::Done(_));
            self.0.lock().unwrap().push(format!("{step}{}", if is_over { " (over)" } else { "" }));
            Ok(())
        })
    }

    fn wants_events(&self) -> bool {
        false
    }
}

#[tokio::test]
async fn the_end_of_a_loop_is_committed() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("pay", json!({"amount": 1})));
    let (effects, committed) = (Effects::default(), Committed::default());
    let mut chat = chat(&claude, &effects);
    let run = chat.toolloop("Pay.").run_id("order-7").until(|_| true).hook(committed.clone()).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Until);
    let seen = std::mem::take(&mut *committed.0.lock().unwrap());
    assert_eq!(seen, ["request#1", "tool#1.1:pay", "end (over)"]);
    // After an error, too: the usage of failed attempts is part of the state.
    claude.respond(MockResponse::error(400, "invalid_request_error", "No."));
    chat.toolloop("Again.").hook(committed.clone()).await.unwrap_err();
    assert_eq!(*committed.0.lock().unwrap(), ["end"]);
}

// Calls in another place.

/// Runs each call as data, with other tools than the loop.
struct Elsewhere {
    own: Memory,
    tools: Toolset,
}

impl Journal for Elsewhere {
    fn run_id(&self) -> &str {
        self.own.run_id()
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        self.own.step(step)
    }

    fn call<'a>(&'a self, call: JournalCall<'a>) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move {
            let data = serde_json::to_string(&call.to_remote()).unwrap();
            let call: RemoteCall = serde_json::from_str(&data).unwrap();
            call.run(&self.own, &self.tools, &call.context().build()).await
        })
    }
}

#[tokio::test]
async fn a_call_does_not_run_in_a_process_without_its_tool() {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let (own, effects) = (Memory::default(), Effects::default());
    let journal = |tools| Elsewhere { own: own.clone(), tools };
    let price_only = tools![price].state(effects.clone());
    let error = chat(&claude, &effects).toolloop("Pay.").journal(journal(price_only)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the step `tool#1.1:pay` of run `order-7` calls the tool `pay`, which this process does not have: run the call \
         with the same tools as the loop"
    );
    assert!(!own.records().contains_key("tool#1.1:pay/started"), "nothing is stored");
    // With the tool, the run continues.
    let all = tools![pay, price].state(effects.clone());
    let run = chat(&claude, &effects).toolloop("Pay.").journal(journal(all)).await.unwrap();
    assert_eq!(run.text(), ANSWER);
    assert_eq!(effects.lock().unwrap().iter().filter(|effect| effect.contains(":pay")).count(), 3);
}

#[tokio::test]
async fn a_tool_that_the_model_has_invented_is_an_error_for_the_model() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("invented", json!({})));
    claude.respond(MockResponse::text(ANSWER));
    let effects = Effects::default();
    let tools = tools![pay, price].state(effects.clone());
    let journal = Elsewhere { own: Memory::default(), tools };
    let run = chat(&claude, &effects).toolloop("Pay.").journal(journal).await.unwrap();
    assert!(run.steps()[0].outcomes()[0].text().contains("invented"));
    assert_eq!(run.text(), ANSWER);
}
