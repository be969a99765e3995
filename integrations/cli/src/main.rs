//! A terminal chat with Claude: streamed Markdown, tools of MCP servers, approvals, stored sessions.
//!
//! The README describes the program. Decisions are in files without IO: `command.rs`, `permissions.rs`, `end.rs`, and the
//! pure functions of the others.

mod app;
mod approve;
mod args;
mod attach;
mod command;
mod data;
mod end;
mod error;
mod interactive;
mod interrupt;
mod mcp;
mod permissions;
mod print_mode;
mod prompt;
mod render;
mod sessions;
mod settings;
mod slash;
mod start;
mod terminal;
mod turn;
mod view;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print_mode::report(&format!("the runtime cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(async {
        start::run(args).await.unwrap_or_else(|error| {
            print_mode::report(&error.to_string());
            ExitCode::FAILURE
        })
    });
    // A thread that reads stdin must not hold up the end.
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}
