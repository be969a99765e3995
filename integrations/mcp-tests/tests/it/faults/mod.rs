//! Servers that do something wrong: the program `dirty`, and an HTTP server in this process.

mod calls;
mod chat;
mod death;
mod drift;
mod http;
mod lists;
mod progress;
mod start;

use std::time::Duration;

use claudette_mcp::{Connect, McpServer, Stdio};
use mcp_tests::Folder;

/// Returns the dirty server with a fault, and with timeouts that are short for a test.
fn dirty(fault: &str) -> Connect<Stdio> {
    with_args([fault])
}

/// Returns the dirty server that counts its starts and records its input in a folder.
fn dirty_in(folder: &Folder, fault: &str) -> Connect<Stdio> {
    with_args([fault, folder.text()])
}

fn with_args<const N: usize>(args: [&str; N]) -> Connect<Stdio> {
    McpServer::spawn(env!("CARGO_BIN_EXE_dirty"), args)
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(5))
}

/// Asserts that a text has no character that hides or changes text, such as an escape sequence.
#[track_caller]
fn assert_clean(text: &str) {
    let hides = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(c, '\u{e0000}'..='\u{e007f}')
    };
    assert!(!text.contains(hides), "{text:?}");
}
