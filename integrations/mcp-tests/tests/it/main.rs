//! Tests of claudette-mcp through its public API.

#![allow(clippy::unwrap_used, reason = "tests")]

mod client;
mod faults;
mod peers;
mod server;
