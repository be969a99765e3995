//! Properties of every loop, for any responses, tools, network faults and points where the caller drops it.

use std::collections::{HashMap, HashSet};
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};

use crate::support::polls::{await_for, read_for, settle};
use claudette::chat::Step;
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::Role;
use claudette::{
    Approval, Chat, Client, EndReason, Error, Event, Message, Run, State, ToolContext, ToolOutcome, ToolUse, Toolset,
    Usage, tool, tools,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tokio::task::yield_now;

const LAST_WORDS: &str = "Come to an end.";
const GO_ON: &str = "Please continue.";

/// The calls that the tools ran.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Ran>>);

#[derive(Default)]
struct Ran {
    /// By the id of the call: how many times it began, and its result.
    calls: HashMap<String, (u32, Option<String>)>,
    running: usize,
    most_running: usize,
}

/// A running call.
struct Running<'a>(&'a Log);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().running -= 1;
    }
}

impl Log {
    fn begin(&self, cx: &ToolContext) -> Running<'_> {
        let mut log = self.0.lock().unwrap();
        log.calls.entry(cx.call_id().to_owned()).or_default().0 += 1;
        log.running += 1;
        log.most_running = log.most_running.max(log.running);
        Running(self)
    }

    fn finish(&self, cx: &ToolContext, words: String) -> String {
        self.0.lock().unwrap().calls.entry(cx.call_id().to_owned()).or_default().1 = Some(words.clone());
        words
    }
}

async fn yield_times(cx: &ToolContext, times: u8) {
    for n in 0..times {
        cx.progress(format!("{n} of {times}"));
        yield_now().await;
    }
}

/// Counts.
#[tool]
async fn count(
    cx: &ToolContext,
    log: State<Log>,
    /// Number to count to
    to: i64,
    /// Number of times to yield
    yields: u8,
) -> String {
    let _running = log.begin(cx);
    yield_times(cx, yields).await;
    log.finish(cx, format!("counted to {to}"))
}

/// Fails.
#[tool]
async fn fail(
    cx: &ToolContext,
    log: State<Log>,
    /// Number of times to yield
    yields: u8,
) -> Result<(), String> {
    let _running = log.begin(cx);
    yield_times(cx, yields).await;
    Err(log.finish(cx, "there is no way".to_owned()))
}

/// Panics.
#[tool]
async fn explode(
    cx: &ToolContext,
    log: State<Log>,
    /// Number of times to yield
    yields: u8,
) -> () {
    let _running = log.begin(cx);
    yield_times(cx, yields).await;
    // A panic that writes nothing to stderr, because there are thousands.
    std::panic::resume_unwind(Box::new(log.finish(cx, "boom".to_owned())));
}

/// The reaction of the API to a request.
#[derive(Clone, Debug)]
enum Turn {
    Says {
        thinking: bool,
        text: Option<String>,
        /// A server tool call, with its result or still pending.
        search: Option<bool>,
        calls: Vec<(&'static str, Value)>,
        stop: Option<&'static str>,
    },
    /// The stream of a call or of a text ends early, after this many events.
    Cut { calls: bool, events: usize },
    /// A temporary error: a retry succeeds.
    Error(u16),
}

/// An operation of the caller.
#[derive(Clone, Debug)]
struct Op {
    what: What,
    streamed: bool,
    max_steps: u32,
    max_parallel: usize,
    /// The decisions about the calls in turn. If the list is empty, all calls may run.
    approvals: Vec<Fate>,
    /// The decision about calls that are already suspended.
    decision: Option<Fate>,
    /// The number of polls before it is dropped.
    polls: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Allow,
    Change,
    Deny,
    Suspend,
}

impl Fate {
    fn approval(self) -> Approval {
        match self {
            Self::Allow => Approval::Allow,
            // These arguments match only one of the tools; invalid arguments are refused like the model's.
            Self::Change => Approval::AllowWith(json!({"to": 7, "yields": 1})),
            Self::Deny => Approval::deny("not today"),
            Self::Suspend => Approval::Suspend,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Send,
    Loop,
    Resume,
}

fn call() -> impl Strategy<Value = (&'static str, Value)> {
    let yields = 0..4_u8;
    prop_oneof![
        6 => (any::<i64>(), yields.clone()).prop_map(|(to, yields)| ("count", json!({"to": to, "yields": yields}))),
        1 => yields.clone().prop_map(|yields| ("fail", json!({"yields": yields}))),
        1 => yields.prop_map(|yields| ("explode", json!({"yields": yields}))),
        1 => Just(("unknown", json!({"yields": 1}))),
        1 => prop_oneof![
            Just(json!({})),
            Just(json!({"to": "ten", "yields": 1})),
            Just(json!({"to": 1, "yields": 1, "more": null})),
        ]
        .prop_map(|input| ("count", input)),
    ]
}

fn says() -> impl Strategy<Value = Turn> {
    let text = prop_oneof![6 => "[a-z]{1,9}( [a-z]{1,9}){0,3}", 1 => Just(String::new()), 1 => Just(" \n".to_owned())];
    let calls = prop_oneof![2 => Just(vec![]), 5 => prop::collection::vec(call(), 1..5)];
    let stop = prop_oneof![
        5 => Just(None),
        1 => prop_oneof![
            Just("tool_use"),
            Just("end_turn"),
            Just("max_tokens"),
            Just("stop_sequence"),
            Just("refusal"),
            Just("model_context_window_exceeded"),
            Just("something_new"),
        ]
        .prop_map(Some),
    ];
    let said = (prop::bool::weighted(0.2), prop::option::of(text), calls, stop);
    let said = said.prop_map(|(thinking, text, calls, stop)| Turn::Says { thinking, text, search: None, calls, stop });
    // Only server tool calls pause a turn.
    let calls = prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(call(), 1..3)];
    let stop = prop_oneof![3 => Just(Some("pause_turn")), 1 => Just(None)];
    let searched = (prop::option::of("[a-z]{1,9}"), any::<bool>(), calls, stop);
    let searched = searched.prop_map(|(text, search, calls, stop)| {
        let search = Some(search);
        Turn::Says { thinking: false, text, search, calls, stop }
    });
    prop_oneof![5 => said, 1 => searched]
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        10 => says(),
        1 => (any::<bool>(), 0..12_usize).prop_map(|(calls, events)| Turn::Cut { calls, events }),
        1 => prop_oneof![Just(500), Just(529)].prop_map(Turn::Error),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let what = prop_oneof![1 => Just(What::Send), 4 => Just(What::Loop), 1 => Just(What::Resume)];
    let polls = prop_oneof![2 => Just(usize::MAX), 1 => 0..60_usize];
    let fate = || prop_oneof![Just(Fate::Allow), Just(Fate::Change), Just(Fate::Deny), Just(Fate::Suspend)];
    let approvals = prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(fate(), 1..4)];
    let limits = (any::<bool>(), 1..5_u32, 1..5_usize);
    (what, limits, approvals, prop::option::of(fate()), polls).prop_map(
        |(what, (streamed, max_steps, max_parallel), approvals, decision, polls)| Op {
            what,
            streamed,
            max_steps,
            max_parallel,
            approvals,
            decision,
            polls,
        },
    )
}

/// A response that was sent, and the part of its usage that arrived if its stream ended early.
#[derive(Clone, Copy, Debug)]
struct Sent {
    /// The usage at the beginning and at the end of the message.
    usage: [(u64, u64); 2],
    /// The usage that a client receives if it reads the whole stream.
    known: (u64, u64),
}

/// The API and its clients. All cases share them, because building a client takes time.
struct Stage {
    claude: MockServer,
    /// A client without retries, and a client with retries.
    clients: [Client; 2],
    play: Arc<Mutex<Play>>,
}

#[derive(Default)]
struct Play {
    script: Vec<Turn>,
    retries: bool,
    /// The number of requests so far.
    place: usize,
    sent: Vec<Sent>,
    /// The ids of all calls in responses with the stop reason `tool_use`.
    called: HashSet<String>,
}

impl Play {
    fn response(&mut self, request: &Value) -> MockResponse {
        let place = self.place;
        self.place += 1;
        let turn = self.script.get(place).cloned().unwrap_or_else(|| Turn::Says {
            thinking: false,
            text: Some("The end.".to_owned()),
            search: None,
            calls: vec![],
            stop: None,
        });
        let streamed = request["stream"] == true;
        let begun = finished_searches(request);
        let content = |blocks: Vec<Value>| {
            MockResponse::content(begun.iter().cloned().chain(blocks).collect()).chunked(2).id(format!("msg_{place}"))
        };
        let call = |nth: usize, (name, input): &(&str, Value)| json!({"type": "tool_use", "id": format!("toolu_{place}_{nth}"), "name": name, "input": input});
        let text = |text: &str| json!({"type": "text", "text": text});
        let end = (100 + place as u64, 10 + place as u64);
        let start = (end.0, 1);
        let usage = json!({"input_tokens": end.0, "output_tokens": end.1});
        match turn {
            Turn::Says { thinking, text: said, search, calls, stop } => {
                let id = format!("srvtoolu_{place}");
                let search = search.into_iter().flat_map(|finished| {
                    let call =
                        json!({"type": "server_tool_use", "id": id, "name": "web_search", "input": {"query": "q"}});
                    [Some(call), finished.then(|| found(&json!(id)))].into_iter().flatten()
                });
                if stop.is_none_or(|stop| stop == "tool_use") {
                    self.called.extend((0..calls.len()).map(|nth| format!("toolu_{place}_{nth}")));
                }
                let said = said.iter().map(|said| text(said));
                let calls = calls.iter().enumerate().map(|(nth, it)| call(nth, it));
                let mut response = content(said.chain(search).chain(calls).collect()).usage(usage);
                if thinking {
                    response = response.thinking("Let me think.");
                }
                if let Some(stop) = stop {
                    response = response.stop_reason(stop);
                }
                self.sent.push(Sent { usage: [start, end], known: end });
                response
            }
            // A retry would take half a second of real time.
            Turn::Cut { calls, events } if !self.retries => {
                let block = if calls { call(0, &("count", json!({"to": 3, "yields": 1}))) } else { text("one two") };
                // A start, two events for each result, a block (start, ping, two or three deltas, end), two events.
                let all = 1 + 2 * begun.len() + if calls { 6 } else { 5 } + 2;
                let known = match events {
                    _ if !streamed => (0, 0),
                    // The usage is counted once it arrived, also if the stream fails before its first content.
                    0 => (0, 0),
                    _ if events + 1 < all => start,
                    _ => end,
                };
                if events >= all && streamed && calls {
                    self.called.insert(format!("toolu_{place}_0"));
                }
                self.sent.push(Sent { usage: [start, end], known });
                content(vec![block]).usage(usage).cut_after(events)
            }
            Turn::Cut { .. } | Turn::Error(500) => {
                MockResponse::error(500, "api_error", "Internal server error").header("retry-after-ms", "1")
            }
            Turn::Error(status) => {
                MockResponse::error(status, "overloaded_error", "Overloaded").header("retry-after-ms", "1")
            }
        }
    }
}

/// Returns the results of pending searches, with which the API continues a turn.
fn finished_searches(request: &Value) -> Vec<Value> {
    let messages = request["messages"].as_array().unwrap();
    let turn = messages.iter().rev().take(2).find(|message| message["role"] == "assistant");
    turn.map(pending_searches).unwrap_or_default().into_iter().map(found).collect()
}

fn found(id: &Value) -> Value {
    json!({"type": "web_search_tool_result", "tool_use_id": id, "content": []})
}

fn pending_searches(turn: &Value) -> Vec<&Value> {
    let searches = blocks(turn).filter(|block| block["type"] == "server_tool_use").map(|block| &block["id"]);
    searches.filter(|id| !blocks(turn).any(|block| block["tool_use_id"] == **id)).collect()
}

fn blocks(message: &Value) -> impl Iterator<Item = &Value> {
    message["content"].as_array().unwrap().iter()
}

fn of_kind<'a>(message: &'a Value, kind: &str) -> Vec<&'a Value> {
    blocks(message).filter(|block| block["type"] == kind).collect()
}

impl Stage {
    async fn new() -> Self {
        let claude = MockServer::start().await.unwrap();
        let client = |retries| {
            let client = Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url());
            client.max_retries(retries).build().unwrap()
        };
        Self { clients: [client(0), client(1)], claude, play: Arc::default() }
    }

    fn scene(&self, script: &[Turn], retries: bool, continues: bool) -> Scene<'_> {
        *self.play.lock().unwrap() = Play { script: script.to_vec(), retries, ..Play::default() };
        let log = Log::default();
        let tools = tools![count, fail, explode].state(log.clone());
        let client = &self.clients[usize::from(retries)];
        let chat = Chat::builder(client).tools(tools.clone()).continue_prompt(if continues { GO_ON } else { "" });
        let chat = chat.build().unwrap();
        Scene { stage: self, chat, log, tools, denied: Arc::default(), before: client.usage() }
    }
}

/// A chat with its surroundings.
struct Scene<'a> {
    stage: &'a Stage,
    chat: Chat,
    log: Log,
    tools: Toolset,
    /// The calls that were denied.
    denied: Arc<Mutex<HashSet<String>>>,
    /// The usage of the client before this scene.
    before: Usage,
}

/// The result of an operation.
struct Seen {
    /// `None` if it was dropped.
    end: Option<Result<Option<Run>, Error>>,
    events: Vec<Event>,
}

impl Scene<'_> {
    async fn perform(&mut self, op: &Op, prompt: &str) -> Seen {
        // Any sufficient number: each response is made from its request.
        for _ in 0..24 {
            let play = self.stage.play.clone();
            self.stage.claude.respond_with(move |request| play.lock().unwrap().response(request));
        }
        self.log.0.lock().unwrap().most_running = 0;
        let mut fates = op.approvals.clone().into_iter().cycle();
        let denied = self.denied.clone();
        let approve = move |call: ToolUse| {
            let fate = fates.next().unwrap_or(Fate::Allow);
            if fate == Fate::Deny {
                denied.lock().unwrap().insert(call.id().to_owned());
            }
            async move {
                yield_now().await;
                fate.approval()
            }
        };
        let mut events = Vec::new();
        let see = |event| events.push(event);
        let end = match (op.what, op.streamed) {
            (What::Loop, streamed) => {
                let work = self.chat.toolloop(prompt).max_steps(op.max_steps).max_parallel(op.max_parallel);
                let work = work.final_prompt(LAST_WORDS).approve(approve);
                let end = if streamed {
                    read_for(op.polls, work.stream(), see).await
                } else {
                    await_for(op.polls, work.into_future()).await
                };
                end.map(|end| end.map(Some))
            }
            (what, streamed) => {
                let work = if what == What::Send { self.chat.send(prompt) } else { self.chat.resume() };
                let work = work.max_parallel(op.max_parallel).approve(approve);
                if streamed {
                    read_for(op.polls, work.stream(), see).await.map(|end| end.map(Some))
                } else {
                    await_for(op.polls, work.into_future()).await.map(|end| end.map(|_| None))
                }
            }
        };
        settle().await;
        Seen { end, events }
    }

    fn history(&self) -> Vec<Value> {
        self.chat.history().iter().map(|message| json!(message)).collect()
    }

    /// Checks that the API accepts the conversation, with another prompt if one is needed.
    async fn is_accepted(&self) {
        let mut messages = self.chat.history().to_vec();
        let paused = messages.last().is_some_and(|last| !pending_searches(&json!(last)).is_empty());
        if messages.last().is_none_or(|last| *last.role() == Role::Assistant) && !paused {
            messages.push(Message::user("And now?"));
        }
        if let Err(error) = self.chat.client().count_tokens(messages).tools(self.tools.clone()).await {
            panic!("{error} in {:#}", json!(self.history()));
        }
    }

    /// Checks the structure of the conversation, by independent rules.
    fn is_well_formed(&self, said: &[String]) {
        let history = self.history();
        let whole = || format!("{:#}", json!(history));
        let log = self.log.0.lock().unwrap();
        let called = self.stage.play.lock().unwrap().called.clone();
        let mut ids = HashSet::new();
        let mut words = Vec::new();
        assert!(history.first().is_none_or(|first| first["role"] == "user"), "{}", whole());
        for (place, message) in history.iter().enumerate() {
            let after = history.get(place + 1);
            assert!(blocks(message).count() > 0, "{}", whole());
            if message["role"] == "user" {
                // Results come first, in the order of their calls; then texts.
                let results = of_kind(message, "tool_result");
                let calls = place.checked_sub(1).map(|before| of_kind(&history[before], "tool_use"));
                let of_results: Vec<_> = results.iter().map(|result| &result["tool_use_id"]).collect();
                let of_calls: Vec<_> = calls.into_iter().flatten().map(|call| &call["id"]).collect();
                assert_eq!(of_results, of_calls, "{}", whole());
                assert!(blocks(message).take(results.len()).all(|block| block["type"] == "tool_result"), "{}", whole());
                for result in results {
                    let text = result["content"].as_str().unwrap();
                    let id = result["tool_use_id"].as_str().unwrap();
                    match log.calls.get(id) {
                        Some((1, Some(words))) => assert!(text.contains(words), "{id}: {text} and not {words}"),
                        Some((1, None)) => assert!(text.contains("Interrupted"), "{id}: {text}"),
                        Some(call) => panic!("{id} ran again: {call:?}"),
                        None => assert!(result["is_error"] == true && !text.is_empty(), "{id}: {text}"),
                    }
                }
                words.extend(of_kind(message, "text").iter().map(|text| text["text"].as_str().unwrap()));
            } else {
                let calls = of_kind(message, "tool_use");
                assert!(calls.iter().all(|call| ids.insert(call["id"].as_str().unwrap().to_owned())), "{}", whole());
                assert!(calls.is_empty() || after.is_some(), "calls without results: {}", whole());
                let follows = after.is_none_or(|after| after["role"] == "user");
                assert!(follows || calls.is_empty(), "{}", whole());
            }
        }
        // The conversation contains no text twice, and only the caller's texts.
        words.retain(|word| ![LAST_WORDS, GO_ON].contains(word));
        let twice = words.iter().find(|word| words.iter().filter(|other| other == word).count() > 1);
        assert_eq!(twice, None, "{}", whole());
        assert!(words.iter().all(|word| said.iter().any(|said| said == word)), "{}", whole());
        // Tools run only after the stop reason `tool_use`, and every run is in the history.
        for id in log.calls.keys() {
            assert!(called.contains(id) && ids.contains(id), "{id} in {}", whole());
            assert!(!self.denied.lock().unwrap().contains(id), "{id} was not allowed");
            assert!(self.chat.pending().iter().all(|call| call.id() != id), "{id} is suspended, but ran");
        }
    }

    /// Checks the usage of the chat and of the client; `before` is the usage of the chat before the operation.
    fn is_counted(&self, before: (u64, u64), sent: &[Sent], seen: &Seen) {
        let (chat, client) = (self.chat.usage(), self.chat.client().usage());
        let counted =
            (client.input_tokens() - self.before.input_tokens(), client.output_tokens() - self.before.output_tokens());
        assert_eq!(tokens(&chat), counted, "chat and client count the same");
        let grown = (chat.input_tokens() - before.0, chat.output_tokens() - before.1);
        let sum = |sent: &[Sent]| sent.iter().fold((0, 0), |(i, o), it| (i + it.known.0, o + it.known.1));
        match sent.split_last() {
            // It is unknown how far the last response was read, but the usage must be one of these.
            Some((last, others)) if seen.end.is_none() => {
                let others = sum(others);
                let read = (grown.0 - others.0, grown.1 - others.1);
                assert!(
                    [(0, 0), last.known].iter().chain(&last.usage).any(|known| *known == read),
                    "{read:?} of {last:?}"
                );
                let begun = matches!(seen.events.last(), Some(Event::Text(_) | Event::Thinking(_)));
                assert!(!begun || read != (0, 0), "the usage of a partial response is counted");
            }
            _ => assert_eq!(grown, sum(sent), "{sent:?}"),
        }
    }
}

fn tokens(usage: &Usage) -> (u64, u64) {
    (usage.input_tokens(), usage.output_tokens())
}

fn ids(outcomes: &[ToolOutcome]) -> Vec<&str> {
    outcomes.iter().map(ToolOutcome::call_id).collect()
}

/// Checks that a run is consistent with itself.
fn check_run(run: &Run, op: &Op) {
    let mut sum = (0, 0);
    for step in run.steps() {
        let calls: Vec<_> = step.response().tool_uses().map(|call| call.id().to_owned()).collect();
        let run: Vec<_> = step.calls().iter().map(|call| call.id().to_owned()).collect();
        assert_eq!(run, ids(step.outcomes()), "results are in the order of the calls");
        let (waiting, answered): (Vec<_>, Vec<_>) =
            calls.into_iter().partition(|id| step.pending().iter().any(|call| call.id() == id));
        assert!(run == answered || run.is_empty() && waiting.is_empty(), "all calls are answered, or none");
        let (input, output) = tokens(step.response().usage());
        sum = (sum.0 + input, sum.1 + output);
    }
    assert_eq!(tokens(&run.usage()), sum);
    assert_eq!(run.text(), run.steps().last().unwrap().response().text());
    if op.what == What::Loop {
        let paused = |step: &&Step| step.response().stop_reason().is_some_and(|stop| stop.as_str() == "pause_turn");
        let steps = run.steps().iter().rev().skip(1).filter(|step| !paused(step)).count() + 1;
        assert!(steps <= op.max_steps as usize, "{steps} of {}", op.max_steps);
    }
}

/// Checks that the events of a run match the run.
fn check_events(events: &[Event], run: &Run, decided: &HashSet<String>) {
    let responses = events.iter().filter_map(|event| match event {
        Event::Response(response) => Some(json!(response)),
        _ => None,
    });
    let responses: Vec<Value> = responses.collect();
    let steps: Vec<_> = run.steps().iter().map(|step| json!(step.response())).collect();
    assert_eq!(responses, steps);
    let mut begun = Vec::new();
    let mut finished = HashMap::new();
    let (mut text, mut thinking) = (String::new(), String::new());
    for event in events {
        match event {
            Event::Text(piece) => text += piece,
            Event::Thinking(piece) => thinking += piece,
            // Calls with an earlier decision belong to an earlier run.
            Event::ToolCall(call) if decided.contains(call.id()) => {}
            Event::ToolResult(outcome) if decided.contains(outcome.call_id()) => {}
            Event::Progress(progress) if decided.contains(progress.call().id()) => {}
            Event::ToolCall(call) => begun.push(call.id()),
            Event::Progress(progress) => {
                let id = progress.call().id();
                assert!(begun.contains(&id) && !finished.contains_key(id), "{progress:?}");
            }
            Event::ToolResult(outcome) => {
                assert!(begun.contains(&outcome.call_id()) || outcome.is_error(), "{outcome:?}");
                assert!(finished.insert(outcome.call_id(), outcome.text()).is_none());
            }
            _ => {}
        }
    }
    let calls = run.steps().iter().flat_map(Step::calls).map(ToolUse::id);
    let calls: Vec<_> = calls.filter(|id| begun.contains(id)).collect();
    assert_eq!(begun, calls, "calls begin in order");
    let outcomes = run.steps().iter().flat_map(Step::outcomes);
    assert_eq!(finished, outcomes.map(|outcome| (outcome.call_id(), outcome.text())).collect::<HashMap<_, _>>());
    let said = |kind: &str, field: &str| -> String {
        steps.iter().flat_map(|step| of_kind(step, kind)).map(|block| block[field].as_str().unwrap()).collect()
    };
    assert_eq!((text, thinking), (said("text", "text"), said("thinking", "thinking")));
}

/// Runs a property for the configured number of cases on one runtime.
fn hold<S: Strategy>(cases: &S, property: impl AsyncFn(&Stage, S::Value)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stage = runtime.block_on(Stage::new());
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let held = TestRunner::new(config).run(cases, move |case| {
        runtime.block_on(property(&stage, case));
        Ok(())
    });
    if let Err(failure) = held {
        panic!("{failure}");
    }
}

#[test]
fn a_chat_stays_valid_whatever_happens() {
    let cases = (prop::collection::vec(turn(), 1..=6), prop::collection::vec(op(), 1..=4), any::<(bool, bool)>());
    hold(&cases, async |stage, (script, ops, (retries, continues))| {
        let mut scene = stage.scene(&script, retries, continues);
        let mut said = Vec::new();
        let mut decided = HashSet::new();
        for (place, op) in ops.iter().enumerate() {
            let prompt = format!("Prompt {place}.");
            said.push(prompt.clone());
            let (history, usage) = (scene.history(), tokens(&scene.chat.usage()));
            let (asked, sent) = {
                let play = stage.play.lock().unwrap();
                (play.place, play.sent.len())
            };
            // Decisions remain until a turn begins.
            decided.retain(|id| scene.chat.pending().iter().any(|call| call.id() == id));
            for call in scene.chat.pending() {
                if let Some(fate) = op.decision
                    && scene.chat.decide(&call, fate.approval()).is_ok()
                {
                    decided.insert(call.id().to_owned());
                    if fate == Fate::Deny {
                        scene.denied.lock().unwrap().insert(call.id().to_owned());
                    }
                }
            }
            let seen = scene.perform(op, &prompt).await;
            let sent = stage.play.lock().unwrap().sent[sent..].to_vec();

            scene.is_well_formed(&said);
            scene.is_accepted().await;
            scene.is_counted(usage, &sent, &seen);
            assert!(scene.log.0.lock().unwrap().most_running <= op.max_parallel);
            match &seen.end {
                Some(Ok(Some(run))) => {
                    check_run(run, op);
                    if op.streamed {
                        check_events(&seen.events, run, &decided);
                    }
                    if run.steps().len() == 1 && *run.end_reason() == EndReason::Refusal && decided.is_empty() {
                        assert_eq!(scene.history(), history, "a refused turn is not part of the history");
                    }
                }
                Some(Err(error)) => {
                    let expected = error.is_misuse()
                        || error.is_truncated()
                        || error.is_connection()
                        || matches!(error.status(), Some(500 | 529));
                    assert!(expected, "{error}");
                    let asked = stage.play.lock().unwrap().place - asked;
                    assert!(!error.is_misuse() || asked == 0, "misuse is reported before anything is sent");
                    if sent.is_empty() && decided.is_empty() {
                        assert_eq!(scene.history(), history, "without a response, the history is unchanged");
                    }
                }
                Some(Ok(None)) | None => {}
            }
        }
    });
}

#[test]
fn a_run_is_the_same_awaited_and_streamed() {
    let says = prop_oneof![10 => says(), 1 => Just(Turn::Error(529))];
    let cases = (prop::collection::vec(says, 1..=6), 1..5_u32, 1..5_usize);
    hold(&cases, async |stage, (script, max_steps, max_parallel)| {
        let mut ends = Vec::new();
        for streamed in [false, true] {
            let (approvals, decision) = (vec![], None);
            let (what, polls) = (What::Loop, usize::MAX);
            let op = Op { what, streamed, max_steps, max_parallel, approvals, decision, polls };
            let mut scene = stage.scene(&script, true, false);
            let seen = scene.perform(&op, "Do it.").await;
            let end = match seen.end.unwrap() {
                Ok(run) => {
                    let run = run.unwrap();
                    let steps: Vec<_> = run
                        .steps()
                        .iter()
                        .map(|step| {
                            let outcomes =
                                step.outcomes().iter().map(|it| (it.call_id().to_owned(), it.result().clone()));
                            (json!(step.response()), step.calls().len(), outcomes.collect::<Vec<_>>())
                        })
                        .collect();
                    Ok((steps, run.end_reason().clone(), json!(run.response())))
                }
                Err(error) => Err(error.status()),
            };
            ends.push((end, scene.history(), tokens(&scene.chat.usage())));
        }
        assert_eq!(ends[0], ends[1]);
    });
}
