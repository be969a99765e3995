//! The Model Context Protocol for [claudette]: the tools of any MCP server in a chat, and any
//! [`Toolset`](claudette::Toolset) as an MCP server.
//!
//! A server in this program, and a client of it. Usually, they are two programs: see `McpServer::spawn`,
//! `McpServer::http`, `McpServers::from_config` and `Serve::stdio`.
//!
//! ```
//! # #[cfg(all(feature = "client", feature = "server"))]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> claudette::Result<()> {
//! use claudette::{ToolContext, tool, tools};
//! use claudette_mcp::{McpServer, serve};
//!
//! /// Adds a + b.
//! #[tool(read_only)]
//! async fn sums(
//!     /// First thing to sum
//!     a: i64,
//!     /// Second thing to sum
//!     b: i64,
//! ) -> i64 {
//!     a + b
//! }
//!
//! let (ours, theirs) = tokio::io::duplex(4096);
//! let (read, write) = tokio::io::split(theirs);
//! tokio::spawn(serve(tools![sums]).name("calculator").io(read, write));
//!
//! let (read, write) = tokio::io::split(ours);
//! let server = McpServer::io(read, write).await?;
//! let tools = tools![].with(server.tools());
//! let outcome = tools.call("mcp__calculator__sums", r#"{"a": 1, "b": 2}"#, &ToolContext::default()).await;
//! assert_eq!(outcome.text(), "3");
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "client", feature = "server")))]
//! # fn main() {}
//! ```
//!
//! The README shows programs for both directions, and the page [MCP](claudette::guide::mcp) of the guide describes names,
//! mended schemas, results, changed lists, trust, and the configuration of Claude Code and Claude Desktop.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "client")]
mod client;
mod error;
#[cfg(feature = "server")]
mod server;
#[cfg(any(feature = "client", feature = "server"))]
#[cfg_attr(not(feature = "client"), allow(dead_code))] // The server shows less text of its peers.
mod text;

#[cfg(all(feature = "client", feature = "http"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "client", feature = "http"))))]
pub use self::client::Http;
#[cfg(all(feature = "client", feature = "stdio"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "client", feature = "stdio"))))]
pub use self::client::Stdio;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use self::client::{
    Connect, ConnectAll, Elicitation, ElicitationAnswer, Io, McpServer, McpServers, McpTools, OnDrift, Pins,
    PromptArgument, PromptInfo, Protocol, Report, ReportProblem, ResourceInfo, ResourceTemplate, Sampling,
    ServerReport, ToolChange, ToolChanges, ToolInfo,
};
#[cfg(feature = "oauth")]
#[cfg_attr(docsrs, doc(cfg(feature = "oauth")))]
pub use self::client::{OAuth, TokenStore};
pub use self::error::{Error, Result};
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub use self::server::{
    AgentTool, Elicited, LogLevel, McpCaller, McpPrompt, McpResource, PromptRequest, ResourceData, ResourceRequest,
    Serve, agent, serve,
};
#[cfg(all(feature = "server", feature = "http"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "server", feature = "http"))))]
pub use self::server::{McpBody, McpService};

/// Compiles the programs in the README as doc tests.
#[cfg(all(doctest, feature = "client", feature = "server", feature = "stdio", feature = "http"))]
#[doc = include_str!("../README.md")]
struct Readme;
