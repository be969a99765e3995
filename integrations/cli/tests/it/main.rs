//! Tests of the program, in pipes and in a pseudo-terminal.
#![allow(clippy::unwrap_used)]

mod approvals;
mod chat;
mod compaction;
mod editing;
mod mcp;
mod own_tools;
mod print;
#[allow(dead_code, reason = "the tests do not use all of it yet")]
mod program;
#[allow(dead_code, reason = "the tests do not use all of it yet")]
mod pty;
mod screenshots;
mod sessions;
mod svg;
mod terminal_output;
mod turns;
