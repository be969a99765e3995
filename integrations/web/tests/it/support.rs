//! A server of a test, and a client that posts as the AI SDK does.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use claudette::testing::MockServer;
use claudette::{Chat, Client, tool, tools};
use claudette_web::{WebApp, WebChat};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Adds a + b.
#[tool(read_only)]
pub(crate) fn sums(
    /** First thing to sum */
    a: i64,
    /** Second thing to sum */
    b: i64,
) -> i64 {
    a + b
}

/// Cancels an order.
#[tool(destructive)]
pub(crate) fn cancel_order(
    /** Order id */
    id: String,
) -> String {
    format!("{id} is cancelled")
}

/// Waits for a minute.
#[tool]
pub(crate) async fn wait() {
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// A web chat that is served on a free port.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) app: WebApp,
    pub(crate) client: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
    stop: CancellationToken,
    pub(crate) served: tokio::task::JoinHandle<claudette::Result<()>>,
}

impl Server {
    pub(crate) async fn start(chat: WebChat) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (app, stop) = (chat.build(), CancellationToken::new());
        let (serving, stopped) = (app.clone(), stop.clone());
        let served = tokio::spawn(async move { serving.serve(listener, stopped.cancelled_owned()).await });
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        Self { address, app, client, stop, served }
    }

    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        self.client.request(request).await.unwrap()
    }

    pub(crate) fn request(&self, method: Method, path: &str, body: &Value) -> Request<Full<Bytes>> {
        let builder = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        builder.header("content-type", "application/json").body(Full::new(body)).unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response<Incoming> {
        self.send(self.request(Method::GET, path, &Value::Null)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Response<Incoming> {
        self.send(self.request(Method::DELETE, path, &Value::Null)).await
    }

    pub(crate) async fn post(&self, body: &Value) -> Response<Incoming> {
        self.send(self.request(Method::POST, "/api/chat", body)).await
    }

    /// Posts, and reads the stream to its end.
    pub(crate) async fn chunks(&self, body: &Value) -> Vec<Value> {
        let response = self.post(body).await;
        let status = response.status();
        let body = text(response).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        chunks_of(&body)
    }

    /// Returns a chat: its messages, its usage and its cost.
    pub(crate) async fn chat(&self, id: &str) -> Value {
        let response = self.get(&format!("/api/chat/{id}")).await;
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_str(&text(response).await).unwrap()
    }

    /// Returns the messages of a chat.
    pub(crate) async fn messages(&self, id: &str) -> Vec<Value> {
        self.chat(id).await["messages"].as_array().unwrap().clone()
    }
}

pub(crate) const ID: &str = "chat-0123456789abcdef";

/// Returns a client that the mock server answers, with a minute for slow responses.
pub(crate) fn client(claude: &MockServer) -> Client {
    claude.client("claude-sonnet-5-5")
}

pub(crate) fn web_chat(claude: &MockServer) -> WebChat {
    let client = client(claude);
    WebChat::new(move |_| Chat::builder(&client).tools(tools![sums, cancel_order, wait]))
}

pub(crate) async fn text(response: Response<Incoming>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Reads the chunks of a complete stream.
pub(crate) fn chunks_of(body: &str) -> Vec<Value> {
    let frames = body.strip_suffix("data: [DONE]\n\n").unwrap_or_else(|| panic!("the stream is cut: {body}"));
    let frames = frames.split_terminator("\n\n").filter(|frame| !frame.starts_with(':'));
    frames.map(|frame| serde_json::from_str(frame.strip_prefix("data: ").unwrap()).unwrap()).collect()
}

/// Returns the text of an answer.
pub(crate) fn answer(chunks: &[Value]) -> String {
    chunks.iter().filter(|chunk| chunk["type"] == "text-delta").map(|chunk| chunk["delta"].as_str().unwrap()).collect()
}

pub(crate) fn kinds(chunks: &[Value]) -> Vec<&str> {
    chunks.iter().map(|chunk| chunk["type"].as_str().unwrap()).collect()
}

pub(crate) fn user(id: &str, text: &str) -> Value {
    json!({"id": id, "role": "user", "parts": [{"type": "text", "text": text}]})
}

pub(crate) fn assistant(id: &str) -> Value {
    json!({"id": id, "role": "assistant", "parts": []})
}

/// Returns the body of a request with these messages.
pub(crate) fn submit(messages: &[Value]) -> Value {
    json!({"id": ID, "trigger": "submit-message", "messages": messages})
}

/// Waits until something is true.
pub(crate) async fn until(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if is_true().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not happen within 3 seconds");
}
