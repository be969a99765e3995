//! [`ChatState`]: a conversation and the loop that runs in it, as data.

use std::collections::VecDeque;
use std::time::Duration;

use super::budget::{Rates, Size, Verdict, judge, tokens_at_most};
use super::end_reason::EndReason;
use super::input::Action;
use super::pending_call::{PendingCall, Phase};
use super::run_state::RunState;
use crate::chat::history::History;
use crate::chat::run::Step;
use crate::chat::step_id::StepId;
use crate::client::Conversation;
use crate::messages::{CacheBreakpoints, ContentBlock, Message, Response};
use crate::spent::Spent;
use crate::tool::ToolOutcome;

/// A conversation and the loop that runs in it, as data: every decision of a loop is made here, and nothing else is.
///
/// There is no clock and no connection in it. [`next`](Self::next) says what is to be done, and
/// [`apply`](Self::apply) takes what came of it. [`Chat`](crate::Chat) drives one of these; a batch runner, a durable
/// engine or a web server can drive one in its own way:
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// use claudette::{Action, Approval, ChatState, Input, LoopOptions, RequestOptions, RequestPlan, ToolContext, tool, tools};
///
/// /// Adds a + b.
/// #[tool]
/// async fn sums(/** First thing to sum */ a: i64, /** Second thing to sum */ b: i64) -> i64 {
///     a + b
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("sums", json!({"a": 1, "b": 2})));
/// # claude.respond(MockResponse::text("3"));
/// # let client = claude.client("claude-sonnet-5-5");
/// let (tools, options) = (tools![sums], RequestOptions::new("claude-sonnet-5-5"));
/// let mut state = ChatState::new();
/// state.apply(Input::Prompt { prompt: "What is 1+2?".into(), options: LoopOptions::new() })?;
/// loop {
///     let input = match state.next() {
///         Action::Request(conversation) => {
///             let plan = RequestPlan::new(&options, conversation).tools(&tools);
///             let response = client.execute(&plan).await?;
///             let spent = client.spent(&response);
///             Input::Response { added: plan.additions().to_vec(), response, spent }
///         }
///         Action::Approve(call) => Input::Decision { call: call.index(), approval: Approval::Allow },
///         Action::RunTools(calls) => {
///             let (call, index) = (calls[0].call().clone(), calls[0].index());
///             state.apply(Input::ToolStarted { call: index })?;
///             let outcome = tools.run_call(&call, &ToolContext::default()).await;
///             Input::ToolFinished { call: index, outcome }
///         }
///         _ => break,
///     };
///     state.apply(input)?;
/// }
/// assert_eq!(state.response().unwrap().text(), "3");
/// # Ok(())
/// # }
/// ```
///
/// It can be stored as JSON at any time, and read by another process: [`Chat::state`](crate::Chat::state) and
/// [`ChatBuilder::restore`](crate::ChatBuilder::restore) do that for a whole chat. The JSON has a version. Fields that a
/// newer minor version has added are kept; a newer major version is refused. A stored state is trusted input: whoever can
/// change it can change what was said and decided.
#[derive(Clone, Debug, Default)]
pub struct ChatState {
    pub(super) history: History,
    /// The calls that have no result yet, in order.
    pub(super) pending: VecDeque<PendingCall>,
    /// The loop that runs, or that ran last.
    pub(super) run: Option<RunState>,
    /// The model had nothing to say to the message that is still open: sent again unchanged, it would say that again.
    pub(super) is_unanswerable: bool,
    /// The number of tokens in the conversation up to the last response, and with it.
    pub(super) context: Option<u64>,
    pub(super) spent: Spent,
    /// Fields of a newer minor version.
    pub(super) extra: serde_json::Map<String, serde_json::Value>,
}

/// What is to be done next.
pub(in crate::chat) enum Next<'s> {
    Request(&'s RunState),
    Approve(&'s PendingCall),
    RunTools,
    Await,
    Done(&'s EndReason),
}

impl ChatState {
    /// Returns the state of a conversation that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the state of a conversation that goes on from these messages.
    pub(in crate::chat) fn with_history(history: History) -> Self {
        Self { history, ..Self::default() }
    }

    /// Says what is to be done next. Nothing changes, and what is large is borrowed.
    pub fn next(&self) -> Action<'_> {
        match self.decide() {
            Next::Request(run) => Action::Request(self.conversation(run)),
            Next::Approve(call) => Action::Approve(call),
            Next::RunTools => {
                Action::RunTools(self.pending.iter().filter(|call| call.phase == Phase::Approved).collect())
            }
            Next::Await => Action::Await,
            Next::Done(end) => Action::Done(end),
        }
    }

    /// Says what is to be done next, without the parts that it takes.
    pub(in crate::chat) fn decide(&self) -> Next<'_> {
        let Some(run) = &self.run else { return Next::Await };
        if let Some(end) = &run.end {
            return Next::Done(end);
        }
        if let Some(call) = self.pending.iter().find(|call| call.phase == Phase::Undecided) {
            return Next::Approve(call);
        }
        if self.approved().is_some() {
            return Next::RunTools;
        }
        if self.is_busy() { Next::Await } else { Next::Request(run) }
    }

    /// Returns the conversation that the next request sends.
    pub(in crate::chat) fn conversation(&self, run: &RunState) -> Conversation<'_> {
        // Words wait as long as the API takes results alone.
        let takes_words = !self.history.is_half_served() && !self.history.ends_in_system();
        let additions = if takes_words { run.additions.clone() } else { Vec::new() };
        let mut conversation = self.history.conversation(additions);
        if run.concluding.is_some() && conversation.takes_more && !run.options.final_prompt.trim().is_empty() {
            conversation.additions.push(ContentBlock::text(&*run.options.final_prompt));
        }
        conversation.is_last = run.concluding.is_some();
        conversation.is_first = run.responses == 0;
        conversation.may_force_a_call = run.responses == 0 || run.options.answer_tool.is_some();
        conversation.remaining_steps = run.remaining().saturating_sub(1);
        conversation
    }

    /// Whether calls of the last response are under way, or will be.
    pub(super) fn is_busy(&self) -> bool {
        self.pending.iter().any(|call| !call.is_suspended())
    }

    /// Decides what follows once all calls have come to their end.
    pub(super) fn settle(&mut self) {
        let Some(run) = &mut self.run else { return };
        if run.end.is_some() {
            return;
        }
        if run.is_aborted {
            self.pending.retain(|call| call.phase == Phase::Started);
            if self.pending.is_empty() {
                run.end = Some(EndReason::Aborted);
            }
            return;
        }
        if self.pending.iter().any(|call| !call.is_suspended()) {
            return;
        }
        // Calls that were suspended before this loop are left until a response is there.
        if run.response.is_some() && !self.pending.is_empty() {
            run.end = Some(EndReason::Suspended);
        } else if run.response.is_some() && run.outcomes.iter().any(|(_, outcome)| outcome.is_final()) {
            run.end = Some(EndReason::Tool);
        } else if run.left == 0 {
            run.end = Some(EndReason::MaxSteps);
        } else {
            self.limit();
        }
    }

    /// Compares the next request with the limits.
    fn limit(&mut self) {
        let Some(run) = &self.run else { return };
        let verdict = self.verdict(run, run.options.rates.as_ref(), &run.additions);
        let Some(run) = &mut self.run else { return };
        // A single request is the last one by itself.
        let is_loop = !run.options.once;
        if is_loop && run.left == 1 && run.concluding.is_none() {
            run.concluding = Some(EndReason::MaxSteps);
        }
        match verdict {
            Verdict::Over(reason) => run.end = Some(reason),
            Verdict::Last(reason) if is_loop && run.concluding.is_none() => run.concluding = Some(reason),
            Verdict::Fits | Verdict::Last(_) => {}
        }
    }

    /// Returns why a request with these additions and rates does not fit into the limits of the loop, if it does not: hooks
    /// can add to a request.
    pub(in crate::chat) fn is_over(&self, rates: &Rates, additions: &[ContentBlock]) -> Option<EndReason> {
        let run = self.run.as_ref()?;
        match self.verdict(run, Some(rates), additions) {
            Verdict::Over(reason) => Some(reason),
            Verdict::Fits | Verdict::Last(_) => None,
        }
    }

    fn verdict(&self, run: &RunState, rates: Option<&Rates>, additions: &[ContentBlock]) -> Verdict {
        let size = || rates.map(|rates| self.size(rates, additions)).unwrap_or_default();
        judge(&run.options, rates, &run.spent, run.elapsed, size)
    }

    /// Returns what the conversation adds to a request at most.
    fn size(&self, rates: &Rates, additions: &[ContentBlock]) -> Size {
        let open = self.history.open_blocks();
        let known = self.context.map(|context| context.saturating_add(tokens_at_most(open)));
        // Before the first response nothing is known, and all of it is estimated.
        let input = known.unwrap_or_else(|| {
            let messages: u64 = self.history.iter().map(|message| tokens_at_most(message.content())).sum();
            messages.saturating_add(rates.prefix_tokens)
        });
        let more = if rates.is_changed { rates.prefix_tokens } else { 0 };
        let parts = [CacheBreakpoints::of_blocks(open), CacheBreakpoints::of_blocks(additions)];
        let results = self.history.marked_results().values().map(CacheBreakpoints::from);
        Size {
            input: input.saturating_add(tokens_at_most(additions)).saturating_add(more),
            breakpoints: parts.into_iter().chain(results).fold(self.history.breakpoints(), CacheBreakpoints::then),
        }
    }

    /// Returns the messages of the conversation.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Returns the last message.
    pub fn last(&self) -> Option<&Message> {
        self.history.last()
    }

    /// Returns the calls that have no result yet, in order.
    pub fn pending(&self) -> impl Iterator<Item = &PendingCall> {
        self.pending.iter()
    }

    /// Returns what all requests of the conversation have consumed.
    pub fn spent(&self) -> &Spent {
        &self.spent
    }

    /// Returns the last response of the loop.
    pub fn response(&self) -> Option<&Response> {
        self.run.as_ref()?.response.as_ref()
    }

    /// Returns the number of requests that the loop has made.
    pub fn requests(&self) -> u32 {
        self.run.as_ref().map_or(0, |run| run.responses)
    }

    /// Returns the name of the next request of the loop.
    pub fn request_id(&self) -> StepId {
        StepId::request(self.requests() + 1)
    }

    /// Returns the time that is left before the loop makes its final request; `None` without a deadline.
    pub fn time_left(&self) -> Option<Duration> {
        let run = self.run.as_ref()?;
        run.options.deadline.map(|deadline| deadline.saturating_sub(run.elapsed))
    }

    /// Returns how many more requests the loop may make.
    pub fn remaining_steps(&self) -> u32 {
        self.run.as_ref().map_or(0, RunState::remaining)
    }

    pub(in crate::chat) fn elapsed(&self) -> Duration {
        self.run.as_ref().map_or(Duration::ZERO, |run| run.elapsed)
    }

    /// Returns the calls that can start, in order.
    pub(in crate::chat) fn approved(&self) -> Option<&PendingCall> {
        self.pending.iter().find(|call| call.phase == Phase::Approved)
    }

    /// Returns the last response together with what came of its calls.
    pub(in crate::chat) fn step(&self) -> Option<Step> {
        let run = self.run.as_ref()?;
        let mut outcomes: Vec<&(usize, ToolOutcome)> = run.outcomes.iter().collect();
        outcomes.sort_by_key(|(index, _)| *index);
        let outcomes = outcomes.into_iter().map(|(_, outcome)| outcome.clone()).collect();
        let suspended = self.pending.iter().filter(|call| call.is_suspended()).map(|call| call.call.clone());
        Some(Step::new(run.response.clone()?, outcomes, suspended.collect()))
    }

    /// Returns the state for another chat that goes on from here: suspended calls wait in both, and nothing is consumed.
    pub(in crate::chat) fn fork(&self) -> Self {
        let suspended = self.pending.iter().filter(|call| call.is_suspended()).cloned();
        Self {
            history: self.history.clone(),
            pending: suspended.map(|call| PendingCall { phase: Phase::Suspended, ..call }).collect(),
            run: None,
            is_unanswerable: self.is_unanswerable,
            context: self.context,
            spent: Spent::default(),
            extra: self.extra.clone(),
        }
    }

    /// Replaces the conversation by another one, in which nothing is under way.
    pub(in crate::chat) fn replace(&mut self, history: History) {
        self.history.replace(history);
        self.pending.clear();
        (self.run, self.is_unanswerable, self.context) = (None, false, None);
    }
}
