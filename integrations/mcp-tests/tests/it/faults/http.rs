//! HTTP servers that refuse, redirect, die, and send too much.

use std::time::{Duration, Instant};

use claudette_mcp::{Connect, Http, McpServer};
use mcp_tests::{HttpFault, HttpServer, call, own_names, wait_until};
use serde_json::json;

fn connect(server: &HttpServer) -> Connect<Http> {
    McpServer::http(server.url()).connect_timeout(Duration::from_secs(10)).timeout(Duration::from_secs(5))
}

#[tokio::test]
async fn a_server_without_faults_works() {
    let web = HttpServer::start(HttpFault::None);
    let server = connect(&web).await.unwrap();
    assert_eq!(server.name(), "web");
    assert_eq!(call(&server, "echo", json!({"text": "hi"})).await.text(), "hi");
}

#[tokio::test]
async fn a_refusal_names_the_remedy_and_a_token_opens_the_door() {
    let web = HttpServer::start(HttpFault::Bearer("hunter2".to_owned()));
    for connect in [connect(&web), connect(&web).bearer("wrong-secret")] {
        assert!(!format!("{connect:?}").contains("wrong-secret"));
        let error = connect.await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(error.to_string().contains("bearer"), "{text}");
        assert!(!text.contains("wrong-secret"), "{text}");
    }
    let server = connect(&web).bearer("hunter2").await.unwrap();
    assert_eq!(call(&server, "echo", json!({"text": "hi"})).await.text(), "hi");
    assert!(!format!("{server:?} {}", server.report()).contains("hunter2"));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_no_token_leaves() {
    let other = HttpServer::start(HttpFault::None);
    // Another host: the same machine by another name.
    let web = HttpServer::start(HttpFault::Redirect(other.url().replace("127.0.0.1", "localhost")));
    let result = connect(&web).bearer("hunter2").header("x-key", "hunter2").await;
    let text = format!("{:?}", result.unwrap_err());
    assert!(!text.contains("hunter2"), "{text}");
    assert!(other.requests().is_empty(), "{:?}", other.requests());
}

#[tokio::test]
async fn headers_and_tokens_are_sent_to_the_server() {
    let web = HttpServer::start(HttpFault::None);
    let server = connect(&web).bearer("t").header("x-key", "v").await.unwrap();
    call(&server, "echo", json!({"text": "hi"})).await;
    let requests = web.requests();
    assert!(requests.len() > 2);
    for request in requests {
        assert_eq!(request.headers["authorization"], "Bearer t");
        assert_eq!(request.headers["x-key"], "v");
    }
}

#[tokio::test]
async fn a_url_is_shown_without_its_secrets() {
    let url = "http://user:hunter2@127.0.0.1:9/mcp?key=hunter2";
    let connect = McpServer::http(url);
    assert!(!format!("{connect:?}").contains("hunter2"), "{connect:?}");
    let error = connect.await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(error.is_connection() && text.contains("127.0.0.1"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn a_server_that_dies_in_mid_call_is_noticed() {
    let mut web = HttpServer::start(HttpFault::None);
    let server = connect(&web).timeout(Duration::from_secs(3)).await.unwrap();
    let running = tokio::spawn({
        let server = server.clone();
        async move { call(&server, "slow", json!({})).await }
    });
    let arrived = || web.requests().iter().any(|request| request.method == "tools/call");
    assert!(wait_until(Duration::from_secs(5), arrived).await.is_some());
    let start = Instant::now();
    web.kill();
    let outcome = running.await.unwrap();
    assert!(outcome.is_error(), "{}", outcome.text());
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    let text = outcome.text().into_owned();
    assert!(text.contains("slow") && !text.contains("reqwest") && !text.contains("hyper"), "{text}");
    // A call waits for a while until the server is back. It then has another session.
    let running = tokio::spawn(async move { call(&server, "echo", json!({"text": "hi"})).await.text().into_owned() });
    tokio::time::sleep(Duration::from_millis(300)).await;
    web.restart();
    assert_eq!(running.await.unwrap(), "hi");
}

#[tokio::test]
async fn a_server_that_does_not_come_back_is_an_error() {
    let mut web = HttpServer::start(HttpFault::None);
    let server = connect(&web).await.unwrap();
    web.kill();
    for _ in 0..2 {
        let start = Instant::now();
        let outcome = call(&server, "echo", json!({"text": "hi"})).await;
        let text = outcome.text();
        assert!(outcome.is_error() && text.contains("web"), "{text}");
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }
    // It was given up, so the next call does not wait.
    let start = Instant::now();
    assert!(call(&server, "echo", json!({"text": "hi"})).await.is_error());
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_restart_between_calls_is_not_noticed() {
    let mut web = HttpServer::start(HttpFault::None);
    let server = connect(&web).await.unwrap();
    assert_eq!(call(&server, "echo", json!({"text": "hi"})).await.text(), "hi");
    web.restart();
    let outcome = call(&server, "echo", json!({"text": "again"})).await;
    assert_eq!(outcome.text(), "again");
    assert_eq!(web.requests().iter().filter(|request| request.method == "initialize").count(), 2);
}

#[tokio::test]
async fn answers_that_are_too_large_or_no_json_are_errors() {
    for fault in [HttpFault::BigBody, HttpFault::BigEvent, HttpFault::Page(502), HttpFault::Page(200)] {
        let web = HttpServer::start(fault.clone());
        let server = connect(&web).timeout(Duration::from_secs(4)).await.unwrap();
        let start = Instant::now();
        let outcome = call(&server, "bad", json!({})).await;
        let text = outcome.text();
        assert!(outcome.is_error(), "{fault:?}: {}", text.get(..200).unwrap_or(&text));
        assert!(start.elapsed() < Duration::from_secs(8), "{fault:?} took {:?}", start.elapsed());
        assert!(text.contains("bad") && !text.contains("hunter2") && !text.contains("127.0.0.1"), "{fault:?}: {text}");
        let outcome = call(&server, "echo", json!({"text": "hi"})).await;
        assert_eq!(outcome.text(), "hi", "{fault:?}");
    }
}

#[tokio::test]
async fn an_announcement_of_other_tools_is_a_flag() {
    let web = HttpServer::start(HttpFault::Announce);
    let server = connect(&web).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), server.changed()).await.expect("an announcement");
    assert!(server.is_stale());
    assert_eq!(call(&server, "echo", json!({"text": "hi"})).await.text(), "hi");
}

#[tokio::test]
async fn lists_and_results_that_are_wrong_are_read_as_far_as_possible() {
    let web = HttpServer::start(HttpFault::OddJson);
    let server = connect(&web).await.unwrap();
    assert_eq!(own_names(&server), ["echo", "bad", "slow", "odd"], "{}", server.report());
    let outcome = call(&server, "bad", json!({})).await;
    assert!(!outcome.is_error() && outcome.text().contains("fine"), "{}", outcome.text());
    assert!(outcome.text().contains("hologram"), "{}", outcome.text());
}

#[tokio::test]
async fn a_dropped_call_is_cancelled() {
    let web = HttpServer::start(HttpFault::None);
    let server = connect(&web).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(300), call(&server, "slow", json!({}))).await.is_err());
    let cancelled = || web.requests().iter().any(|request| request.method == "notifications/cancelled");
    assert!(wait_until(Duration::from_secs(2), cancelled).await.is_some());
}
