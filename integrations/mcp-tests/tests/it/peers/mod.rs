//! Servers and clients of others. Each test is skipped if its peer is not installed; see the script `peers`.

mod clients;
mod conformance;
mod everything;
mod filesystem;
mod inspector;
mod python;

use std::process::Output;
use std::time::Duration;

use mcp_tests::scratch_home;

/// Runs a program to its end, at most for a minute.
async fn run(program: &str, args: &[String]) -> Output {
    let mut command = tokio::process::Command::new(program);
    command.args(args).env("HOME", scratch_home()).kill_on_drop(true);
    tokio::time::timeout(Duration::from_secs(60), command.output()).await.expect("a minute is enough").unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
