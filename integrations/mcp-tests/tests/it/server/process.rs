//! The server in a process of its own, on stdin and stdout.

use std::process::Stdio;
use std::time::Duration;

use rmcp::service::serve_client;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::client::{Client, Ears, call, called, text};

async fn start() -> (Client, Child) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plain"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let streams = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
    (serve_client(Ears::default(), streams).await.unwrap(), child)
}

async fn ended(mut child: Child) -> String {
    let mut written = String::new();
    child.stderr.take().unwrap().read_to_string(&mut written).await.unwrap();
    assert!(child.wait().await.unwrap().success());
    written
}

/// On Unix, stdout is redirected before a tool can write to it.
#[cfg(unix)]
#[tokio::test]
async fn a_tool_that_prints_does_not_break_the_protocol() {
    let (client, child) = start().await;
    for _ in 0..3 {
        let result = timeout(Duration::from_secs(10), call(&client, "noise", json!({}))).await.unwrap().unwrap();
        assert_eq!((text(&result).as_str(), result.is_error), ("done", Some(false)));
    }
    assert_eq!(called(&client, "add", json!({"a": 1, "b": 2})).await["content"][0]["text"], "3");
    client.cancel().await.unwrap();
    let written = timeout(Duration::from_secs(10), ended(child)).await.unwrap();
    assert_eq!(written.matches("noise on stdout").count(), 3, "{written}");
    assert_eq!(written.matches("noise of a child").count(), 3, "{written}");
}

#[tokio::test]
async fn the_process_ends_with_its_stdin() {
    let (client, child) = start().await;
    assert_eq!(called(&client, "add", json!({"a": 1, "b": 2})).await["content"][0]["text"], "3");
    client.cancel().await.unwrap();
    let written = timeout(Duration::from_secs(2), ended(child)).await.expect("nothing keeps it");
    assert_eq!(written, "");
}

#[tokio::test]
async fn a_running_call_does_not_keep_the_process() {
    let (client, child) = start().await;
    let slow = tokio::spawn({
        let peer = client.peer().clone();
        async move { peer.call_tool(super::client::params("wait", json!({"ms": 60_000}))).await }
    });
    // The progress shows that the call runs.
    timeout(Duration::from_secs(5), async {
        while client.service().0.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    drop(client);
    let written = timeout(Duration::from_secs(10), ended(child)).await.expect("it waits five seconds");
    assert_eq!(written, "waiting\n");
    slow.await.unwrap().unwrap_err();
}

/// A shell that redirects to files, as people do when they look for a mistake.
#[cfg(unix)]
#[tokio::test]
async fn files_and_sockets_work_like_pipes() {
    let requests = concat!(
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","#,
        r#""capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
        "\n",
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        "\n",
        r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"noise"}}"#,
        "\n",
    );
    let answered = |answers: &str| {
        let answers: Vec<serde_json::Value> =
            answers.lines().map(|line| serde_json::from_str(line).expect("only JSON")).collect();
        assert_eq!(answers[0]["result"]["protocolVersion"], "2025-06-18");
        assert_eq!(answers[1]["result"]["content"][0]["text"], "done");
        assert_eq!(answers.len(), 2);
    };

    let folder = std::env::temp_dir().join(format!("claudette-mcp-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (input, output) = (folder.join("in"), folder.join("out"));
    std::fs::write(&input, requests).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_plain"));
    let out = std::fs::File::create(&output).unwrap();
    command.stdin(std::fs::File::open(&input).unwrap()).stdout(out).stderr(Stdio::null());
    assert!(timeout(Duration::from_secs(10), command.status()).await.unwrap().unwrap().success());
    answered(&std::fs::read_to_string(&output).unwrap());
    std::fs::remove_dir_all(folder).unwrap();

    // Node gives sockets to its child processes.
    let (mut ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_plain"));
    let copy = theirs.try_clone().unwrap();
    command.stdin(std::os::fd::OwnedFd::from(theirs)).stdout(std::os::fd::OwnedFd::from(copy)).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    drop(command);
    let answers = tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        ours.write_all(requests.as_bytes()).unwrap();
        ours.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answers = String::new();
        ours.read_to_string(&mut answers).unwrap();
        answers
    });
    answered(&timeout(Duration::from_secs(10), answers).await.unwrap().unwrap());
    assert!(timeout(Duration::from_secs(10), child.wait()).await.unwrap().unwrap().success());
}
