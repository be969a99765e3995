//! A queue of prompts, two worker processes, a rate limit, an approval by another process, and live progress.
//!
//! ```text
//! eval "$(integrations/journal-dbos/postgres start)"
//! cargo run -p claudette-journal-dbos --example worker
//! ```
//!
//! It runs with a mock server, without an API key. The program starts itself twice as a worker, puts four prompts on the
//! queue, kills one worker, and decides on the payments.

#![allow(clippy::print_stdout, reason = "an example")]

use std::process::{Child, Command};
use std::time::Duration;

use claudette::testing::MockServer;
use claudette::{Approval, Chat, Client, ToolContext, tool, tools};
use claudette_journal_dbos::{LiveProgress, RunError, decide, journal, pending, progress, workflow_error};
use dbos::{ClientConfig, Config, DBOS, EnqueueOptions, QueueConflict, QueueOptions, RateLimit};

type Failure = Box<dyn std::error::Error>;

/// Pays an invoice.
#[tool]
async fn pay(
    cx: &ToolContext,
    /** Number of the invoice */
    invoice: u32,
) -> String {
    for part in 1..=3 {
        cx.progress(format!("invoice {invoice}: part {part} of 3"));
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    format!("Invoice {invoice} is paid.")
}

/// The workflow: a loop whose steps are stored. A payment waits for a decision.
async fn agent(model: String, prompt: String, client: dbos::Client) -> dbos::Result<String, RunError> {
    let claude =
        Client::builder("claude-sonnet-5-5").api_key("none").base_url(model).build().map_err(workflow_error)?;
    let mut chat = Chat::builder(claude).tools(tools![pay]).build().map_err(workflow_error)?;
    let run = chat
        .toolloop(prompt)
        .approve(async |_| Approval::Suspend)
        .hook(LiveProgress::new(&client))
        .journal(journal().decision_timeout(Duration::from_hours(1)))
        .await
        .map_err(workflow_error)?;
    Ok(run.text())
}

/// A worker. It runs workflows of the queue until it is killed.
async fn work(database: &str, model: String, name: &str) -> Result<(), Failure> {
    let client = dbos::Client::connect(ClientConfig::new(database)).await?;
    let dbos = DBOS::new(Config {
        app_version: Some("1".to_owned()),
        executor_id: Some(name.to_owned()),
        ..Config::new("invoices", database)
    });
    dbos.register_workflow("agent", move |prompt: String| agent(model.clone(), prompt, client.clone()))?;
    dbos.launch().await?;
    println!("{name} is ready");
    std::future::pending().await
}

struct Worker(Child);

impl Worker {
    fn start(database: &str, model: &str, name: &str) -> Result<Self, Failure> {
        Ok(Self(Command::new(std::env::current_exe()?).args(["worker", database, model, name]).spawn()?))
    }

    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [worker, database, model, name] = &arguments[..] {
        assert_eq!(worker, "worker");
        return work(database, model.clone(), name).await;
    }
    let Ok(server) = std::env::var("CLAUDETTE_POSTGRES") else {
        println!("Set CLAUDETTE_POSTGRES to the URL of a Postgres server. To start one:");
        println!("  eval \"$(integrations/journal-dbos/postgres start)\"");
        return Ok(());
    };
    let database = format!("{server}/claudette_example");
    let model = MockServer::auto_reply().await?;

    // Makes the schema, and the queue: at most two starts a second.
    let dbos = DBOS::new(Config { app_version: Some("1".to_owned()), ..Config::new("invoices", &database) });
    dbos.launch().await?;
    let limits = QueueOptions {
        rate_limit: Some(RateLimit { limit: 2, period: Duration::from_secs(1) }),
        polling_interval: Duration::from_millis(200),
        ..QueueOptions::default()
    };
    dbos.register_queue("prompts", limits, QueueConflict::AlwaysUpdate).await?;
    dbos.shutdown().await;

    let mut workers =
        [Worker::start(&database, model.url(), "worker-1")?, Worker::start(&database, model.url(), "worker-2")?];
    let config = ClientConfig { app_name: Some("invoices".to_owned()), ..ClientConfig::new(&database) };
    let client = dbos::Client::connect(config).await?;
    let batch = std::process::id();
    let mut runs = Vec::new();
    for invoice in 1..=4 {
        let id = format!("{batch}-invoice-{invoice}");
        let options = EnqueueOptions { workflow_id: Some(&id), ..EnqueueOptions::new("prompts") };
        let prompt = format!("Pay the invoice {invoice}.");
        let run = client.enqueue_with::<_, String, RunError>("agent", prompt, options).await?;
        runs.push((id, run));
    }

    // This process decides. After the first decision, it shows the progress of the call, and kills a worker.
    let mut decided: Vec<String> = Vec::new();
    while decided.len() < runs.len() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        for (id, _) in &runs {
            for waiting in pending(&client, id).await? {
                if decided.contains(id) {
                    continue;
                }
                println!("{id} asks for {} {}: allowed", waiting.call.name(), waiting.call.input());
                decide(&client, id, &waiting.call, Approval::Allow).await?;
                decided.push(id.clone());
                if decided.len() == 1 {
                    show_progress(&client, id).await?;
                    println!("worker-1 is killed and started again");
                    workers[0].kill();
                    workers[0] = Worker::start(&database, model.url(), "worker-1")?;
                }
            }
        }
    }
    for (id, run) in runs {
        println!("{id}: {}", run.result().await?);
    }
    client.close().await;
    Ok(())
}

/// Waits for the first progress message of a workflow.
async fn show_progress(client: &dbos::Client, id: &str) -> Result<(), Failure> {
    loop {
        if let Some(report) = progress(client, id).await? {
            println!("{id} is running {}: {}", report.tool, report.text);
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
