//! The official conformance suite: its server scenarios with our server, and its client scenarios with our client.

use mcp_tests::{Background, Peers};

use super::{run, text};

const SCRIPT: &str = "conformance/dist/index.js";

/// Runs the suite, asserts that it passed, and returns what it printed.
async fn suite(args: &[&str]) -> Option<String> {
    let (node, mut all) = Peers::from_env().node(SCRIPT)?;
    all.extend(args.iter().map(|&arg| arg.to_owned()));
    let output = run(&node, &all).await;
    let printed = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{args:?}: {printed}");
    Some(printed)
}

/// Runs all scenarios of a server. The suite knows versions of the protocol up to 2025-11-25.
#[tokio::test]
async fn our_server_passes_the_server_scenarios() {
    if Peers::from_env().node(SCRIPT).is_none() {
        return;
    }
    let server = Background::start(env!("CARGO_BIN_EXE_conformance"), &["PORT"]).await;
    // The scenario of DNS rebinding expects the name.
    let url = format!("http://localhost:{}/mcp", server.port());
    let printed = suite(&["server", "--url", &url, "--suite", "all"]).await.unwrap();
    assert!(printed.matches('✓').count() >= 32 && printed.contains(", 0 failed\n"), "{printed}");
}

async fn client(scenario: &str) {
    let args = ["client", "--command", env!("CARGO_BIN_EXE_conformance_client"), "--scenario", scenario];
    if let Some(printed) = suite(&args).await {
        assert!(printed.contains("0 failed"), "{printed}");
    }
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
