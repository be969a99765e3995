//! MCP servers of a project.

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;

use crate::chat::Home;

/// A server in a few lines of shell: it answers the handshake, the list of tools, and calls.
pub(crate) const SERVER: &str = r#"#!/bin/sh
echo started >> "$(dirname "$0")/starts"
while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  case "$line" in
    *'"initialize"'*) result='{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"tea","version":"1"}}' ;;
    *'"tools/list"'*) result='{"tools":[{"name":"stock","description":"Returns the stock.","inputSchema":{"type":"object","properties":{"item":{"type":"string"}},"required":[]}}]}' ;;
    *'"tools/call"'*) result='{"content":[{"type":"text","text":"3 boxes"}]}' ;;
    *) result='{}' ;;
  esac
  if [ -n "$id" ]; then printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result"; fi
done
"#;

/// Writes a project with a server, and one that does not start.
fn project(home: &Home) {
    let work = home.folder();
    std::fs::write(work.join("server.sh"), SERVER).unwrap();
    let config = json!({"mcpServers": {
        "tea": {"command": "sh", "args": [work.join("server.sh")]},
        "broken": {"command": "/nowhere/at-all"},
    }});
    std::fs::write(work.join(".mcp.json"), config.to_string()).unwrap();
}

fn starts(home: &Home) -> usize {
    std::fs::read_to_string(home.folder().join("starts")).unwrap_or_default().lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_of_a_project_start_after_a_question() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    project(&home);
    let terminal = home.start(&[]);
    terminal.wait_for("trust this file, and start them?");
    assert!(terminal.screen().contains("broken: /nowhere/at-all"), "{}", terminal.screen());
    assert_eq!(starts(&home), 0);
    terminal.send("n");
    terminal.wait_for_prompt();
    assert_eq!(starts(&home), 0);
    terminal.leave();

    claude.respond(MockResponse::tool_use("mcp__tea__stock", json!({"item": "tea"})));
    claude.respond(MockResponse::text("There are 3 boxes."));
    let terminal = home.start(&[]);
    terminal.wait_for("trust this file, and start them?");
    terminal.send("y");
    terminal.wait_for("MCP: broken:");
    terminal.wait_for_prompt();
    terminal.ask("/tools", "mcp__tea__stock");
    terminal.enter("How much tea is there?");
    terminal.wait_for("allow?");
    terminal.send("y");
    terminal.wait_for("There are 3 boxes.");
    assert!(terminal.screen().contains("→ 3 boxes"), "{}", terminal.screen());
    terminal.wait_for_prompt();
    terminal.leave();

    // The answer is remembered, until the file changes.
    let terminal = home.start(&[]);
    terminal.wait_for("MCP: broken:");
    terminal.wait_for_prompt();
    assert!(!terminal.screen().contains("trust this file"));
    terminal.leave();
    let path = home.folder().join(".mcp.json");
    let changed = std::fs::read_to_string(&path).unwrap() + "\n";
    std::fs::write(&path, changed).unwrap();
    let terminal = home.start(&[]);
    terminal.wait_for("trust this file, and start them?");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_starts_only_servers_of_a_named_file() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    project(&home);
    claude.respond(MockResponse::text("No tools."));
    let (code, out, err) = home.run(&["-p", "Hello"], "");
    assert_eq!((code, out.as_str()), (0, "No tools.\n"));
    assert!(err.contains("were not started") && err.contains("--mcp .mcp.json"), "{err}");
    assert_eq!(starts(&home), 0);

    claude.respond(MockResponse::tool_use("mcp__tea__stock", json!({"item": "tea"})));
    claude.respond(MockResponse::text("3 boxes."));
    let arguments = ["-p", "--mcp", ".mcp.json", "--allow", "mcp__tea__stock", "How much?"];
    let (code, out, err) = home.run(&arguments, "");
    assert_eq!((code, out.as_str()), (0, "3 boxes.\n"), "{err}");
    assert_eq!(err.lines().filter(|line| line.contains("broken")).count(), 1, "{err}");
    assert_eq!(starts(&home), 1);
}
