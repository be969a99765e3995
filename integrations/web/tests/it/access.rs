//! Who can use what: origins, hosts, owners, sizes.

use std::time::Duration;

use claudette::testing::MockServer;
use claudette_web::Owner;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{ID, Server, submit, text, user, web_chat};

async fn server() -> (MockServer, Server) {
    let claude = MockServer::auto_reply().await.unwrap();
    let server = Server::start(web_chat(&claude).allow_origin("https://app.example/")).await;
    (claude, server)
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let (claude, server) = server().await;
    let body = submit(&[user("m1", "Hello")]);
    for (name, value, expected) in [
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "same-site", StatusCode::FORBIDDEN),
        ("host", "evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("content-type", "text/plain", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        for (method, path) in [(Method::POST, "/api/chat".to_owned()), (Method::GET, format!("/api/chat/{ID}"))] {
            if name == "content-type" && method == Method::GET {
                continue;
            }
            let mut request = server.request(method, &path, &body);
            request.headers_mut().insert(name, HeaderValue::from_static(value));
            let response = server.send(request).await;
            assert_eq!(response.status(), expected, "{name}: {value}");
            assert_eq!(response.headers()["x-content-type-options"], "nosniff");
            assert!(!response.headers().contains_key("access-control-allow-origin"));
        }
    }
    assert!(claude.requests().is_empty());
    let permitted = ("origin", HeaderValue::from_static("https://app.example"));
    let mut request = server.request(Method::OPTIONS, "/api/chat", &Value::Null);
    request.headers_mut().insert(permitted.0, permitted.1.clone());
    request.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    let response = server.send(request).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example");
    let mut request = server.request(Method::POST, "/api/chat", &body);
    request.headers_mut().insert(permitted.0, permitted.1);
    let response = server.send(request).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example");
}

#[tokio::test]
async fn the_page_permits_only_itself() {
    let (_claude, server) = server().await;
    let response = server.get("/").await;
    assert_eq!(response.status(), StatusCode::OK);
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'nonce-") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(text(response).await.starts_with("<!doctype html>"));
    assert_ne!(server.get("/").await.headers()["content-security-policy"], policy, "a nonce is used once");
}

#[tokio::test]
async fn a_chat_belongs_to_its_owner() {
    let claude = MockServer::auto_reply().await.unwrap();
    let chat = web_chat(&claude).authorize(|request| {
        let user = request.headers.get("x-user")?.to_str().ok()?;
        Some(Owner::new(user))
    });
    let server = Server::start(chat).await;
    let as_user = async |name: Option<&'static str>, method: Method, path: &str, body: &Value| {
        let mut request = server.request(method, path, body);
        if let Some(name) = name {
            request.headers_mut().insert("x-user", HeaderValue::from_static(name));
        }
        server.send(request).await
    };
    let mut body = submit(&[user("m1", "My secret is 42.")]);
    body["id"] = "short".into(); // An id can be short if chats have owners.
    let stream = as_user(Some("ada"), Method::POST, "/api/chat", &body).await;
    assert_eq!(stream.status(), StatusCode::OK);
    text(stream).await;

    for path in ["/api/chat/short", "/api/chat/short/stream"] {
        assert_eq!(as_user(None, Method::GET, path, &Value::Null).await.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(as_user(None, Method::POST, "/api/chat", &body).await.status(), StatusCode::UNAUTHORIZED);
    let messages = async |name: &'static str| -> Value {
        let response = as_user(Some(name), Method::GET, "/api/chat/short", &Value::Null).await;
        serde_json::from_str::<Value>(&text(response).await).unwrap()["messages"].clone()
    };
    assert_eq!(messages("ada").await.as_array().unwrap().len(), 2);
    assert_eq!(messages("eve").await, json!([]));
    // Eve's chat with the same id is another chat, and she cannot remove Ada's.
    assert_eq!(as_user(Some("eve"), Method::DELETE, "/api/chat/short", &Value::Null).await.status(), 204);
    assert_eq!(messages("ada").await.as_array().unwrap().len(), 2);
    assert_eq!(as_user(Some("ada"), Method::DELETE, "/api/chat/short", &Value::Null).await.status(), 204);
    assert_eq!(messages("ada").await, json!([]));
}

#[tokio::test]
async fn bad_requests_are_refused_with_a_text_for_the_user() {
    let claude = MockServer::start().await.unwrap();
    let server = Server::start(web_chat(&claude).max_body(2_000).body_timeout(Duration::from_millis(200))).await;
    let file = |media_type: &str, url: &str| {
        submit(&[json!({"id": "m", "role": "user", "parts": [
            {"type": "file", "mediaType": media_type, "url": url, "filename": "a\u{7}b"}]})])
    };
    let mut short = submit(&[user("m1", "Hello")]);
    short["id"] = "1".into();
    let mut path = submit(&[user("m1", "Hello")]);
    path["id"] = "../../etc/passwd".into();
    for (body, status, expected) in [
        (json!([]), 400, "the body is not a chat request"),
        (short, 400, "The chat id must have at least 16 characters, so that it cannot be guessed."),
        (path, 400, "the chat id must have 1 to 128 letters, digits, `_` or `-`"),
        (submit(&[]), 400, "the request has no messages"),
        (submit(&[user("m1", " \n")]), 400, "the message is empty"),
        (
            submit(&[json!({"id": "s", "role": "system", "parts": []}), user("m1", "x")]),
            400,
            "messages with the role `system` are not accepted",
        ),
        (
            file("image/png", "https://evil.example/x.png"),
            400,
            "\"ab\" cannot be sent: attach the file itself; links to files are not accepted",
        ),
        (
            file("application/zip", "data:application/zip;base64,UEsDBA=="),
            400,
            "\"ab\" cannot be sent: only images, PDFs and text files are accepted",
        ),
        (file("image/png", "data:image/png;base64,aGVsbG8="), 400, ""),
        (submit(&[user("m1", &"x".repeat(2_000))]), 413, "The message is too large (at most 0 MiB)."),
    ] {
        let response = server.post(&body).await;
        assert_eq!(response.status(), status, "{body}");
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        let text = text(response).await;
        assert!(text == expected || expected.is_empty(), "{text:?} instead of {expected:?}");
    }
    assert!(claude.requests().is_empty());
}

#[tokio::test]
async fn a_body_that_does_not_arrive_ends_the_request() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let claude = MockServer::start().await.unwrap();
    let server = Server::start(web_chat(&claude).body_timeout(Duration::from_millis(200))).await;
    let mut socket = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /api/chat HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{{",
        server.address
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut response = vec![0; 64];
    socket.read_exact(&mut response).await.unwrap();
    assert!(response.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&response));
}

#[tokio::test]
async fn the_router_can_be_nested_into_another_server() {
    let claude = MockServer::auto_reply().await.unwrap();
    let router = axum::Router::new().nest("/support", web_chat(&claude).router());
    let router = router.route("/health", axum::routing::get(async || "healthy"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let server = Server::start(web_chat(&claude)).await;
    let get = async |path: &str| {
        let request =
            http::Request::get(format!("http://{address}{path}")).body(http_body_util::Full::default()).unwrap();
        server.send(request).await
    };
    assert!(text(get("/support").await).await.starts_with("<!doctype html>"));
    assert_eq!(get("/support/api/chat/chat-0123456789abcdef/stream").await.status(), 204);
    assert_eq!(text(get("/health").await).await, "healthy");
    assert_eq!(get("/support/other").await.status(), 404);
}
