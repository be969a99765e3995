//! Compares this library with programs that use rmcp directly: `cargo bench -p mcp-tests --bench overhead`.
//!
//! - Server: calls per second of `plain` (ours) and `raw` (rmcp), both driven by the same rmcp client over stdio.
//! - Client: the time of a call through `McpServer` and through a plain rmcp peer, both to `raw` over stdio.
//!
//! Both sides of a comparison take turns in one run, and the figures are medians over the rounds. With `--check`, the
//! program fails if the server has less than 0.9 × the calls, or the client needs more than 1.2 × the time.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people")]

use std::process::{ExitCode, Stdio};
use std::time::Instant;

use claudette::{ToolContext, Toolset, tools};
use claudette_mcp::McpServer;
use futures_util::StreamExt as _;
use futures_util::stream;
use rmcp::RoleClient;
use rmcp::model::{CallToolRequestParams, JsonObject, ProtocolVersion};
use rmcp::model::{ClientConfig, Implementation};
use rmcp::service::{RunningService, serve_client};
use serde_json::json;
use tokio::process::{Child, Command};

const ROUNDS: usize = 41;
const CALLS: usize = 500;

type Peer = RunningService<RoleClient, ClientConfig>;

async fn peer(program: &str) -> (Peer, Child) {
    let mut command = Command::new(program);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let streams = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
    let config = ClientConfig::new(rmcp::model::ClientCapabilities::default(), Implementation::new("bench", "1"));
    let config = config.with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE);
    (serve_client(config, streams).await.unwrap(), child)
}

async fn by_peer(peer: &Peer, n: usize) {
    let arguments: JsonObject = serde_json::from_value(json!({"a": n, "b": 2})).unwrap();
    let result = peer.call_tool(CallToolRequestParams::new("add").with_arguments(arguments)).await.unwrap();
    assert_eq!(result.content[0].as_text().unwrap().text, (n + 2).to_string());
}

async fn by_ours(tools: &Toolset, n: usize) {
    let outcome = tools.call("add", &format!(r#"{{"a":{n},"b":2}}"#), &ToolContext::default()).await;
    assert_eq!(outcome.text(), (n + 2).to_string());
}

/// Returns the seconds that the calls take, `parallel` at a time.
async fn seconds<F: Future<Output = ()>>(parallel: usize, call: impl Fn(usize) -> F) -> f64 {
    let begun = Instant::now();
    stream::iter(0..CALLS).for_each_concurrent(parallel, call).await;
    begun.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Both sides of a comparison.
#[derive(Default)]
struct Pair {
    ours: Vec<f64>,
    raw: Vec<f64>,
}

impl Pair {
    /// Prints the medians and returns our time in relation to that of rmcp.
    fn print(self, what: &str) -> f64 {
        let ratio = median(self.ours.iter().zip(&self.raw).map(|(ours, raw)| ours / raw).collect());
        let calls = CALLS as f64;
        let (ours, raw) = (median(self.ours), median(self.raw));
        println!(
            "{what:32} ours {:7.1} µs, {:6.0} calls/s   rmcp {:7.1} µs, {:6.0} calls/s   time ours / rmcp {ratio:.3}",
            ours / calls * 1e6,
            calls / ours,
            raw / calls * 1e6,
            calls / raw,
        );
        ratio
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let (plain, _child) = peer(env!("CARGO_BIN_EXE_plain")).await;
    // Each side of each comparison has its own process, so that none is warmer than another.
    let (raw, _child) = peer(env!("CARGO_BIN_EXE_raw")).await;
    let (other, _child) = peer(env!("CARGO_BIN_EXE_raw")).await;
    let server = McpServer::spawn(env!("CARGO_BIN_EXE_raw"), [""; 0]).await.unwrap();
    let tools = tools![].with(server.tools().prefix(""));

    let mut is_slow = false;
    for parallel in [1, 16] {
        let (mut servers, mut clients) = (Pair::default(), Pair::default());
        for round in 0..ROUNDS {
            // The order changes, so that neither side always runs on the warmer processor.
            for side in [round % 2, (round + 1) % 2] {
                if side == 0 {
                    servers.ours.push(seconds(parallel, |n| by_peer(&plain, n)).await);
                    clients.ours.push(seconds(parallel, |n| by_ours(&tools, n)).await);
                } else {
                    servers.raw.push(seconds(parallel, |n| by_peer(&raw, n)).await);
                    clients.raw.push(seconds(parallel, |n| by_peer(&other, n)).await);
                }
            }
        }
        is_slow |= servers.print(&format!("server, {parallel} calls at a time")) > 1.0 / 0.9;
        is_slow |= clients.print(&format!("client, {parallel} calls at a time")) > 1.2;
    }
    server.close().await;
    let checks = std::env::args().any(|argument| argument == "--check");
    if is_slow && checks { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
