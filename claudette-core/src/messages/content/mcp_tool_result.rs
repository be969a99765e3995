//! [`McpToolResult`]: the result of an MCP server's tool that the API ran.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::result_content::ResultContent;
use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;
use crate::json::tags;
use crate::messages::cache_control::cacheable;

tags! { McpToolResultTag = "mcp_tool_result" }

/// The result of an [`McpToolUse`](super::McpToolUse). The model has already read it. It is sent back unchanged.
///
/// ```
/// use claudette::wire::McpToolResult;
///
/// let result: McpToolResult = serde_json::from_str(
///     r#"{"type":"mcp_tool_result","tool_use_id":"mcptoolu_1","is_error":false,
///         "content":[{"type":"text","text":"Found 3 events."}]}"#,
/// )?;
/// assert!(!result.is_error());
/// assert_eq!(result.text(), "Found 3 events.");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "mcp_tool_result")]
#[doc(alias = "mcp connector")]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct McpToolResult {
    r#type: McpToolResultTag,
    tool_use_id: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    is_error: Lenient<bool>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    content: Lenient<ResultContent>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(McpToolResult);
cacheable!(McpToolResult);

impl McpToolResult {
    /// Returns the id of the [`McpToolUse`](super::McpToolUse) that this block answers. The call may be part of an
    /// earlier turn.
    pub fn tool_use_id(&self) -> &str {
        &self.tool_use_id
    }

    /// Returns `true` if the call failed.
    pub fn is_error(&self) -> bool {
        self.is_error.known().is_some_and(|failed| *failed)
    }

    /// Returns the content, or `None` if the result is empty.
    pub fn content(&self) -> Option<&ResultContent> {
        self.content.known()
    }

    /// Returns the text of the result. Blocks of other types are skipped.
    pub fn text(&self) -> Cow<'_, str> {
        self.content().map_or(Cow::Borrowed(""), ResultContent::text)
    }
}
