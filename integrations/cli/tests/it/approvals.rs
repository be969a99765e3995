//! Approvals: yes, no with a reason, always, and keys that were typed too early.

use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;

use crate::chat::{Home, until_requested};

const EDITOR: &str = "str_replace_based_edit_tool";

fn create(path: &str) -> MockResponse {
    MockResponse::tool_use(EDITOR, json!({"command": "create", "path": path, "file_text": "text\n"}))
}

#[tokio::test(flavor = "multi_thread")]
async fn yes_runs_one_call_and_no_tells_the_model_why() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(create("a.txt"));
    claude.respond(create("b.txt"));
    claude.respond(MockResponse::text("One file."));
    let terminal = home.ready(&["--no-mcp", "--edit", "."]);
    terminal.enter("Create two files.");
    terminal.wait_for("allow? [y]es, [n]o, [a]lways");
    assert!(terminal.screen().contains("\"path\": \"a.txt\""), "{}", terminal.screen());
    assert!(!home.folder().join("a.txt").exists());
    terminal.send("y");
    terminal.wait_for("\"path\": \"b.txt\"");
    terminal.wait_until("the second question is there", |screen| screen.contents().matches("allow?").count() == 2);
    terminal.send("n");
    terminal.wait_for("reason for the model");
    terminal.send("one is enough\r");
    terminal.wait_for("One file.");
    assert!(home.folder().join("a.txt").exists() && !home.folder().join("b.txt").exists());
    let last = claude.requests().pop().unwrap().body().to_string();
    assert!(last.contains("one is enough"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn always_asks_no_more_for_this_tool() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(create("a.txt"));
    claude.respond(create("b.txt"));
    claude.respond(MockResponse::text("Two files."));
    let terminal = home.ready(&["--no-mcp", "--edit", "."]);
    terminal.enter("Create two files.");
    terminal.wait_for("allow?");
    terminal.send("a");
    terminal.wait_for("Two files.");
    assert_eq!(terminal.screen().matches("allow?").count(), 1);
    assert!(home.folder().join("b.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_before_the_question_is_not_an_answer() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(create("a.txt").delay(Duration::from_millis(700)));
    claude.respond(MockResponse::text("Stopped."));
    let terminal = home.ready(&["--no-mcp", "--edit", "."]);
    terminal.enter("Create a file.");
    until_requested(&claude, 1).await;
    terminal.send("yyyy");
    terminal.wait_for("allow?");
    // Time for a wrong answer.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!home.folder().join("a.txt").exists());
    // Ctrl-C denies the call and ends the turn.
    terminal.send("\x03");
    terminal.wait_for("interrupted");
    terminal.wait_for_prompt();
    assert!(!home.folder().join("a.txt").exists());
    assert_eq!(claude.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_can_read_all_of_a_long_call() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let lines: Vec<String> = (0..400).map(|number| format!("line {number}")).collect();
    let input = json!({"command": "create", "path": "a.txt", "file_text": "", "lines": lines});
    claude.respond(MockResponse::tool_use("mcp__long__call", input));
    claude.respond(MockResponse::text("Not run."));
    std::fs::write(home.folder().join("server.sh"), crate::mcp::SERVER.replace("\"stock\"", "\"call\"")).unwrap();
    let server = json!({"mcpServers": {"long": {"command": "sh", "args": [home.folder().join("server.sh")]}}});
    std::fs::write(home.folder().join("mcp.json"), server.to_string()).unwrap();
    let terminal = home.ready(&["--mcp", "mcp.json"]);
    terminal.enter("Call it.");
    terminal.wait_for("[d]etails");
    let shown = |text: &str| String::from_utf8_lossy(&terminal.raw()).contains(text);
    assert!(shown("line 0") && !shown("line 200") && shown("are not shown"));
    terminal.send("d");
    while !shown("line 200") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    terminal.wait_until("the question again", |screen| screen.contents().trim_end().ends_with("mcp__long__call"));
    terminal.send("n");
    terminal.wait_for("reason for the model");
    terminal.send("\r");
    terminal.wait_for("Not run.");
}
