//! The official conformance suite: its server scenarios with our server, and its client scenarios with our client.

use mcp_tests::Peers;

use super::{run, text};

const SCRIPT: &str = "conformance/dist/index.js";

/// Runs the suite, and asserts that it passed.
async fn suite(args: &[&str]) {
    let Some((node, mut all)) = Peers::from_env().node(SCRIPT) else { return };
    all.extend(args.iter().map(|&arg| arg.to_owned()));
    let output = run(&node, &all).await;
    assert!(output.status.success(), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
}

async fn client(scenario: &str) {
    suite(&["client", "--command", env!("CARGO_BIN_EXE_conformance_client"), "--scenario", scenario]).await;
}

#[tokio::test]
async fn our_client_passes_initialize() {
    client("initialize").await;
}

#[tokio::test]
async fn our_client_passes_tools_call() {
    client("tools_call").await;
}

#[tokio::test]
async fn our_client_passes_sse_retry() {
    client("sse-retry").await;
}

#[tokio::test]
async fn our_client_passes_elicitation_defaults() {
    client("elicitation-sep1034-client-defaults").await;
}
