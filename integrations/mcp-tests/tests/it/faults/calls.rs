//! Results of calls that are wrong, and calls without a result.

use std::time::{Duration, Instant};

use claudette::ToolOutcome;
use mcp_tests::{Folder, call, wait_until};
use serde_json::{Value, json};

use super::{assert_clean, dirty, dirty_in};

/// A call that never gets its answer ends after this time.
const PATIENCE: Duration = Duration::from_millis(600);

#[tokio::test]
async fn results_that_are_wrong_become_text_or_an_error() {
    // The fault, whether the result is an error, and what the model reads.
    let cases: &[(&str, bool, &[&str])] = &[
        ("unknown-block", false, &["fine", "hologram"]),
        ("text-number", false, &["fine", "5"]),
        ("link-without-name", false, &["fine", "file:///a"]),
        ("empty", false, &[]),
        ("empty-text", false, &[]),
        ("complete-only", false, &[]),
        ("meta-only", false, &[]),
        ("only-structured", false, &["42"]),
        ("only-structured-error", true, &["no fuel"]),
        ("tool-result", false, &["old", "result"]),
        ("tools-key", false, &["fine"]),
        ("task", true, &["task"]),
        ("content-object", false, &["fine"]),
        ("bad-image", false, &["fine", "Image"]),
        ("bad-base64", false, &["fine", "base64"]),
        ("string-id", false, &["fine"]),
        ("error", true, &["no such thing"]),
        ("escaped-result", false, &["abcd", "ef"]),
        ("answer-twice", false, &["first"]),
        ("slow-answer", false, &["fine, but late"]),
        ("invalid-utf8", false, &["\u{fffd}"]),
    ];
    for (fault, is_error, words) in cases {
        let server = dirty(fault).timeout(Duration::from_secs(2)).await.unwrap();
        let outcome = call(&server, "bad", json!({})).await;
        let text = outcome.text();
        assert_eq!(outcome.is_error(), *is_error, "{fault}: {text}");
        assert!(words.iter().all(|word| text.contains(word)), "{fault}: {text}");
        // Results are data, so characters that some languages need are kept in them.
        assert_clean(&text.replace('\u{200b}', ""));
        assert_sendable(fault, &outcome);
        // The connection still works.
        assert_eq!(call(&server, "echo", json!({"text": "hi"})).await.text(), "hi", "{fault}");
    }
}

/// Asserts that the API takes the result: no empty text, and an error of text only.
#[track_caller]
fn assert_sendable(fault: &str, outcome: &ToolOutcome) {
    let wire = serde_json::to_value(outcome.result()).unwrap();
    match &wire["content"] {
        Value::Null | Value::String(_) => {}
        content => {
            for block in content.as_array().unwrap() {
                let is_text = block["type"] == "text";
                assert!(is_text || !outcome.is_error(), "{fault}: {wire}");
                assert!(!is_text || !block["text"].as_str().unwrap().trim().is_empty(), "{fault}: {wire}");
            }
        }
    }
}

#[tokio::test]
async fn structured_content_is_kept_for_the_program() {
    let server = dirty("only-structured").await.unwrap();
    let outcome = call(&server, "bad", json!({})).await;
    assert_eq!(outcome.value::<Value>().unwrap(), json!({"answer": 42}));
}

#[tokio::test]
async fn an_image_with_the_wrong_label_is_sent_with_the_right_one() {
    let server = dirty("gif-as-png").await.unwrap();
    let outcome = call(&server, "bad", json!({})).await;
    assert!(!outcome.is_error(), "{}", outcome.text());
    let wire = serde_json::to_value(outcome.result()).unwrap();
    let image = wire["content"].as_array().unwrap().iter().find(|block| block["type"] == "image");
    if let Some(image) = image {
        assert_eq!(image["source"]["media_type"], "image/gif");
    } else {
        assert!(outcome.text().contains("Image"), "{}", outcome.text());
    }
}

#[tokio::test]
async fn results_are_limited() {
    let server = dirty("large").max_result(10_000).await.unwrap();
    let text = call(&server, "bad", json!({})).await.text().into_owned();
    assert!((5_000..=11_000).contains(&text.len()), "{} bytes", text.len());
    assert!(
        text.starts_with("0123") && text.ends_with("789") && text.contains("left out"),
        "{}",
        &text[text.len() - 300..]
    );
    let server = dirty("large").await.unwrap();
    let length = call(&server, "bad", json!({})).await.text().len();
    assert!((50_000..=101_000).contains(&length), "{length} bytes");
    let server = dirty("many-images").await.unwrap();
    let wire = serde_json::to_value(call(&server, "bad", json!({})).await.result()).unwrap();
    let images = wire["content"].as_array().unwrap().iter().filter(|block| block["type"] == "image").count();
    assert!((1..=100).contains(&images), "{images} images");
}

#[tokio::test]
async fn a_line_of_100_mb_ends_the_connection_with_an_error() {
    let folder = Folder::new();
    let server = dirty_in(&folder, "big").timeout(Duration::from_secs(60)).await.unwrap();
    let start = Instant::now();
    let outcome = call(&server, "bad", json!({})).await;
    assert!(outcome.is_error() && outcome.text().contains("16 M"), "{}", outcome.text());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let outcome = call(&server, "echo", json!({"text": "hi"})).await;
    assert_eq!(outcome.text(), "hi");
    assert_eq!(folder.lines("starts").len(), 2);
}

#[tokio::test]
async fn a_call_without_an_answer_times_out_and_the_server_is_told() {
    for fault in ["hang", "wrong-id", "garbage", "no-result", "error-code-string"] {
        let folder = Folder::new();
        let server = dirty_in(&folder, fault).timeout(PATIENCE).await.unwrap();
        let start = Instant::now();
        let outcome = call(&server, "bad", json!({})).await;
        let text = outcome.text();
        assert!(outcome.is_error(), "{fault}: {text}");
        assert!(!text.contains("PT0") && !text.contains("ServiceError"), "{fault}: {text}");
        assert!(start.elapsed() < Duration::from_secs(3), "{fault} took {:?}", start.elapsed());
        if fault == "hang" {
            assert!(start.elapsed() >= PATIENCE, "{:?}", start.elapsed());
            assert!(text.contains("dirty") && text.contains("bad"), "{text}");
            let cancelled = || folder.lines("received").iter().any(|line| line.contains("notifications/cancelled"));
            assert!(wait_until(Duration::from_secs(2), cancelled).await.is_some(), "{:?}", folder.lines("received"));
        }
        assert_eq!(call(&server, "echo", json!({"text": "hi"})).await.text(), "hi", "{fault}");
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_is_cancelled_at_the_server() {
    let folder = Folder::new();
    let server = dirty_in(&folder, "hang").await.unwrap();
    let call = call(&server, "bad", json!({}));
    assert!(tokio::time::timeout(Duration::from_millis(300), call).await.is_err());
    let cancelled = || folder.lines("received").iter().any(|line| line.contains("notifications/cancelled"));
    assert!(wait_until(Duration::from_secs(1), cancelled).await.is_some(), "{:?}", folder.lines("received"));
    // The cancellation names the request of the call.
    let messages: Vec<Value> =
        folder.lines("received").iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sent = messages.iter().find(|message| message["method"] == "tools/call").unwrap();
    let cancelled = messages.iter().find(|message| message["method"] == "notifications/cancelled").unwrap();
    assert_eq!(cancelled["params"]["requestId"], sent["id"]);
}

#[tokio::test]
async fn a_question_that_is_repeated_for_ever_ends() {
    let folder = Folder::new();
    let server = dirty_in(&folder, "input-required").await.unwrap();
    let outcome = call(&server, "bad", json!({})).await;
    assert!(outcome.is_error(), "{}", outcome.text());
    let calls = folder.lines("received").iter().filter(|line| line.contains("tools/call")).count();
    assert!((1..=11).contains(&calls), "{calls} calls");
}

#[tokio::test]
async fn a_server_that_asks_gets_only_what_was_allowed() {
    let server = dirty("asks").await.unwrap();
    let outcome = call(&server, "bad", json!({})).await;
    let answers: Value = serde_json::from_str(&outcome.text()).unwrap();
    assert!(answers["sampling"]["error"].is_object(), "{answers}");
    let declined =
        answers["elicitation"]["error"].is_object() || answers["elicitation"]["result"]["action"] == "decline";
    assert!(declined, "{answers}");
    let no_roots = answers["roots"]["error"].is_object() || answers["roots"]["result"]["roots"] == json!([]);
    assert!(no_roots, "{answers}");
    assert!(answers["unknown"]["error"].is_object(), "{answers}");
    assert!(answers["ping"]["result"].is_object(), "{answers}");
}

#[tokio::test]
async fn wrong_arguments_do_not_leave_the_program() {
    let folder = Folder::new();
    let server = dirty_in(&folder, "none").await.unwrap();
    let outcome = call(&server, "echo", json!({"text": 5})).await;
    assert!(outcome.is_error() && outcome.text().contains("text"), "{}", outcome.text());
    assert!(!folder.lines("received").iter().any(|line| line.contains("tools/call")));
}
