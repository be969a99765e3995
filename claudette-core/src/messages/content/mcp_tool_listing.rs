//! [`McpToolListing`]: the tools that an MCP server listed.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::display::brief;
use crate::json::Extra;
use crate::json::RawJson;
use crate::json::tags;

tags! { McpToolListingTag = "mcp_tool_listing" }

/// The tools that a [`RemoteMcpServer`](crate::wire::RemoteMcpServer) listed while the API created the response.
///
/// Responses contain this block only with the beta `mcp-client-2026-09-15`. It comes first, before any text. When it is
/// sent back unchanged, the API uses this list and does not ask the server again, so the model does not see tools that
/// the server changes later. [`BuiltinTool::pinned_tools`](crate::BuiltinTool::pinned_tools) pins the list in another
/// conversation.
///
/// ```
/// use claudette::BuiltinTool;
/// use claudette::wire::McpToolListing;
/// use serde_json::json;
///
/// let listing: McpToolListing = serde_json::from_str(
///     r#"{"type":"mcp_tool_listing","mcp_server_name":"calendar",
///         "tools":[{"name":"search_events","description":"Finds events.","input_schema":{"type":"object"}}]}"#,
/// )?;
/// assert_eq!(listing.tool_names(), ["search_events"]);
///
/// let pinned = BuiltinTool::mcp_toolset(listing.server_name()).pinned_tools(json!(listing.tools()));
/// assert_eq!(json!(pinned)["tools"][0]["description"], "Finds events.");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "mcp_tool_listing")]
#[doc(alias = "mcp connector")]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct McpToolListing {
    r#type: McpToolListingTag,
    mcp_server_name: String,
    tools: RawJson,
    #[serde(flatten)]
    extra: Extra,
}

brief!(McpToolListing);

impl McpToolListing {
    /// Returns the name of the server in the request (`mcp_server_name`).
    pub fn server_name(&self) -> &str {
        &self.mcp_server_name
    }

    /// Returns the tools as a JSON list. Each tool has a `name`, an `input_schema` and usually a `description`, as the
    /// server lists them. These texts come from the server: do not trust them.
    pub fn tools(&self) -> &RawValue {
        self.tools.raw()
    }

    /// Returns the names of the tools, in the order of the server.
    pub fn tool_names(&self) -> Vec<String> {
        #[derive(Deserialize)]
        struct Named {
            name: String,
        }
        let tools: Vec<Named> = serde_json::from_str(self.tools.text()).unwrap_or_default();
        tools.into_iter().map(|tool| tool.name).collect()
    }
}
