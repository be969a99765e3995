//! Measures the journal: the cost of a step, the steps per second, a replay, and the growth of the file.
//!
//! `cargo run --release -p claudette-journal-sqlite --example bench [folder]`. The folder must be on the disk to measure; by
//! default, it is `target/tmp`. The model is a hook that returns prepared responses, so there is no network.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use claudette::chat::{Answer, NextRequest, StepId};
use claudette::client::RequestPlan;
use claudette::{BoxFuture, Chat, Client, Hook, Response, Result, tool, tools};
use claudette_journal_sqlite::Journal;
use rusqlite::Connection;
use serde_json::json;

/// Looks at an item.
#[tool(read_only)]
async fn look(
    /** Number of the item */
    n: u32,
) -> String {
    format!("item {n}: {}", "x".repeat(200))
}

/// Returns prepared responses: each but the last calls `look`.
#[derive(Clone)]
struct Model {
    responses: Arc<[Response]>,
    next: Arc<AtomicUsize>,
}

impl Model {
    fn new(requests: usize) -> Self {
        let response = |n: usize| {
            let mut content = vec![json!({"type": "text", "text": "I look at the next item. ".repeat(40)})];
            let is_last = n + 1 == requests;
            if !is_last {
                content
                    .push(json!({"type": "tool_use", "id": format!("toolu_{n}"), "name": "look", "input": {"n": n}}));
            }
            let response = json!({
                "id": format!("msg_{n}"), "type": "message", "role": "assistant", "model": "claude-sonnet-5-5",
                "content": content, "stop_reason": if is_last { "end_turn" } else { "tool_use" }, "stop_sequence": null,
                "usage": {"input_tokens": 1000 + n, "output_tokens": 250},
            });
            serde_json::from_value(response).unwrap()
        };
        Self { responses: (0..requests).map(response).collect(), next: Arc::default() }
    }

    fn again(&self) -> Self {
        Self { next: Arc::default(), ..self.clone() }
    }
}

impl Hook for Model {
    fn around_request<'a>(
        &'a self,
        _: &'a StepId,
        _: &'a RequestPlan<'a>,
        next: NextRequest<'a>,
    ) -> BoxFuture<'a, Result<Answer<Response>>> {
        let response = self.responses[self.next.fetch_add(1, Ordering::Relaxed)].clone();
        Box::pin(async move { Ok(next.replay(response)) })
    }

    fn wants_events(&self) -> bool {
        false
    }
}

fn chat() -> Chat {
    let client = Client::builder("claude-sonnet-5-5").api_key("none").base_url("http://127.0.0.1:9").build().unwrap();
    Chat::builder(client).tools(tools![look]).build().unwrap()
}

/// Runs a loop with this number of steps: its start, and the requests and calls in turn.
async fn run(model: &Model, journal: Option<(&Journal, String)>) {
    let mut chat = chat();
    let toolloop = chat.toolloop("Look at everything.").max_steps(1000).hook(model.again());
    let run = match journal {
        Some((journal, id)) => toolloop.journal(journal.run(id)).await,
        None => toolloop.await,
    };
    assert_eq!(run.unwrap().steps().len(), model.responses.len());
}

fn main() {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp");
    let folder = std::env::args().nth(1).map_or(default, PathBuf::from).join(format!("bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        cost_of_a_step(&folder.join("cost.db")).await;
        steps_per_second(&folder.join("many.db")).await;
        replay(&folder.join("replay.db")).await;
        for requests in [50, 100, 200] {
            growth(&folder.join(format!("growth-{requests}.db")), requests).await;
        }
    });
    std::fs::remove_dir_all(folder).unwrap();
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Compares a journaled loop with the same rows, written and committed by SQLite alone, and with a loop without a journal.
async fn cost_of_a_step(path: &Path) {
    const ROUNDS: usize = 15;
    let (model, journal) = (Model::new(50), Journal::open(path).await.unwrap());
    run(&model, Some((&journal, "warm".to_owned()))).await;
    let steps = journal.steps("warm").await.unwrap();
    let rows: Vec<(String, String)> =
        steps.iter().map(|step| (step.name().to_owned(), step.record().to_owned())).collect();
    let steps = u32::try_from(rows.len()).unwrap();
    let raw = Connection::open(path).unwrap();
    raw.busy_timeout(Duration::from_secs(10)).unwrap();
    raw.pragma_update(None, "synchronous", "full").unwrap();

    let (mut with_journal, mut with_sqlite, mut without) = (Vec::new(), Vec::new(), Vec::new());
    let measure_journal = async |round: usize, times: &mut Vec<Duration>| {
        let begun = Instant::now();
        run(&model, Some((&journal, format!("run-{round}")))).await;
        times.push(begun.elapsed());
    };
    let measure_sqlite = |round: usize, times: &mut Vec<Duration>| {
        let first = i64::try_from(1_000_000 + round).unwrap() << 32;
        let begun = Instant::now();
        for (number, (name, record)) in (1..).zip(&rows) {
            raw.prepare_cached("insert into steps (key, name, record) values (?, ?, ?)")
                .unwrap()
                .execute((first + number, name, record))
                .unwrap();
        }
        // The end of the run.
        raw.prepare_cached("update runs set changed = changed + 1 where key = 1").unwrap().execute([]).unwrap();
        times.push(begun.elapsed());
    };
    for round in 0..ROUNDS {
        // The first round warms up.
        if round == 1 {
            (with_journal, with_sqlite, without) = (Vec::new(), Vec::new(), Vec::new());
        }
        if round % 2 == 0 {
            measure_journal(round, &mut with_journal).await;
            tokio::task::block_in_place(|| measure_sqlite(round, &mut with_sqlite));
        } else {
            tokio::task::block_in_place(|| measure_sqlite(round, &mut with_sqlite));
            measure_journal(round, &mut with_journal).await;
        }
        let begun = Instant::now();
        run(&model, None).await;
        without.push(begun.elapsed());
    }
    let (with_journal, with_sqlite, without) =
        (median(&mut with_journal), median(&mut with_sqlite), median(&mut without));
    let overhead = with_journal.saturating_sub(without);
    println!("cost of a step (medians of {} rounds of {steps} steps)", ROUNDS - 1);
    println!("  loop without a journal {:>8.1} µs", per(without, steps));
    println!("  loop with a journal    {:>8.1} µs", per(with_journal, steps));
    println!("  SQLite alone           {:>8.1} µs", per(with_sqlite, steps));
    println!("  overhead / SQLite      {:>8.2}", overhead.as_secs_f64() / with_sqlite.as_secs_f64());
}

fn per(time: Duration, steps: u32) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(steps)
}

async fn steps_per_second(path: &Path) {
    let journal = Journal::open(path).await.unwrap();
    let model = Model::new(50);
    for concurrent in [1, 16, 64] {
        let mut rates = Vec::new();
        for round in 0..3 {
            let begun = Instant::now();
            let runs: Vec<_> = (0..concurrent)
                .map(|number| {
                    let (journal, model) = (journal.clone(), model.clone());
                    let id = format!("run-{concurrent}-{round}-{number}");
                    tokio::spawn(async move { run(&model, Some((&journal, id))).await })
                })
                .collect();
            for run in runs {
                run.await.unwrap();
            }
            rates.push(f64::from(concurrent) * 100.0 / begun.elapsed().as_secs_f64());
        }
        let rates: Vec<String> = rates.iter().map(|rate| format!("{rate:.0}")).collect();
        println!("steps per second, {concurrent} runs at the same time: {}", rates.join(", "));
    }
}

async fn replay(path: &Path) {
    let journal = Journal::open(path).await.unwrap();
    let model = Model::new(50);
    run(&model, Some((&journal, "run".to_owned()))).await;
    let mut times = Vec::new();
    for _ in 0..50 {
        let begun = Instant::now();
        run(&model, Some((&journal, "run".to_owned()))).await;
        times.push(begun.elapsed());
    }
    let steps = journal.steps("run").await.unwrap().len();
    println!("replay of a finished run of {steps} steps: {:.2} ms", median(&mut times).as_secs_f64() * 1e3);
}

async fn growth(path: &Path, requests: usize) {
    let journal = Journal::open(path).await.unwrap();
    let size = || {
        let db = Connection::open(path).unwrap();
        db.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
        std::fs::metadata(path).unwrap().len()
    };
    let before = size();
    run(&Model::new(requests), Some((&journal, "run".to_owned()))).await;
    let (added, steps) = (size() - before, journal.steps("run").await.unwrap());
    let texts: usize = steps.iter().map(|step| step.record().len()).sum();
    println!(
        "growth of the file: {} steps, {} bytes per step, of which {} are records",
        steps.len(),
        added / steps.len() as u64,
        texts / steps.len()
    );
}
