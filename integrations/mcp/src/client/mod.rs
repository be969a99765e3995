//! The client: connections to MCP servers, and their tools as tools of a chat.
