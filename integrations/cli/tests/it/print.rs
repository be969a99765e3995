//! `--print`: clean output, JSON, exit codes.

use claudette::testing::{MockResponse, MockServer};
use serde_json::{Value, json};

use crate::chat::{Home, messages, prompt_of};

#[tokio::test(flavor = "multi_thread")]
async fn the_output_in_a_pipe_is_only_the_text() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("# Title\n\n\u{1b}[31mred\u{1b}]0;title\u{7} **bold**\n"));
    let (code, out, err) = home.run(&["-p", "Summarize", "this."], "line 1\nline 2\n");
    assert_eq!((code, out.as_str(), err.as_str()), (0, "# Title\n\nred **bold**\n", ""));
    assert_eq!(prompt_of(claude.requests()[0].body()), "Summarize this.\n\nline 1\nline 2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn json_has_the_text_usage_cost_and_steps() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    std::fs::write(home.folder().join("a.txt"), "alpha\n").unwrap();
    claude.respond(MockResponse::tool_use("str_replace_based_edit_tool", json!({"command": "view", "path": "a.txt"})));
    claude.respond(MockResponse::text("alpha").usage(json!({"input_tokens": 1000, "output_tokens": 100})));
    let arguments = ["--json", "--edit", ".", "--no-mcp", "Read a.txt"];
    let (code, out, err) = home.run(&arguments, "");
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert_eq!(out.lines().count(), 1);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&json["text"], &json["end_reason"], &json["model"]),
        (&json!("alpha"), &json!("Finished"), &json!("claude-sonnet-5-5"))
    );
    assert!(json["usage"]["input_tokens"].as_u64().unwrap() >= 1000);
    assert!(json["cost"]["total"].as_f64().unwrap() >= 0.003);
    assert_eq!(json["steps"][0]["calls"][0]["input"]["path"], "a.txt");
    assert!(json["steps"][0]["calls"][0]["result"].as_str().unwrap().contains("alpha"));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_lines_of_json() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("one two").chunked(2));
    let (code, out, _) = home.run(&["--json-stream", "Count"], "");
    assert_eq!(code, 0);
    let events: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let text: String =
        events.iter().filter(|event| event["type"] == "text").filter_map(|event| event["data"].as_str()).collect();
    assert_eq!(text, "one two");
    assert_eq!(events.last().unwrap()["type"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_would_ask_is_denied() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    let create = || {
        let input = json!({"command": "create", "path": "a.txt", "file_text": "x\n"});
        MockResponse::tool_use("str_replace_based_edit_tool", input)
    };
    claude.respond(create());
    claude.respond(MockResponse::text("I may not."));
    let (code, out, err) = home.run(&["-p", "--edit", ".", "Create a.txt"], "");
    assert_eq!((code, out.as_str()), (0, "I may not.\n"));
    assert!(err.contains("allow it with --allow str_replace_based_edit_tool"), "{err}");
    assert!(!home.folder().join("a.txt").exists());

    claude.respond(create());
    claude.respond(MockResponse::text("Done."));
    let arguments = ["-p", "--edit", ".", "--allow", "str_replace_based_edit_tool", "Create a.txt"];
    assert_eq!(home.run(&arguments, "").1, "Done.\n");
    assert!(home.folder().join("a.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_have_exit_codes() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::error(401, "authentication_error", "invalid x-api-key"));
    let (code, out, err) = home.run(&["-p", "Hello"], "");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.starts_with("claudette-chat: ") && err.contains("invalid x-api-key"), "{err}");

    claude.respond(MockResponse::error(401, "authentication_error", "invalid x-api-key"));
    let (code, out, _) = home.run(&["--json", "Hello"], "");
    let json: Value = serde_json::from_str(&out).unwrap();
    assert!(code == 1 && json["error"].as_str().unwrap().contains("invalid x-api-key"), "{out}");

    claude.respond(MockResponse::text("One, two, th").stop_reason("max_tokens"));
    let (code, out, err) = home.run(&["-p", "Count"], "");
    assert_eq!((code, out.as_str()), (3, "One, two, th\n"));
    assert!(err.contains("--max-tokens"), "{err}");

    assert_eq!(home.run(&["-p"], "").0, 1);
    assert_eq!(home.run(&["-p", "missing.png"], "").0, 1);
    assert_eq!(home.run(&["--no-such-option"], "").0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_one_line_says_that_a_mock_server_answers() {
    let home = Home::without_key();
    let (code, out, err) = home.run(&["-p", "Hello"], "");
    assert!(code == 0 && out.starts_with("You said “Hello”."), "{out}");
    assert!(err.lines().count() == 1 && err.contains("No API key"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pipe_is_quiet() {
    use std::process::Stdio;
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("x".repeat(1_000_000)));
    let mut command = home.command(&["-p", "Hello"]);
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    // Nobody reads the output: it is larger than the buffer of a pipe.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(141), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_continues_between_two_pipes() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    claude.respond(MockResponse::text("Hi Jeremy."));
    claude.respond(MockResponse::text("Jeremy."));
    home.run(&["-p", "--session", "names", "I am Jeremy."], "");
    let (_, out, _) = home.run(&["-p", "--session", "names", "My name?"], "");
    assert_eq!(out, "Jeremy.\n");
    assert_eq!(messages(&claude), 3);
}

/// The smallest PNG: one pixel.
const PIXEL: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 31, 21, 196,
    137, 0, 0, 0, 13, 73, 68, 65, 84, 120, 218, 99, 100, 248, 207, 80, 15, 0, 3, 134, 1, 128, 90, 52, 125, 107, 0, 0,
    0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

#[tokio::test(flavor = "multi_thread")]
async fn images_are_attached_from_arguments_and_mentions() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    std::fs::write(home.folder().join("pixel.png"), PIXEL).unwrap();
    for arguments in
        [["-p", "pixel.png", "What is this?"], ["-p", "What is this?", "@pixel.png"], ["-p", "See", "@pixel.png."]]
    {
        claude.respond(MockResponse::text("A pixel."));
        assert_eq!(home.run(&arguments, "").1, "A pixel.\n");
        let request = claude.requests().pop().unwrap();
        let content = &request.body()["messages"][0]["content"];
        assert_eq!((&content[0]["type"], &content[0]["source"]["media_type"]), (&json!("image"), &json!("image/png")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_input_of_a_pipe_cannot_attach_files() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude);
    std::fs::write(home.folder().join("secret.txt"), "hunter2").unwrap();
    claude.respond(MockResponse::text("No file."));
    home.run(&["-p", "Summarize"], "see @secret.txt");
    let request = claude.requests()[0].body().to_string();
    assert!(request.contains("see @secret.txt") && !request.contains("hunter2"), "{request}");
}
