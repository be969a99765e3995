//! The Model Context Protocol for [claudette](claudette): the tools of any MCP server in a chat, and any
//! [`Toolset`](claudette::Toolset) as an MCP server.

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
