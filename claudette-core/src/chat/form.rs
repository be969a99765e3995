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
    /// What is said behind the prompt.
    pub(crate) addition: Option<String>,
}
