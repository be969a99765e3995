//! A customer's chat that lives for days, with payments that wait for a person.
//!
//!     cargo run -p claudette-journal-sqlite --example invoices             asks for the payments, and ends
//!     cargo run -p claudette-journal-sqlite --example invoices -- allow    allows the payments that wait
//!     cargo run -p claudette-journal-sqlite --example invoices             continues, and is finished
//!
//! Each command is a process of its own. It needs no API key: a local mock server answers.

#![allow(clippy::print_stdout)]

use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, Client, EndReason, Result, ToolUse, tool, tools};
use claudette_journal_sqlite::Journal;
use serde_json::json;

/// Returns the numbers of the open invoices.
#[tool(read_only)]
fn find_invoices() -> Vec<u32> {
    println!("  [find_invoices runs]");
    vec![7, 12]
}

/// Charges an invoice.
#[tool]
async fn charge(
    /// Number of the invoice
    invoice: u32,
) -> String {
    println!("  [charge runs for invoice {invoice}]");
    format!("charged {invoice}")
}

/// Payments wait for a person; everything else is allowed.
async fn approve(call: ToolUse) -> Approval {
    if call.name() == "charge" { Approval::Suspend } else { Approval::Allow }
}

/// Answers a message of the customer. If the message is delivered twice, it is answered once.
async fn answer(journal: &Journal, client: &Client, message_id: &str, message: &str) -> Result<()> {
    let stored = journal.chat("customer-42").await?;
    let mut chat = stored.restore(Chat::builder(client).tools(tools![find_invoices, charge])).build()?;
    let run = chat.toolloop(message).approve(approve).journal(journal.run(message_id)).await?;
    if *run.end_reason() == EndReason::Suspended {
        println!("The payments wait for a decision. Next: the same command with `-- allow`.");
    } else {
        println!("{run}");
    }
    Ok(())
}

/// Allows the payments that wait.
async fn allow(journal: &Journal, message_id: &str) -> Result<()> {
    for waiting in journal.pending(message_id).await? {
        println!("{}({}) is allowed.", waiting.call().name(), waiting.call().input());
        journal.decide(message_id, waiting.call().id(), Approval::Allow).await?;
    }
    println!("Next: the same command without `-- allow`.");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let journal = Journal::open(std::env::temp_dir().join("claudette-invoices.db")).await?;
    if std::env::args().nth(1).as_deref() == Some("allow") {
        return allow(&journal, "message-1").await;
    }
    // In your program: `Client::new("claude-sonnet-5-5")?`.
    let claude = scripted().await?;
    answer(&journal, &claude.client("claude-sonnet-5-5"), "message-1", "Charge all open invoices.").await?;
    println!("({} requests were sent.)", claude.requests().len());
    Ok(())
}

/// Starts a server that answers each request by its place in the conversation.
async fn scripted() -> Result<MockServer> {
    let claude = MockServer::start().await?;
    for _ in 0..3 {
        claude.respond_with(|request| {
            let messages = request["messages"].as_array().map_or(&[][..], Vec::as_slice);
            match messages.iter().filter(|message| message["role"] == "assistant").count() {
                0 => MockResponse::tool_use("find_invoices", json!({})),
                1 => MockResponse::tool_uses([7, 12].map(|invoice| ("charge", json!({"invoice": invoice})))),
                _ => MockResponse::text("Both invoices are charged."),
            }
        });
    }
    Ok(claude)
}
