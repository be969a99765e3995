//! Long conversations: `/compact`, and changes that the program makes by itself.

use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;

use crate::chat::{Home, messages, prompt_of, until_requested};

#[tokio::test(flavor = "multi_thread")]
async fn compact_replaces_the_conversation_by_a_summary() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("first answer"));
    claude.respond(MockResponse::text("second answer"));
    claude.respond_to_compaction(MockResponse::text("The user asked once."));
    let terminal = home.ready(&["--no-mcp", "--model", "claude-opus-5-5"]);
    terminal.ask("/compact", "it is empty");
    assert!(claude.requests().is_empty());
    terminal.ask("first prompt", "first answer");
    terminal.send("/comp\t");
    terminal.wait_for("❯ /compact");
    terminal.send("Keep the ids.");
    terminal.wait_for("Keep the ids.");
    terminal.send("\r");
    terminal.wait_for("a summary replaced 2 messages");
    terminal.wait_for_prompt();
    let screen = terminal.screen();
    let cost = screen.lines().skip_while(|line| !line.contains("a summary replaced")).nth(1).unwrap();
    assert!(cost.contains(" in · ") && cost.contains(" out · $0.0") && !cost.starts_with("0 in"), "{screen}");
    let compaction = json!({"type": "summarize", "instructions": "Keep the ids."});
    assert_eq!(claude.requests()[1].body()["compaction"], compaction);

    terminal.ask("second prompt", "second answer");
    assert_eq!(messages(&claude), 2);
    let last = claude.requests().pop().unwrap();
    assert_eq!(prompt_of(last.body()), "second prompt");
    assert_eq!(last.body()["messages"][0]["content"][0]["type"], "compaction");
    assert!(!last.refused());
    terminal.leave();

    // The session is stored with the summary.
    claude.respond(MockResponse::text("third answer"));
    let terminal = home.ready(&["--no-mcp", "--model", "claude-opus-5-5", "--continue"]);
    terminal.ask("third prompt", "third answer");
    assert_eq!(messages(&claude), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_summary_the_conversation_stays() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("first answer"));
    claude.respond(MockResponse::text("second answer"));
    claude.respond_to_compaction(MockResponse::error(400, "invalid_request_error", "not now"));
    claude.respond_to_compaction(MockResponse::text("").stop_reason("refusal"));
    let terminal = home.ready(&["--no-mcp", "--model", "claude-opus-5-5"]);
    terminal.ask("first prompt", "first answer");
    terminal.ask("/compact", "not now");
    terminal.ask("/compact again", "the model did not write a summary, because it declined");
    terminal.ask("/model claude-haiku-4-5", "the next turn uses claude-haiku-4-5");
    terminal.ask("/compact", "claude-haiku-4-5 cannot summarize a conversation");
    assert_eq!(claude.requests().len(), 3);
    terminal.ask("second prompt", "second answer");
    assert_eq!(messages(&claude), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_during_a_summary_keeps_the_conversation() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("first answer"));
    claude.respond_to_compaction(MockResponse::text("never seen").delay(Duration::from_mins(10)));
    claude.respond_to_compaction(MockResponse::text("The user asked twice."));
    claude.respond(MockResponse::text("second answer"));
    let terminal = home.ready(&["--no-mcp", "--model", "claude-opus-5-5"]);
    terminal.ask("first prompt", "first answer");
    terminal.enter("/compact");
    until_requested(&claude, 2).await;
    terminal.send("\x03");
    terminal.wait_for("interrupted; the conversation is unchanged");
    terminal.wait_for_prompt();
    terminal.ask("second prompt", "second answer");
    assert_eq!(messages(&claude), 3);
    // A later summary is possible.
    terminal.ask("/compact", "a summary replaced 4 messages");
    terminal.leave();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_was_interrupted_after_a_summary_is_sent_again() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let long = "All of this is important. ".repeat(300);
    claude.respond(MockResponse::text("first answer"));
    claude.respond(MockResponse::text("never seen").delay(Duration::from_mins(10)));
    claude.respond(MockResponse::text("third answer"));
    std::fs::write(home.folder().join("long.txt"), long).unwrap();
    let terminal =
        home.ready(&["--no-mcp", "--model", "claude-opus-5-5", "--context-at", "2000", "long.txt", "Read it."]);
    terminal.wait_for("first answer");
    terminal.wait_for_prompt();
    terminal.enter("second prompt");
    // The summary, and the request that is not answered.
    until_requested(&claude, 3).await;
    terminal.send("\x03");
    terminal.wait_for("interrupted; the conversation continues");
    terminal.wait_for_prompt();
    terminal.ask("third prompt", "third answer");
    let prompt = prompt_of(claude.requests().last().unwrap().body());
    assert!(prompt.starts_with("second prompt\n") && prompt.ends_with("\nthird prompt"), "{prompt}");
    terminal.leave();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_that_the_model_cannot_do_names_the_option_that_it_can() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let remedy = "claude-haiku-4-5 cannot summarize a conversation: use another model, or start with --context trim";
    let (code, out, err) = home.run(&["-p", "--model", "claude-haiku-4-5", "--context", "compact", "Hello"], "");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains(remedy), "{err}");

    claude.respond(MockResponse::text("Hello."));
    let terminal = home.ready(&["--no-mcp", "--model", "claude-opus-5-5", "--context", "compact"]);
    terminal.ask("/model claude-haiku-4-5", "cannot summarize a conversation");
    terminal.enter("Hi");
    terminal.wait_until("a second refusal", |screen| screen.contents().matches("cannot summarize").count() == 2);
    assert!(claude.requests().is_empty());
    // The prompt is not lost.
    terminal.ask("/model claude-opus-5-5", "the next turn uses claude-opus-5-5");
    terminal.ask("/retry", "Hello.");
    assert_eq!(prompt_of(claude.requests()[0].body()), "Hi");
    assert!(!terminal.screen().contains("ContextPolicy"), "{}", terminal.screen());
    terminal.leave();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_conversation_becomes_shorter_by_itself() {
    for (model, line) in [("claude-opus-5-5", "a summary replaced"), ("claude-haiku-4-5", "removed about")] {
        let claude = MockServer::start().await.unwrap();
        let home = Home::new(&claude);
        let editor = "str_replace_based_edit_tool";
        std::fs::write(home.folder().join("long.txt"), "the quick brown fox\n".repeat(800)).unwrap();
        claude.respond(MockResponse::tool_use(editor, json!({"command": "view", "path": "long.txt"})));
        claude.respond(MockResponse::text("first answer"));
        claude.respond(MockResponse::text("second answer"));
        let terminal = home.ready(&["--no-mcp", "--edit", ".", "--model", model, "--context-at", "4000"]);
        terminal.ask("first prompt", "first answer");
        terminal.ask("second prompt", "second answer");
        let screen = terminal.screen();
        assert!(screen.contains(line), "{screen}");
        assert!(claude.requests().iter().all(|request| !request.refused()));
    }
}
