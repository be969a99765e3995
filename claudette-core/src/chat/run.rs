//! [`Run`]: what a loop did, and how it ended.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::machine::EndReason;
use crate::display::Brief;
use crate::messages::{Response, ToolUse, Usage};
use crate::tool::ToolOutcome;

/// A loop that is over: its answer and the steps that led there. Displays as the answer does: its text, with what it
/// cites as footnotes.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Run {
    /// At least one.
    steps: Vec<Step>,
    end_reason: EndReason,
}

/// A run as it is stored.
#[derive(Deserialize)]
struct Stored {
    steps: Vec<Step>,
    end_reason: EndReason,
}

impl TryFrom<Stored> for Run {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        Self::new(stored.steps, stored.end_reason).map_err(|_| "a run has at least one step")
    }
}

impl Run {
    /// None without a step.
    pub(super) fn new(steps: Vec<Step>, end_reason: EndReason) -> Result<Self, EndReason> {
        if steps.is_empty() { Err(end_reason) } else { Ok(Self { steps, end_reason }) }
    }

    /// The calls that wait for a decision, after [`EndReason::Suspended`].
    pub fn pending(&self) -> &[ToolUse] {
        self.steps.last().map_or(&[], |step| &step.pending)
    }

    /// The last response.
    pub fn response(&self) -> &Response {
        &self.steps[self.steps.len() - 1].response
    }

    /// The text of the last response.
    pub fn text(&self) -> String {
        self.response().text()
    }

    /// All responses in order, each with what came of its calls.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What all responses together consumed.
    pub fn usage(&self) -> Usage {
        self.steps.iter().map(|step| step.response.usage()).sum()
    }

    /// Why the loop ended.
    pub fn end_reason(&self) -> &EndReason {
        &self.end_reason
    }

    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    pub(super) fn into_response(mut self) -> Response {
        self.steps.swap_remove(self.steps.len() - 1).response
    }
}

/// The last response, and how many there are.
impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Run");
        out.field("end_reason", &self.end_reason)
            .field("steps", &self.steps.len())
            .field("response", self.response())
            .finish()
    }
}

/// The last response, as it displays.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.response().fmt(f)
    }
}

/// One response, and what came of the calls in it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Step {
    pub(super) response: Response,
    pub(super) calls: Vec<ToolUse>,
    pub(super) outcomes: Vec<ToolOutcome>,
    pub(super) pending: Vec<ToolUse>,
}

/// The response, and how many of its calls were answered or wait.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Step");
        out.field("response", &self.response);
        out.field("outcomes", &self.outcomes.len()).field("pending", &self.pending.len()).finish_non_exhaustive()
    }
}

impl Step {
    pub(super) fn new(response: Response, outcomes: Vec<ToolOutcome>, pending: Vec<ToolUse>) -> Self {
        let calls = outcomes.iter().map(|outcome| outcome.call().clone()).collect();
        Self { response, calls, outcomes, pending }
    }

    /// The response.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// The calls that the model made and that were answered, in its order.
    pub fn calls(&self) -> &[ToolUse] {
        &self.calls
    }

    /// What came of them, in the same order.
    pub fn outcomes(&self) -> &[ToolOutcome] {
        &self.outcomes
    }

    /// The calls that wait for a decision.
    pub fn pending(&self) -> &[ToolUse] {
        &self.pending
    }
}

/// A piece of the arguments of a call, as the model writes them.
#[derive(Clone, Serialize, Deserialize)]
pub struct ToolInput {
    #[serde(with = "crate::json::shared_str")]
    pub(super) call_id: Arc<str>,
    #[serde(with = "crate::json::shared_str")]
    pub(super) name: Arc<str>,
    pub(super) text: String,
}

impl fmt::Debug for ToolInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolInput")
            .field("name", &Brief(&&*self.name))
            .field("text", &Brief(&self.text))
            .finish_non_exhaustive()
    }
}

impl ToolInput {
    /// The id of the call.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The name of the tool.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A piece of JSON text, cut anywhere.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What a tool said before it was done ([`ToolContext::progress`](crate::ToolContext::progress)).
#[derive(Clone, Serialize, Deserialize)]
pub struct Progress {
    pub(super) call: ToolUse,
    pub(super) text: String,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("call", &self.call).field("text", &Brief(&self.text)).finish()
    }
}

impl Progress {
    /// The call that the tool is working on.
    pub fn call(&self) -> &ToolUse {
        &self.call
    }

    /// What it said.
    pub fn text(&self) -> &str {
        &self.text
    }
}
