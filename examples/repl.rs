//! A chat in the terminal: text as it is written, a line for each tool, the cost after each turn. Ctrl-C ends the turn and
//! keeps the conversation; at the prompt it ends the chat, as Ctrl-D and an empty line do.

use std::io::Write;

use claudette::{Chat, Event, Result, ToolError, testing, tool, tools};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

/// Lists the files of a folder.
#[tool(blocking)]
fn list_files(
    /// Path of the folder, e.g. "."
    path: &str,
) -> Result<Vec<String>, ToolError> {
    let entries = std::fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    entries.collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let client = testing::client_or_stand_in("claude-sonnet-5-5").await?;
    let mut chat = Chat::builder(client).tools(tools![sums, list_files]).build()?;
    let mut lines = BufReader::new(stdin()).lines();
    loop {
        print!("\n> ");
        flush();
        let line = tokio::select! {
            line = lines.next_line() => line,
            // Nothing else ends the thread that reads the terminal.
            _ = tokio::signal::ctrl_c() => std::process::exit(0),
        };
        let Ok(Some(prompt)) = line else { break };
        if prompt.trim().is_empty() {
            break;
        }
        let before = chat.cost().unwrap_or_default().total();
        tokio::select! {
            turn = turn(&mut chat, &prompt) => {
                if let Err(error) = turn {
                    // The conversation is as it was before, or as far as it came.
                    eprintln!("\n! {error}");
                }
            }
            // The turn's future is dropped: what has finished is in the history, and nothing else.
            _ = tokio::signal::ctrl_c() => println!("\n(interrupted)"),
        }
        let cost = chat.cost().unwrap_or_default().total();
        println!("({}; ${:.6} for this turn, ${cost:.6} in all)", chat.usage(), cost - before);
    }
    Ok(())
}

async fn turn(chat: &mut Chat, prompt: &str) -> Result<()> {
    let mut events = chat.toolloop(prompt).stream();
    while let Some(event) = events.next().await {
        match event? {
            Event::Text(text) => print!("{text}"),
            Event::Thinking(text) => print!("\x1b[2m{text}\x1b[0m"),
            Event::ToolCall(call) => println!("→ {}({})", call.name(), call.input()),
            Event::ToolResult(outcome) if outcome.is_error() => println!("← ! {}", outcome.text()),
            Event::ToolResult(outcome) => println!("← {}", outcome.text()),
            Event::Retry(retry) => println!("… {retry:?}"),
            Event::Response(_) => println!(),
            _ => {}
        }
        flush();
    }
    Ok(())
}

fn flush() {
    let _ = std::io::stdout().flush();
}
