//! Servers that die, and come back.

use std::time::{Duration, Instant};

use mcp_tests::Folder;

use super::{call, dirty, dirty_in};

#[tokio::test]
async fn a_server_that_dies_while_a_tool_runs() {
    let server = dirty("die").await.unwrap();
    let start = Instant::now();
    let outcome = call(&server, "bad", "{}").await;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    let text = outcome.text();
    assert!(outcome.is_error() && text.contains("died while `bad` ran") && text.contains("not known"), "{text}");
    assert_eq!(call(&server, "echo", r#"{"text": "back"}"#).await.text(), "back");
}

#[tokio::test]
async fn a_call_is_repeated_only_if_that_is_harmless() {
    for (is_trusted, starts) in [(false, 1), (true, 2)] {
        let folder = Folder::new();
        let server = dirty_in("die-once-read-only", &folder).trusted(is_trusted).await.unwrap();
        let outcome = call(&server, "bad", "{}").await;
        assert_eq!(outcome.is_error(), !is_trusted, "{outcome:?}");
        assert_eq!(folder.lines("starts").len(), starts);
    }
}

#[tokio::test]
async fn a_server_with_other_tools_after_its_restart() {
    let folder = Folder::new();
    let server = dirty_in("gone", &folder).await.unwrap();
    let outcome = call(&server, "echo", r#"{"text": "hi"}"#).await;
    assert!(outcome.is_error(), "{outcome:?}");
    let outcome = call(&server, "echo", r#"{"text": "hi"}"#).await;
    assert!(outcome.is_error() && outcome.text().contains("no longer offers"), "{outcome:?}");
    assert!(server.is_stale());
}

#[tokio::test]
async fn a_server_that_always_crashes_does_not_connect() {
    let error = dirty("crash").await.unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("Error: Cannot find module 'left-pad'") && text.contains("exit status: 1"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_the_handshake() {
    let error = dirty("hang-start").connect_timeout(Duration::from_millis(300)).await.unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("connect_timeout"), "{error}");
}

#[tokio::test]
async fn a_modern_server_is_started_again_for_the_modern_handshake() {
    let folder = Folder::new();
    let server = dirty_in("modern", &folder).await.unwrap();
    assert_eq!(folder.lines("starts").len(), 2);
    assert_eq!(call(&server, "echo", r#"{"text": "hi"}"#).await.text(), "hi");
}
