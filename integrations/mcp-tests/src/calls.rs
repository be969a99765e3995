//! Calls of the tools of a server by the names that the server gave them.

use claudette::{ToolContext, ToolOutcome, tools};
use claudette_mcp::McpServer;
use serde_json::Value;

/// Returns the names that the server gave to its tools.
pub fn own_names(server: &McpServer) -> Vec<String> {
    server.tools().list().into_iter().map(|info| info.own_name).collect()
}

/// Calls a tool of a server by the name that the server gave it.
pub async fn call(server: &McpServer, tool: &str, arguments: Value) -> ToolOutcome {
    call_with(server, tool, arguments, &ToolContext::default()).await
}

/// Calls a tool like [`call`], with a context.
pub async fn call_with(server: &McpServer, tool: &str, arguments: Value, cx: &ToolContext) -> ToolOutcome {
    let info = server.tools().list().into_iter().find(|info| info.own_name == tool);
    let info = info.unwrap_or_else(|| panic!("there is no tool {tool:?} in {}", server.tools()));
    tools![].with(server.tools()).call(&info.name, &arguments.to_string(), cx).await
}
