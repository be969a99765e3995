//! A web chat with Claude.
