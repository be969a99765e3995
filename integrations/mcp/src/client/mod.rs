//! The client: connections to MCP servers, and their tools as tools of a chat.

mod ask;
mod call;
mod changes;
mod config;
mod connect;
mod connect_all;
mod connection;
mod content;
mod definition;
mod difference;
mod drift;
mod elicitation;
mod endpoint;
mod failure;
mod handler;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
mod http_client;
#[cfg(feature = "http")]
mod http_error;
mod io;
mod life;
mod line_transport;
mod listing;
mod message;
mod names;
#[cfg(feature = "oauth")]
mod oauth;
mod options;
mod pages;
mod pins;
#[cfg(feature = "stdio")]
mod process;
mod progress;
mod prompts;
mod report;
mod request;
mod resource_tools;
mod resources;
mod result;
mod sampling;
mod schema;
mod server;
mod servers;
mod signals;
mod stderr_tail;
#[cfg(feature = "stdio")]
mod stdio;
mod supervisor;
#[cfg(feature = "http")]
mod tls;
#[cfg(feature = "oauth")]
mod token_store;
mod tool;
mod tool_list;
mod tools;
#[cfg(feature = "http")]
mod watched;

pub use self::changes::{ToolChange, ToolChanges};
pub use self::connect::Connect;
pub use self::connect_all::ConnectAll;
pub use self::elicitation::{Elicitation, ElicitationAnswer};
#[cfg(feature = "http")]
pub use self::http::Http;
pub use self::io::Io;
#[cfg(feature = "oauth")]
pub use self::oauth::OAuth;
pub use self::options::{OnDrift, Protocol};
pub use self::pins::Pins;
pub use self::prompts::{PromptArgument, PromptInfo};
pub use self::report::{Report, ReportProblem, ServerReport};
pub use self::resources::{ResourceInfo, ResourceTemplate};
pub use self::sampling::Sampling;
pub use self::server::McpServer;
pub use self::servers::McpServers;
#[cfg(feature = "stdio")]
pub use self::stdio::Stdio;
#[cfg(feature = "oauth")]
pub use self::token_store::TokenStore;
pub use self::tools::{McpTools, ToolInfo};
