//! The process of a server: its environment, and its end.

use std::time::{Duration, Instant};

use mcp_tests::{Folder, is_running, wait_until};

use super::{call, dirty, dirty_in};

#[tokio::test]
async fn a_process_gets_the_environment_that_it_is_given() {
    let server = dirty("environment").env("GIVEN", "yes").await.unwrap();
    let text = call(&server, "bad", "{}").await.text().to_string();
    assert!(text.contains("GIVEN") && text.contains("PATH"), "{text}");
    assert!(!text.contains("CARGO"), "{text}");
}

fn assert_all_end(folder: &Folder) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for process in folder.lines("starts").iter().chain(&folder.lines("grandchild")) {
        let ended = runtime.block_on(wait_until(Duration::from_secs(5), || !is_running(process)));
        assert!(ended.is_some(), "{process}");
    }
}

#[tokio::test]
async fn nothing_is_left_after_close() {
    for fault in ["none", "grandchild", "stubborn"] {
        let folder = Folder::new();
        let server = dirty_in(fault, &folder).await.unwrap();
        let start = Instant::now();
        server.close().await;
        assert!(start.elapsed() < Duration::from_secs(5), "{fault}: {:?}", start.elapsed());
        for process in folder.lines("starts").iter().chain(&folder.lines("grandchild")) {
            assert!(!is_running(process), "{fault}: {process}");
        }
        let outcome = call(&server, "echo", r#"{"text": "hi"}"#).await;
        assert!(outcome.text().contains("closed by the program"), "{outcome:?}");
    }
}

#[test]
fn the_last_handle_may_be_dropped_outside_a_runtime() {
    let folder = Folder::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let tools = runtime.block_on(async {
        let server = dirty_in("grandchild", &folder).await.unwrap();
        server.tools()
    });
    assert!(is_running(&folder.lines("starts")[0]));
    drop(tools);
    assert_all_end(&folder);
    drop(runtime);
}

#[test]
fn the_end_of_the_runtime_ends_the_processes() {
    let folder = Folder::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(async { dirty_in("grandchild", &folder).await.unwrap() });
    drop(runtime);
    assert_all_end(&folder);
    drop(server);
}

#[tokio::test]
async fn a_program_that_does_not_exist() {
    let error = claudette_mcp::McpServer::spawn("no-such-program", ["x"]).await.unwrap_err();
    assert!(error.is_connection() && error.to_string().contains("`no-such-program` was not found"), "{error}");
    let error = dirty("none").current_dir("/no/such/folder").await.unwrap_err();
    assert!(error.to_string().contains("/no/such/folder does not exist"), "{error}");
}

#[tokio::test]
async fn stderr_and_noise_do_not_disturb() {
    for fault in ["flood", "noise", "slow-start"] {
        let server = dirty(fault).await.unwrap();
        assert_eq!(call(&server, "echo", r#"{"text": "hi"}"#).await.text(), "hi", "{fault}");
    }
}
