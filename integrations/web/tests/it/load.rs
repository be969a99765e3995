//! Many streams at once, slow readers, and streams that are too large.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, tool, tools};
use claudette_web::WebChat;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{ID, Server, answer, chunks_of, submit, text, until, user, web_chat};

const STREAMS: usize = 500;
const MOCK_URL: &str = "CLAUDETTE_WEB_TEST_MOCK_URL";
const GATE: &str = "CLAUDETTE_WEB_TEST_GATE";

/// Waits until the test has created a file, so that all streams are open at the same time.
#[tool]
async fn hold() {
    let gate = std::env::var(GATE).unwrap();
    while !std::path::Path::new(&gate).exists() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The server of the next test, in a process of its own, so that its memory can be measured.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_process() {
    let Ok(url) = std::env::var(MOCK_URL) else { return };
    let client = Client::builder("claude-sonnet-5-5").api_key("mock-server").base_url(url).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("address {}", listener.local_addr().unwrap());
    let chat = WebChat::new(move |_| Chat::builder(&client).tools(tools![hold]));
    chat.build().serve(listener, std::future::pending()).await.unwrap();
}

/// Returns the memory of a process in bytes.
fn memory(pid: u32) -> usize {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_streams_complete() {
    let folder = tempfile::tempdir().unwrap();
    let gate = folder.path().join("gate");
    let words = "A sentence of ten words that fills the stream up. ".repeat(40);
    let claude = MockServer::start().await.unwrap();
    for _ in 0..STREAMS {
        claude.respond(
            MockResponse::content(json!([{"type": "text", "text": words},
                {"type": "tool_use", "id": "toolu_1", "name": "hold", "input": {}}]))
            .chunked(20),
        );
    }
    for _ in 0..STREAMS {
        claude.respond(MockResponse::text("Done."));
    }
    let mut server = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "load::server_process", "--nocapture"])
        .env(MOCK_URL, claude.url())
        .env(GATE, &gate)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let pid = server.id().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let address = loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some((_, address)) = line.split_once("address ") {
            break address.to_owned();
        }
    };
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    let (before, begun) = (memory(pid), Instant::now());
    let open = Arc::new(AtomicUsize::new(0));
    let streams: Vec<_> = (0..STREAMS)
        .map(|index| {
            let mut body = submit(&[user("m1", "Go")]);
            body["id"] = format!("chat-of-the-load-test-{index}").into();
            let request = http::Request::post(format!("http://{address}/api/chat"))
                .header("content-type", "application/json")
                .body(http_body_util::Full::new(bytes::Bytes::from(body.to_string())))
                .unwrap();
            let (client, open) = (client.clone(), open.clone());
            tokio::spawn(async move {
                let mut response = client.request(request).await.unwrap();
                let (mut body, mut is_open) = (Vec::new(), false);
                while let Some(frame) = response.frame().await {
                    body.extend_from_slice(&frame.unwrap().into_data().unwrap());
                    if !is_open && String::from_utf8_lossy(&body).contains(r#""state":"running""#) {
                        is_open = true;
                        open.fetch_add(1, Ordering::Relaxed);
                    }
                }
                String::from_utf8(body).unwrap()
            })
        })
        .collect();
    for _ in 0..1_200 {
        if open.load(Ordering::Relaxed) == STREAMS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(open.load(Ordering::Relaxed), STREAMS, "streams that are open at the same time");
    let per_stream = memory(pid).saturating_sub(before) / STREAMS;
    std::fs::write(&gate, "").unwrap();
    for stream in streams {
        let chunks = chunks_of(&stream.await.unwrap());
        assert_eq!(answer(&chunks), format!("{words}Done."));
        assert_eq!(chunks.last().unwrap()["finishReason"], "stop");
    }
    println!("{STREAMS} streams: {} KiB each, {:?}", per_stream / 1024, begun.elapsed());
    assert!(per_stream < 300 * 1024, "{per_stream} bytes for each stream");
    server.kill().await.unwrap();
}

#[tokio::test]
async fn a_slow_reader_does_not_hold_up_the_run() {
    let claude = MockServer::start().await.unwrap();
    let long = "0123456789abcde ".repeat(200_000);
    claude.respond(MockResponse::text(&long).chunked(2_000));
    claude.respond(MockResponse::text("Hi!"));
    let server = Server::start(web_chat(&claude)).await;

    // This reader reads nothing.
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    let body = submit(&[user("m1", "Everything, please.")]).to_string();
    let head = format!(
        "POST /api/chat HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        server.address,
        body.len()
    );
    slow.write_all((head + &body).as_bytes()).await.unwrap();
    let path = format!("/api/chat/{ID}");
    let is_over = async || {
        let chat: Value = serde_json::from_str(&text(server.get(&path).await).await).unwrap();
        chat["running"] == false && chat["messages"].as_array().unwrap().len() == 2
    };
    until("the end of the run", is_over).await;
    let mut other = submit(&[user("m1", "Hello")]);
    other["id"] = "another-0123456789".into();
    assert_eq!(answer(&server.chunks(&other).await), "Hi!");

    // Its bytes are kept for it.
    let mut all = Vec::new();
    slow.read_to_end(&mut all).await.unwrap();
    assert!(all.len() > long.len());
    assert!(String::from_utf8_lossy(&all).contains("data: [DONE]"));
}

#[tokio::test]
async fn a_stream_that_is_too_large_ends_with_an_error() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("0123456789".repeat(2_000)).chunked(100));
    let server = Server::start(web_chat(&claude).max_stream(10_000)).await;
    let chunks = server.chunks(&submit(&[user("m1", "Everything, please.")])).await;
    assert_eq!(chunks.last().unwrap()["errorText"], "The answer is too large to be shown.");
}

#[tokio::test]
async fn a_run_ends_after_its_maximum_duration() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Too late.").delay(Duration::from_secs(30)));
    let server = Server::start(web_chat(&claude).max_duration(Duration::from_millis(200))).await;
    let chunks = server.chunks(&submit(&[user("m1", "Hello")])).await;
    assert_eq!(chunks.last().unwrap()["errorText"], "The answer took too long and was stopped.");
}

#[tokio::test]
async fn a_silent_stream_is_kept_alive() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Late.").delay(Duration::from_secs(30)));
    let server = Server::start(web_chat(&claude).keep_alive(Duration::from_millis(50))).await;
    let mut response = server.post(&submit(&[user("m1", "Hello")])).await;
    let mut comments = 0;
    while comments < 2 {
        let frame = response.frame().await.unwrap().unwrap().into_data().unwrap();
        comments += usize::from(frame == ": keep-alive\n\n");
    }
}

#[tokio::test]
async fn too_many_runs_are_refused() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Late.").delay(Duration::from_secs(30)));
    let server = Server::start(web_chat(&claude).max_runs(1)).await;
    let first = server.post(&submit(&[user("m1", "Hello")])).await;
    let mut other = submit(&[user("m1", "Hello")]);
    other["id"] = "another-0123456789".into();
    let refused = server.post(&other).await;
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "2");
    drop(first);
}
