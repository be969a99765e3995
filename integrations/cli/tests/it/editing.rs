//! The line editor: pastes, arrows, history, several lines, completion.

use claudette::testing::{MockResponse, MockServer};

use crate::chat::{Home, prompt_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_paste_of_five_lines_is_one_prompt() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("Five lines."));
    let terminal = home.ready(&["--no-mcp"]);
    terminal.paste("one\ntwo\nthree\nfour\nfive\n");
    terminal.wait_for("five");
    assert!(claude.requests().is_empty(), "a paste is not sent before Enter");
    terminal.send("\r");
    terminal.wait_for("Five lines.");
    terminal.wait_for_prompt();
    let requests = claude.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(prompt_of(requests[0].body()), "one\ntwo\nthree\nfour\nfive");
}

#[tokio::test(flavor = "multi_thread")]
async fn arrows_edit_and_recall() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    for answer in ["first answer", "second answer", "third answer"] {
        claude.respond(MockResponse::text(answer));
    }
    let terminal = home.ready(&["--no-mcp"]);
    terminal.send("Helo!");
    terminal.wait_for("Helo!");
    terminal.send("\x1b[D\x1b[D");
    terminal.send("l");
    terminal.wait_for("Hello!");
    terminal.send("\r");
    terminal.wait_for("first answer");
    terminal.wait_for_prompt();

    terminal.send("\x1b[A");
    terminal.wait_until("the first prompt is on the screen twice", |screen| {
        screen.contents().matches("Hello!").count() == 2
    });
    terminal.send(" again\r");
    terminal.wait_for("second answer");
    terminal.wait_for_prompt();
    terminal.leave();

    // The history is kept for the next start.
    let terminal = home.ready(&["--no-mcp"]);
    terminal.send("\x1b[A\x1b[A");
    terminal.wait_until("the older prompt", |screen| screen.contents().trim_end().ends_with("❯ Hello!"));
    terminal.send("\r");
    terminal.wait_for("third answer");
    let prompts: Vec<String> = claude.requests().iter().map(|request| prompt_of(request.body())).collect();
    assert_eq!(prompts, ["Hello!", "Hello! again", "Hello!"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_continues_after_a_backslash_and_alt_enter() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("Three lines."));
    let terminal = home.ready(&["--no-mcp"]);
    terminal.send("one\\\r");
    terminal.wait_for("❯ one\\\n·");
    terminal.send("two\x1b\r");
    terminal.wait_for("❯ one\\\n· two\n·");
    terminal.send("three\r");
    terminal.wait_for("Three lines.");
    assert_eq!(prompt_of(claude.requests()[0].body()), "one\ntwo\nthree");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_and_files_are_completed() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("It says hi."));
    std::fs::write(home.folder().join("greeting.txt"), "hi there\n").unwrap();
    let terminal = home.ready(&["--no-mcp"]);
    terminal.send("/sess\t");
    terminal.wait_for("/sessions");
    terminal.send("\r");
    terminal.wait_for("no session is stored yet");
    terminal.wait_for_prompt();
    terminal.send("What is in @gree\t");
    terminal.wait_for("@greeting.txt");
    terminal.send("?\r");
    terminal.wait_for("It says hi.");
    let prompt = prompt_of(claude.requests()[0].body());
    assert_eq!(prompt, "<file path=\"greeting.txt\">\nhi there\n</file>\nWhat is in @greeting.txt ?");
    assert!(terminal.screen().contains("attached greeting.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_command_is_not_sent() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let terminal = home.ready(&["--no-mcp"]);
    terminal.ask("/modle", "did you mean /model?");
    terminal.ask("/model claude-haiku-5-5", "the next turn uses claude-haiku-5-5");
    claude.respond(MockResponse::text("Hi!"));
    terminal.enter("Hello");
    terminal.wait_for("Hi!");
    assert_eq!(claude.requests().len(), 1);
    assert_eq!(claude.requests()[0].body()["model"], "claude-haiku-5-5");
}
