//! Measures the journal: the cost of a step, the steps per second, a replay, and the growth of the file.
//!
//! `cargo run --release -p claudette-journal-sqlite --example bench [folder]`. The folder must be on the disk to measure; by
//! default, it is `target/tmp`. The model is a hook that returns prepared responses, so no request uses the network.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use claudette::{Chat, Client, tool, tools};
use claudette_journal_sqlite::Journal;
use journal_scenario::Canned;
use rusqlite::Connection;

/// Looks at an item.
#[tool(read_only)]
async fn look(
    /** Number of the item */
    n: u32,
) -> String {
    format!("item {n}: {}", "x".repeat(200))
}

/// Returns a model whose responses call `look`.
fn model(requests: usize) -> Canned {
    Canned::new(requests, "look", &"I look at the next item. ".repeat(40))
}

fn chat() -> Chat {
    let client = Client::builder("claude-sonnet-5-5").api_key("none").base_url("http://127.0.0.1:9").build().unwrap();
    Chat::builder(client).tools(tools![look]).build().unwrap()
}

/// Runs a loop with this number of steps: its start, and the requests and calls in turn.
async fn run(model: &Canned, journal: Option<(&Journal, String)>) {
    let mut chat = chat();
    let toolloop = chat.toolloop("Look at everything.").max_steps(1000).hook(model.clone());
    let run = match journal {
        Some((journal, id)) => toolloop.journal(journal.run(id)).await,
        None => toolloop.await,
    };
    assert_eq!(run.unwrap().steps().len(), model.requests());
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
///
/// SQLite blocks its thread, so an async program calls it on another one. Both ways are measured: the way to another thread
/// and back costs as much as half a commit on a fast disk.
async fn cost_of_a_step(path: &Path) {
    const ROUNDS: usize = 15;
    let (model, journal) = (model(50), Journal::open(path).await.unwrap());
    run(&model, Some((&journal, "warm".to_owned()))).await;
    let steps = journal.steps("warm").await.unwrap();
    let rows: Vec<(String, String)> =
        steps.iter().map(|step| (step.name().to_owned(), step.record().to_owned())).collect();
    let steps = u32::try_from(rows.len()).unwrap();
    let (here, elsewhere) = (Raw::open(path), Elsewhere::start(Raw::open(path)));

    let mut times: [Vec<Duration>; 4] = Default::default();
    for round in 0..ROUNDS {
        // The first round warms up.
        if round == 1 {
            times = Default::default();
        }
        // Each round has another order.
        for place in 0..4 {
            let kind = (round + place) % 4;
            let begun = Instant::now();
            match kind {
                0 => run(&model, None).await,
                1 => run(&model, Some((&journal, format!("run-{round}")))).await,
                2 => tokio::task::block_in_place(|| here.write_run(&format!("here-{round}"), &rows)),
                _ => elsewhere.write_run(&format!("elsewhere-{round}"), &rows).await,
            }
            times[kind].push(begun.elapsed());
        }
    }
    let [without, with_journal, here, elsewhere] = times.map(|mut times| median(&mut times));
    let overhead = with_journal.saturating_sub(without).as_secs_f64();
    println!("cost of a step (medians of {} rounds of {steps} steps)", ROUNDS - 1);
    println!("  loop without a journal     {:>8.1} µs", per(without, steps));
    println!("  loop with a journal        {:>8.1} µs", per(with_journal, steps));
    println!("  SQLite on another thread   {:>8.1} µs", per(elsewhere, steps));
    println!("  SQLite on the same thread  {:>8.1} µs", per(here, steps));
    println!("  overhead / another thread  {:>8.2}", overhead / elsewhere.as_secs_f64());
    println!("  overhead / same thread     {:>8.2}", overhead / here.as_secs_f64());
}

/// A connection that writes the rows of a run without a journal.
struct Raw(Connection);

impl Raw {
    fn open(path: &Path) -> Self {
        let db = Connection::open(path).unwrap();
        db.busy_timeout(Duration::from_secs(10)).unwrap();
        db.pragma_update(None, "synchronous", "full").unwrap();
        Self(db)
    }

    /// Begins a run. As in a journal, its rows follow those of the runs before it.
    fn begin(&self, id: &str) -> i64 {
        let insert = "insert into runs (id, status, started, changed, generation) values (?, 'finished', 0, 0, 0)";
        self.0.prepare_cached(insert).unwrap().execute([id]).unwrap();
        self.0.last_insert_rowid() << 32
    }

    fn write(&self, key: i64, name: &str, record: &str) {
        let insert = "insert into steps (key, name, record) values (?, ?, ?)";
        self.0.prepare_cached(insert).unwrap().execute((key, name, record)).unwrap();
    }

    /// Writes all rows, each in a transaction of its own.
    fn write_run(&self, id: &str, rows: &[(String, String)]) {
        let run = self.begin(id);
        for (key, (name, record)) in (run + 1..).zip(rows) {
            self.write(key, name, record);
        }
    }
}

type Job = Box<dyn FnOnce(&Raw) + Send>;

/// A thread with a connection.
struct Elsewhere(std::sync::mpsc::Sender<Job>);

impl Elsewhere {
    fn start(raw: Raw) -> Self {
        let (jobs, received) = std::sync::mpsc::channel::<Job>();
        std::thread::spawn(move || received.into_iter().for_each(|job| job(&raw)));
        Self(jobs)
    }

    async fn ask<T: Send + 'static>(&self, work: impl FnOnce(&Raw) -> T + Send + 'static) -> T {
        let (reply, result) = tokio::sync::oneshot::channel();
        self.0.send(Box::new(move |raw| drop(reply.send(work(raw))))).unwrap();
        result.await.unwrap()
    }

    async fn write_run(&self, id: &str, rows: &[(String, String)]) {
        let id = id.to_owned();
        let run = self.ask(move |raw| raw.begin(&id)).await;
        for (key, (name, record)) in (run + 1..).zip(rows.iter().cloned()) {
            self.ask(move |raw| raw.write(key, &name, &record)).await;
        }
    }
}

fn per(time: Duration, steps: u32) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(steps)
}

async fn steps_per_second(path: &Path) {
    let journal = Journal::open(path).await.unwrap();
    let model = model(50);
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
    let model = model(50);
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
    run(&model(requests), Some((&journal, "run".to_owned()))).await;
    let (added, steps) = (size() - before, journal.steps("run").await.unwrap());
    let texts: usize = steps.iter().map(|step| step.record().len()).sum();
    println!(
        "growth of the file: {} steps, {} bytes per step, {} of them records",
        steps.len(),
        added / steps.len() as u64,
        texts / steps.len()
    );
}
