//! A minimal program: one tool, one question.

use rig::prelude::*;
use rig::providers::anthropic::Anthropic;
use rig::rig_tool;
use rig::tool::ToolExecutionError;

/// Adds a + b.
#[rig_tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> Result<i64, ToolExecutionError> {
    Ok(a + b)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let agent = AgentBuilder::new(Anthropic::from_env()?.completion("claude-sonnet-4-5"))
        .preamble("Always use tools if available, and calculations are requested.")
        .tool(Sums)
        .build();
    let response = agent.prompt("What is 604542+6458932?").max_turns(10).await?;
    println!("{}", response.output());
    Ok(())
}
