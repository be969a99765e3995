//! Custom transports, and the settings of the default transport.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::client::{Body, HttpTransport};
use claudette::http::{Method, Request, Response};
use claudette::testing::{MockResponse, MockServer};
use claudette::{BoxFuture, Client, Error, Result, Transport};
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::http_response::{ready, respond};

/// A transport that fails a number of times with an error, and then sends.
struct Failing {
    failures: usize,
    error: fn() -> Error,
    sent: Arc<AtomicUsize>,
}

const RESPONSE: &str = r#"{"content": [{"type": "text", "text": "done"}]}"#;

impl Transport for Failing {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        if self.sent.fetch_add(1, Ordering::SeqCst) < self.failures {
            let error = (self.error)();
            return Box::pin(async { Err(error) });
        }
        ready(respond(200, "application/json", RESPONSE))
    }
}

fn refused() -> Error {
    Error::connection("the gateway could not be reached").caused_by(io::Error::from(io::ErrorKind::ConnectionRefused))
}

#[tokio::test(start_paused = true)]
async fn a_custom_transport_that_fails_to_connect_twice_is_retried() {
    for (error, failures, sent, ends_well) in [
        (refused as fn() -> Error, 2, 3, true),
        (|| Error::timeout("the gateway is slow"), 2, 3, true),
        (refused, 3, 3, false),
        (|| Error::other("the gateway has no licence"), 1, 1, false),
    ] {
        let count = Arc::<AtomicUsize>::default();
        let transport = Failing { failures, error, sent: count.clone() };
        let client = Client::builder("claude-sonnet-5-5").transport(transport).build().unwrap();
        let outcome = client.send("Hello").await;
        assert_eq!((count.load(Ordering::SeqCst), outcome.is_ok()), (sent, ends_well), "{outcome:?}");
        if let Err(error) = outcome {
            assert!(error.is_connection() == (failures == 3), "{error}");
        }
    }
}

/// A transport that sends every request to another address.
struct Elsewhere(HttpTransport, String);

impl Transport for Elsewhere {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        Box::pin(async move {
            assert_eq!(request.uri(), "https://api.example.com/x/v1/messages");
            let (mut head, body) = request.into_parts();
            assert!(head.headers["authorization"].is_sensitive());
            assert!(!format!("{head:?} {body:?}").contains("SECRET"));
            head.method = Method::PUT;
            head.uri = self.1.parse().unwrap();
            head.headers.insert("content-type", "text/plain".parse().unwrap());
            // A chunked body, without a content length.
            let content = body.into_bytes(1 << 20).await?;
            let pieces: Vec<_> = content.chunks(7).map(|piece| Ok(piece.to_vec())).collect();
            self.0.send(Request::from_parts(head, Body::from_stream(stream::iter(pieces)))).await
        })
    }
}

#[tokio::test]
async fn any_method_content_type_and_body_can_be_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/upload?x=1", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let request = read_until(&mut connection, "\r\n0\r\n\r\n").await;
        let length = RESPONSE.len();
        let response = format!("HTTP/1.1 201 Created\r\ncontent-length: {length}\r\n\r\n{RESPONSE}");
        connection.write_all(response.as_bytes()).await.unwrap();
        request
    });
    let client = Client::builder("claude-sonnet-5-5")
        .api_key("SECRET-KEY")
        .base_url("https://user:SECRET@api.example.com/x/")
        .transport(Elsewhere(HttpTransport::new(), url));
    assert_eq!(client.build().unwrap().send("SECRET-PROMPT").await.unwrap().text(), "done");
    let request = server.await.unwrap();
    assert!(request.starts_with("PUT /upload?x=1 HTTP/1.1\r\n"), "{request}");
    for part in
        ["content-type: text/plain\r\n", "transfer-encoding: chunked\r\n", "authorization: Bearer SECRET-KEY\r\n"]
    {
        assert!(request.contains(part), "{part}: {request}");
    }
    assert!(!request.contains("content-length"), "{request}");
}

async fn read_until(connection: &mut TcpStream, end: &str) -> String {
    let mut request = Vec::new();
    while !request.ends_with(end.as_bytes()) {
        assert_ne!(connection.read_buf(&mut request).await.unwrap(), 0, "{}", String::from_utf8_lossy(&request));
    }
    String::from_utf8(request).unwrap()
}

#[tokio::test]
async fn a_request_stream_that_fails_ends_the_request() {
    let claude = MockServer::start().await.unwrap();
    let body = Body::from_stream(stream::iter([Ok("begun"), Err(Error::other("the file is gone"))]));
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = format!("{}/v1/messages", claude.url()).parse().unwrap();
    let error = HttpTransport::new().send(request).await.unwrap_err();
    assert!(error.is_connection(), "{error}");
    assert!(format!("{error:?}").contains("the file is gone"), "{error:?}");
}

#[tokio::test]
async fn a_proxy_takes_requests_to_other_machines_only() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("direct"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://user:SECRET@{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        read_until(&mut connection, "\r\n\r\n").await
    });
    let transport = || HttpTransport::builder().proxy(&proxy).connect_timeout(Duration::from_secs(2)).build().unwrap();
    assert!(!format!("{:?}", transport()).contains("SECRET"));
    let client = |url: &str| {
        let builder = Client::builder("claude-sonnet-5-5").api_key("k").base_url(url).max_retries(0);
        builder.transport(transport()).build().unwrap()
    };
    assert_eq!(client(claude.url()).send("Hello").await.unwrap().text(), "direct");
    // An https address that does not resolve: only the proxy receives it.
    let error = client("https://claude.invalid").send("Hello").await.unwrap_err();
    assert!(error.is_connection() && !format!("{error:?}").contains("SECRET"), "{error:?}");
    let request = server.await.unwrap();
    assert!(request.starts_with("CONNECT claude.invalid:443 HTTP/1.1\r\n"), "{request}");
}

/// A layer that notes when a request goes in and when its response comes out.
struct Noting {
    name: &'static str,
    notes: Arc<Mutex<Vec<String>>>,
    inner: Arc<dyn Transport>,
}

impl Transport for Noting {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        let note = |direction| self.notes.lock().unwrap().push(format!("{direction} {}", self.name));
        note("into");
        Box::pin(async move {
            let response = self.inner.send(request).await;
            note("out of");
            response
        })
    }
}

#[tokio::test]
async fn the_last_layer_is_the_outermost() {
    let claude = MockServer::start().await.unwrap();
    let notes = Arc::<Mutex<Vec<String>>>::default();
    let layer = |name, notes: &Arc<Mutex<_>>| {
        let notes = notes.clone();
        move |inner| Noting { name, notes, inner }
    };
    let builder = || {
        let builder = Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url());
        builder.wrap_transport(layer("first", &notes)).wrap_transport(layer("last", &notes))
    };
    // The order of the other settings does not matter.
    for builder in [builder(), builder().transport(HttpTransport::new())] {
        let client = builder.build().unwrap();
        assert!(notes.lock().unwrap().is_empty(), "a client sends nothing when it is built");
        claude.respond(MockResponse::error(529, "overloaded_error", "busy").header("retry-after-ms", "1"));
        claude.respond(MockResponse::text("Hi!"));
        assert_eq!(client.send("Hello").await.unwrap().text(), "Hi!");
        let attempt = ["into last", "into first", "out of first", "out of last"];
        assert_eq!(std::mem::take(&mut *notes.lock().unwrap()), [attempt, attempt].concat());
    }
    claude.assert_finished();
}

#[test]
fn settings_that_are_not_valid_are_named_without_their_secrets() {
    for (builder, words) in [
        (HttpTransport::builder().root_certificate("no certificate"), "does not contain a certificate"),
        (
            HttpTransport::builder()
                .root_certificate("-----BEGIN CERTIFICATE-----\nU0VDUkVU\n-----END CERTIFICATE-----\n"),
            "is not valid",
        ),
        (HttpTransport::builder().proxy("http://user:SECRET@"), "the proxy \"http://\""),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("SECRET"), "{error:?}");
    }
}
