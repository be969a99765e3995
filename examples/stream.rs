//! The same loop, seen as it happens: text as it is written, calls as they are made.

use std::io::Write;

use claudette::{Chat, Event, testing, tool, tools};

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
    let claude = testing::client_or_stand_in("claude-sonnet-5-5").await?;
    let mut chat = Chat::builder(claude).tools(tools![sums]).build()?;

    let mut events = chat.toolloop("What is 604542+6458932?").stream();
    while let Some(event) = events.next().await {
        match event? {
            Event::Text(text) => print!("{text}"),
            Event::Thinking(text) => eprint!("{text}"),
            Event::ToolCall(call) => println!("→ {}({})", call.name(), call.input()),
            Event::ToolResult(outcome) => println!("← {} {:?}", outcome.text(), outcome.elapsed()),
            Event::Response(reply) => println!("[{}]", reply.usage()),
            Event::Done(run) => println!("{} replies, {:?}", run.steps().len(), run.stop()),
            _ => {}
        }
        // Text comes without line ends: show it at once all the same.
        std::io::stdout().flush().expect("stdout is open");
    }
    Ok(())
}
