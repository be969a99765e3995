//! [`Run`]: what a loop did, and how it ended.

use std::fmt;
use std::sync::Arc;

use super::calls::Ran;
use super::turn::EndReason;
use crate::messages::{Brief, Response, ToolUse, Usage};
use crate::tool::ToolOutcome;

/// A loop that is over: its answer and the steps that led there. Displays as the answer does: its text, with what it
/// cites as footnotes.
#[derive(Clone)]
pub struct Run {
    /// At least one.
    steps: Vec<Step>,
    stop: EndReason,
}

impl Run {
    /// None without a step.
    pub(super) fn new(steps: Vec<Step>, stop: EndReason) -> Result<Self, EndReason> {
        if steps.is_empty() { Err(stop) } else { Ok(Self { steps, stop }) }
    }

    /// The calls that wait for a decision, after [`EndReason::Suspended`].
    pub fn pending(&self) -> &[ToolUse] {
        self.steps.last().map_or(&[], |step| &step.pending)
    }

    /// The last reply.
    pub fn response(&self) -> &Response {
        &self.steps[self.steps.len() - 1].response
    }

    /// The text of the last reply.
    pub fn text(&self) -> String {
        self.response().text()
    }

    /// All replies in order, each with what came of its calls.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What all replies together consumed.
    pub fn usage(&self) -> Usage {
        self.steps.iter().map(|step| step.response.usage()).sum()
    }

    /// Why the loop ended.
    pub fn end_reason(&self) -> &EndReason {
        &self.stop
    }

    pub(super) fn into_response(mut self) -> Response {
        self.steps.swap_remove(self.steps.len() - 1).response
    }
}

/// The last response, and how many there are.
impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Run");
        out.field("stop", &self.stop).field("steps", &self.steps.len()).field("response", self.response()).finish()
    }
}

/// The last reply, as it displays.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.response().fmt(f)
    }
}

/// One reply, and what came of the calls in it.
#[derive(Clone)]
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
    pub(super) fn new(response: Response) -> Self {
        Self { response, calls: Vec::new(), outcomes: Vec::new(), pending: Vec::new() }
    }

    pub(super) fn answer(&mut self, ran: Ran) {
        self.calls = ran.outcomes.iter().map(|outcome| outcome.call().clone()).collect();
        self.outcomes = ran.outcomes;
        self.pending = ran.suspended;
    }

    /// The reply.
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
#[derive(Clone)]
pub struct ToolInput {
    pub(super) call_id: Arc<str>,
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
#[derive(Clone)]
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
