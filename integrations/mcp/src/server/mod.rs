//! The server side: tools of this program for MCP clients.

mod call;
mod handler;
#[cfg(feature = "http")]
mod http;
mod io;
mod listing;
mod offer;
mod progress;
mod result;
mod serve;
#[cfg(feature = "stdio")]
mod stdio;
#[cfg(feature = "stdio")]
mod streams;

#[cfg(feature = "http")]
pub use self::http::{McpBody, McpService};
pub use self::serve::{Serve, serve};
