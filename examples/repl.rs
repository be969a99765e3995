//! A chat in the terminal: streamed text, a line for each tool call, and the cost after each turn.
//!
//! Lines that arrive together, such as pasted text, are one prompt; empty lines are ignored. Ctrl-C ends the turn and
//! keeps the conversation. At the prompt, Ctrl-C and Ctrl-D end the program.

mod plain;

use std::io::Write;
use std::time::Duration;

use claudette::catalog::Cost;
use claudette::{Chat, Event, Result, ToolError, testing, tool, tools};
use plain::{Plain, plain};
use tokio::io::{AsyncBufReadExt, BufReader, Split, Stdin, stdin};
use tokio::time::timeout;

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
    let client = testing::client_or_mock("claude-sonnet-5-5").await?;
    let mut chat = Chat::builder(client).tools(tools![sums, list_files]).build()?;
    let mut lines = BufReader::new(stdin()).split(b'\n');
    loop {
        print!("\n> ");
        flush();
        let prompt = tokio::select! {
            prompt = read_prompt(&mut lines) => prompt,
            // The thread that reads the terminal ends only with the process.
            _ = tokio::signal::ctrl_c() => std::process::exit(0),
        };
        let Some(prompt) = prompt else { break };
        if prompt.trim().is_empty() {
            continue;
        }
        let before = chat.cost();
        tokio::select! {
            turn = turn(&mut chat, &prompt) => {
                if let Err(error) = turn {
                    // The conversation is valid: it ends before the turn, or after its last complete step.
                    eprintln!("\n! {}", plain(&error.to_string()));
                }
            }
            // The future of the turn is dropped; the history keeps the finished steps.
            _ = tokio::signal::ctrl_c() => println!("\n(interrupted)"),
        }
        println!("({}; {})", chat.usage(), dollars(before, chat.cost()));
    }
    Ok(())
}

/// Waits for a line, and adds the lines that arrive together with it. Returns `None` at the end of the input.
async fn read_prompt(lines: &mut Split<BufReader<Stdin>>) -> Option<String> {
    // Longer than the pause between two pasted lines, shorter than the pause between two typed lines.
    const TOGETHER: Duration = Duration::from_millis(50);
    let mut prompt = lines.next_segment().await.ok()??;
    while let Ok(Ok(Some(line))) = timeout(TOGETHER, lines.next_segment()).await {
        prompt.push(b'\n');
        prompt.extend(line);
    }
    Some(String::from_utf8_lossy(&prompt).into_owned())
}

async fn turn(chat: &mut Chat, prompt: &str) -> Result<()> {
    let (mut text, mut thinking) = (Plain::default(), Plain::default());
    let mut events = chat.toolloop(prompt).stream();
    while let Some(event) = events.next().await {
        match event? {
            Event::Text(piece) => print!("{}", text.piece(&piece)),
            Event::Thinking(piece) => print!("\x1b[2m{}\x1b[0m", thinking.piece(&piece)),
            Event::ToolCall(call) => println!("→ {}({})", plain(call.name()), plain(call.input().get())),
            Event::ToolResult(outcome) if outcome.is_error() => println!("← ! {}", plain(&outcome.text())),
            Event::ToolResult(outcome) => println!("← {}", plain(&outcome.text())),
            Event::Retry(retry) => println!("… {}", plain(&format!("{retry:?}"))),
            Event::Response(_) => println!(),
            _ => {}
        }
        flush();
    }
    Ok(())
}

/// Formats the cost of the turn and of the chat, if the price of the model is known.
fn dollars(before: Option<Cost>, after: Option<Cost>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => {
            format!("${:.6} for this turn, ${:.6} in total", after.total() - before.total(), after.total())
        }
        _ => "cost unknown".to_owned(),
    }
}

fn flush() {
    let _ = std::io::stdout().flush();
}
