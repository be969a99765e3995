//! Servers that die while a tool runs, and what follows.

use std::time::{Duration, Instant};

use mcp_tests::{Folder, call, wait_until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{assert_clean, dirty_in};

#[tokio::test]
async fn a_death_in_mid_call_is_an_error_result_and_the_next_call_starts_the_server_again() {
    for fault in ["die-once", "half-line", "die"] {
        let folder = Folder::new();
        let server = dirty_in(&folder, fault).await.unwrap();
        let start = Instant::now();
        let outcome = call(&server, "bad", json!({})).await;
        assert!(start.elapsed() < Duration::from_secs(1), "{fault} took {:?}", start.elapsed());
        let text = outcome.text();
        assert!(outcome.is_error(), "{fault}: {text}");
        assert!(text.contains("dirty") && text.contains("bad") && text.contains("not known"), "{fault}: {text}");
        assert!(text.contains("the disk is on fire"), "{fault}: {text}");
        assert_clean(&text);
        assert_eq!(call(&server, "echo", json!({"text": "hi"})).await.text(), "hi", "{fault}");
        assert_eq!(folder.lines("starts").len(), 2, "{fault}");
        // The call itself was not repeated.
        let calls = folder.lines("received").iter().filter(|line| line.contains(r#""bad""#)).count();
        assert_eq!(calls, 1, "{fault}");
    }
}

#[tokio::test]
async fn a_server_that_is_killed_in_mid_call_is_noticed_at_once() {
    let folder = Folder::new();
    let server = dirty_in(&folder, "hang").await.unwrap();
    let running = tokio::spawn({
        let server = server.clone();
        async move { (call(&server, "bad", json!({})).await, Instant::now()) }
    });
    let arrived = || folder.lines("received").iter().any(|line| line.contains("tools/call"));
    assert!(wait_until(Duration::from_secs(5), arrived).await.is_some());
    let process: i32 = folder.lines("starts")[0].parse().unwrap();
    let killed = Instant::now();
    kill_process(Pid::from_raw(process).unwrap(), Signal::KILL).unwrap();
    let (outcome, ended) = running.await.unwrap();
    assert!(outcome.is_error(), "{}", outcome.text());
    assert!(ended - killed < Duration::from_secs(1), "{:?}", ended - killed);
    assert_eq!(call(&server, "echo", json!({"text": "hi"})).await.text(), "hi");
}

#[tokio::test]
async fn a_server_that_dies_between_calls_is_started_again_by_the_next_call() {
    let folder = Folder::new();
    let server = dirty_in(&folder, "none").await.unwrap();
    let process: i32 = folder.lines("starts")[0].parse().unwrap();
    kill_process(Pid::from_raw(process).unwrap(), Signal::KILL).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    // This call never left, so it is repeated without a hint.
    let outcome = call(&server, "bad", json!({})).await;
    assert!(!outcome.is_error(), "{}", outcome.text());
    assert_eq!(folder.lines("starts").len(), 2);
}

#[tokio::test]
async fn only_a_read_only_tool_of_a_trusted_server_is_called_again() {
    for trusted in [false, true] {
        let folder = Folder::new();
        let server = dirty_in(&folder, "die-once-read-only").trusted(trusted).await.unwrap();
        let outcome = call(&server, "bad", json!({})).await;
        assert_eq!(outcome.is_error(), !trusted, "{}", outcome.text());
        let calls = folder.lines("received").iter().filter(|line| line.contains(r#""bad""#)).count();
        assert_eq!(calls, if trusted { 2 } else { 1 });
    }
}

#[tokio::test]
async fn starts_that_fail_are_repeated_and_limited() {
    let folder = Folder::new();
    let server = dirty_in(&folder, "crash-twice").await.unwrap();
    assert!(call(&server, "bad", json!({})).await.is_error());
    // Two starts crash; a later one works. A call waits, or it is an error that the model may try again.
    let start = Instant::now();
    let mut last = String::new();
    while start.elapsed() < Duration::from_secs(10) {
        let outcome = call(&server, "echo", json!({"text": "hi"})).await;
        last = outcome.text().into_owned();
        if !outcome.is_error() {
            break;
        }
        assert!(last.contains("dirty"), "{last}");
        assert_clean(&last);
    }
    assert_eq!(last, "hi");
    assert_eq!(folder.lines("starts").len(), 4);
}

#[tokio::test]
async fn many_calls_at_once_survive_a_death() {
    let folder = Folder::new();
    let server = dirty_in(&folder, "die-once").await.unwrap();
    assert!(call(&server, "bad", json!({})).await.is_error());
    let calls = (0..20).map(|n| {
        let server = server.clone();
        tokio::spawn(async move { call(&server, "echo", json!({"text": n.to_string()})).await.text().into_owned() })
    });
    for (n, running) in calls.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(running.await.unwrap(), n.to_string());
    }
    assert_eq!(folder.lines("starts").len(), 2, "one start for all calls");
}
