//! Asks the user before a tool runs; or suspends the loop, and resumes it after a decision.

mod plain;

use std::io::{BufRead, Write};

use claudette::chat::ChatState;
use claudette::{Approval, Chat, EndReason, ToolUse, testing, tool, tools};
use plain::plain;

/// Cancels an order. This cannot be undone.
#[tool]
async fn cancel_order(
    /// Order id, e.g. "O1"
    id: String,
) -> String {
    format!("Order {id} is cancelled.")
}

/// Asks on the terminal. Any other answer than yes or no suspends the call. Control sequences are removed, because they
/// could change the question.
fn ask(call: &ToolUse) -> Approval {
    print!("? Claude wants to call {}({}). [y]es, [n]o, [l]ater: ", plain(call.name()), plain(call.input().get()));
    let _ = std::io::stdout().flush();
    let mut line = String::new();
    let _ = std::io::stdin().lock().read_line(&mut line);
    match line.trim() {
        "y" | "yes" => Approval::Allow,
        "n" | "no" => Approval::deny("the user refused"),
        _ => Approval::Suspend,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let client = testing::client_or_mock("claude-sonnet-5-5").await?;
    let mut chat = Chat::builder(&client).tools(tools![cancel_order]).build()?;

    let run = chat.toolloop("Cancel the order \"O2\".").approve(|call| async move { ask(&call) }).await?;
    if *run.end_reason() != EndReason::Suspended {
        println!("\n{}", plain(&run.text()));
        return Ok(());
    }

    // The state of the chat contains everything. It can be stored and restored in another process.
    let stored = chat.state().to_json();
    println!("\nSuspended; the stored state has {} bytes. Later:", stored.len());

    let state = ChatState::from_json(&stored)?;
    let mut chat = Chat::builder(&client).tools(tools![cancel_order]).restore(state).build()?;
    for call in &chat.pending() {
        println!("! {}({}) is allowed.", plain(call.name()), plain(call.input().get()));
        chat.decide(call, Approval::Allow)?;
    }
    println!("{}", plain(&chat.resume_toolloop().await?.text()));
    Ok(())
}
