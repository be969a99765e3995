//! Approvals: yes, no with a reason, always, and keys that were typed too early.

use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;

use crate::chat::Home;

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
    terminal.wait_for("waiting");
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
