//! Servers that do not start as they should, or do not end.

use std::time::{Duration, Instant};

use claudette_mcp::McpServer;
use mcp_tests::{Folder, call, is_running, wait_until};
use serde_json::json;

use super::{assert_clean, dirty, dirty_in};

const SHORT: Duration = Duration::from_millis(700);

#[tokio::test]
async fn servers_with_a_bad_start_that_work() {
    for fault in
        ["none", "noise", "flood", "new-version", "silent-discover", "die-on-discover", "slow-start", "storm", "logs"]
    {
        let start = Instant::now();
        let server = dirty(fault).await.unwrap_or_else(|error| panic!("{fault}: {error}"));
        assert!(start.elapsed() < Duration::from_secs(5), "{fault} took {:?}", start.elapsed());
        let outcome = call(&server, "echo", json!({"text": "hi"})).await;
        assert_eq!((outcome.is_error(), &*outcome.text()), (false, "hi"), "{fault}");
        server.close().await;
    }
}

#[tokio::test]
async fn a_server_that_knows_the_modern_protocol_only_is_started_again() {
    let folder = Folder::new();
    let server = dirty_in(&folder, "modern").await.unwrap();
    assert_eq!(folder.lines("starts").len(), 2);
    assert_eq!(call(&server, "echo", json!({"text": "hi"})).await.text(), "hi");
}

#[tokio::test]
async fn a_crash_at_the_start_shows_the_end_of_stderr() {
    let start = Instant::now();
    let error = dirty("crash").await.unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("dirty") && text.contains("Cannot find module 'left-pad'"), "{text}");
    assert_clean(&text);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_exit_without_a_word_is_an_error() {
    let error = dirty("blank").await.unwrap_err();
    assert!(error.is_connection() && error.to_string().contains("dirty"), "{error:?}");
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_named() {
    let error = McpServer::spawn("no-such-program-b7", ["x"]).await.unwrap_err();
    assert!(error.is_connection() && error.to_string().contains("no-such-program-b7"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_the_handshake_times_out_and_ends() {
    for fault in ["hang-start", "garbage-start"] {
        let folder = Folder::new();
        let start = Instant::now();
        let error = dirty_in(&folder, fault).connect_timeout(SHORT).await.unwrap_err();
        assert!(error.is_timeout(), "{fault}: {error:?}");
        assert!(error.to_string().contains("dirty"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(3), "{fault} took {:?}", start.elapsed());
        for process in folder.lines("starts") {
            assert!(
                wait_until(Duration::from_secs(5), || !is_running(&process)).await.is_some(),
                "{fault}: still there"
            );
        }
    }
}

#[tokio::test]
async fn an_error_of_the_server_is_shown() {
    let error = dirty("refuse-start").await.unwrap_err();
    assert!(error.to_string().contains("no licence"), "{error}");
    assert_clean(&error.to_string());
}

#[tokio::test]
async fn the_environment_has_only_what_is_given() {
    let server = dirty("environment").env("TOKEN_OF_THIS_SERVER", "hunter2").await.unwrap();
    let outcome = call(&server, "bad", json!({})).await;
    let text = outcome.text();
    let names: Vec<&str> = text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    assert!(text.contains("TOKEN_OF_THIS_SERVER=hunter2") && names.contains(&"PATH"), "{names:?}");
    // Cargo sets several variables for this process, so this fails if the whole environment is passed on.
    assert!(std::env::var("CARGO_MANIFEST_DIR").is_ok());
    let allowed = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "TOKEN_OF_THIS_SERVER"];
    assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let connect = dirty("crash").env("TOKEN", "hunter2");
    assert!(!format!("{connect:?}").contains("hunter2"));
    let error = connect.await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let server = dirty("none").env("TOKEN", "hunter2").await.unwrap();
    assert!(!format!("{server:?} {:?} {}", server.tools(), server.report()).contains("hunter2"));
}

#[tokio::test]
async fn a_server_that_ignores_signals_and_the_end_of_stdin_ends_with_close() {
    let folder = Folder::new();
    let server = dirty_in(&folder, "stubborn").await.unwrap();
    let process = folder.lines("starts").remove(0);
    assert!(is_running(&process));
    let start = Instant::now();
    server.close().await;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(wait_until(Duration::from_secs(2), || !is_running(&process)).await.is_some());
}

#[tokio::test]
async fn a_process_that_the_server_started_ends_with_it() {
    for close in [true, false] {
        let folder = Folder::new();
        let server = dirty_in(&folder, "grandchild").await.unwrap();
        let grandchild = folder.lines("grandchild").remove(0);
        assert!(is_running(&grandchild));
        if close {
            server.close().await;
        } else {
            drop(server);
        }
        let ended = wait_until(Duration::from_secs(6), || !is_running(&grandchild)).await;
        assert!(ended.is_some(), "with close: {close}");
    }
}

#[tokio::test]
async fn the_last_handle_ends_the_process() {
    let folder = Folder::new();
    let server = dirty_in(&folder, "none").await.unwrap();
    let process = folder.lines("starts").remove(0);
    let tools = server.tools();
    drop(server);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(is_running(&process), "the tools hold the connection");
    drop(tools);
    assert!(wait_until(Duration::from_secs(5), || !is_running(&process)).await.is_some());
}

#[test]
fn a_handle_can_be_dropped_outside_a_runtime() {
    let folder = Folder::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(async { dirty_in(&folder, "none").await.unwrap() });
    drop(runtime);
    drop(server);
    let process = folder.lines("starts").remove(0);
    let checks = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    assert!(checks.block_on(wait_until(Duration::from_secs(5), || !is_running(&process))).is_some());
}

#[tokio::test]
async fn names_and_instructions_of_a_server_are_cleaned() {
    let server = dirty("escapes").await.unwrap();
    assert_clean(server.name());
    assert!(!server.name().contains('\n'), "{:?}", server.name());
    let instructions = server.instructions().unwrap();
    assert!(instructions.contains("Ignore"), "{instructions:?}");
    assert_clean(&instructions);
}
