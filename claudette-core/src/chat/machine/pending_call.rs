//! [`PendingCall`]: a tool call that has no result yet.

use serde::{Deserialize, Serialize};

use super::state::ChatState;
use crate::chat::approval::Approval;
use crate::messages::ToolUse;

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

    /// Returns the place of the call among those of its response, from 0: its name in an [`Input`](crate::Input).
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
