//! [`Answer`]: what an agent returns.

use claudette::chat::Step;
use claudette::{EndReason, Run, ToolError, ToolOutput};
use serde::Serialize;

/// What an agent returns.
pub(super) struct Answer {
    text: String,
    incomplete: Option<String>,
}

#[derive(Serialize)]
struct Structured<'a> {
    answer: &'a str,
    conversation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<&'a str>,
}

impl Answer {
    /// Returns the answer of a run.
    ///
    /// # Errors
    ///
    /// An error for the model of the client if the run has no answer.
    pub(super) fn of(run: &Run) -> Result<Self, ToolError> {
        let mut text = run.text();
        if *run.end_reason() == EndReason::Tool {
            // The tool that ended the loop has the answer.
            let finals = run.steps().iter().flat_map(Step::outcomes).filter(|outcome| outcome.is_final());
            text = finals.map(|outcome| outcome.text().into_owned()).collect();
        }
        let why = match run.end_reason() {
            EndReason::Finished | EndReason::Tool | EndReason::Until | EndReason::Hook => None,
            EndReason::MaxSteps => Some("the agent has reached its maximum number of steps"),
            EndReason::MaxCost => Some("the agent has reached its maximum cost"),
            EndReason::MaxTokensTotal | EndReason::MaxTokens => {
                Some("the agent has reached its maximum number of tokens")
            }
            EndReason::Deadline => Some("the agent has reached its deadline"),
            EndReason::Refusal => Some("the model of the agent has refused"),
            EndReason::ContextExceeded => Some("the conversation is too long, start a new one"),
            _ => Some("the agent has stopped early"),
        };
        match why {
            // The text of a refusal is what the model wrote before it was stopped.
            Some(why) if text.trim().is_empty() || *run.end_reason() == EndReason::Refusal => {
                Err(ToolError::new(format!("There is no answer: {why}.")))
            }
            why => Ok(Self { text, incomplete: why.map(ToOwned::to_owned) }),
        }
    }

    /// Returns the output of the tool. The text contains the id of the conversation, because not all clients show the
    /// structured value to their model.
    pub(super) fn output(self, conversation: &str) -> Result<ToolOutput, ToolError> {
        let Self { text, incomplete } = self;
        let note = incomplete.as_ref().map(|why| format!("\n\n(Incomplete: {why}.)")).unwrap_or_default();
        let value = Structured { answer: &text, conversation, incomplete: incomplete.as_deref() };
        ToolOutput::new(format!("{text}{note}\n\n(Conversation: {conversation})")).with_value(&value)
    }
}
