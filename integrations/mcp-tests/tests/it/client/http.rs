//! Servers behind a URL.

use std::time::{Duration, Instant};

use claudette::{tool, tools};
use claudette_mcp::{McpServer, Protocol, serve};
use mcp_tests::{HttpFault, HttpServer};

use super::call;

const HI: &str = r#"{"text": "hi"}"#;

/// Adds a + b.
#[tool]
fn add(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

#[tokio::test]
async fn our_own_server_in_both_eras() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(tools![add]).name("sums").http_on(listener));
    for protocol in [Protocol::Auto, Protocol::Legacy, Protocol::Modern] {
        let server = McpServer::http(format!("http://{address}/mcp")).protocol(protocol).await.unwrap();
        assert_eq!(server.name(), "sums");
        let start = Instant::now();
        for _ in 0..10 {
            assert_eq!(call(&server, "add", r#"{"a": 1, "b": 2}"#).await.text(), "3");
        }
        // Each call took 44 ms with connections that are kept.
        assert!(start.elapsed() < Duration::from_millis(400), "{:?}", start.elapsed());
        server.close().await;
    }
}

#[tokio::test]
async fn a_token_is_required() {
    let http = HttpServer::start(HttpFault::Bearer("t0ken".into()));
    let url = http.url();
    let error = McpServer::http(format!("{url}?key=secret")).name("issues").await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("\"issues\"") && text.contains(".bearer(..)"), "{text}");
    assert!(!text.contains("secret"), "{text}");
    let error = McpServer::http(&url).bearer("wrong-t0ken").await.unwrap_err();
    assert!(error.to_string().contains("does not accept the token") && !format!("{error:?}").contains("wrong-t0ken"));
    let server = McpServer::http(&url).bearer("t0ken").header("x-team", "blue").await.unwrap();
    assert_eq!(call(&server, "echo", HI).await.text(), "hi");
    assert!(http.requests().iter().any(|request| request.headers.get("x-team").is_some_and(|team| team == "blue")));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = HttpServer::start(HttpFault::None);
    let http = HttpServer::start(HttpFault::Redirect(other.url()));
    let error = McpServer::http(http.url()).bearer("t0ken").await.unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_server_that_dies_and_comes_back() {
    let mut http = HttpServer::start(HttpFault::None);
    let server = McpServer::http(http.url()).await.unwrap();
    assert_eq!(call(&server, "echo", HI).await.text(), "hi");
    // The session is not known any more: a new connection is made.
    http.restart();
    assert_eq!(call(&server, "echo", HI).await.text(), "hi");

    let slow = tokio::spawn({
        let server = server.clone();
        async move { call(&server, "slow", "{}").await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let start = Instant::now();
    http.kill();
    let outcome = slow.await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(outcome.is_error() && outcome.text().contains("not known"), "{outcome:?}");
    http.restart();
    assert_eq!(call(&server, "echo", HI).await.text(), "hi");
}

#[tokio::test]
async fn a_body_of_100_mb_is_an_error() {
    for fault in [HttpFault::BigBody, HttpFault::BigEvent, HttpFault::Page(500)] {
        let http = HttpServer::start(fault.clone());
        let server = McpServer::http(http.url()).timeout(Duration::from_secs(5)).await.unwrap();
        let outcome = call(&server, "bad", "{}").await;
        assert!(outcome.is_error(), "{fault:?}: {outcome:?}");
        assert!(!outcome.text().contains("reqwest") && !outcome.text().contains("127.0.0.1"), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_url_that_is_not_one() {
    for url in ["ftp://a.com/mcp", "nonsense"] {
        assert!(McpServer::http(url).await.unwrap_err().is_misuse(), "{url}");
    }
    let error = McpServer::http("http://127.0.0.1:1/mcp?key=secret").await.unwrap_err();
    assert!(error.is_connection() && !format!("{error:?}").contains("secret"), "{error:?}");
}
