//! The images of the README, drawn from the screens of real conversations.
//!
//! `cargo test -p claudette-cli --test it -- --ignored screenshot` writes them again.

use std::path::Path;
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use serde_json::{Value, json};

use crate::chat::{Home, Terminal};
use crate::svg::draw;

/// A server with the tools of a small shop, and a short answer for each.
const SERVER: &str = r#"#!/bin/sh
while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  case "$line" in
    *'"initialize"'*) result='{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"shop","version":"1"}}' ;;
    *'"tools/list"'*) result='{"tools":[
      {"name":"stock","description":"Returns the stock of an item.","annotations":{"readOnlyHint":true},"inputSchema":{"type":"object","properties":{"item":{"type":"string"}},"required":["item"]}},
      {"name":"cancel_order","description":"Cancels an order.","inputSchema":{"type":"object","properties":{"order":{"type":"string"},"refund":{"type":"boolean"},"note":{"type":"string"}},"required":["order"]}}]}'
      result=$(printf '%s' "$result" | tr -d '\n') ;;
    *Sencha*) sleep 0.3; result='{"content":[{"type":"text","text":"12 boxes\nwarehouse: Oslo"}]}' ;;
    *Assam*) sleep 0.2; result='{"content":[{"type":"text","text":"0 boxes\nnext delivery: Friday"}]}' ;;
    *) result='{"content":[{"type":"text","text":"done"}]}' ;;
  esac
  if [ -n "$id" ]; then printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result"; fi
done
"#;

const ANSWER: &str = "\
**Sencha** can be sent today, **Assam** cannot:\n\n\
| Tea | Boxes | Delivery |\n|---|--:|---|\n| Sencha | 12 | from *Oslo*, today |\n| Assam | 0 | on Friday |\n\n\
To check this in a program, read the number of boxes:\n\n\
```rust\n/// Returns `true` if all items are in stock.\nfn in_stock(items: &[Item]) -> bool {\n    \
items.iter().all(|item| item.boxes > 0) // see `stock`\n}\n```\n\n\
1. Send the Sencha now.\n2. Offer another tea instead, for example *Ceylon* (see [the list](https://tea.example)).\n";

async fn shop() -> (MockServer, Home) {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    std::fs::write(home.folder().join("server.sh"), SERVER).unwrap();
    let config = json!({"mcpServers": {"shop": {"command": "sh", "args": [home.folder().join("server.sh")]}}});
    std::fs::write(home.folder().join("mcp.json"), config.to_string()).unwrap();
    (claude, home)
}

fn usage(input: u32, output: u32) -> Value {
    json!({"input_tokens": input, "output_tokens": output})
}

const ARGUMENTS: [&str; 4] = ["--mcp", "mcp.json", "--trust", "shop"];

fn write(terminal: &Terminal, name: &str) {
    let svg = terminal.with_screen(|screen| draw(screen, "claudette-chat"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("images");
    std::fs::create_dir_all(&folder).unwrap();
    assert!(svg.len() < 100_000, "{name} has {} bytes", svg.len());
    std::fs::write(folder.join(name), svg).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes an image of the README"]
async fn screenshot_of_a_tool_loop() {
    let (claude, home) = shop().await;
    let calls = ["Sencha", "Assam"].map(|tea| ("mcp__shop__stock", json!({"item": tea})));
    claude.respond(MockResponse::tool_uses(calls).delay(Duration::from_millis(800)).usage(usage(1_840, 96)));
    claude.respond(MockResponse::text(ANSWER).chunked(80).usage(usage(2_105, 288)));
    let terminal = home.start(&ARGUMENTS);
    terminal.resize(40, 84);
    terminal.wait_for_prompt();
    terminal.ask("Can we send 3 boxes of Sencha and 2 of Assam today?", "the list");
    write(&terminal, "tools.svg");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes an image of the README"]
async fn screenshot_of_an_approval() {
    let (claude, home) = shop().await;
    let input = json!({"order": "O-1041", "refund": true, "note": "The customer ordered twice by mistake."});
    let text = json!([
        {"type": "text", "text": "O-1041 is a copy of O-1040, so I cancel the second one."},
        {"type": "tool_use", "id": "toolu_1", "name": "mcp__shop__cancel_order", "input": input},
    ]);
    claude.respond(MockResponse::content(text).stop_reason("tool_use"));
    let terminal = home.start(&ARGUMENTS);
    terminal.resize(24, 84);
    terminal.wait_for_prompt();
    terminal.enter("A customer ordered twice. Cancel the second order.");
    terminal.wait_for("allow?");
    write(&terminal, "approval.svg");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes an image of the README"]
async fn screenshot_of_sessions() {
    let (claude, home) = shop().await;
    let prompts =
        ["Translate the manual of the kettle", "Plan the stand at the fair in Bergen", "Why is the till 3 NOK short?"];
    for (place, prompt) in prompts.iter().enumerate() {
        let size = 4_000 + 9_000 * u32::try_from(place).unwrap();
        claude.respond(MockResponse::text("Done.").usage(usage(size, size / 3)));
        assert_eq!(home.run(&["-p", "--no-mcp", "--session", ["manual", "fair", "till"][place], prompt], "").0, 0);
    }
    claude.respond(MockResponse::text("Sencha, Assam and Ceylon.").usage(usage(1_350, 420)));
    let terminal = home.start(&ARGUMENTS);
    terminal.resize(34, 84);
    terminal.wait_for_prompt();
    terminal.ask("Which teas do we sell?", "Ceylon");
    terminal.ask("/cost", "Total");
    terminal.ask("/sessions", "manual");
    write(&terminal, "sessions.svg");
}
