//! The time of a step with a journal, against the same operations of the SDK without this library.
//!
//! ```text
//! export CLAUDETTE_RESTATE=$(integrations/journal-restate/server start)
//! cargo bench -p claudette-journal-restate
//! ```
//!
//! Both sides make the same operations with texts of the same length: `ctx.run` for a request, and an invocation for a
//! call, which has one or two `ctx.run` of its own. The model is a hook, so no request uses the network. The sides alternate.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::collections::HashMap;
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::Instant;

use claudette::journal::{JournalCall, JournalStep, Record};
use claudette::{BoxFuture, Chat, Client, Result, Toolset, tool};
use claudette_journal_restate::{Journal, ToolCall, ToolRecord};
use journal_scenario::Canned;
use restate_sdk::prelude::*;
use serde_json::{Value, json};

/// The number of requests of a run. Each but the last has one call.
const REQUESTS: usize = 40;
/// The number of runs of each side.
const RUNS: usize = 25;

/// Pays an invoice.
#[tool]
fn pay(
    /** Number of the invoice */
    n: u32,
) -> String {
    format!("paid {n} {}", "x".repeat(200))
}

/// Looks at an invoice.
#[tool(idempotent)]
fn look(
    /** Number of the invoice */
    n: u32,
) -> String {
    format!("looked {n} {}", "x".repeat(200))
}

fn tools() -> Toolset {
    claudette::tools![pay, look]
}

async fn run(tool: &'static str, journal: impl claudette::journal::Journal) {
    let client = Client::builder("claude-sonnet-5-5").api_key("key").base_url("http://127.0.0.1:9").build().unwrap();
    let mut chat = Chat::builder(client).tools(tools()).build().unwrap();
    let run = chat
        .toolloop("Go.")
        .max_steps(1000)
        .hook(Canned::new(REQUESTS, tool, &"y".repeat(200)))
        .journal(journal)
        .await
        .unwrap();
    assert_eq!(run.steps().len(), REQUESTS);
}

/// Keeps the texts that a run stores, so that the other side can store the same.
#[derive(Default)]
struct Texts(Mutex<HashMap<String, String>>);

impl claudette::journal::Journal for &Texts {
    #[allow(clippy::unnecessary_literal_bound, reason = "the trait returns a borrowed id")]
    fn run_id(&self) -> &str {
        "inv_10R3iOJsHQBB1N8bzGbUdr7LhPEDnvDqud.bench"
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move {
            let id = step.id().to_string();
            let record = step.run().await?;
            self.0.lock().unwrap().insert(id, record.as_str().to_owned());
            Ok(record)
        })
    }

    fn call<'a>(&'a self, call: JournalCall<'a>) -> BoxFuture<'a, Result<Record>> {
        let data = serde_json::to_string(&call.to_remote()).unwrap();
        self.0.lock().unwrap().insert(format!("call {}", call.id()), data);
        call.run(self)
    }
}

static TEXTS: OnceLock<Texts> = OnceLock::new();

fn text(name: &str) -> Option<Vec<u8>> {
    TEXTS.get().unwrap().0.lock().unwrap().get(name).map(|text| text.clone().into_bytes())
}

struct Bench;

#[restate_sdk::service]
impl Bench {
    /// Runs a loop. Returns the time in seconds.
    #[handler]
    async fn journaled(&self, ctx: Context<'_>, tool: String) -> HandlerResult<f64> {
        let begun = Instant::now();
        let journal = Journal::new(&ctx, "bench").calls(|call| ctx.service_client::<BenchClient>().tool(call));
        run(if tool == "pay" { "pay" } else { "look" }, journal).await;
        Ok(begun.elapsed().as_secs_f64())
    }

    #[handler]
    async fn tool(&self, ctx: Context<'_>, call: ToolCall) -> HandlerResult<ToolRecord> {
        call.run(&ctx, &tools()).await
    }

    /// Makes the same operations without a loop. Returns the time in seconds.
    #[handler]
    async fn raw(&self, ctx: Context<'_>, tool: String) -> HandlerResult<f64> {
        let begun = Instant::now();
        ctx.run(async || Ok(text("run").unwrap())).name("run").await?;
        for n in 1..=REQUESTS {
            let name = format!("request#{n}");
            ctx.run(async || Ok(text(&format!("request#{n}")).unwrap())).name(name).await?;
            if n < REQUESTS {
                let call = text(&format!("call tool#{n}.1:{tool}")).unwrap();
                ctx.service_client::<BenchClient>().raw_tool(call).call().await?;
            }
        }
        Ok(begun.elapsed().as_secs_f64())
    }

    #[handler]
    async fn raw_tool(&self, ctx: Context<'_>, call: Vec<u8>) -> HandlerResult<Vec<u8>> {
        let call: Value = serde_json::from_slice(&call)?;
        let step = call["step"].as_str().unwrap().to_owned();
        if let Some(started) = text(&format!("{step}/started")) {
            ctx.run(async || Ok(started)).name(format!("{step}/started")).await?;
        }
        Ok(ctx.run(async || Ok(text(&step).unwrap())).name(step.clone()).await?)
    }
}

fn curl(url: &str, body: &Value) -> String {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--fail-with-body", url, "-H", "content-type: application/json", "-d", &body.to_string()]);
    let output = curl.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{url}: {text}");
    text
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let Ok(urls) = std::env::var("CLAUDETTE_RESTATE") else {
        println!("skipped: CLAUDETTE_RESTATE is not set, see `integrations/journal-restate/server`");
        return;
    };
    let (ingress, admin) = urls.split_once(',').unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let texts = Texts::default();
    for tool in ["pay", "look"] {
        runtime.block_on(run(tool, &texts));
    }
    assert!(TEXTS.set(texts).is_ok());
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_nodelay(true).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = runtime.block_on(async { socket.listen(1024) }).unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(HttpServer::new(Endpoint::builder().bind(Bench).build()).serve(listener));
    curl(&format!("{admin}/deployments"), &json!({"uri": uri, "force": true}));

    for (tool, steps) in [("look", 2 * REQUESTS), ("pay", 3 * REQUESTS - 1)] {
        let time = |side: &str| -> f64 {
            curl(&format!("{ingress}/Bench/{side}"), &json!(tool)).parse::<f64>().unwrap() * 1e6
        };
        let (mut raw, mut journaled) = (Vec::new(), Vec::new());
        for n in 0..RUNS + 3 {
            let sides = if n % 2 == 0 {
                let raw = time("raw");
                (raw, time("journaled"))
            } else {
                let journaled = time("journaled");
                (time("raw"), journaled)
            };
            // The first runs warm up.
            if n >= 3 {
                raw.push(sides.0);
                journaled.push(sides.1);
            }
        }
        let (raw, journaled) = (median(&mut raw), median(&mut journaled));
        let per_step = |time: f64| time / f64::from(u32::try_from(steps).unwrap());
        println!(
            "{tool}: {steps} steps, {} calls; raw {:.0} µs a step, journaled {:.0} µs, ratio {:.3}",
            REQUESTS - 1,
            per_step(raw),
            per_step(journaled),
            journaled / raw
        );
    }
}
