//! [`Input`] and [`Action`]: what goes into the machine, and what it wants done.

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
use crate::tool::ToolOutcome;

/// What happened, for [`ChatState::apply`](crate::chat::ChatState::apply). Calls are named by their place in the response.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Input {
    /// The user says something: a loop begins. Calls of an earlier response that have not run are left.
    Prompt {
        /// One message of the user.
        prompt: Prompt,
        /// How the loop runs.
        options: LoopOptions,
    },
    /// The conversation goes on with what waits: decided calls, tool results, a paused turn. An unfinished loop goes on with
    /// what is left of its limits; its calls that have not finished are left. A stored state that is to go on exactly where it
    /// was needs no input: [`ChatState::next`](crate::chat::ChatState::next) says what is to be done.
    Resume {
        /// How the loop runs.
        options: LoopOptions,
    },
    /// The user says something while a loop runs; the next request sends it.
    Message(Prompt),
    /// A request was answered.
    Response {
        /// The blocks that the request added to the conversation.
        added: Vec<ContentBlock>,
        /// The response.
        response: Response,
        /// What the request consumed, failed attempts included.
        spent: Spent,
    },
    /// Requests consumed something that no response says: attempts that failed.
    Spent(Spent),
    /// A call was decided about.
    Decision {
        /// The place of the call in the response.
        call: usize,
        /// The decision.
        approval: Approval,
    },
    /// A call has been started.
    ToolStarted {
        /// The place of the call in the response.
        call: usize,
    },
    /// A call has come to its end, or cannot run.
    ToolFinished {
        /// The place of the call in the response.
        call: usize,
        /// What came of it.
        outcome: ToolOutcome,
    },
    /// The agent that a call runs has come this far.
    Inner {
        /// The place of the call in the response.
        call: usize,
        /// The state of the agent.
        state: Box<ChatState>,
    },
    /// Whatever was started is given up: those calls were interrupted.
    Abandoned,
    /// The loop has run for this long, all in all.
    Elapsed(Duration),
    /// The program does not accept the answer: the model is asked again, if attempts are left.
    Rejected(String),
    /// The program ends the loop. Calls that have not started are left.
    Stop(EndReason),
}

/// What is to be done next, as [`ChatState::next`](crate::chat::ChatState::next) says.
#[derive(Debug)]
#[non_exhaustive]
pub enum Action<'s> {
    /// Send this conversation, and apply [`Input::Response`].
    Request(Conversation<'s>),
    /// Decide about this call, and apply [`Input::Decision`].
    Approve(&'s PendingCall),
    /// Start these calls, and apply [`Input::ToolStarted`] and then [`Input::ToolFinished`] for each. They can run at the
    /// same time, and finish in any order.
    RunTools(Vec<&'s PendingCall>),
    /// Wait: for a call that was started, or for a prompt if no loop runs.
    Await,
    /// The loop is over.
    Done(&'s EndReason),
}

/// An input that does not belong here. The state is unchanged, and [`into_input`](Self::into_input) returns the input: a
/// response that was paid for is not lost.
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
