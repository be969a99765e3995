//! Sub-agents in runs with a journal: they can be suspended and killed at each step, and nothing is done or counted
//! twice.

use std::collections::{BTreeMap, BTreeSet};
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::chat::{ChatBuilder, ChatState, Step};
use claudette::journal::{Journal, JournalCall, JournalStep, Record, RemoteCall};
use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::Amount;
use claudette::{
    Approval, BoxFuture, Chat, Client, EndReason, Event, Result, Run, State, ToolContext, ToolError, ToolUse, Toolset,
    tool, tools,
};
use serde_json::{Value, json};

use super::durable::Memory;

const MODEL: &str = "claude-sonnet-5-5";

/// The idempotency keys of the payments, with their amounts.
#[derive(Default)]
struct Paid(Mutex<Vec<(String, u64)>>);

impl Paid {
    fn amounts(&self) -> Vec<u64> {
        let mut amounts: Vec<u64> = self.0.lock().unwrap().iter().map(|(_, amount)| *amount).collect();
        amounts.sort_unstable();
        amounts
    }
}

/// Pays an invoice. The fee is spent elsewhere.
#[tool]
fn pay(
    cx: &ToolContext,
    paid: State<Paid>,
    /// Amount in USD
    amount: u64,
) -> Result<String, ToolError> {
    let fee = cx.reserve(Amount::dollars(0.02)).map_err(ToolError::new)?;
    // The fee of a small payment stays unknown, so all of it counts.
    if amount > 1 {
        fee.settle(Amount::dollars(0.003));
    }
    paid.0.lock().unwrap().push((cx.idempotency_key().unwrap().to_owned(), amount));
    Ok(format!("paid {amount}"))
}

/// Returns the budget that is left.
#[tool(read_only)]
fn rest(cx: &ToolContext) -> String {
    cx.reserve(Amount::dollars(1_000.0)).unwrap_err().to_string()
}

/// Returns a lead with a manager, who has a clerk, who pays.
fn lead(client: &Client, paid: &Arc<Paid>) -> Chat {
    let agent = |builder: ChatBuilder, name: &str| builder.build().unwrap().into_tool(name, "Does a part of the task.");
    let clerk = agent(Chat::builder(client).tools(tools![pay]).state(paid.clone()).max_tokens(300), "clerk");
    let manager = agent(Chat::builder(client).tools(tools![].with(clerk)).max_tokens(300), "manager");
    let tools = tools![pay, rest].with(manager);
    Chat::builder(client).tools(tools).state(paid.clone()).max_tokens(300).build().unwrap()
}

/// Answers each request by its place in its conversation, so that a request can be sent again. Each clerk makes two
/// payments that are suspended, one after the other, and one that is not.
fn script(claude: &MockServer) {
    for _ in 0..40 {
        claude.respond_with(|request| {
            let messages = request["messages"].as_array().unwrap();
            let prompt = messages[0]["content"].as_str().or(messages[0]["content"][0]["text"].as_str()).unwrap();
            let answers = messages.iter().filter(|message| message["role"] == "assistant").count();
            let tools: Vec<&str> =
                request["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
            let number = || prompt.parse::<u64>().unwrap();
            let response = match (&tools[..], answers) {
                (["clerk"], 0) => MockResponse::tool_use("clerk", json!({"prompt": prompt})),
                (["pay"], 0) => {
                    MockResponse::tool_uses([("pay", json!({"amount": number() * 10})), ("pay", json!({"amount": 1}))])
                }
                (["pay"], 1) => MockResponse::tool_use("pay", json!({"amount": number() * 10 + 5})),
                ([_, _, _], 0) => MockResponse::tool_uses([
                    ("manager", json!({"prompt": "7"})),
                    ("pay", json!({"amount": 1})),
                    ("manager", json!({"prompt": "8"})),
                ]),
                ([_, _, _], 1) => MockResponse::tool_use("rest", json!({})),
                _ => MockResponse::text("Done."),
            };
            response.usage(json!({"input_tokens": 100 + answers, "output_tokens": 10 + answers}))
        });
    }
}

/// The questions to the program.
type Asked = Arc<Mutex<Vec<String>>>;

/// Runs the loop as a process that can be killed.
async fn process(chat: &mut Chat, journal: &Memory, asked: &Asked) -> Option<Run> {
    let approve = move |call: ToolUse| {
        asked.lock().unwrap().push(format!("{} {}", call.name(), call.input()));
        let amount = call.input_as::<Value>().unwrap()["amount"].as_u64();
        async move { if amount.is_some_and(|amount| amount > 1) { Approval::Suspend } else { Approval::Allow } }
    };
    let run = chat.toolloop("Pay.").approve(approve).max_cost(1.0).journal(journal.clone()).into_future();
    tokio::select! {
        run = run => Some(run.unwrap()),
        () = journal.killed() => None,
    }
}

/// Returns the usage in the records, in tokens.
fn recorded_usage(records: &BTreeMap<String, String>) -> u64 {
    let tokens = |spent: &Value| {
        let counter = |name: &str| spent["usage"][name].as_u64().unwrap_or_default();
        counter("input_tokens") + counter("output_tokens")
    };
    let used = records.iter().map(|(step, record)| {
        let record: Value = serde_json::from_str(record).unwrap();
        match step {
            step if step.starts_with("request#") => tokens(&record["value"]["response"]["spent"]),
            _ if record.get("own").is_some() => tokens(&record["own"]),
            _ => tokens(&record["value"]["spent"]),
        }
    });
    used.sum()
}

/// What a finished run has done.
struct Finished {
    run: Run,
    records: BTreeMap<String, String>,
    paid: Arc<Paid>,
    asked: Vec<String>,
    requests: usize,
    was_killed: bool,
}

/// Runs the loop in as many processes as necessary. The process that makes this record is killed after or before it
/// stores it.
async fn run_to_the_end(killed_after: usize, loses_record: bool) -> Finished {
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let client = claude.client(MODEL);
    let (journal, paid, asked) = (Memory::default(), Arc::<Paid>::default(), Asked::default());
    if loses_record {
        journal.kill_before(killed_after);
    } else {
        journal.kill_after(killed_after);
    }
    let (mut chat, mut was_killed, mut lives) = (lead(&client, &paid), false, 0);
    loop {
        lives += 1;
        assert!(lives < 12, "killed after {killed_after}: the run does not end: {:?}", journal.records().keys());
        let Some(run) = process(&mut chat, &journal, &asked).await else {
            was_killed = true;
            journal.live_on();
            journal.take_open();
            chat = lead(&client, &paid);
            continue;
        };
        if *run.end_reason() == EndReason::Finished {
            let records = journal.records();
            assert_eq!(chat.usage().total(), recorded_usage(&records), "killed after {killed_after}");
            assert_eq!(claudette::History::repair(chat.history().to_vec()), *chat.history());
            let asked = asked.lock().unwrap().clone();
            return Finished { run, records, paid, asked, requests: claude.requests().len(), was_killed };
        }
        assert_eq!(*run.end_reason(), EndReason::Suspended);
        assert_eq!(run.pending(), chat.pending());
        let open = journal.take_open();
        assert!(!open.is_empty() && open.len() <= run.pending().len(), "{open:?}");
        // Sometimes only one decision arrives before the next process, and sometimes the same chat continues.
        let decided = if (killed_after % 2 + lives).is_multiple_of(2) { 1 } else { open.len() };
        for step in &open[..decided] {
            journal.put(step, &Record::decision(&Approval::Allow).unwrap());
        }
        if lives.is_multiple_of(3) {
            chat = lead(&client, &paid);
        }
    }
}

/// Returns the text of the tool `rest`: the budget that is left.
fn rest_of(run: &Run) -> String {
    let outcomes = run.steps().iter().flat_map(Step::outcomes);
    outcomes.filter(|outcome| outcome.name() == "rest").map(|outcome| outcome.text().into_owned()).collect()
}

#[tokio::test]
async fn a_suspended_agent_continues_from_the_journal() {
    let Finished { run, records, paid, asked, requests, was_killed } = run_to_the_end(usize::MAX, false).await;
    assert!(!was_killed);
    assert_eq!(run.text(), "Done.");
    // Nothing was sent or paid twice, although each life of the run has replayed all steps.
    assert_eq!(requests, 3 + 2 * 2 + 2 * 3);
    assert_eq!(paid.amounts(), [1, 1, 1, 70, 75, 80, 85]);
    let keys: BTreeSet<String> = paid.0.lock().unwrap().iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(keys.len(), 7, "each call has its own key: {keys:?}");
    assert_eq!(asked.len(), asked.iter().collect::<BTreeSet<_>>().len() + 2, "asked only once: {asked:?}");
    let steps: Vec<&str> = records.keys().map(String::as_str).filter(|step| step.starts_with("tool#1.1")).collect();
    assert_eq!(
        steps,
        [
            "tool#1.1:manager",
            "tool#1.1:manager/started",
            "tool#1.1:manager/tool#1.1:clerk/approval#1.1",
            "tool#1.1:manager/tool#1.1:clerk/approval#1.1~2",
            "tool#1.1:manager~2",
            "tool#1.1:manager~2/started",
            "tool#1.1:manager~3",
            "tool#1.1:manager~3/started",
        ]
    );
    assert!(run.steps()[0].outcomes().iter().all(|outcome| !outcome.is_error()), "{run:?}");
}

#[tokio::test]
async fn a_run_with_suspended_agents_that_is_killed_after_any_record_continues() {
    let all = run_to_the_end(usize::MAX, false).await;
    let (all_paid, left) = (all.paid.amounts(), rest_of(&all.run));
    assert!(left.contains("$1000 of $0."), "{left}");
    // The decisions come from outside.
    let stored = all.records.keys().filter(|step| !step.contains("clerk/approval")).count();
    for (killed_after, loses_record) in (1..=stored).flat_map(|record| [(record, false), (record, true)]) {
        let Finished { run, records, paid, asked, was_killed, .. } = run_to_the_end(killed_after, loses_record).await;
        let context = format!("killed after {killed_after}, {loses_record}: {:?}", records.keys());
        assert!(was_killed, "{context}");
        assert_eq!(run.text(), "Done.", "{context}");
        let keys: BTreeSet<String> = paid.0.lock().unwrap().iter().map(|(key, _)| key.clone()).collect();
        assert_eq!(keys.len(), paid.amounts().len(), "no call runs twice, {context}");
        // The answer that was not stored is asked for again, but no answer about a call inside an agent.
        let times = |asked: &[String], what: &String| asked.iter().filter(|it| *it == what).count();
        for question in &asked {
            let is_lost = loses_record && times(&all.asked, question) < times(&asked, question);
            assert!(!is_lost || !question.contains("pay") || question.contains(":1}"), "{question}, {context}");
            let most = times(&all.asked, question) + usize::from(is_lost);
            assert!(times(&asked, question) <= most, "{question} was asked again, {context}");
        }
        let is_interrupted = run.steps()[0].outcomes().iter().any(|it| it.text().contains("may have taken effect"));
        if is_interrupted {
            assert!(paid.amounts().iter().all(|amount| all_paid.contains(amount)), "{context}");
        } else {
            assert_eq!(paid.amounts(), all_paid, "{context}");
            // Requests, fees that were settled, and fees whose real amount is unknown count once.
            assert_eq!(rest_of(&run), left, "{context}");
            assert!(asked.len() <= all.asked.len() + usize::from(loses_record), "{context}");
        }
    }
}

#[tokio::test]
async fn a_decision_in_the_journal_can_deny_or_change_a_call_inside_an_agent() {
    for (decision, paid_amounts, text) in [
        (Approval::deny("too much"), vec![1], "Denied by the user: too much"),
        (Approval::allow_with(json!({"amount": 5})), vec![1, 5], "paid 5"),
        (Approval::allow_with(json!({"sum": 5})), vec![1], "The user changed the arguments"),
    ] {
        let claude = MockServer::start().await.unwrap();
        let client = claude.client(MODEL);
        claude.respond(MockResponse::tool_use("clerk", json!({"prompt": "Pay."})));
        claude.respond(MockResponse::tool_uses([("pay", json!({"amount": 70})), ("pay", json!({"amount": 1}))]));
        claude.respond_with(|request| {
            MockResponse::text(
                request["messages"].as_array().unwrap().last().unwrap()["content"][0]["content"].to_string(),
            )
        });
        claude.respond(MockResponse::text("Done."));
        let (journal, paid, asked) = (Memory::default(), Arc::<Paid>::default(), Asked::default());
        let clerk = || Chat::builder(&client).tools(tools![pay]).state(paid.clone()).build().unwrap();
        let chat = || Chat::builder(&client).tools(tools![].with(clerk().into_tool("clerk", "Pays."))).build().unwrap();
        let run = process(&mut chat(), &journal, &asked).await.unwrap();
        assert_eq!((run.end_reason(), run.pending().len()), (&EndReason::Suspended, 1));
        for step in journal.take_open() {
            journal.put(&step, &Record::decision(&decision).unwrap());
        }
        let run = process(&mut chat(), &journal, &asked).await.unwrap();
        assert_eq!(run.text(), "Done.");
        let answer = run.steps()[0].outcomes()[0].text().into_owned();
        assert!(answer.contains(text), "{answer}");
        assert_eq!(paid.amounts(), paid_amounts);
        assert_eq!(claude.requests().len(), 4);
    }
}

#[tokio::test]
async fn an_agent_with_its_own_approval_is_suspended_as_well() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    claude.respond(MockResponse::tool_use("clerk", json!({"prompt": "Pay."})));
    claude.respond(MockResponse::tool_use("pay", json!({"amount": 70})));
    claude.respond(MockResponse::text("Paid."));
    claude.respond(MockResponse::text("Done."));
    let (journal, paid) = (Memory::default(), Arc::<Paid>::default());
    let clerk = Chat::builder(&client).tools(tools![pay]).state(paid.clone()).approve(|_| async { Approval::Suspend });
    let clerk = clerk.build().unwrap().into_tool("clerk", "Pays.");
    let mut chat = Chat::builder(&client).tools(tools![].with(clerk)).build().unwrap();
    let run = chat.toolloop("Pay.").journal(journal.clone()).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);
    assert_eq!(chat.agents_around(&run.pending()[0])[0].name(), "clerk");
    let [step] = &journal.take_open()[..] else { panic!("one call waits") };
    journal.put(step, &Record::decision(&Approval::Allow).unwrap());
    let mut events = chat.toolloop("Pay.").journal(journal.clone()).stream();
    let mut replayed = Vec::new();
    while let Some(event) = events.next().await {
        if let Event::Replayed(step) = event.unwrap() {
            replayed.push(step.to_string());
        }
    }
    drop(events);
    assert_eq!(replayed, ["request#1", "tool#1.1:clerk", "tool#1.1:clerk/approval#1.1"]);
    assert_eq!((paid.amounts(), chat.usage()), (vec![70], client.usage()));
}

#[tokio::test]
async fn the_wait_for_a_decision_inside_an_agent_does_not_count_towards_the_deadline() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    claude.respond(MockResponse::tool_use("clerk", json!({"prompt": "Pay."})));
    claude.respond(MockResponse::tool_use("pay", json!({"amount": 70})));
    claude.respond(MockResponse::text("Paid."));
    claude.respond(MockResponse::text("Done."));
    let (journal, paid) = (Memory::default(), Arc::<Paid>::default());
    for end in [EndReason::Suspended, EndReason::Finished] {
        let clerk = Chat::builder(&client).tools(tools![pay]).state(paid.clone()).build().unwrap();
        let mut chat = Chat::builder(&client).tools(tools![].with(clerk.into_tool("clerk", "Pays."))).build().unwrap();
        let approve = async |call: ToolUse| if call.name() == "pay" { Approval::Suspend } else { Approval::Allow };
        let run = chat.toolloop("Pay.").approve(approve).deadline(Duration::from_secs(30)).journal(journal.clone());
        assert_eq!(*run.await.unwrap().end_reason(), end);
        for step in journal.take_open() {
            // The decision is made an hour later.
            let decision = Record::decision(&Approval::Allow).unwrap();
            let mut decision: Value = serde_json::from_str(decision.as_str()).unwrap();
            decision["at"] = json!(decision["at"].as_u64().unwrap() + 3_600_000_000);
            journal.put(&step, &Record::from(decision.to_string()));
        }
    }
    assert_eq!(paid.amounts(), [70]);
}

/// Runs each call as data, as another process would.
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
            let record = call.run(&self.own, &self.tools, &call.context().build()).await?;
            Ok(Record::from(record.as_str().to_owned()))
        })
    }
}

#[tokio::test]
async fn an_agent_in_another_process_is_suspended_and_continues() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    claude.respond(MockResponse::tool_use("clerk", json!({"prompt": "Pay."})));
    claude.respond(MockResponse::tool_use("pay", json!({"amount": 70})));
    claude.respond(MockResponse::text("Paid."));
    claude.respond(MockResponse::text("Done."));
    let (own, paid) = (Memory::default(), Arc::<Paid>::default());
    let clerk = || {
        let clerk = Chat::builder(&client).tools(tools![pay]).state(paid.clone());
        let clerk = clerk.approve(|_| async { Approval::Suspend }).build().unwrap();
        tools![].with(clerk.into_tool("clerk", "Pays."))
    };
    for end in [EndReason::Suspended, EndReason::Finished] {
        let journal = Elsewhere { own: own.clone(), tools: clerk() };
        let mut chat = Chat::builder(&client).tools(clerk()).build().unwrap();
        let run = chat.toolloop("Pay.").journal(journal).await.unwrap();
        assert_eq!(*run.end_reason(), end);
        assert_eq!(chat.usage(), client.usage(), "usage counts once");
        for step in own.take_open() {
            own.put(&step, &Record::decision(&Approval::Allow).unwrap());
        }
    }
    assert_eq!((paid.amounts(), claude.requests().len()), (vec![70], 4));
}

// The budget.

/// Buys something. The call can be repeated.
#[tool(idempotent)]
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

/// Returns the text of the last tool result.
fn last_text(run: &Run) -> String {
    run.steps().iter().flat_map(Step::outcomes).last().unwrap().text().into_owned()
}

#[tokio::test]
async fn reservations_and_dropped_attempts_count_once_in_all_lives_of_a_run() {
    // The start, four requests, three calls.
    const RECORDS: usize = 8;
    let mut left = BTreeSet::new();
    for killed_after in (1..=RECORDS).chain([usize::MAX]) {
        let claude = MockServer::start().await.unwrap();
        // The first attempt is cut. It may be billed, so its maximum counts.
        claude.respond(MockResponse::text("cut").cut_after(1));
        for _ in 0..8 {
            claude.respond_with(|request| {
                let messages = request["messages"].as_array().unwrap().iter();
                match messages.filter(|message| message["role"] == "assistant").count() {
                    0 => MockResponse::tool_use("buy", json!({"price": 0.03, "paid": 0.005})),
                    1 => MockResponse::tool_use("buy", json!({"price": 0.02})),
                    2 => MockResponse::tool_use("buy", json!({"price": 1.0})),
                    _ => MockResponse::text("Done."),
                }
                .usage(json!({"input_tokens": 70, "output_tokens": 7}))
            });
        }
        let journal = Memory::default();
        journal.kill_after(killed_after);
        let life = async || {
            let client = claude.client(MODEL);
            let mut chat = Chat::builder(client).tools(tools![buy]).max_tokens(500).build().unwrap();
            let run = chat.toolloop("Buy.").max_cost(0.1).journal(journal.clone()).into_future();
            tokio::select! {
                run = run => Some(run.unwrap()),
                () = journal.killed() => None,
            }
        };
        let first = life().await;
        assert_eq!(first.is_none(), killed_after <= RECORDS, "killed after {killed_after}");
        journal.live_on();
        let run = life().await.unwrap();
        assert_eq!((run.text().as_str(), journal.records().len()), ("Done.", RECORDS));
        left.insert(last_text(&run));
    }
    assert_eq!(left.len(), 1, "{left:?}");
    let text = left.first().unwrap();
    assert!(text.contains("the budget of the run is too small: $1 of $0.06"), "{text}");
}

#[tokio::test]
async fn a_loop_that_is_continued_keeps_what_its_tools_and_dropped_requests_have_used() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    let chat = |state: Option<ChatState>| {
        let builder = Chat::builder(&client).tools(tools![buy]).max_tokens(500);
        let builder = match state {
            Some(state) => builder.restore(state),
            None => builder,
        };
        builder.build().unwrap()
    };
    // The request after the call fails, or it is dropped.
    let mut left = Vec::new();
    for drops in [false, true] {
        claude.respond(MockResponse::tool_use("buy", json!({"price": 0.02})));
        claude.respond(if drops {
            MockResponse::text("Late.").delay(Duration::from_secs(60))
        } else {
            MockResponse::error(400, "invalid_request_error", "No.")
        });
        let mut first = chat(None);
        let run = first.toolloop("Buy.").max_cost(0.1).into_future();
        let expected = claude.requests().len() + 2;
        let is_in_flight = async {
            while !drops || claude.requests().len() < expected {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            run = run => assert!(!drops && run.is_err(), "{run:?}"),
            () = is_in_flight => {}
        }
        let stored = first.state().to_json();
        for mut chat in [first, chat(Some(ChatState::from_json(&stored).unwrap()))] {
            claude.respond(MockResponse::tool_use("buy", json!({"price": 1.0})));
            claude.respond(MockResponse::text("Done."));
            let run = chat.resume_toolloop().max_cost(0.1).await.unwrap();
            left.push(last_text(&run));
        }
    }
    assert_eq!((&left[0], &left[2]), (&left[1], &left[3]), "a stored state has the same budget");
    let dollars = |text: &str| text.split("of $").nth(1).unwrap().split(' ').next().unwrap().parse::<f64>().unwrap();
    let (failed, dropped) = (dollars(&left[0]), dollars(&left[2]));
    assert!(failed < 0.08 && failed > 0.06, "the reservation counts: {left:?}");
    // The maximum of the request: its 500 output tokens cost half a cent.
    assert!(dropped < failed - 0.005, "the dropped request counts in full: {left:?}");
}
