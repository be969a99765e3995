//! A minimal program: one tool, one question.

use baseline::{Claude, Error, Message, tools};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let claude = Claude::new(
        "https://api.anthropic.com",
        &std::env::var("ANTHROPIC_API_KEY")?,
        "claude-sonnet-4-5",
        "Always use tools if available, and calculations are requested.",
    );
    println!("{}", claude.tool_loop(&tools(), &mut vec![Message::user("What is 604542+6458932?")]).await?);
    Ok(())
}
