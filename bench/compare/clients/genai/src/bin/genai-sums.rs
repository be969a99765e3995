//! A minimal program: one tool, one question.

use genai::Client;
use genai::chat::{ChatMessage, ChatRequest};
use with_genai::{sums, tool_loop};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let request = ChatRequest::new(vec![ChatMessage::user("What is 604542+6458932?")])
        .with_system("Always use tools if available, and calculations are requested.")
        .with_tools([sums()]);
    println!("{}", tool_loop(&Client::new()?, "claude-sonnet-4-5", request, None).await?);
    Ok(())
}
