//! The Model Context Protocol for [claudette](claudette): the tools of any MCP server in a chat, and any
//! [`Toolset`](claudette::Toolset) as an MCP server.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "client")]
mod client;
mod error;
#[cfg(feature = "client")]
#[allow(dead_code)] // Used by the parts of the client that follow.
mod text;

pub use self::error::{Error, Result};
