//! A chat with the tools of an MCP server.
//!
//! `cargo run -p claudette-mcp --example mcp_client` starts a server of its own. Or give the command of any server:
//! `cargo run -p claudette-mcp --example mcp_client -- npx -y @modelcontextprotocol/server-filesystem .`
//!
//! Without an API key, a mock server answers in place of Claude. It calls the tool of this program.
#![allow(clippy::print_stdout)]

use claudette::testing::{self, MockResponse};
use claudette::{Chat, Event, tool, tools};
use claudette_mcp::McpServer;
use serde_json::json;

/// Returns the weather in a city.
#[tool(read_only)]
fn weather(
    /// Name of the city
    city: &str,
) -> String {
    format!("It is 7 °C and raining in {city}.")
}

#[tokio::main]
async fn main() -> claudette::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let connect = match arguments.split_first() {
        // This program, started as a server by itself.
        Some((serve, _)) if serve == "serve" => {
            return Ok(claudette_mcp::serve(tools![weather]).name("weather").stdio().await?);
        }
        Some((program, arguments)) => McpServer::spawn(program, arguments),
        None => McpServer::spawn(std::env::current_exe().map_err(claudette::Error::other)?, ["serve"]),
    };
    let server = connect.await?;
    println!("{}", server.report());

    let claude = if arguments.is_empty() {
        let call = MockResponse::tool_use("mcp__weather__weather", json!({"city": "Oslo"}));
        testing::client_or_script("claude-sonnet-5-5", [call, MockResponse::text("Yes, it is raining.")]).await?
    } else {
        testing::client_or_mock("claude-sonnet-5-5").await?
    };
    let mut chat = Chat::builder(claude).tools(server.tools()).build()?;
    let mut events = chat.toolloop("Is it raining in Oslo?").stream();
    while let Some(event) = events.next().await {
        match event? {
            Event::Text(text) => print!("{text}"),
            Event::ToolCall(call) => println!("→ {}({})", call.name(), call.input()),
            Event::ToolResult(outcome) => println!("← {}", outcome.text()),
            _ => {}
        }
    }
    println!();
    // Waits until the server has ended. Without this line, it ends in the background.
    server.close().await;
    Ok(())
}
