//! Stored sessions: after a crash, from the list, and with files.

use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;

use crate::chat::{Home, messages, prompt_of, until_requested};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_continues_after_kill() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("Hello Jeremy."));
    claude.respond(MockResponse::text("never").delay(Duration::from_mins(10)));
    let terminal = home.ready(&["--no-mcp"]);
    terminal.ask("I am Jeremy.", "Hello Jeremy.");
    terminal.enter("Wait.");
    until_requested(&claude, 2).await;
    terminal.kill();

    claude.respond(MockResponse::text("Jeremy."));
    let terminal = home.start(&["--no-mcp", "--continue"]);
    terminal.wait_for("Hello Jeremy.");
    terminal.wait_for_prompt();
    terminal.enter("What is my name?");
    terminal.wait_until("the answer is there", |screen| screen.contents().contains("\nJeremy."));
    let last = claude.requests().pop().unwrap();
    assert_eq!(messages(&claude), 3);
    assert_eq!(prompt_of(last.body()), "What is my name?");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_was_killed_in_a_call_can_be_retried() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let edit = json!({"command": "create", "path": "a.txt", "file_text": "x\n"});
    claude.respond(MockResponse::tool_use("str_replace_based_edit_tool", edit));
    let terminal = home.ready(&["--no-mcp", "--edit", "."]);
    terminal.enter("Create a.txt");
    terminal.wait_for("allow?");
    terminal.kill();

    claude.respond(MockResponse::text("It was not created."));
    let terminal = home.start(&["--no-mcp", "--edit", ".", "--continue"]);
    terminal.wait_for("the last turn is not complete: /retry continues it");
    terminal.wait_for_prompt();
    terminal.ask("/retry", "It was not created.");
    // The program that asked is gone, so the call did not run, and the model reads that.
    assert!(!home.folder().join("a.txt").exists());
    let last = claude.requests().pop().unwrap().body()["messages"][2].to_string();
    assert!(last.contains("Interrupted"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_loaded() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    for answer in ["About tea.", "About ships.", "More tea."] {
        claude.respond(MockResponse::text(answer));
    }
    let terminal = home.ready(&["--no-mcp"]);
    terminal.ask("Tell me about tea", "About tea.");
    terminal.ask("/clear", "a new conversation begins");
    terminal.ask("Tell me about ships", "About ships.");
    terminal.ask("/sessions", "just now");
    let screen = terminal.screen();
    let rows: Vec<&str> = screen.lines().filter(|line| line.contains("just now")).collect();
    assert!(rows.len() == 2 && rows[0].contains("ships") && rows[1].contains("tea"), "{screen}");
    assert!(rows[0].starts_with('●') && rows[0].contains("$0.0"), "{screen}");
    terminal.ask("/load 2", "2 messages");
    terminal.enter("More, please");
    terminal.wait_for("More tea.");
    let last = claude.requests().pop().unwrap();
    assert!(last.body()["messages"].to_string().contains("Tell me about tea"));
    terminal.wait_for_prompt();
    terminal.ask("/save talk.md", "written to talk.md");
    terminal.ask("/save talk.json", "written to talk.json");
    terminal.enter("/load talk.json");
    terminal.wait_for("4 messages");
    let saved = std::fs::read_to_string(home.folder().join("talk.md")).unwrap();
    assert!(saved.contains("Tell me about tea") && saved.contains("More tea."), "{saved}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_are_private_and_unused_sessions_are_removed() {
    use std::os::unix::fs::PermissionsExt as _;
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("Hi."));
    for prompt in [None, Some("Hello")] {
        let terminal = home.ready(&["--no-mcp"]);
        if let Some(prompt) = prompt {
            terminal.ask(prompt, "Hi.");
        }
        terminal.leave();
    }
    let mode = |name: &str| std::fs::metadata(home.data().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("chats.db"), mode("history.txt")), (0o700, 0o600, 0o600));
    let journal = claudette_journal_sqlite::Journal::open(home.data().join("chats.db")).await.unwrap();
    assert_eq!(journal.chats().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_open_in_one_process_at_a_time() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("Hi."));
    let first = home.ready(&["--no-mcp", "--session", "shared"]);
    first.ask("Hello", "Hi.");
    let (code, out, err) = home.run(&["-p", "--session", "shared", "Hello"], "");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("shared") && err.contains("process"), "{err}");
    // The last session that no process uses does not exist.
    let (code, _, err) = home.run(&["-p", "--continue", "Hello"], "");
    assert!(code == 1 && err.contains("no session to continue"), "{err}");
    first.leave();
    claude.respond(MockResponse::text("Again."));
    assert_eq!(home.run(&["-p", "--continue", "Hello"], "").1, "Again.\n");
    assert_eq!(messages(&claude), 3);
}
