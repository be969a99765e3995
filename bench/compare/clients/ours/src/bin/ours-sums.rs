//! A minimal program: one tool, one question.

use claudette::{Chat, tool, tools};

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
    let mut chat = Chat::builder("claude-sonnet-4-5")
        .system("Always use tools if available, and calculations are requested.")
        .tools(tools![sums])
        .build()?;
    let run = chat.toolloop("What is 604542+6458932?").await?;
    println!("{run}");
    Ok(())
}
