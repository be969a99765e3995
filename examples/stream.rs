//! A streamed tool loop: shows the text while it is written, and the calls when they are made.

mod plain;

use std::io::Write;

use claudette::{Chat, Event, testing, tool, tools};
use plain::{Plain, plain};

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

#[tokio::main]
async fn main() -> claudette::Result<()> {
    let claude = testing::client_or_mock("claude-sonnet-5-5").await?;
    let mut chat = Chat::builder(claude).tools(tools![sums]).build()?;

    // The model may repeat control sequences that a terminal would execute, so they are removed.
    let (mut text, mut thinking) = (Plain::default(), Plain::default());
    let mut events = chat.toolloop("What is 604542+6458932?").stream();
    while let Some(event) = events.next().await {
        match event? {
            Event::Text(piece) => print!("{}", text.piece(&piece)),
            Event::Thinking(piece) => eprint!("{}", thinking.piece(&piece)),
            Event::ToolCall(call) => println!("→ {}({})", plain(call.name()), plain(call.input().get())),
            Event::ToolResult(outcome) => println!("← {} {:?}", plain(&outcome.text()), outcome.elapsed()),
            Event::Response(response) => println!("\n[{}]", response.usage()),
            Event::Done(run) => println!("{} responses, {:?}", run.steps().len(), run.end_reason()),
            _ => {}
        }
        // Stdout buffers until the end of a line, so each piece is flushed.
        std::io::stdout().flush().expect("stdout is open");
    }
    Ok(())
}
