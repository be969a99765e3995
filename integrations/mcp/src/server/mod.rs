//! The server side: tools of this program for MCP clients.

mod call;
mod handler;
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

pub use self::serve::{Serve, serve};
