//! [`Input`] and [`Action`]: the events that change the machine, and the actions that it requests.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::end_reason::EndReason;
use super::options::LoopOptions;
use super::state::{ChatState, PendingCall};
use crate::catalog::Spent;
use crate::chat::approval::Approval;
use crate::client::Conversation;
use crate::error::Error;
use crate::messages::{ContentBlock, Prompt, Response};
use crate::tool::{Amount, ToolOutcome};

/// Something that happened, for [`ChatState::apply`](crate::chat::ChatState::apply). A tool call is identified by its
/// index among the calls of the response.
///
/// ```
/// use claudette::chat::{ChatState, Input, LoopOptions};
/// use claudette::EndReason;
///
/// let mut state = ChatState::new();
/// state.apply(Input::Prompt { prompt: "Clean up.".into(), options: LoopOptions::new() })?;
/// state.apply(Input::Stop(EndReason::Cancelled))?;
/// assert!(state.history().is_empty(), "a prompt enters the history together with the response");
/// # Ok::<(), claudette::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Input {
    /// A prompt of the user begins a loop. Calls of an earlier response that have not run are abandoned.
    Prompt {
        /// One message of the user.
        prompt: Prompt,
        /// The options of the loop.
        options: LoopOptions,
    },
    /// The conversation is resumed with the content that waits: decided calls, tool results, a paused turn. An
    /// unfinished loop continues with the rest of its limits, and its unfinished calls are abandoned. To continue
    /// exactly where a stored state was, no input is needed: [`ChatState::next`](crate::chat::ChatState::next) returns
    /// the next action.
    Resume {
        /// The options of the loop.
        options: LoopOptions,
    },
    /// The user sends a message while a loop runs. The next request contains it.
    Message(Prompt),
    /// There is a response to a request.
    Response {
        /// The blocks that the request added to the conversation.
        added: Vec<ContentBlock>,
        /// The response.
        response: Response,
        /// The usage and cost of the request, including failed attempts.
        spent: Spent,
    },
    /// There is a response to a request for a summary.
    Compacted {
        /// The number of messages that the request asked to summarize ([`SummaryRequest::messages`]).
        messages: usize,
        /// The response.
        response: Response,
        /// The usage and cost of the request, including failed attempts.
        spent: Spent,
    },
    /// The usage and cost of failed attempts, which are not part of a response.
    Spent(Spent),
    /// There is a decision on a call.
    Decision {
        /// The index of the call.
        call: usize,
        /// The decision.
        approval: Approval,
    },
    /// A call has started.
    ToolStarted {
        /// The index of the call.
        call: usize,
    },
    /// A call has finished, or cannot run.
    ToolFinished {
        /// The index of the call.
        call: usize,
        /// The outcome of the call.
        outcome: ToolOutcome,
    },
    /// A started call runs a sub-agent, and has to wait, because calls of the sub-agent wait for a decision.
    ToolSuspended {
        /// The index of the call.
        call: usize,
        /// The state of the sub-agent. The call continues from it ([`PendingCall::inner`]).
        state: Box<ChatState>,
    },
    /// There is a decision on a call inside the sub-agent that a suspended call runs.
    Inner {
        /// The index of the call that runs the sub-agent.
        call: usize,
        /// The [decision](Self::Decision) in the state of the sub-agent, or another `Inner` if the call is further
        /// inside.
        input: Box<Input>,
    },
    /// The decisions on suspended calls are carried out in the same loop, which ended because of these calls. There must be
    /// a decision on each of them.
    Continue,
    /// All calls that have started are abandoned. Their results say that they were interrupted.
    Abandoned,
    /// The total time that the loop has run.
    Elapsed(Duration),
    /// The amount that the budget around the loop still contains, for requests of the loop. It limits the loop as
    /// `max_cost` and `max_tokens_total` do.
    Available(Amount),
    /// The program rejects the answer, for this reason. The model is asked again if attempts are left.
    Rejected(String),
    /// The program ends the loop. Calls that have not started do not run.
    Stop(EndReason),
}

/// The next action of a loop, which [`ChatState::next`](crate::chat::ChatState::next) returns.
///
/// ```
/// use claudette::chat::{Action, ChatState, Input, LoopOptions};
///
/// let mut state = ChatState::new();
/// assert!(matches!(state.next(), Action::Await));
///
/// state.apply(Input::Prompt { prompt: "Clean up.".into(), options: LoopOptions::new() })?;
/// assert!(matches!(state.next(), Action::Request(_)));
/// # Ok::<(), claudette::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "an action is used at once, and a box would allocate for each request")]
pub enum Action<'s> {
    /// Send this conversation, and apply [`Input::Response`].
    Request(Conversation<'s>),
    /// Request a summary of this conversation ([`RequestOptions::compact`](crate::client::RequestOptions::compact)), and
    /// apply [`Input::Compacted`].
    Compact(SummaryRequest<'s>),
    /// Decide on this call, and apply [`Input::Decision`].
    Approve(&'s PendingCall),
    /// Run these calls, and apply [`Input::ToolStarted`] and then [`Input::ToolFinished`] for each. They can run at the
    /// same time, and finish in any order.
    RunTools(Vec<&'s PendingCall>),
    /// Wait for a running call, or for a prompt if no loop is running.
    Await,
    /// The loop is over.
    Done(&'s EndReason),
}

/// A request for a summary, in [`Action::Compact`].
#[derive(Debug)]
#[non_exhaustive]
pub struct SummaryRequest<'s> {
    /// The messages to summarize.
    pub conversation: Conversation<'s>,
    /// The number of messages to summarize.
    pub messages: usize,
    /// The instructions for the summary, if there are any.
    pub instructions: Option<&'s str>,
}

/// The error for an input that the state cannot accept now.
///
/// The state is unchanged, and [`into_input`](Self::into_input) returns the input, so that a response is not lost.
///
/// ```
/// use claudette::chat::{ChatState, Input};
///
/// let mut state = ChatState::new();
/// let misuse = state.apply(Input::Message("Hello!".into())).unwrap_err();
/// assert_eq!(misuse.to_string(), "no loop is running");
/// assert!(matches!(misuse.into_input(), Input::Message(_)));
/// ```
pub struct Misuse {
    pub(super) error: Error,
    pub(super) input: Box<Input>,
}

impl Misuse {
    /// Returns the input that was refused.
    pub fn into_input(self) -> Input {
        *self.input
    }
}

impl fmt::Debug for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Misuse").field(&self.error).finish()
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Misuse {}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        misuse.error
    }
}
