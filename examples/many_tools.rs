//! 500 tools, of which the model sees one: a search that finds the others.

#[path = "../tests/fixtures/many_tools/mod.rs"]
mod fixture;
mod plain;

use claudette::testing::{self, MockResponse};
use claudette::tooling::ToolSearch;
use claudette::{Chat, Event};
use plain::{Plain, plain};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let tools = fixture::tools();
    println!("{} tools, of which the model sees 1", tools.len());
    let search = ToolSearch::over(tools);

    // How often the right tool is found if the prompt itself is the query. A model writes better queries.
    let [prompts, ..] = fixture::prompts();
    let found = prompts.iter().filter(|(prompt, tool)| search.find(prompt).contains(tool)).count();
    println!("The right tool is found for {found} of {} prompts.", prompts.len());

    let client = testing::client_or_script("claude-sonnet-5-5", script()).await?;
    let mut chat = Chat::builder(client).tools(search).build()?;
    let mut text = Plain::default();
    let mut events = chat.toolloop("When are Tom and Aisha free for half an hour on 2 December 2026?").stream();
    while let Some(event) = events.next().await {
        match event? {
            Event::Text(piece) => print!("{}", text.piece(&piece)),
            Event::ToolCall(call) => println!("→ {}({})", plain(call.name()), plain(call.input().get())),
            Event::ToolResult(outcome) => println!("← {}", plain(&outcome.value::<serde_json::Value>()?.to_string())),
            Event::Done(run) => println!("\n({} responses)", run.steps().len()),
            _ => {}
        }
    }
    Ok(())
}

/// Returns the responses of the mock server, which is used without a key.
fn script() -> Vec<MockResponse> {
    let guests = ["tom@example.com", "aisha@example.com"];
    let slots = json!({"guests": guests, "minutes": 30, "from": "2026-12-02", "to": "2026-12-02"});
    vec![
        MockResponse::tool_use("search_tools", json!({"query": "find free time slots of people"})),
        MockResponse::tool_use("calendar_find_free_slots", slots),
        MockResponse::text("They are both free at 10:00.").chunked(8),
    ]
}
