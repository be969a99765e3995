//! The client through its public API: servers in this program, and servers that do one thing wrong.

mod announcements;
mod calls;
mod changes;
mod death;
mod http;
mod oauth;
mod offers;
mod process;
mod questions;
mod servers;

use claudette::tooling::IntoTools as _;
use claudette::{ToolContext, ToolOutcome};
use claudette_mcp::{Connect, McpServer, Serve, Stdio};
use mcp_tests::Folder;
use tokio::task::JoinHandle;

/// Returns the settings of a connection to the server that does one thing wrong.
pub(crate) fn dirty(fault: &str) -> Connect<Stdio> {
    McpServer::spawn(env!("CARGO_BIN_EXE_dirty"), [fault])
}

/// Returns the settings of a connection to the server that does one thing wrong and keeps a record in a folder.
pub(crate) fn dirty_in(fault: &str, folder: &Folder) -> Connect<Stdio> {
    McpServer::spawn(env!("CARGO_BIN_EXE_dirty"), [fault, folder.text()])
}

/// Serves tools in this program and connects to them.
pub(crate) async fn connect(serve: Serve) -> (McpServer, JoinHandle<claudette_mcp::Result<()>>) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (read, write) = tokio::io::split(theirs);
    let serving = tokio::spawn(serve.io(read, write));
    let (read, write) = tokio::io::split(ours);
    (McpServer::io(read, write).await.unwrap(), serving)
}

/// Calls a tool of a server by its own name.
pub(crate) async fn call(server: &McpServer, tool: &str, input: &str) -> ToolOutcome {
    call_in(server, tool, input, &ToolContext::default()).await
}

pub(crate) async fn call_in(server: &McpServer, tool: &str, input: &str, cx: &ToolContext) -> ToolOutcome {
    let tools = server.tools().prefix("").into_tools();
    tools.call(tool, input, cx).await
}
