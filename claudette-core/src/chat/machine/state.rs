//! [`ChatState`]: a conversation and the loop that runs in it, as data.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::context_change::ContextChange;
use super::end_reason::EndReason;
use super::rates::Rates;
use super::room::Room;
use super::run_state::RunState;
use super::served_by::ServedBy;
use super::staged::{Staged, ToolChange};
use crate::catalog::Spent;
use crate::chat::approval::Approval;
use crate::chat::history::History;
use crate::chat::run::Step;
use crate::messages::{Container, Effort, Message, Response, ToolUse};
use crate::tool::{StepId, ToolOutcome};

/// A conversation and the loop that runs in it, as data. It makes every decision of a loop.
///
/// It does not contain a clock or a connection. [`next`](Self::next) returns the next action, and
/// [`apply`](Self::apply) takes its result. [`Chat`](crate::Chat) drives a state in this way. A batch runner, a durable
/// engine or a web server can drive one itself:
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// use claudette::chat::{Action, ChatState, Input, LoopOptions};
/// use claudette::client::{RequestOptions, RequestPlan};
/// use claudette::{Approval, ToolContext, tool, tools};
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
/// It can be stored as JSON at any time, and another process can continue from it: [`Chat::state`](crate::Chat::state)
/// and [`ChatBuilder::restore`](crate::chat::ChatBuilder::restore) do this for a whole chat. The JSON has a version.
/// Unknown fields of a newer minor version are kept, and another major version is refused. A stored state is trusted
/// input: a person who can change it can change the messages and the decisions in it.
#[doc(alias = "state machine")]
#[derive(Clone, Debug, Default)]
pub struct ChatState {
    pub(in crate::chat) conversation_id: Option<Arc<str>>,
    pub(super) history: History,
    /// The calls that do not have a result yet, in order.
    pub(super) pending: Vec<PendingCall>,
    /// The running loop, or the last one.
    pub(super) run: Option<Box<RunState>>,
    /// `true` if the response to the open message was empty: the same message would get an empty response again.
    pub(super) is_unanswerable: bool,
    /// The number of tokens in the conversation up to and including the last response.
    pub(super) context: Option<u64>,
    /// The number of results, and of responses with thinking, that the API left out in the last request.
    pub(super) cleared: u64,
    /// The number of responses before a summary is tried again, because the model did not write one.
    pub(super) unsummarized: u32,
    pub(super) spent: Spent,
    /// The container of the last response that had one.
    pub(super) container: Option<Container>,
    /// The fallback that answers in place of a model that declined.
    pub(super) served_by: Option<Box<ServedBy>>,
    /// Changes that the next request sends as a system message.
    pub(super) staged: Staged,
    /// The changes of the context that were not reported yet.
    pub(super) changes: Vec<ContextChange>,
    /// Unknown fields of a newer minor version.
    pub(super) extra: serde_json::Map<String, serde_json::Value>,
}

/// A tool call that does not have a result yet, and the decision on it.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("clean", json!({})));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Approval, Chat, tool, tools};
///
/// /// Cleans the cache.
/// #[tool]
/// fn clean() {}
///
/// let mut chat = Chat::builder(client).tools(tools![clean]).build()?;
/// chat.toolloop("Clean up.").approve(async |_| Approval::Suspend).await?;
/// let state = chat.state();
/// let call = state.pending().next().unwrap();
/// assert_eq!((call.index(), call.call().name()), (0, "clean"));
/// assert!(call.is_suspended() && !call.is_decided());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingCall {
    /// The index of the call among the calls of its response.
    pub(super) index: usize,
    pub(super) call: ToolUse,
    /// The original call, if the call runs with other arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) asked: Option<ToolUse>,
    pub(super) phase: Phase,
    /// The number of the request whose response contains the call.
    pub(super) request: u32,
    /// The state of the sub-agent that a suspended call runs, and from which it continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) inner: Option<Box<ChatState>>,
}

/// The phase of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub(super) enum Phase {
    /// The call needs an approval.
    Undecided,
    /// The call waits for a decision after the end of the loop.
    Suspended,
    /// There is a decision on a suspended call; the next loop carries it out.
    Decided(Approval),
    /// The call can start.
    Approved,
    /// The call was started.
    Started,
}

impl PendingCall {
    pub(super) fn new(index: usize, call: ToolUse, phase: Phase, request: u32) -> Self {
        Self { index, call, asked: None, phase, request, inner: None }
    }

    /// Returns the index of the call among the calls of its response, starting at 0. An [`Input`](crate::chat::Input)
    /// refers to the call by it.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the call with the arguments that it runs with: those of the user, if the user changed them.
    pub fn call(&self) -> &ToolUse {
        &self.call
    }

    /// Returns `true` if the call is suspended, whether there is already a decision on it or not. A call that runs a
    /// sub-agent is suspended because calls [inside](Self::inner) are.
    pub fn is_suspended(&self) -> bool {
        matches!(self.phase, Phase::Suspended | Phase::Decided(_))
    }

    /// Returns `true` if there is a decision on a suspended call, or on all suspended calls inside it. The next loop
    /// carries it out.
    pub fn is_decided(&self) -> bool {
        self.is_suspended() && self.undecided().is_none()
    }

    /// Returns the call that still waits for a decision: this one, or the first one inside it.
    pub(super) fn undecided(&self) -> Option<&ToolUse> {
        match (&self.phase, &self.inner) {
            (Phase::Suspended, Some(inner)) => inner.pending.iter().find_map(Self::undecided),
            (Phase::Suspended, None) => Some(&self.call),
            _ => None,
        }
    }

    /// Returns the call for another chat, without its decision.
    fn fork(&self) -> Self {
        let inner = self.inner.as_ref().map(|inner| {
            let pending = inner.pending.iter().map(Self::fork).collect();
            Box::new(ChatState { pending, ..ChatState::clone(inner) })
        });
        Self { phase: Phase::Suspended, inner, ..self.clone() }
    }

    /// Returns the state of the sub-agent that a suspended call runs ([`Input::ToolSuspended`]). If the call can start,
    /// its sub-agent continues from this state.
    ///
    /// [`Input::ToolSuspended`]: crate::chat::Input::ToolSuspended
    pub fn inner(&self) -> Option<&ChatState> {
        self.inner.as_deref()
    }
}

impl ChatState {
    /// Returns the state of an empty conversation.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the state of a conversation with these messages.
    pub(in crate::chat) fn with_history(history: History) -> Self {
        Self { history, ..Self::default() }
    }

    /// Returns `true` if calls of the last response are running or will run.
    pub(super) fn is_busy(&self) -> bool {
        self.pending.iter().any(|call| !call.is_suspended())
    }

    /// Returns the [id of the conversation](crate::chat::ChatBuilder::conversation_id), if it has one.
    pub fn conversation_id(&self) -> Option<&str> {
        self.conversation_id.as_deref()
    }

    /// Returns the messages of the conversation.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Returns the last message.
    pub fn last(&self) -> Option<&Message> {
        self.history.last()
    }

    /// Returns the calls that do not have a result yet, in order.
    pub fn pending(&self) -> impl Iterator<Item = &PendingCall> {
        self.pending.iter()
    }

    /// Returns the usage and cost of all requests of the conversation.
    pub fn spent(&self) -> &Spent {
        &self.spent
    }

    /// Returns the container in which the conversation has last run code, if it has run any.
    ///
    /// The following requests use it again, with its files, unless they set another one
    /// ([`RequestOptions::container`](crate::client::RequestOptions::container)). If code waits for the result of a call,
    /// the result must arrive before the container [expires](Container::expires_at).
    pub fn container(&self) -> Option<&Container> {
        self.container.as_ref()
    }

    /// Returns the model that answers in place of one that declined
    /// ([`Fallbacks`](crate::wire::Fallbacks)), if a fallback has answered.
    ///
    /// The following requests of a [`Chat`](crate::Chat) begin with this model, as long as their options have the model
    /// that declined and this fallback. [`Chat::reset_fallback`](crate::Chat::reset_fallback) forgets it.
    pub fn served_by(&self) -> Option<&str> {
        self.served_by.as_deref().map(ServedBy::model)
    }

    /// Returns the model that answers in place of `model`, because it has declined.
    pub(in crate::chat) fn fallback_for(&self, model: &str) -> Option<&str> {
        self.served_by.as_deref()?.in_place_of(model)
    }

    /// Returns the model that answers in place of `model` after this response.
    pub(in crate::chat) fn fallback_after(&self, response: &Response, model: &str) -> Option<String> {
        let served_by = ServedBy::after(self.served_by.clone(), response)?;
        served_by.in_place_of(model).map(str::to_owned)
    }

    /// Forgets which fallback has answered.
    pub(in crate::chat) fn forget_fallback(&mut self) {
        self.served_by = None;
    }

    /// Returns the last response of the loop.
    pub fn response(&self) -> Option<&Response> {
        self.run.as_ref()?.response.as_ref()
    }

    /// Returns the number of requests that the loop has made.
    pub fn requests(&self) -> u32 {
        self.run.as_ref().map_or(0, |run| run.responses)
    }

    /// Returns the id of the next request of the loop.
    pub fn request_id(&self) -> StepId {
        let number = self.requests() + 1;
        if self.is_compacting() { StepId::compaction(number) } else { StepId::request(number) }
    }

    /// Returns the time that is left before the loop makes its final request; `None` without a deadline.
    pub fn time_left(&self) -> Option<Duration> {
        let run = self.run.as_ref()?;
        run.options.deadline.map(|deadline| deadline.saturating_sub(run.elapsed))
    }

    /// Returns the number of requests that the loop can still make.
    pub fn remaining_steps(&self) -> u32 {
        self.run.as_deref().map_or(0, RunState::remaining)
    }

    /// Returns the [id](crate::chat::ToolLoop::run_id) of the running loop, or of the last one, if it has one.
    pub fn run_id(&self) -> Option<&str> {
        self.run.as_ref()?.options.run_id.as_deref()
    }

    /// Returns `true` if a [journal](crate::journal::Journal) stores the steps of the running loop or of the last one.
    /// A store of chats then waits until the run is finished.
    pub fn is_journaled(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.options.is_journaled)
    }

    pub(in crate::chat) fn elapsed(&self) -> Duration {
        self.run.as_ref().map_or(Duration::ZERO, |run| run.elapsed)
    }

    /// Returns `true` if the user can add messages: the loop is running, or has just finished.
    pub(in crate::chat) fn takes_messages(&self) -> bool {
        self.run.as_ref().is_some_and(|run| match run.end {
            None => true,
            Some(EndReason::Finished) => !run.options.once,
            Some(_) => false,
        })
    }

    /// Returns the first call that can start.
    pub(in crate::chat) fn approved(&self) -> Option<&PendingCall> {
        self.pending.iter().find(|call| call.phase == Phase::Approved)
    }

    /// Returns `true` if a call can start.
    pub(in crate::chat) fn is_approved(&self, index: usize) -> bool {
        let place = self.pending.binary_search_by_key(&index, |call| call.index);
        place.is_ok_and(|place| self.pending[place].phase == Phase::Approved)
    }

    /// Returns the last response together with the outcomes of its calls.
    pub(in crate::chat) fn step(&self) -> Option<Step> {
        let run = self.run.as_ref()?;
        let mut outcomes: Vec<&(usize, ToolOutcome)> = run.outcomes.iter().collect();
        outcomes.sort_by_key(|(index, _)| *index);
        let outcomes = outcomes.into_iter().map(|(_, outcome)| outcome.clone()).collect();
        let response = run.response.as_ref().or(run.earlier.as_deref())?;
        Some(Step::new(response.clone(), outcomes, self.suspended()))
    }

    /// Returns a state that another chat can continue from: suspended calls wait in both chats, and the usage is zero.
    pub(in crate::chat) fn fork(&self) -> Self {
        let suspended = self.pending.iter().filter(|call| call.is_suspended());
        Self {
            conversation_id: self.conversation_id.clone(),
            history: self.history.clone(),
            pending: suspended.map(PendingCall::fork).collect(),
            run: None,
            is_unanswerable: self.is_unanswerable,
            context: self.context,
            cleared: self.cleared,
            unsummarized: self.unsummarized,
            spent: Spent::default(),
            container: self.container.clone(),
            served_by: self.served_by.clone(),
            staged: self.staged.clone(),
            changes: Vec::new(),
            extra: self.extra.clone(),
        }
    }

    /// Returns `true` if the loop has begun in this process.
    pub(in crate::chat) fn has_begun_here(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.has_begun_here)
    }

    /// Goes back to an earlier state.
    pub(in crate::chat) fn restore(&mut self, earlier: Self) {
        let Self { mut history, .. } = std::mem::take(self);
        history.replace(earlier.history);
        *self = Self { history, ..earlier };
    }

    /// Replaces the conversation by another one, without a loop and without pending calls.
    pub(in crate::chat) fn replace(&mut self, history: History) {
        self.history.replace(history);
        self.pending.clear();
        (self.run, self.is_unanswerable, self.context, self.cleared) = (None, false, None, 0);
        self.unsummarized = 0;
        (self.container, self.served_by) = (None, None);
        self.staged = Staged::default();
    }

    /// Adds changes that the next request sends as a system message.
    pub(in crate::chat) fn stage(&mut self, changes: impl IntoIterator<Item = ToolChange>) {
        self.staged.change(changes);
    }

    /// Sets the size of the running loop's requests, and compares the next one with the limits again.
    pub(in crate::chat) fn remeasure(&mut self, rates: Option<Box<Rates>>, room: Option<Room>) {
        self.set_measures(rates, room);
        self.settle();
    }

    /// Sets the size of the running loop's requests from the next input on.
    pub(in crate::chat) fn set_measures(&mut self, rates: Option<Box<Rates>>, room: Option<Room>) {
        if let Some(run) = &mut self.run {
            (run.options.rates, run.options.room) = (rates, room);
        }
    }

    /// Abandons the calls that have not finished. They keep their placeholders.
    pub(in crate::chat) fn abandon_calls(&mut self) {
        self.pending.retain(PendingCall::is_suspended);
    }

    /// Sets the effort from the next response on.
    pub(in crate::chat) fn stage_effort(&mut self, effort: Effort) {
        self.staged.set_effort(effort);
    }

    /// Returns all changes to the tools, in order: those in the messages and those that the next request sends.
    pub(in crate::chat) fn tool_changes(&self) -> Vec<ToolChange> {
        ToolChange::all(&self.history).chain(self.staged.changes()).collect()
    }
}
