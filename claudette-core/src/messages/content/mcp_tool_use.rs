//! [`McpToolUse`]: a call of an MCP server's tool that the API runs.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::tool_use::write_call;
use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;
use crate::json::RawJson;
use crate::json::tags;
use crate::messages::cache_control::cacheable;

tags! { McpToolUseTag = "mcp_tool_use" }

/// A call of a tool of a [`RemoteMcpServer`](crate::wire::RemoteMcpServer), which the API runs.
///
/// The API adds an [`McpToolResult`](super::McpToolResult) after it; the program must not answer it. The `Display` form
/// is one line of code that begins with the name of the server.
///
/// ```
/// use claudette::wire::McpToolUse;
///
/// let call: McpToolUse = serde_json::from_str(
///     r#"{"type":"mcp_tool_use","id":"mcptoolu_1","name":"search_events","server_name":"calendar",
///         "input":{"query":"sync"}}"#,
/// )?;
/// assert_eq!((call.server_name(), call.name()), ("calendar", "search_events"));
/// assert_eq!(call.to_string(), r#"calendar.search_events({"query":"sync"})"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "mcp_tool_use")]
#[doc(alias = "mcp connector")]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct McpToolUse {
    r#type: McpToolUseTag,
    id: String,
    name: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    server_name: Lenient<String>,
    input: RawJson,
    #[serde(flatten)]
    extra: Extra,
}

brief!(McpToolUse);
cacheable!(McpToolUse);

impl McpToolUse {
    /// Returns the id of the call, such as `mcptoolu_01`. The result refers to it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the name of the tool, as the server lists it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name of the server in the request. It is empty if the response does not name the server.
    pub fn server_name(&self) -> &str {
        self.server_name.known().map_or("", String::as_str)
    }

    /// Returns the arguments as raw JSON, so numbers keep every digit.
    pub fn input(&self) -> &RawValue {
        self.input.raw()
    }

    pub(super) fn has_arguments(&self) -> bool {
        self.input.is_object()
    }

    /// Sets the arguments. Text that is not JSON changes nothing, because only the server needs the arguments.
    pub(super) fn set_input(&mut self, text: &str) {
        if let Ok(input) = RawJson::parse(text) {
            self.input = input;
        }
    }
}

/// The call as one line of code: `calendar.search_events({"query":"sync"})`.
impl fmt::Display for McpToolUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_call(f, &format!("{}.{}", self.server_name(), self.name), self.input().get())
    }
}
