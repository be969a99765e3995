//! The server behind a URL.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use claudette::{State, ToolContext, tool, tools};
use claudette_mcp::{Serve, serve};
use reqwest::{RequestBuilder, StatusCode};
use rmcp::service::{ClientLifecycleMode, serve_client_with_lifecycle};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::client::{Client, Ears, called, eras};

/// Adds to the sum of all clients.
#[tool]
async fn add(
    cx: &ToolContext,
    sum: State<Arc<AtomicUsize>>,
    /// What to add
    n: usize,
) -> usize {
    cx.progress("adding");
    tokio::time::sleep(Duration::from_millis(10)).await;
    sum.fetch_add(n, Ordering::SeqCst) + n
}

struct Web {
    address: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<claudette_mcp::Result<()>>,
}

fn adder() -> Serve {
    serve(tools![add].state(Arc::new(AtomicUsize::new(0))))
}

async fn start(serve: Serve) -> Web {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve.shutdown_on(async { drop(stopped.await) }).http_on(listener));
    Web { address, stop, server }
}

impl Web {
    async fn end(self) {
        drop(self.stop);
        timeout(Duration::from_secs(10), self.server).await.expect("it ends").unwrap().unwrap();
    }
}

fn http() -> reqwest::Client {
    // A second time it is an error, which does not matter.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy().build().unwrap()
}

async fn connect(url: &str, era: ClientLifecycleMode, token: Option<&str>) -> Result<Client, String> {
    let config = StreamableHttpClientTransportConfig::with_uri(url.to_owned());
    let config = match token {
        Some(token) => config.auth_header(token.to_owned()),
        None => config,
    };
    let transport = StreamableHttpClientTransport::with_client(http(), config);
    serve_client_with_lifecycle(Ears::default(), transport, era).await.map_err(|error| error.to_string())
}

/// Returns the first request of a client, by hand.
fn hello(address: &str) -> RequestBuilder {
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    });
    let request = http().post(format!("http://{address}/mcp")).body(body.to_string());
    request.header("content-type", "application/json").header("accept", "application/json, text/event-stream")
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_clients_at_once() {
    let web = start(adder()).await;
    let url = format!("http://{}/mcp", web.address);
    let one = |n: usize| {
        let url = url.clone();
        async move {
            let client = connect(&url, eras()[n % 2].clone(), None).await.unwrap();
            assert_eq!(client.list_all_tools().await.unwrap().len(), 1);
            for _ in 0..5 {
                let result = called(&client, "add", json!({"n": 1})).await;
                assert_eq!(result["isError"], false, "{result}");
            }
            assert!(client.service().0.lock().unwrap().iter().all(|(_, text)| text == "adding"));
            client.cancel().await.unwrap();
        }
    };
    let clients: Vec<_> = (0..20).map(|n| tokio::spawn(one(n))).collect();
    for client in clients {
        timeout(Duration::from_secs(60), client).await.expect("it ends").unwrap();
    }
    let client = connect(&format!("http://{}", web.address), eras()[0].clone(), None).await.unwrap();
    assert_eq!(called(&client, "add", json!({"n": 0})).await["content"][0]["text"], "100");
    drop(client);
    web.end().await;
}

#[tokio::test]
async fn names_and_origins_of_strangers_are_refused() {
    let serve = adder().allowed_hosts(["tools.example.com"]).allowed_origins(["https://app.example.com"]);
    let web = start(serve).await;
    let port = web.address.rsplit(':').next().unwrap();
    for (host, answer) in [
        (web.address.clone(), 200),
        (format!("localhost:{port}"), 200),
        ("localhost".to_owned(), 200),
        (format!("[::1]:{port}"), 200),
        ("tools.example.com".to_owned(), 200),
        ("evil.example.com".to_owned(), 403),
        (format!("evil.example.com:{port}"), 403),
        ("localhost.example.com".to_owned(), 403),
    ] {
        assert_eq!(status(hello(&web.address).header("host", &host)).await, answer, "{host}");
    }
    for (origin, answer) in [
        ("http://localhost", 200),
        ("http://localhost:5173", 200),
        ("http://127.0.0.1:6274", 200),
        ("http://[::1]:80", 200),
        ("https://localhost:1", 200),
        ("https://app.example.com", 200),
        ("https://app.example.com:8443", 403),
        ("http://app.example.com", 403),
        ("https://evil.example.com", 403),
        ("http://localhost.example.com", 403),
        ("null", 403),
    ] {
        assert_eq!(status(hello(&web.address).header("origin", origin)).await, answer, "{origin}");
    }
    web.end().await;
}

#[tokio::test]
async fn a_bearer_token_is_required() {
    let web = start(adder().bearer("s3cret")).await;
    let url = format!("http://{}/mcp", web.address);
    let refused = hello(&web.address).send().await.unwrap();
    assert_eq!(
        (refused.status(), &refused.headers()["www-authenticate"]),
        (StatusCode::UNAUTHORIZED, &"Bearer".parse().unwrap())
    );
    assert_eq!(status(hello(&web.address).bearer_auth("s3cre")).await, 401);
    // The token protects the server, so it can have any name.
    assert_eq!(status(hello(&web.address).bearer_auth("s3cret").header("host", "a.example.com")).await, 200);
    for era in eras() {
        assert!(connect(&url, era.clone(), Some("wrong")).await.is_err());
        let client = connect(&url, era, Some("s3cret")).await.unwrap();
        assert_eq!(called(&client, "add", json!({"n": 0})).await["content"][0]["text"], "0");
    }
    web.end().await;
}

#[tokio::test]
async fn bodies_sessions_and_paths_are_limited() {
    let web = start(adder().max_body(1000).max_sessions(2)).await;
    assert_eq!(status(hello(&web.address).body(" ".repeat(2000))).await, 413);
    let parts = (0..100).map(|_| Ok::<_, std::io::Error>(" ".repeat(100)));
    let endless = hello(&web.address).body(reqwest::Body::wrap_stream(futures_util::stream::iter(parts)));
    assert_eq!(status(endless).await, 413);

    assert_eq!(status(http().get(format!("http://{}/other", web.address))).await, 404);
    assert_eq!(status(http().put(format!("http://{}/mcp", web.address))).await, 405);

    let first = hello(&web.address).send().await.unwrap();
    let session = first.headers()["mcp-session-id"].clone();
    assert_eq!((first.status().as_u16(), status(hello(&web.address)).await), (200, 200));
    assert_eq!(status(hello(&web.address)).await, 503);
    // Clients without sessions are not concerned, and a session that ends makes room.
    let client = connect(&format!("http://{}/mcp", web.address), eras()[1].clone(), None).await.unwrap();
    assert_eq!(called(&client, "add", json!({"n": 0})).await["isError"], false);
    let end = http().delete(format!("http://{}/mcp", web.address)).header("mcp-session-id", session);
    assert!(status(end).await < 300);
    assert_eq!(status(hello(&web.address)).await, 200);
    web.end().await;
}

#[tokio::test]
async fn misuse_is_reported_before_the_port_is_open() {
    for (serve, address, part) in [
        (adder(), "0.0.0.0:0", "`.bearer(..)`"),
        (adder(), "[::]:0", "`.allowed_hosts([..])`"),
        (adder().bearer(""), "127.0.0.1:0", "empty"),
        (adder().allowed_origins(["app.example.com"]), "127.0.0.1:0", "no scheme"),
        (adder().allowed_hosts(["https://a.example.com"]), "127.0.0.1:0", "not a host"),
        (serve(tools![add]), "127.0.0.1:0", "State<"),
    ] {
        let error = serve.http(address).await.unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains(part), "{error}");
    }
    for address in ["127.0.0.1", "127.0.0.1:99999", "no-such-host.invalid:80"] {
        let error = adder().http(address).await.unwrap_err();
        assert!(error.is_connection() && error.to_string().contains(address), "{error}");
    }
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    assert!(adder().http(taken.local_addr().unwrap()).await.unwrap_err().is_connection());
}

#[tokio::test]
async fn a_shutdown_ends_open_streams_and_running_calls() {
    /// Never ends.
    #[tool]
    async fn forever() -> String {
        std::future::pending().await
    }

    for era in eras() {
        let web = start(serve(tools![forever])).await;
        let client = connect(&format!("http://{}/mcp", web.address), era, None).await.unwrap();
        let running = tokio::spawn({
            let peer = client.peer().clone();
            async move { peer.call_tool(super::client::params("forever", json!({}))).await.is_err() }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begun = std::time::Instant::now();
        web.end().await;
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        running.abort();
    }
}

#[tokio::test]
async fn it_is_part_of_another_server() {
    let service = adder().into_service().unwrap();
    let app = Router::new()
        .nest_service("/nested", service.clone())
        .route_service("/route", service.clone())
        .route("/health", axum::routing::get(|| async { "healthy" }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    for path in ["nested", "route"] {
        for era in eras() {
            let client = connect(&format!("http://{address}/{path}"), era, None).await.unwrap();
            let result = called(&client, "add", json!({"n": 1})).await;
            assert_eq!(result["isError"], Value::Bool(false));
        }
    }
    assert_eq!(status(http().get(format!("http://{address}/health"))).await, 200);
    service.close();
    let refused = hello(&address.to_string());
    assert_eq!(status(http().post(format!("http://{address}/route")).body("{}")).await, 503);
    drop(refused);
    server.abort();
}
