//! The client with a server of the Python SDK, in both of its major versions, over stdio and HTTP.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::ToolContext;
use claudette::testing::{MockResponse, MockServer};
use claudette_mcp::{Connect, ElicitationAnswer, McpServer, Protocol, Sampling};
use mcp_tests::{Background, Peers, call, call_with, scratch_home};
use serde_json::{Value, json};

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/server.py");

/// Sets what the server can ask for.
fn with_answers<T>(connect: Connect<T>, claude: &MockServer) -> Connect<T> {
    claude.respond(MockResponse::text("a thing of the sea"));
    connect
        .roots(["file:///home/someone/project"])
        .sampling(Sampling::new(claude.client("claude-sonnet-5-5")))
        .timeout(Duration::from_secs(20))
        .on_elicitation(|_| async { ElicitationAnswer::Accept(json!({"name": "Ada"})) })
}

async fn over_stdio(major: u32, protocol: Protocol) {
    let Some(python) = Peers::from_env().python(major) else { return };
    let connect = McpServer::spawn(&python, [SERVER, "stdio"]).env("HOME", scratch_home()).protocol(protocol);
    let claude = MockServer::start().await.unwrap();
    let server = with_answers(connect, &claude).await.unwrap();
    exercise(&server, major).await;
    claude.assert_finished();
    server.close().await;
}

async fn over_http(major: u32, protocol: Protocol) {
    let Some(python) = Peers::from_env().python(major) else { return };
    let web = Background::start(&python, &[SERVER, "PORT"]).await;
    let claude = MockServer::start().await.unwrap();
    let server = with_answers(McpServer::http(web.url()).protocol(protocol), &claude).await.unwrap();
    exercise(&server, major).await;
    claude.assert_finished();
    server.close().await;
}

#[tokio::test]
async fn python_2_over_stdio() {
    over_stdio(2, Protocol::Auto).await;
}

#[tokio::test]
async fn python_2_over_stdio_in_the_modern_protocol() {
    over_stdio(2, Protocol::Modern).await;
}

#[tokio::test]
async fn python_2_over_http() {
    over_http(2, Protocol::Auto).await;
}

#[tokio::test]
async fn python_2_over_http_in_the_legacy_protocol() {
    over_http(2, Protocol::Legacy).await;
}

#[tokio::test]
async fn python_1_over_stdio() {
    over_stdio(1, Protocol::Auto).await;
}

#[tokio::test]
async fn python_1_over_http() {
    over_http(1, Protocol::Auto).await;
}

async fn exercise(server: &McpServer, major: u32) {
    assert_eq!(server.name(), "python");
    let outcome = call(server, "add", json!({"a": 1, "b": 2})).await;
    assert_eq!(outcome.value::<Value>().unwrap(), json!({"result": 3}), "{}", outcome.text());
    assert!(outcome.text().contains('3'));
    let outcome = call(server, "forecast", json!({"city": "Oslo"})).await;
    assert_eq!(outcome.value::<Value>().unwrap()["city"], "Oslo");
    let outcome = call(server, "fail", json!({"reason": "no fuel"})).await;
    assert!(outcome.is_error() && outcome.text().contains("fail"), "{}", outcome.text());
    let outcome = call(server, "picture", json!({})).await;
    let wire = serde_json::to_value(outcome.result()).unwrap();
    assert_eq!(wire["content"][0]["type"], "image", "{wire}");
    let outcome = call(server, "add", json!({"a": "one"})).await;
    assert!(outcome.is_error() && outcome.text().contains("`b`"), "{}", outcome.text());

    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = heard.clone();
    let cx = ToolContext::builder().progress(move |text| sink.lock().unwrap().push(text.to_owned())).build();
    let outcome = call_with(server, "count", json!({"to": 4}), &cx).await;
    assert_eq!(outcome.text().lines().next(), Some("counted"), "{}", outcome.text());
    assert!(heard.lock().unwrap().iter().any(|text| text.contains("number 3")), "{heard:?}");

    let outcome = call(server, "greet", json!({})).await;
    assert!(outcome.text().contains("Hello Ada"), "mcp {major}: {}", outcome.text());

    // In the modern era these questions come in the result of a call, which is then repeated with the answers.
    let outcome = call(server, "explain", json!({"topic": "coral"})).await;
    assert!(outcome.text().contains("a thing of the sea"), "mcp {major}: {}", outcome.text());
    let outcome = call(server, "folders", json!({})).await;
    assert!(outcome.text().contains("file:///home/someone/project"), "mcp {major}: {}", outcome.text());

    let long = call(server, "wait", json!({"seconds": 60}));
    assert!(tokio::time::timeout(Duration::from_millis(300), long).await.is_err());
    assert!(!call(server, "add", json!({"a": 1, "b": 1})).await.is_error());

    assert_eq!(server.resources().await.unwrap().len(), 1);
    assert_eq!(server.resource_templates().await.unwrap().len(), 1);
    let blocks = server.resource("notes://today").await.unwrap();
    assert!(serde_json::to_string(&blocks).unwrap().contains("buy milk"));
    let messages = server.prompt("review", [("code", "x = 1")]).await.unwrap();
    assert!(serde_json::to_string(&messages).unwrap().contains("x = 1"));
}
