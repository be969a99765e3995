//! A program with tools of its own: the example `own_tools`, whose agent has a tool that asks.

use std::path::PathBuf;

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;

use crate::chat::Home;

/// Returns the example, which `cargo test` builds beside the program.
fn example() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_BIN_EXE_claudette-chat")).parent().unwrap().join("examples");
    let path = folder.join(format!("own_tools{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "build it with `cargo build -p claudette-cli --example own_tools`");
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_inside_an_agent_are_below_its_call() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude).with_program(example());
    claude.respond(MockResponse::tool_use("buyer", json!({"prompt": "Five tea, please."})));
    claude.respond(MockResponse::content(json!([
        {"type": "text", "text": "I look at the stock."},
        {"type": "tool_use", "id": "toolu_stock", "name": "stock", "input": {"item": "tea"}},
    ])));
    claude.respond(MockResponse::tool_use("order", json!({"item": "tea", "count": 2})));
    claude.respond(MockResponse::text("Two were ordered."));
    claude.respond(MockResponse::text("There are five now."));
    let terminal = home.ready(&["--no-mcp", "--allow", "buyer", "--allow", "stock"]);
    terminal.enter("I need five tea.");
    terminal.wait_for("allow?");
    assert!(terminal.screen().contains("╭ The agent buyer calls order with"), "{}", terminal.screen());
    terminal.send("y");
    terminal.wait_for("There are five now.");
    terminal.wait_for_prompt();
    let screen = terminal.screen();
    let places: Vec<usize> = [
        "\n● buyer(\"Five tea, please.\")\n",
        "\n  I look at the stock.\n",
        "\n  ● stock(\"tea\") → 3",
        "\n  ● order(",
        "\n● buyer(\"Five tea, please.\") → Two were ordered.",
        "\nThere are five now.",
    ]
    .iter()
    .map(|line| screen.find(line).unwrap_or_else(|| panic!("{line:?} is missing:\n{screen}")))
    .collect();
    assert!(places.is_sorted(), "{places:?}\n{screen}");
    // The calls inside the agent can be shown in full as well.
    terminal.ask("/details 2", "Ordered 2 tea.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_of_the_chat_is_not_one_of_the_agent() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude).with_program(example());
    claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
    claude.respond(MockResponse::tool_use("buyer", json!({"prompt": "Tea."})));
    claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
    claude.respond(MockResponse::text("Three."));
    claude.respond(MockResponse::text("There are three."));
    let terminal = home.ready(&["--no-mcp", "--allow", "buyer"]);
    terminal.enter("How much tea?");
    terminal.wait_for("allow?");
    assert!(terminal.screen().contains("The agent buyer calls stock with"), "{}", terminal.screen());
    terminal.send("y");
    terminal.wait_for("There are three.");
    assert_eq!(terminal.screen().matches("allow?").count(), 1);
}
