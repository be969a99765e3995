//! [`ToolOutcome`]: a call and what came of it.

use std::borrow::Cow;
use std::time::Duration;

use super::error::ToolError;
use super::output::ToolOutput;
use crate::messages::{ToolResult, ToolUse};

/// One call that was answered: by the tool, or by an error that tells the model what to mend.
#[derive(Clone, Debug)]
pub struct ToolOutcome {
    call: ToolUse,
    result: ToolResult,
    elapsed: Duration,
}

impl ToolOutcome {
    pub(crate) fn new(call: ToolUse, answer: Result<ToolOutput, ToolError>, elapsed: Duration) -> Self {
        let result = match answer {
            Ok(output) => ToolResult::new(&call, output.into_content(), false),
            Err(error) => ToolResult::new(&call, error.text(), true),
        };
        Self { call, result, elapsed }
    }

    /// The call as the model made it.
    pub fn call(&self) -> &ToolUse {
        &self.call
    }

    /// The id of the call.
    pub fn call_id(&self) -> &str {
        self.call.id()
    }

    /// The name of the tool, as the model called it.
    pub fn name(&self) -> &str {
        self.call.name()
    }

    /// The block that answers the call in the conversation.
    pub fn result(&self) -> &ToolResult {
        &self.result
    }

    /// Whether the call failed: no such tool, wrong arguments, an error or a panic of the tool.
    pub fn is_error(&self) -> bool {
        self.result.is_error()
    }

    /// What the model reads, error or not; blocks that are no text are left out.
    pub fn text(&self) -> Cow<'_, str> {
        self.result.text()
    }

    /// How long the tool ran.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
