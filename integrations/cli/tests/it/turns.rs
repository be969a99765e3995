//! Turns: interruptions, errors, tool calls, cost, and the ways to leave.

use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;

use crate::chat::{Home, messages, prompt_of, until_requested};

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_the_turn_and_keeps_the_chat() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("first answer"));
    claude.respond(MockResponse::text("never seen").delay(Duration::from_mins(10)));
    claude.respond(MockResponse::text("third answer"));
    let terminal = home.ready(&["--no-mcp"]);
    terminal.ask("first prompt", "first answer");
    terminal.enter("second prompt");
    until_requested(&claude, 2).await;
    terminal.send("\x03");
    terminal.wait_for("interrupted; the conversation continues");
    terminal.wait_for_prompt();
    terminal.ask("third prompt", "third answer");

    // The model reads the prompt that it could not answer.
    let last = claude.requests().pop().unwrap();
    assert_eq!(messages(&claude), 3);
    let prompt = prompt_of(last.body());
    assert!(prompt.starts_with("second prompt\n") && prompt.ends_with("\nthird prompt"), "{prompt}");
    terminal.send("\x03");
    terminal.wait_for("Ctrl-C again");
    terminal.wait_for_prompt();
    terminal.send("\x03");
    assert_eq!(terminal.end(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_turn_with_tools_can_be_continued() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    std::fs::write(home.folder().join("notes.txt"), "milk\n").unwrap();
    let view = json!({"command": "view", "path": "notes.txt"});
    claude.respond(MockResponse::tool_use("str_replace_based_edit_tool", view));
    claude.respond(MockResponse::text("never seen").delay(Duration::from_mins(10)));
    claude.respond(MockResponse::text("Only milk."));
    let terminal = home.ready(&["--no-mcp", "--edit", "."]);
    terminal.ask("/retry", "there is nothing to retry");
    terminal.enter("What is in my notes?");
    until_requested(&claude, 2).await;
    terminal.send("\x03");
    terminal.wait_for("interrupted; the conversation continues");
    terminal.wait_for_prompt();
    terminal.ask("/retry", "Only milk.");
    assert_eq!(claude.requests()[1].body()["messages"], claude.requests()[2].body()["messages"]);
    terminal.enter("/retry");
    terminal.wait_until("a second refusal", |screen| screen.contents().matches("nothing to retry").count() == 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_during_a_turn_is_kept_for_the_next_prompt() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("slow answer").delay(Duration::from_millis(1_500)));
    claude.respond(MockResponse::text("second answer"));
    let terminal = home.ready(&["--no-mcp"]);
    terminal.enter("first prompt");
    until_requested(&claude, 1).await;
    terminal.send("typed early");
    assert!(!terminal.screen().contains("typed early"));
    terminal.wait_for("slow answer");
    terminal.wait_for("❯ typed early");
    terminal.send("\r");
    terminal.wait_for("second answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_shown_and_retry_sends_the_prompt_again() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::error(400, "invalid_request_error", "not \u{1b}[31mnow"));
    claude.respond(MockResponse::text("Here I am."));
    let terminal = home.ready(&["--no-mcp"]);
    terminal.ask("Hello", "/retry sends it again");
    terminal.enter("/retry");
    terminal.wait_for("Here I am.");
    assert_eq!(prompt_of(claude.requests()[1].body()), "Hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_call_is_one_line_with_details_on_demand() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    std::fs::write(home.folder().join("notes.txt"), "milk\nbread\n").unwrap();
    claude.respond(MockResponse::tool_use(
        "str_replace_based_edit_tool",
        json!({"command": "view", "path": "notes.txt"}),
    ));
    claude.respond(MockResponse::text("Two things."));
    let terminal = home.ready(&["--no-mcp", "--edit", "."]);
    terminal.ask("What is in my notes?", "Two things.");
    let screen = terminal.screen();
    assert_eq!(screen.matches("● str_replace_based_edit_tool").count(), 1, "{screen}");
    assert!(!screen.contains("bread"), "{screen}");
    terminal.ask("/details", "bread");
    terminal.enter("/cost");
    terminal.wait_for("Total");
    terminal.wait_for("$0.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_a_mock_server_answers() {
    let home = Home::without_key();
    let terminal = home.start(&["--no-mcp"]);
    terminal.wait_for("No API key in the environment: using a mock server");
    terminal.wait_for_prompt();
    terminal.ask("Hello", "You said “Hello”.");
    terminal.enter("/quit");
    assert_eq!(terminal.end(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_program_restores_the_terminal() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let terminal = home.ready(&["--no-mcp"]);
    let kill = std::process::Command::new("kill").args(["-TERM", &terminal.pid().to_string()]).status();
    assert!(kill.unwrap().success());
    terminal.wait_for_close();
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert_eq!(terminal.end(), 143);
    let (on, off) = (raw.rfind("\x1b[?2004h").unwrap(), raw.rfind("\x1b[?2004l").unwrap());
    assert!(on < off, "bracketed paste is off");
}

/// A response of the API that ends after its first words, and the connection stays open.
const BEGUN: &str = concat!(
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n",
    "event: message_start\n",
    r#"data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"#,
    r#""model":"claude-sonnet-5-5","stop_reason":null,"stop_sequence":null,"#,
    r#""usage":{"input_tokens":9,"output_tokens":1}}}"#,
    "\n\nevent: content_block_start\n",
    r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"TCP is a pro"}}"#,
    "\n\n",
);

/// Answers the first request with [`BEGUN`], and passes the others on to a mock server.
async fn stop_once(claude: String) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
    use tokio::net::{TcpListener, TcpStream};
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let address = claude.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let _ = first.read(&mut request).await.unwrap();
        first.write_all(BEGUN.as_bytes()).await.unwrap();
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(&address).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_prompt_quotes_an_interrupted_answer() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::at(&stop_once(claude.url().to_owned()).await);
    claude.respond(MockResponse::text("A protocol."));
    let terminal = home.ready(&["--no-mcp"]);
    terminal.enter("Explain TCP.");
    terminal.wait_for("TCP is a");
    terminal.send("\x03");
    terminal.wait_for("interrupted; the conversation continues");
    terminal.wait_for_prompt();
    terminal.ask("Shorter, please.", "A protocol.");
    let prompt = prompt_of(claude.requests()[0].body());
    let expected = "Explain TCP.\n[The user interrupted this turn. The answer began:]\nTCP is a pro\nShorter, please.";
    assert_eq!(prompt, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn thinking_is_one_line_unless_it_is_wanted() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("First.").thinking("hidden thoughts"));
    claude.respond(MockResponse::text("Second.").thinking("shown thoughts"));
    let terminal = home.ready(&["--no-mcp", "--thinking", "adaptive"]);
    terminal.ask("One", "First.");
    assert!(terminal.screen().contains("thought for"), "{}", terminal.screen());
    terminal.ask("/thinking", "thinking is shown");
    terminal.ask("Two", "Second.");
    let screen = terminal.screen();
    assert!(screen.contains("shown thoughts") && !screen.contains("hidden thoughts"), "{screen}");
}
