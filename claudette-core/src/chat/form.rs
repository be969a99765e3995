//! [`Form`]: in what form the answer of a loop is wanted.

use serde_json::Value;

use crate::messages::ToolChoice;
use crate::tool::Toolset;

/// In what form the answer of a loop is wanted: what each of its requests has besides the chat's settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    /// The schema that the text is bound to.
    pub(crate) format: Option<Value>,
    /// The tools, with the one to answer with.
    pub(crate) tools: Option<Toolset>,
    pub(crate) tool_choice: Option<ToolChoice>,
    /// The tool to answer with: it does nothing, so it is not a call that anyone needs to approve.
    pub(crate) answer: Option<&'static str>,
    /// What is said behind the prompt.
    pub(crate) addition: Option<String>,
}

impl Form {
    /// Whether a call of this tool is the answer.
    pub(super) fn is_answer(&self, tool: &str) -> bool {
        self.answer.is_some_and(|answer| answer == tool)
    }
}
