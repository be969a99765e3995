//! Lists the runs of a journal, or shows one.
//!
//! `cargo run -p claudette-journal-sqlite --example runs agent.db` lists all runs, and
//! `cargo run -p claudette-journal-sqlite --example runs agent.db invoices-2026-11` shows the steps of one.
#![allow(clippy::print_stdout)]

use std::time::{Duration, SystemTime};

use claudette_journal_sqlite::{Journal, RunInfo, RunStatus};

#[tokio::main]
async fn main() -> claudette::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [path] => list(&Journal::open(path).await?).await,
        [path, run] => show(&Journal::open(path).await?, run).await,
        _ => {
            println!("usage: runs <journal> [<run>]");
            Ok(())
        }
    }
}

async fn list(journal: &Journal) -> claudette::Result<()> {
    for run in journal.runs().await? {
        println!("{}  {}  {} steps  {:?}", run.id(), status(&run), run.steps(), shortened(run.prompt(), 60));
    }
    Ok(())
}

async fn show(journal: &Journal, id: &str) -> claudette::Result<()> {
    let runs = journal.runs().await?;
    if let Some(run) = runs.iter().find(|run| run.id() == id) {
        println!("{id}: {}", status(run));
        println!("prompt: {}", shortened(run.prompt(), 200));
        println!("began {} ago", ago(run.started()));
        if let Some((step, at)) = run.last_step() {
            println!("last step: {step}, {} ago", ago(at));
        }
        if let Some(owner) = run.owner() {
            println!("in use by {owner}");
        }
    }
    for call in journal.pending(id).await? {
        println!("waits for a decision: {} {}", call.call().id(), call.call().name());
    }
    for step in journal.steps(id).await? {
        println!("  {:<24} {}", step.name(), shortened(step.record(), 100));
    }
    Ok(())
}

fn status(run: &RunInfo) -> &'static str {
    match (run.status(), run.owner()) {
        (RunStatus::Finished, _) => "finished",
        (RunStatus::Suspended, _) => "waits for a decision",
        (_, Some(_)) => "running",
        (_, None) => "to be continued",
    }
}

fn ago(time: SystemTime) -> String {
    let passed = time.elapsed().unwrap_or_default();
    if passed < Duration::from_mins(2) {
        format!("{} s", passed.as_secs())
    } else {
        format!("{} min", passed.as_secs() / 60)
    }
}

fn shortened(text: &str, len: usize) -> String {
    let mut short: String = text.chars().take(len).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
