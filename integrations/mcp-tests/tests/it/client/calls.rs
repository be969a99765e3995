//! Calls of tools.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::{ToolContext, tool, tools};
use claudette_mcp::serve;
use mcp_tests::{Folder, wait_until};

use super::{call, call_in, connect, dirty, dirty_in};

/// Adds a + b.
#[tool(read_only)]
fn add(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

/// Counts up to a number.
#[tool]
async fn count(
    cx: &ToolContext,
    /// Where to stop
    to: u32,
) -> u32 {
    for n in 1..=to {
        cx.progress(format!("number {n}"));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    to
}

#[tokio::test]
async fn a_tool_of_our_own_server_is_called() {
    let (server, _serving) = connect(serve(tools![add, count]).name("sums")).await;
    assert_eq!(server.name(), "sums");
    let names: Vec<String> = server.tools().list().into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["mcp__sums__add", "mcp__sums__count"]);
    assert_eq!(call(&server, "add", r#"{"a": 1, "b": 2}"#).await.text(), "3");
}

#[tokio::test]
async fn arguments_are_checked_before_they_leave() {
    let folder = Folder::new();
    let server = dirty_in("none", &folder).await.unwrap();
    let outcome = call(&server, "echo", r#"{"text": 5}"#).await;
    assert!(outcome.is_error() && outcome.text().contains("text"), "{outcome:?}");
    assert_eq!(call(&server, "echo", r#"{"text": "hi"}"#).await.text(), "hi");
    let calls = folder.lines("received").iter().filter(|line| line.contains("tools/call")).count();
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn progress_is_reported_while_the_call_runs() {
    let (server, _serving) = connect(serve(tools![count])).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = heard.clone();
    let cx = ToolContext::builder().progress(move |text| sink.lock().unwrap().push(text.to_owned())).build();
    let outcome = call_in(&server, "count", r#"{"to": 3}"#, &cx).await;
    assert_eq!(outcome.text(), "3");
    let heard = heard.lock().unwrap();
    assert!(heard.contains(&"1 number 1".to_owned()), "{heard:?}");
    assert!(heard.is_sorted());
}

async fn assert_cancelled(folder: &Folder) {
    let is_cancelled = || folder.lines("received").iter().any(|line| line.contains("notifications/cancelled"));
    assert!(wait_until(Duration::from_secs(2), is_cancelled).await.is_some());
}

#[tokio::test]
async fn a_call_that_hangs_times_out_and_is_cancelled() {
    let folder = Folder::new();
    let server = dirty_in("hang", &folder).timeout(Duration::from_millis(200)).await.unwrap();
    let outcome = call(&server, "bad", "{}").await;
    assert!(outcome.is_error() && outcome.text().contains("within 200ms"), "{outcome:?}");
    assert_cancelled(&folder).await;
}

#[tokio::test]
async fn a_call_that_is_dropped_is_cancelled() {
    let folder = Folder::new();
    let server = dirty_in("hang", &folder).await.unwrap();
    let outcome = tokio::time::timeout(Duration::from_millis(200), call(&server, "bad", "{}")).await;
    assert!(outcome.is_err());
    assert_cancelled(&folder).await;
}

#[tokio::test]
async fn a_result_above_16_mib_ends_the_connection_with_an_error() {
    let server = dirty("big").await.unwrap();
    let outcome = call(&server, "bad", "{}").await;
    assert!(outcome.is_error() && outcome.text().contains("16 MiB"), "{outcome:?}");
    assert_eq!(call(&server, "echo", r#"{"text": "hi"}"#).await.text(), "hi");
}

#[tokio::test]
async fn an_error_of_the_server_is_cleaned() {
    let server = dirty("error").await.unwrap();
    let outcome = call(&server, "bad", "{}").await;
    assert!(outcome.text().contains("no such thing"), "{outcome:?}");
}
