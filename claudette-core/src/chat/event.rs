//! [`Event`]: what happens in a loop, as it happens.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::run::{Progress, Run, Step, ToolInput};
use crate::client::Retry;
use crate::display::Brief;
use crate::messages::{Response, ToolUse};
use crate::tool::{StepId, ToolOutcome};

/// Something that happened in a loop.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A piece of the text that the model writes.
    Text(String),
    /// A piece of the model's thinking, where the API shows it.
    Thinking(String),
    /// A piece of a call's arguments, as the model writes them.
    ToolInput(ToolInput),
    /// A tool is about to run.
    ToolCall(ToolUse),
    /// A tool says how far it is.
    Progress(Progress),
    /// A tool has finished, or failed; calls that run together may finish in any order.
    ToolResult(ToolOutcome),
    /// A request failed, and is about to be sent again.
    Retry(Retry),
    /// The events that follow belong to a step that happened in an earlier life of the run.
    Replayed(StepId),
    /// One response of the model is complete.
    Response(Response),
    /// One step is over: a response, and what came of its calls.
    Step(Step),
    /// The loop is over. This is the last event.
    Done(Run),
}

/// Long texts are cut.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value): (_, &dyn fmt::Debug) = match self {
            Self::Text(text) => ("Text", &Brief(text)),
            Self::Thinking(thinking) => ("Thinking", &Brief(thinking)),
            Self::ToolInput(input) => ("ToolInput", input),
            Self::ToolCall(call) => ("ToolCall", call),
            Self::Progress(progress) => ("Progress", progress),
            Self::ToolResult(outcome) => ("ToolResult", outcome),
            Self::Retry(retry) => ("Retry", retry),
            Self::Replayed(step) => ("Replayed", step),
            Self::Response(response) => ("Response", response),
            Self::Step(step) => ("Step", step),
            Self::Done(run) => ("Done", run),
        };
        f.debug_tuple(name).field(value).finish()
    }
}
