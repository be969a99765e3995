//! Tests of claudette-mcp through its public API.
#![allow(clippy::unwrap_used)]

mod server;
