//! [`Problem`]: a defect of a list of tools.

use crate::text::clean_line;

/// A problem with a list of tools, or with one tool. The texts are cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The server's name of the tool, if the problem is that of one tool.
    pub(crate) tool: Option<String>,
    pub(crate) text: String,
}

impl Problem {
    pub(crate) fn of_list(text: impl Into<String>) -> Self {
        Self { tool: None, text: text.into() }
    }

    pub(crate) fn of_tool(tool: &str, text: impl Into<String>) -> Self {
        Self { tool: Some(clean_line(tool, 128).into_owned()), text: text.into() }
    }
}
