//! A terminal chat with Claude: streamed Markdown, tools of MCP servers, approvals, stored sessions.
//!
//! The README describes the program `claudette-chat`. [`run`] is the program
//! with tools of your own.

// Decisions are in files without IO: `command.rs`, `permissions.rs`, `end.rs`, and the pure functions of the others.
mod app;
mod approve;
mod args;
mod attach;
mod command;
mod compact;
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
use claudette::{Client, Toolset};

/// Runs the program with the command line of the process, and with tools of your own.
///
/// The function gets the client of the program, so that it can build sub-agents. It is called once, before the chat
/// begins. If it returns an error, the program reports it and ends.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use claudette::{Chat, tool, tools};
///
/// /// Returns the number of items in stock.
/// #[tool(read_only)]
/// fn stock(/** Name of the item */ item: &str) -> u32 {
///     if item == "tea" { 3 } else { 0 }
/// }
///
/// fn main() -> ExitCode {
///     claudette_cli::run(|client| {
///         let poet = Chat::builder(client).system("Write one line.").build()?.into_tool("poet", "Writes one line.");
///         Ok(tools![stock].with(poet))
///     })
/// }
/// ```
pub fn run(tools: impl FnOnce(&Client) -> claudette::Result<Toolset>) -> ExitCode {
    let args = args::Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print_mode::report(&format!("the runtime cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(async {
        start::run(args, tools).await.unwrap_or_else(|error| {
            print_mode::report(&error.to_string());
            ExitCode::FAILURE
        })
    });
    // A thread that reads stdin must not hold up the end.
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}

/// The examples of the README are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
