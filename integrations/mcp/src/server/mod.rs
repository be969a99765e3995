//! The server side: tools of this program for MCP clients.

mod agent;
mod call;
mod caller;
mod handler;
#[cfg(feature = "http")]
mod http;
mod io;
mod listing;
mod log_level;
mod offer;
mod progress;
mod prompt;
mod resource;
mod result;
mod serve;
mod session;
#[cfg(feature = "stdio")]
mod stdio;
#[cfg(feature = "stdio")]
mod streams;
mod turns;
mod uri_template;

pub use self::agent::{AgentTool, agent};
pub use self::caller::{Elicited, McpCaller};
#[cfg(feature = "http")]
pub use self::http::{McpBody, McpService};
pub use self::log_level::LogLevel;
pub use self::prompt::{McpPrompt, PromptRequest};
pub use self::resource::{McpResource, ResourceData, ResourceRequest};
pub use self::serve::{Serve, serve};
