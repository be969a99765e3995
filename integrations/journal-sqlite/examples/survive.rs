//! A run that is killed twice and finishes. It needs no API key: the model is a mock server in this process.
//!
//! `cargo run -p claudette-journal-sqlite --example survive`
#![allow(clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, Event, tool, tools};
use claudette_journal_sqlite::{Journal, StoredStep};
use serde_json::json;

type AnyError = Box<dyn std::error::Error>;

const PROMPT: &str = "Charge the invoices 7, 12 and 15.";

/// Looks up the amount of an invoice.
#[tool(read_only)]
async fn amount_of(
    /// Number of the invoice
    invoice: u32,
) -> String {
    tokio::time::sleep(Duration::from_millis(200)).await;
    format!("{} USD", invoice * 10)
}

/// Charges an invoice.
#[tool]
async fn charge(
    /// Number of the invoice
    invoice: u32,
) -> String {
    tokio::time::sleep(Duration::from_millis(400)).await;
    format!("charged invoice {invoice}")
}

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [url, path] => agent(url, Path::new(path)).await,
        _ => parent().await,
    }
}

/// The agent: an ordinary loop with a journal. This process is killed.
async fn agent(url: &str, path: &Path) -> Result<(), AnyError> {
    let client = Client::builder("claude-sonnet-5-5").api_key("mock").base_url(url).build()?;
    let journal = Journal::open(path).await?;
    let mut chat = Chat::builder(client).tools(tools![amount_of, charge]).build()?;

    let mut events = chat.toolloop(PROMPT).journal(journal.run("invoices-2026-11")).stream();
    let mut is_replayed = false;
    while let Some(event) = events.next().await.transpose()? {
        // A replayed step has this event before its other ones.
        let how = if is_replayed { "from the journal" } else { "done now" };
        match event {
            Event::Replayed(_) => is_replayed = true,
            Event::Response(response) => {
                let calls: Vec<String> = response.tool_uses().map(|call| call.name().to_owned()).collect();
                let what = if calls.is_empty() { response.text() } else { format!("wants {}", calls.join(", ")) };
                println!("    {how:<17} the model: {what}");
                is_replayed = false;
            }
            Event::ToolResult(outcome) => {
                let how = if outcome.text().starts_with("Interrupted") { "not run again" } else { how };
                println!("    {how:<17} {}({}): {}", outcome.call().name(), outcome.call().input(), outcome.text());
                is_replayed = false;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Starts the agent three times, and kills it twice.
async fn parent() -> Result<(), AnyError> {
    let claude = MockServer::start().await?;
    // A request that was in flight is sent again, so each response is made from the conversation.
    for _ in 0..8 {
        claude.respond_with(|request| {
            let answers = request["messages"].as_array().into_iter().flatten().filter(|it| it["role"] == "assistant");
            let invoice = |number: u32| json!({ "invoice": number });
            let response = match answers.count() {
                0 => MockResponse::tool_uses([("amount_of", invoice(7)), ("amount_of", invoice(12))]),
                1 => MockResponse::tool_uses([("charge", invoice(7)), ("charge", invoice(12))]),
                2 => MockResponse::tool_use("charge", invoice(15)),
                _ => MockResponse::text(
                    "Invoice 15 was interrupted: please look whether it is charged. 7 and 12 are done.",
                ),
            };
            response.delay(Duration::from_millis(300))
        });
    }
    let folder = std::env::temp_dir().join(format!("claudette-survive-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("agent.db");

    println!("> {PROMPT}\n");
    println!("1. A process runs the agent, and is killed (SIGKILL) in the second request:");
    run_and_kill(&claude, &path, "tool#1.2:amount_of").await?;
    println!("\n2. The same program again. It is killed while invoice 15 is being charged:");
    run_and_kill(&claude, &path, "tool#3.1:charge/started").await?;
    println!("\n3. The same program again, until it is done:");
    let status = start(&claude, &path)?.wait()?;
    println!("\nThe agent is done ({status}). The server answered {} requests; 4 are needed.", claude.requests().len());
    println!("The call that was interrupted did not run again, because `charge` is not idempotent.");
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn start(claude: &MockServer, path: &Path) -> std::io::Result<std::process::Child> {
    let program: PathBuf = std::env::current_exe()?;
    Command::new(program).arg(claude.url()).arg(path).stdin(Stdio::null()).spawn()
}

/// Runs the agent until its journal has this step, and a moment longer.
async fn run_and_kill(claude: &MockServer, path: &Path, last: &str) -> Result<(), AnyError> {
    let mut agent = start(claude, path)?;
    let journal = Journal::open(path).await?;
    loop {
        let steps = journal.steps("invoices-2026-11").await.unwrap_or_default();
        let names: Vec<&str> = steps.iter().map(StoredStep::name).collect();
        if names.contains(&last) {
            break;
        }
        if let Some(status) = agent.try_wait()? {
            return Err(format!("the agent ended too early, with {status}").into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    // `Child::kill` sends SIGKILL.
    agent.kill()?;
    agent.wait()?;
    Ok(())
}
