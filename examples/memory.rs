//! The model keeps notes in a directory, and finds them in the next conversation.

mod plain;

use std::path::Path;

use claudette::memory::Memory;
use claudette::testing::{self, MockResponse};
use claudette::{Chat, Client, Event};
use plain::plain;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let directory = std::env::temp_dir().join(format!("claudette-example-memory-{}", std::process::id()));
    let client = testing::client_or_script("claude-sonnet-5-5", script()).await?;
    talk(&client, &directory, "I am Ada. I prefer trains to planes. Remember that.").await?;
    talk(&client, &directory, "I am Ada. How should I travel from Oslo to Bergen?").await?;

    println!("\nchanges:\n{}", std::fs::read_to_string(directory.join(".audit.jsonl")).unwrap());
    std::fs::remove_dir_all(&directory).unwrap();
    Ok(())
}

/// Starts a conversation with an empty history. Only the directory remains from earlier ones.
async fn talk(client: &Client, directory: &Path, prompt: &str) -> claudette::Result<()> {
    // The directory must exist before the log in it. The model cannot reach the log, because its name is hidden.
    let memory = Memory::in_dir(directory)?.audit_log(directory.join(".audit.jsonl"))?;
    let mut chat = Chat::builder(client.clone()).tools(memory.max_files(20)).build()?;
    println!("\nuser: {prompt}");
    let mut events = chat.toolloop(prompt).stream();
    while let Some(event) = events.next().await {
        match event? {
            Event::ToolCall(call) => println!("→ {}", plain(call.input().get())),
            Event::ToolResult(outcome) => println!("← {}", plain(&outcome.text())),
            Event::Done(run) => println!("{}", plain(&run.text())),
            _ => {}
        }
    }
    Ok(())
}

/// Returns the responses of the mock server, which is used without a key.
fn script() -> Vec<MockResponse> {
    let path = "/memories/ada.md";
    vec![
        MockResponse::tool_use("memory", json!({"command": "view", "path": "/memories"})),
        MockResponse::tool_use(
            "memory",
            json!({"command": "create", "path": path, "file_text": "Prefers trains to planes.\n"}),
        ),
        MockResponse::text("I will remember that."),
        MockResponse::tool_use("memory", json!({"command": "view", "path": "/memories"})),
        MockResponse::tool_use("memory", json!({"command": "view", "path": path})),
        MockResponse::text("Take the Bergen Line: seven hours by train."),
    ]
}
