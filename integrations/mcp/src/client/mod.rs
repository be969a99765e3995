//! The client: connections to MCP servers, and their tools as tools of a chat.

#[allow(dead_code, unused_imports)] // Used by the parts of the client that follow.
mod content;
#[allow(dead_code)] // Used by the parts of the client that follow.
mod names;
#[allow(dead_code, unused_imports)] // Used by the parts of the client that follow.
mod result;
