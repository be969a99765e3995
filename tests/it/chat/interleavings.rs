//! Random interleavings of everything that changes a conversation: the API accepts every request, each call has exactly
//! one result, and no message is lost or repeated.

use std::collections::{HashMap, HashSet};
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};

use claudette::chat::{ChatState, ContextPolicy, Inbox};
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{Effort, Fallbacks, Role};
use claudette::{
    Approval, BuiltinTool, Chat, Client, EndReason, Error, History, Run, State, ToolContext, ToolUse, Toolset, tool,
    tools,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::durable::Memory;
use crate::support::polls::{await_for, read_for, settle};

/// The number of times that each call has begun.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<HashMap<String, u32>>>);

impl Log {
    async fn note(&self, cx: &ToolContext, name: &str) -> String {
        *self.0.lock().unwrap().entry(format!("{name} {}", cx.call_id())).or_default() += 1;
        tokio::task::yield_now().await;
        format!("result of {}", cx.call_id())
    }
}

/// Looks.
#[tool(read_only)]
async fn look(cx: &ToolContext, log: State<Log>) -> String {
    log.note(cx, "look").await
}

/// Reads.
#[tool(read_only)]
async fn read(cx: &ToolContext, log: State<Log>) -> String {
    log.note(cx, "read").await
}

/// Changes.
#[tool]
async fn change(cx: &ToolContext, log: State<Log>) -> String {
    log.note(cx, "change").await
}

/// Checks.
#[tool]
async fn check(cx: &ToolContext, log: State<Log>) -> String {
    log.note(cx, "check").await
}

const NAMES: [&str; 4] = ["look", "read", "change", "check"];

fn one(which: usize) -> Toolset {
    match which {
        0 => tools![look],
        1 => tools![read],
        2 => tools![change],
        _ => tools![check],
    }
}

/// The reaction of the API to a request.
#[derive(Clone, Debug)]
enum Turn {
    Says {
        thinking: bool,
        /// Another model has answered after a refusal.
        falls_back: bool,
        calls: Vec<usize>,
        stop: Option<&'static str>,
    },
    /// A server tool call, with its result or still pending.
    Searches {
        finished: bool,
        calls: Vec<usize>,
        pauses: bool,
    },
    /// The model declines after it has written so many words and these calls.
    Declines {
        words: usize,
        calls: Vec<usize>,
    },
    /// The stream ends early, after this many events.
    Cut {
        calls: Vec<usize>,
        events: usize,
    },
    Overloaded,
    /// A summary at the threshold, if the request permits it.
    Summarizes {
        /// The model could not write it.
        fails: bool,
        /// The response ends after the summary.
        pauses: bool,
        calls: Vec<usize>,
    },
}

#[derive(Clone, Debug)]
enum Op {
    Loop {
        resumes: bool,
        journaled: Option<Lives>,
        streamed: bool,
        eager: bool,
        max_steps: u32,
        polls: usize,
        /// The number of approvals after which the loop is cancelled.
        cancel: Option<usize>,
        fates: Vec<Fate>,
    },
    Add(usize),
    Remove(usize),
    Effort,
    /// The following loop finds the change in its inbox.
    AddLater(usize),
    RemoveLater(usize),
    Compact {
        keep_last: Option<u64>,
        polls: usize,
    },
    Decide(Fate),
    Fork,
    Rewind(usize),
    Restore,
}

/// The process in which a run with a journal continues after its first life.
#[derive(Clone, Copy, Debug)]
enum Lives {
    Same,
    Another,
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Allow,
    Deny,
    Suspend,
}

impl Op {
    /// Returns the operation without anything that depends on the time: a loop is not dropped or cancelled, and all calls
    /// are allowed.
    fn undisturbed(&self) -> Self {
        let mut op = self.clone();
        match &mut op {
            Self::Loop { polls, cancel, fates, .. } => {
                // The calls need an approval as before.
                let asks = cancel.is_some() || !fates.is_empty();
                (*polls, *cancel, *fates) = (usize::MAX, None, vec![Fate::Allow; usize::from(asks)]);
            }
            Self::Compact { polls, .. } => *polls = usize::MAX,
            _ => {}
        }
        op
    }
}

impl Fate {
    fn approval(self) -> Approval {
        match self {
            Self::Allow => Approval::Allow,
            Self::Deny => Approval::deny("not today"),
            Self::Suspend => Approval::Suspend,
        }
    }
}

fn turn() -> impl Strategy<Value = Turn> {
    let calls = || prop_oneof![1 => Just(vec![]), 2 => prop::collection::vec(0..4_usize, 1..4)];
    let stop = prop_oneof![8 => Just(None), 1 => prop_oneof![Just("refusal"), Just("max_tokens")].prop_map(Some)];
    let says = (prop::bool::weighted(0.2), prop::bool::weighted(0.1), calls(), stop);
    prop_oneof![
        8 => says.prop_map(|(thinking, falls_back, calls, stop)| Turn::Says { thinking, falls_back, calls, stop }),
        2 => (any::<bool>(), calls(), any::<bool>())
            .prop_map(|(finished, calls, pauses)| Turn::Searches { finished, calls, pauses }),
        3 => (0..3_usize, calls()).prop_map(|(words, calls)| Turn::Declines { words, calls }),
        1 => (calls(), 0..12_usize).prop_map(|(calls, events)| Turn::Cut { calls, events }),
        1 => Just(Turn::Overloaded),
        2 => (prop::bool::weighted(0.3), any::<bool>(), calls())
            .prop_map(|(fails, pauses, calls)| Turn::Summarizes { fails, pauses, calls }),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let fate = || prop_oneof![Just(Fate::Allow), Just(Fate::Deny), Just(Fate::Suspend)];
    let polls = || prop_oneof![3 => Just(usize::MAX), 1 => 0..60_usize];
    let fates = prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(fate(), 1..4)];
    let cancel = prop::option::weighted(0.2, 0..3_usize);
    let journaled = prop::option::weighted(0.3, prop_oneof![Just(Lives::Same), Just(Lives::Another)]);
    let ways = (prop::bool::weighted(0.2), journaled, any::<bool>(), any::<bool>());
    let turns = (ways, 1..4_u32, polls(), cancel, fates);
    prop_oneof![
        8 => turns.prop_map(|((resumes, journaled, streamed, eager), max_steps, polls, cancel, fates)| Op::Loop {
            resumes, journaled, streamed, eager, max_steps, polls, cancel, fates
        }),
        2 => (0..4_usize).prop_map(Op::Add),
        2 => (0..4_usize).prop_map(Op::Remove),
        1 => (0..4_usize).prop_map(Op::AddLater),
        1 => (0..4_usize).prop_map(Op::RemoveLater),
        1 => Just(Op::Effort),
        2 => (prop::option::of(1..400_u64), polls()).prop_map(|(keep_last, polls)| Op::Compact { keep_last, polls }),
        2 => fate().prop_map(Op::Decide),
        1 => Just(Op::Fork),
        1 => (0..30_usize).prop_map(Op::Rewind),
        1 => Just(Op::Restore),
    ]
}

fn policy() -> impl Strategy<Value = ContextPolicy> {
    prop_oneof![
        3 => Just(ContextPolicy::none()),
        1 => Just(ContextPolicy::compact().at(2_000)),
        1 => Just(ContextPolicy::compact().at(2_000).keep_last(300)),
        1 => Just(ContextPolicy::trim().at(1_000)),
        // The script says when the threshold is reached.
        2 => any::<bool>().prop_map(|pause| ContextPolicy::compact_on_server().at(50_000).pause_after(pause)),
    ]
}

/// The API. All cases share it, because building a client takes time.
struct Stage {
    claude: MockServer,
    client: Client,
    play: Arc<Mutex<Play>>,
}

#[derive(Default)]
struct Play {
    script: Vec<Turn>,
    place: usize,
}

impl Play {
    fn respond(&mut self, request: &Value) -> MockResponse {
        let place = self.place;
        self.place += 1;
        let turn = self.script.get(place).cloned().unwrap_or(Turn::Says {
            thinking: false,
            falls_back: false,
            calls: vec![],
            stop: None,
        });
        let begun: Vec<Value> = pending_searches(request).iter().map(found).collect();
        let text = json!({"type": "text", "text": format!("Answer {place}.")});
        let call = |(nth, which): (usize, &usize)| json!({"type": "tool_use", "id": format!("toolu_{place}_{nth}"), "name": NAMES[*which], "input": {}});
        let content = |blocks: Vec<Value>| {
            let blocks = begun.iter().cloned().chain(blocks).collect();
            MockResponse::content(blocks).chunked(2).id(format!("msg_{place}"))
        };
        match turn {
            Turn::Says { thinking, falls_back, calls, stop } => {
                let seam =
                    json!({"type": "fallback", "from": {"model": "claude-opus-5-5"}, "to": {"model": "claude-opus-5"}});
                let seam = falls_back.then_some(seam);
                let calls = calls.iter().enumerate().map(call);
                let blocks = seam.into_iter().chain([text]).chain(calls).collect();
                let response = content(blocks);
                let response = if thinking { response.thinking("Let me think.") } else { response };
                match stop {
                    Some(stop) => response.stop_reason(stop),
                    None => response,
                }
            }
            Turn::Searches { finished, calls, pauses } => {
                let id = json!(format!("srvtoolu_{place}"));
                let search =
                    json!({"type": "server_tool_use", "id": id, "name": "web_search", "input": {"query": "q"}});
                let result = finished.then(|| found(&id));
                let calls = calls.iter().enumerate().map(call);
                let response = content([text, search].into_iter().chain(result).chain(calls).collect());
                if pauses { response.stop_reason("pause_turn") } else { response }
            }
            Turn::Declines { words, calls } => {
                let text = (words > 0).then(|| json!({"type": "text", "text": "Part ".repeat(words)}));
                let calls = calls.iter().enumerate().map(call);
                content(text.into_iter().chain(calls).collect()).refused("cyber")
            }
            Turn::Cut { calls, events } => {
                let blocks = std::iter::once(text).chain(calls.iter().enumerate().map(call)).collect();
                content(blocks).cut_after(events)
            }
            Turn::Overloaded => MockResponse::error(529, "overloaded_error", "Overloaded"),
            Turn::Summarizes { fails, pauses, calls } => {
                let edit = &request["context_management"]["edits"][0];
                let summary = (edit["type"] == "compact_20260112").then(|| {
                    let summary = if fails { Value::Null } else { json!(format!("Summary {place}.")) };
                    json!({"type": "compaction", "content": summary})
                });
                if pauses && let Some(summary) = &summary {
                    return content(vec![summary.clone()]).stop_reason("compaction");
                }
                let calls = calls.iter().enumerate().map(call);
                content(summary.into_iter().chain([text]).chain(calls).collect())
            }
        }
    }
}

/// Returns the ids of the searches that the API continues with.
fn pending_searches(request: &Value) -> Vec<Value> {
    let messages = request["messages"].as_array().unwrap().iter().rev();
    // The output of a model that has declined can be a message of its own.
    let last = messages.skip_while(|message| message["role"] != "assistant");
    let last: Vec<_> = last.take_while(|message| message["role"] == "assistant").collect();
    let blocks: Vec<&Value> = last.iter().rev().filter_map(|part| part["content"].as_array()).flatten().collect();
    let calls = blocks.iter().filter(|block| block["type"] == "server_tool_use").map(|block| &block["id"]);
    calls.filter(|id| !blocks.iter().any(|block| block["tool_use_id"] == **id)).cloned().collect()
}

fn found(id: &Value) -> Value {
    json!({"type": "web_search_tool_result", "tool_use_id": id, "content": []})
}

struct Scene<'a> {
    stage: &'a Stage,
    chat: Chat,
    policy: ContextPolicy,
    fallbacks: Option<Fallbacks>,
    /// The tools before the first request.
    declared: Toolset,
    /// `true` if the effort was set before the first request.
    has_effort: bool,
    log: Log,
    inbox: Inbox,
    /// The prompts that the history must contain.
    said: Vec<String>,
    asked: usize,
}

impl Scene<'_> {
    async fn perform(&mut self, op: &Op) {
        let was_empty = self.chat.history().is_empty();
        if was_empty {
            self.declared = self.chat.tools().clone();
        }
        for _ in 0..24 {
            let play = self.stage.play.clone();
            self.stage.claude.respond_with(move |request| play.lock().unwrap().respond(request));
        }
        match op {
            Op::Loop { resumes, journaled, .. } => {
                self.asked += 1;
                let prompt = format!("Prompt {}.", self.asked);
                let journal = journaled.map(|_| Memory::of_run(format!("run-{}", self.asked)));
                let before = journaled.map(|_| (self.chat.state(), tool_names(&self.chat)));
                let mut end = self.run(op, &prompt, journal.as_ref()).await;
                // The lives after the first one are not disturbed.
                for _ in 0..3 {
                    let goes_on = match &end {
                        Some(Ok(run)) => !run.end_reason().is_final(),
                        Some(Err(error)) => !is_expected(error),
                        None => true,
                    };
                    let (Some(lives), true) = (journaled, goes_on) else { break };
                    if let (Lives::Another, Some((state, names))) = (lives, &before) {
                        self.chat = self.restored(state.clone(), names);
                    }
                    end = self.run(&op.undisturbed(), &prompt, journal.as_ref()).await;
                }
                if was_empty {
                    // The inbox was taken before the first request.
                    self.declared = self.chat.tools().clone();
                }
                self.ended(end, (!resumes).then_some(prompt));
            }
            Op::Add(which) => self.chat.add_tools(one(*which)).unwrap(),
            Op::Remove(which) => drop(self.chat.remove_tools([NAMES[*which]])),
            Op::AddLater(which) => self.inbox.add_tools(one(*which)),
            // The model may never have had the tool.
            Op::RemoveLater(which) => {
                self.inbox.add_tools(one(*which));
                self.inbox.remove_tools([NAMES[*which]]);
            }
            Op::Effort => {
                // Before the first request, the effort is an option.
                self.has_effort |= was_empty;
                self.chat.set_effort(Effort::Low);
            }
            Op::Compact { keep_last, polls } => {
                let before = self.chat.history().clone();
                let mut compact = self.chat.compact(None);
                if let Some(tokens) = keep_last {
                    compact = compact.keep_last(*tokens);
                }
                match await_for(*polls, compact.into_future()).await {
                    Some(Ok(_)) => self.said.clear(),
                    Some(Err(error)) => {
                        assert!(error.to_string().contains("cannot be summarized"), "{error}");
                        assert_eq!(*self.chat.history(), before);
                    }
                    None => assert_eq!(*self.chat.history(), before),
                }
                settle().await;
            }
            Op::Decide(fate) => {
                for call in self.chat.pending() {
                    let _ = self.chat.decide(&call, fate.approval());
                }
            }
            Op::Fork => self.chat = self.chat.fork(),
            Op::Rewind(to) => {
                let to = to % (self.chat.history().len() + 1);
                self.chat.rewind(to).unwrap();
                self.said.clear();
            }
            Op::Restore => {
                let state = ChatState::from_json(&self.chat.state().to_json()).unwrap();
                let (names, history) = (tool_names(&self.chat), self.chat.history().clone());
                self.chat = self.restored(state, &names);
                assert_eq!((tool_names(&self.chat), self.chat.history()), (names, &history));
            }
        }
    }

    /// Runs a loop, and returns its end, unless it was dropped.
    async fn run(&mut self, op: &Op, prompt: &str, journal: Option<&Memory>) -> Option<Result<Run, Error>> {
        let Op::Loop { resumes, streamed, eager, max_steps, polls, cancel, fates, .. } = op else { unreachable!() };
        let mut fates = fates.clone().into_iter().cycle();
        let asks = fates.next().is_some() || cancel.is_some();
        let token = ToolContext::default().cancellation_token().clone();
        let mut left = *cancel;
        let work = if *resumes { self.chat.resume_toolloop() } else { self.chat.toolloop(prompt) };
        let mut work = work.inbox(&self.inbox).eager(*eager).max_steps(*max_steps).final_prompt("");
        if let Some(journal) = journal {
            work = work.journal(journal.clone());
        }
        if asks {
            let cancelled = token.clone();
            work = work.cancel_on(token).approve(move |_: ToolUse| {
                let fate = fates.next().unwrap_or(Fate::Allow);
                match &mut left {
                    Some(0) => cancelled.cancel(),
                    Some(left) => *left -= 1,
                    None => {}
                }
                async move { fate.approval() }
            });
        }
        let end = if *streamed {
            read_for(*polls, work.stream(), |_| {}).await
        } else {
            await_for(*polls, work.into_future()).await
        };
        settle().await;
        end
    }

    /// Returns a chat in another process, which continues from a state with these tools.
    fn restored(&self, state: ChatState, names: &[String]) -> Chat {
        let builder =
            builder(&self.stage.client, &self.log, &self.policy, self.fallbacks.as_ref()).tools(self.declared.clone());
        let builder = if self.has_effort { builder.effort(Effort::Low) } else { builder };
        let mut chat = builder.restore(state).build().unwrap();
        // The model still has the tools that were added. Their functions are given, and nothing is sent again.
        let before = chat.state();
        for which in (0..4).filter(|which| names.iter().any(|name| name == NAMES[*which])) {
            chat.add_tools(one(which)).unwrap();
        }
        assert!(chat.state() == before, "the model is told nothing");
        chat
    }

    fn ended(&mut self, end: Option<Result<Run, Error>>, prompt: Option<String>) {
        let has_summary = self.chat.history().first().is_some_and(|first| *first.role() == Role::Assistant);
        let is_trimmed = self.policy == ContextPolicy::trim().at(1_000);
        if has_summary || is_trimmed {
            self.said.clear();
        }
        match end {
            Some(Ok(run)) => {
                let is_refused = *run.end_reason() == EndReason::Refusal && run.steps().len() == 1;
                self.said.extend(prompt.filter(|_| !is_refused && !has_summary && !is_trimmed));
            }
            Some(Err(error)) => {
                let expected =
                    is_expected(&error) || error.is_truncated() || error.is_connection() || error.is_cancelled();
                assert!(expected || error.status() == Some(529), "{error}");
            }
            None => {}
        }
    }

    /// Checks the structure of the conversation.
    fn is_well_formed(&self) {
        let history: Vec<Value> = self.chat.history().iter().map(|message| json!(message)).collect();
        let whole = || format!("{:#}", json!(history));
        let blocks = |message: &Value, kind: &str| -> Vec<Value> {
            let blocks = message["content"].as_array().into_iter().flatten();
            blocks.filter(|block| block["type"] == kind).cloned().collect()
        };
        let (mut called, mut texts) = (HashSet::new(), Vec::new());
        for (place, message) in history.iter().enumerate() {
            for call in blocks(message, "tool_use") {
                assert!(called.insert(call["id"].clone()), "{} in {}", call["id"], whole());
                let results = history.get(place + 1).map(|next| blocks(next, "tool_result")).unwrap_or_default();
                let results = results.iter().filter(|result| result["tool_use_id"] == call["id"]).count();
                assert_eq!(results, 1, "{} in {}", call["id"], whole());
            }
            texts.extend(blocks(message, "text").iter().map(|block| block["text"].as_str().unwrap().to_owned()));
        }
        for prompt in &self.said {
            assert_eq!(texts.iter().filter(|text| *text == prompt).count(), 1, "{prompt} in {}", whole());
        }
        for asked in 1..=self.asked {
            let prompt = format!("Prompt {asked}.");
            assert!(texts.iter().filter(|text| **text == prompt).count() <= 1, "{prompt} in {}", whole());
        }
    }
}

/// Returns `true` if the program has called the wrong method for the state of the conversation. Every other misuse would
/// be a request that the client itself refuses to send.
fn is_expected(error: &Error) -> bool {
    let text = error.to_string();
    let expected = ["nothing to send", "waits for a decision", "accepts only tool results", "is a system message"];
    error.is_misuse() && expected.iter().any(|expected| text.contains(expected))
}

fn builder(
    client: &Client,
    log: &Log,
    policy: &ContextPolicy,
    fallbacks: Option<&Fallbacks>,
) -> claudette::chat::ChatBuilder {
    let builder = Chat::builder(client).state(log.clone()).context(policy.clone()).continue_prompt("");
    match fallbacks {
        Some(fallbacks) => builder.fallbacks(fallbacks.clone()),
        None => builder,
    }
}

/// The models that continue after a refusal: asked by the client, or by the API.
fn fallbacks() -> impl Strategy<Value = Option<Fallbacks>> {
    const MODELS: [&str; 2] = ["claude-opus-5", "claude-sonnet-5-5"];
    prop_oneof![
        2 => Just(None),
        2 => Just(Some(Fallbacks::in_client(MODELS))),
        1 => Just(Some(MODELS.into())),
    ]
}

fn tool_names(chat: &Chat) -> Vec<String> {
    let mut names: Vec<_> = chat.tools().definitions().iter().map(|tool| tool.name().to_owned()).collect();
    names.sort();
    names
}

/// The script of the API, the operations, and the policy and the fallbacks of the chat.
type Case = (Vec<Turn>, Vec<Op>, ContextPolicy, Option<Fallbacks>);

/// Performs the operations of a case. Returns the history, and the calls with the number of times that they began.
async fn perform(stage: &Stage, (script, ops, policy, fallbacks): Case) -> (History, HashMap<String, u32>) {
    *stage.play.lock().unwrap() = Play { script, place: 0 };
    let log = Log::default();
    let declared = tools![look, change].with(BuiltinTool::web_search()).state(log.clone());
    let chat = builder(&stage.client, &log, &policy, fallbacks.as_ref()).tools(declared.clone()).build().unwrap();
    let (said, inbox) = (Vec::new(), Inbox::new());
    inbox.provide_tools(tools![look, read, change, check]);
    let mut scene = Scene { stage, chat, policy, fallbacks, declared, has_effort: false, log, inbox, said, asked: 0 };
    for op in &ops {
        scene.perform(op).await;
        scene.is_well_formed();
    }
    let log = scene.log.0.lock().unwrap().clone();
    (scene.chat.history().clone(), log)
}

/// Tests a property of random cases.
fn check_all(property: &impl AsyncFn(&Stage, Case)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stage = runtime.block_on(async {
        let claude = MockServer::builder().keep_requests(1).start().await.unwrap();
        let client = Client::builder("claude-opus-5-5").api_key("k").base_url(claude.url());
        Stage { client: client.max_retries(0).build().unwrap(), claude, play: Arc::default() }
    });
    let cases = (prop::collection::vec(turn(), 1..=12), prop::collection::vec(op(), 1..=14), policy(), fallbacks());
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let held = TestRunner::new(config).run(&cases, |case| {
        runtime.block_on(property(&stage, case));
        Ok(())
    });
    if let Err(failure) = held {
        panic!("{failure}");
    }
}

#[test]
fn the_api_accepts_every_request_in_any_order_of_changes() {
    check_all(&async |stage, case| {
        let is_journaled = case.1.iter().any(|op| matches!(op, Op::Loop { journaled: Some(_), .. }));
        let (_, log) = perform(stage, case).await;
        for (call, times) in log {
            // A call that only reads runs again in the next life of a run if its first life has ended before its record.
            let may_repeat = is_journaled && (call.starts_with("look") || call.starts_with("read"));
            assert!(times == 1 || may_repeat, "{call} began {times} times");
        }
    });
}

#[test]
fn eager_or_not_the_history_is_the_same_in_any_order_of_changes() {
    check_all(&async |stage, (script, ops, policy, fallbacks)| {
        let histories = [false, true].map(|is_eager| {
            let ops = ops.iter().map(Op::undisturbed).map(|mut op| {
                if let Op::Loop { streamed, eager, fates, .. } = &mut op {
                    // Only calls without an approval start early. An error in a stream differs from one of a response.
                    (*streamed, *eager) = (true, is_eager);
                    fates.clear();
                }
                op
            });
            perform(stage, (script.clone(), ops.collect(), policy.clone(), fallbacks.clone()))
        });
        let [plain, eager] = histories;
        let (plain, eager) = (plain.await.0, eager.await.0);
        assert_eq!(plain.to_json(), eager.to_json());
    });
}
