//! The cost of a step, against bare steps of DBOS with the same texts; many runs at the same time; replay.
//!
//! ```text
//! cargo bench -p claudette-journal-dbos
//! ```

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use claudette::{Chat, Client, tool, tools};
use claudette_journal_dbos::{RunError, journal, workflow_error};
use dbos::StartOptions;
use journal_scenario::Canned;
use serde_json::value::RawValue;

use self::support::Database;

/// Pays an invoice.
#[tool]
fn pay(
    /** Its number */
    n: u32,
) -> String {
    format!("paid {n} {}", "x".repeat(200))
}

/// Runs a loop with this number of requests. Returns its time in microseconds.
async fn run_loop(requests: u32, is_journaled: bool) -> dbos::Result<f64, RunError> {
    let client = Client::builder("claude-sonnet-5-5").api_key("none").base_url("http://127.0.0.1:9").build();
    let chat = Chat::builder(client.map_err(workflow_error)?).tools(tools![pay]).build();
    let mut chat = chat.map_err(workflow_error)?;
    let begun = Instant::now();
    let work = chat.toolloop("Pay all.").max_steps(1000).hook(Canned::new(requests as usize, "pay", &"y".repeat(300)));
    let run = if is_journaled { work.journal(journal()).await } else { work.await };
    assert_eq!(run.map_err(workflow_error)?.text(), "Done.");
    Ok(micros(begun.elapsed()))
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The number of records of a loop.
fn steps(requests: u32) -> f64 {
    f64::from(1 + requests + 2 * (requests - 1))
}

/// Runs bare steps with these names and texts.
async fn run_steps(texts: Arc<Mutex<Vec<(String, String)>>>) -> dbos::Result<f64, RunError> {
    let texts = texts.lock().unwrap().clone();
    let begun = Instant::now();
    for (name, text) in texts {
        let step = dbos::step(&name, || async {
            dbos::Result::<_, RunError>::Ok(RawValue::from_string(text.clone()).unwrap())
        });
        let text: Box<RawValue> = step.await?;
        assert!(!text.get().is_empty());
    }
    Ok(micros(begun.elapsed()))
}

#[tokio::main]
async fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let Some(server) = support::server() else { return };
    let database = Database::create(&server, "claudette_bench");
    let dbos = database.dbos("bench", "bench");
    let looped = dbos.register_workflow("loop", |(requests, is_journaled)| run_loop(requests, is_journaled)).unwrap();
    let texts = Arc::<Mutex<Vec<(String, String)>>>::default();
    let own = texts.clone();
    let bare = dbos.register_workflow("bare", move |(): ()| run_steps(own.clone())).unwrap();
    let times = Arc::<Mutex<Vec<f64>>>::default();
    let own = times.clone();
    let replayed = dbos.register_workflow("replayed", move |requests: u32| {
        let times = own.clone();
        async move {
            let time: f64 = run_loop(requests, true).await?;
            let lives = {
                let mut times = times.lock().unwrap();
                times.push(time);
                times.len()
            };
            let workflow_id = dbos::workflow_id().unwrap();
            // It stays unfinished, so that the next life replays all of its steps.
            let last: dbos::Result<f64, RunError> = Ok(time);
            if lives < REPLAYS { Err(dbos::Error::Interrupted { workflow_id }) } else { last }
        }
    });
    let replayed = replayed.unwrap();
    dbos.launch().await.unwrap();
    let run =
        async |requests, is_journaled| looped.start((requests, is_journaled)).await.unwrap().result().await.unwrap();

    // The texts of the bare steps are those of a real run.
    let requests = 33;
    let options = StartOptions { workflow_id: Some("texts"), ..StartOptions::default() };
    looped.start_with((requests, true), options).await.unwrap().result().await.unwrap();
    *texts.lock().unwrap() = database.steps("texts");
    let length = texts.lock().unwrap().len();
    println!(
        "steps a run: {length}, bytes: {}",
        texts.lock().unwrap().iter().map(|(_, text)| text.len()).sum::<usize>()
    );
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let mut totals = [0.0; 3];
        for turn in 0..3 {
            let which = (round + turn) % 3;
            totals[which] = match which {
                0 => bare.start(()).await.unwrap().result().await.unwrap(),
                1 => run(requests, true).await,
                _ => run(requests, false).await,
            } / steps(requests);
        }
        let [raw, journaled, without] = totals;
        // The first rounds warm up.
        if round >= 2 {
            ratios.push((journaled - without) / raw);
            println!("a step: bare {raw:.0} us, loop {journaled:.0} us, loop without a journal {without:.0} us");
        }
    }
    ratios.sort_by(f64::total_cmp);
    println!("overhead: {:.3} × bare steps (median of {})", ratios[ratios.len() / 2], ratios.len());

    let begun = Instant::now();
    let mut handles = Vec::new();
    for _ in 0..64 {
        handles.push(looped.start((10, true)).await.unwrap());
    }
    for handle in handles {
        handle.result().await.unwrap();
    }
    println!("64 runs at the same time: {:.0} steps/s", 64.0 * steps(10) / begun.elapsed().as_secs_f64());

    let options = StartOptions { workflow_id: Some("replayed"), ..StartOptions::default() };
    let _ = replayed.start_with(requests, options).await.unwrap().result().await;
    for life in 2..=REPLAYS {
        let _ = dbos.resume::<f64, RunError>("replayed").await.unwrap();
        while times.lock().unwrap().len() < life {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let times = times.lock().unwrap().clone();
    let (first, rest) = times.split_first().unwrap();
    println!(
        "{} steps: first life {:.1} ms, replayed {:.1?} ms",
        length,
        first / 1e3,
        rest.iter().map(|it| it / 1e3).collect::<Vec<_>>()
    );
    dbos.shutdown().await;
}

const ROUNDS: usize = 11;
const REPLAYS: usize = 4;
