//! [`ChatState`]: a conversation and the loop that runs in it, as data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::run_state::RunState;
use crate::catalog::Spent;
use crate::chat::approval::Approval;
use crate::chat::history::History;
use crate::chat::run::Step;
use crate::messages::{Message, Response, ToolUse};
use crate::tool::{StepId, ToolOutcome};

/// A conversation and the loop that runs in it, as data: every decision of a loop is made here, and nothing else is.
///
/// There is no clock and no connection in it. [`next`](Self::next) says what is to be done, and
/// [`apply`](Self::apply) takes what came of it. [`Chat`](crate::Chat) drives one of these; a batch runner, a durable
/// engine or a web server can drive one in its own way:
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
/// It can be stored as JSON at any time, and read by another process: [`Chat::state`](crate::Chat::state) and
/// [`ChatBuilder::restore`](crate::chat::ChatBuilder::restore) do that for a whole chat. The JSON has a version. Fields that a
/// newer minor version has added are kept; a newer major version is refused. A stored state is trusted input: whoever can
/// change it can change what was said and decided.
#[derive(Clone, Debug, Default)]
pub struct ChatState {
    pub(super) history: History,
    /// The calls that have no result yet, in order.
    pub(super) pending: Vec<PendingCall>,
    /// The loop that runs, or that ran last.
    pub(super) run: Option<Box<RunState>>,
    /// The model had nothing to say to the message that is still open: sent again unchanged, it would say that again.
    pub(super) is_unanswerable: bool,
    /// The number of tokens in the conversation up to the last response, and with it.
    pub(super) context: Option<u64>,
    pub(super) spent: Spent,
    /// Fields of a newer minor version.
    pub(super) extra: serde_json::Map<String, serde_json::Value>,
}

/// A tool call that has no result yet, and what was decided about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingCall {
    /// The place of the call among those of its response, from 0.
    pub(super) index: usize,
    pub(super) call: ToolUse,
    /// What the model asked for, if the call runs with other arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) asked: Option<ToolUse>,
    pub(super) phase: Phase,
    /// The number of the request whose response made the call.
    pub(super) request: u32,
    /// The state of the agent that the call runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) inner: Option<Box<ChatState>>,
}

/// How far a call is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub(super) enum Phase {
    /// Nothing is decided: the call needs an approval.
    Undecided,
    /// The decision is left for later: the loop ends without the call.
    Suspended,
    /// A suspended call was decided about; the next loop carries the decision out.
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

    /// Returns the place of the call among those of its response, from 0: its name in an [`Input`](crate::chat::Input).
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the call as it runs: with the arguments of the user, if they gave some.
    pub fn call(&self) -> &ToolUse {
        &self.call
    }

    /// Whether the call waits for a decision that is left for later.
    pub fn is_suspended(&self) -> bool {
        matches!(self.phase, Phase::Suspended | Phase::Decided(_))
    }

    /// Whether a suspended call was decided about; the next loop carries the decision out.
    pub fn is_decided(&self) -> bool {
        matches!(self.phase, Phase::Decided(_))
    }

    /// Returns the state of the agent that the call runs, if it is known.
    pub fn inner(&self) -> Option<&ChatState> {
        self.inner.as_deref()
    }
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

    /// Whether calls of the last response are under way, or will be.
    pub(super) fn is_busy(&self) -> bool {
        self.pending.iter().any(|call| !call.is_suspended())
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
        self.run.as_deref().map_or(0, RunState::remaining)
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
