//! A minimal tool loop: one function, one question.

use claudette::{Chat, testing, tool, tools};

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    #[tool(default = 1)]
    b: i64,
) -> i64 {
    a + b
}

#[tokio::main]
async fn main() -> claudette::Result<()> {
    // Uses the real API if the environment contains a key, otherwise a mock server on this machine.
    // In your own program, pass the name of a model: `Chat::builder("claude-sonnet-5-5")`.
    let claude = testing::client_or_mock("claude-sonnet-5-5").await?;
    let mut chat = Chat::builder(claude)
        .system("Always use tools if available, and calculations are requested.")
        .tools(tools![sums])
        .build()?;
    let run = chat.toolloop("What is 604542+6458932?").await?;
    for call in run.steps().iter().flat_map(claudette::chat::Step::calls) {
        println!("→ {}({})", call.name(), call.input());
    }
    println!("{run}");
    println!("{}", chat.usage());
    println!("{}", chat.cost_report());
    Ok(())
}
