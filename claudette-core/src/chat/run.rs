//! [`Run`]: what a loop did, and how it ended.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::turn::Stop;
use crate::error::{Error, Result};
use crate::messages::{Response, ToolUse, Usage};
use crate::tool::ToolOutcome;

/// A loop that is over: its answer and the steps that led there. Displays as the answer's text.
#[derive(Clone, Debug)]
pub struct Run {
    response: Response,
    steps: Vec<Step>,
    stop: Stop,
}

impl Run {
    pub(super) fn new(response: Response, steps: Vec<Step>, stop: Stop) -> Self {
        Self { response, steps, stop }
    }

    /// The last reply.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// The text of the last reply.
    pub fn text(&self) -> String {
        self.response.text()
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
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    pub(super) fn into_response(self) -> Response {
        self.response
    }
}

/// The text of the last reply.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.response.fmt(f)
    }
}

/// One reply, and what came of the calls in it.
#[derive(Clone, Debug)]
pub struct Step {
    pub(super) response: Response,
    pub(super) calls: Vec<ToolCall>,
    pub(super) outcomes: Vec<ToolOutcome>,
}

impl Step {
    /// The reply.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// The calls that were run, in the order the model made them.
    pub fn calls(&self) -> &[ToolCall] {
        &self.calls
    }

    /// What came of them, in the same order.
    pub fn outcomes(&self) -> &[ToolOutcome] {
        &self.outcomes
    }
}

/// A tool call that the model made.
#[derive(Clone, Debug)]
pub struct ToolCall(ToolUse);

impl ToolCall {
    /// The call's id.
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// The name of the tool.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The arguments as JSON; they display as such.
    pub fn input(&self) -> &RawValue {
        self.0.input()
    }

    /// The arguments as a type of yours.
    ///
    /// # Errors
    /// They do not fit the type ([`Error::is_mismatch`]).
    pub fn input_as<T: DeserializeOwned>(&self) -> Result<T> {
        let wanted = std::any::type_name::<T>();
        serde_json::from_str(self.0.input().get()).map_err(|error| {
            Error::mismatch(format!("the arguments of `{}` are no `{wanted}`", self.name())).caused_by(error)
        })
    }
}

/// What a tool said before it was done ([`ToolContext::progress`](crate::ToolContext::progress)).
#[derive(Clone, Debug)]
pub struct Progress {
    pub(super) call: ToolCall,
    pub(super) text: String,
}

impl Progress {
    /// The call that the tool is working on.
    pub fn call(&self) -> &ToolCall {
        &self.call
    }

    /// What it said.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl From<ToolUse> for ToolCall {
    fn from(call: ToolUse) -> Self {
        Self(call)
    }
}
