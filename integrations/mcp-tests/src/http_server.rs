//! [`HttpServer`]: an MCP server behind a URL that does one thing wrong.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// What an [`HttpServer`] does wrong. The tools `echo`, `bad` and `slow` are there in all cases.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum HttpFault {
    /// Nothing.
    None,
    /// All requests without this bearer token are refused with 401.
    Bearer(String),
    /// All requests are redirected to this URL.
    Redirect(String),
    /// `bad` is answered with a body of 100 MB.
    BigBody,
    /// `bad` is answered with an event of 100 MB.
    BigEvent,
    /// The list has a tool without a schema, and `bad` is answered with a block of an unknown type.
    OddJson,
    /// The stream of the server, which it otherwise does not have, announces other tools and ends.
    Announce,
    /// `bad` is answered with this status and a page of HTML.
    Page(u16),
}

/// A request that an [`HttpServer`] received.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The method of the JSON-RPC message; empty if there is none.
    pub method: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The message.
    pub body: Value,
}

/// An MCP server (2025-11-25, with sessions) in a thread and runtime of its own, so it can die like a process.
#[derive(Debug)]
pub struct HttpServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    life: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

#[derive(Debug)]
struct Shared {
    fault: HttpFault,
    requests: Mutex<Vec<HttpRequest>>,
    lives: Mutex<usize>,
}

impl HttpServer {
    /// Starts a server on a free port of this machine.
    pub fn start(fault: HttpFault) -> Self {
        let shared = Arc::new(Shared { fault, requests: Mutex::default(), lives: Mutex::default() });
        let mut server = Self { shared, address: ([127, 0, 0, 1], 0).into(), life: None };
        server.restart();
        server
    }

    /// Returns the URL.
    pub fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// Returns the requests that have arrived so far.
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Ends the server and all its connections at once.
    pub fn kill(&mut self) {
        if let Some((stop, thread)) = self.life.take() {
            let _ = stop.send(());
            thread.join().unwrap();
        }
    }

    /// Starts the server again on the same port, after it was killed. It does not know the sessions of its former life.
    pub fn restart(&mut self) {
        self.kill();
        *self.shared.lives.lock().unwrap() += 1;
        let shared = self.shared.clone();
        let address = self.address;
        let (bound, listens) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind(address).await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
                let router = Router::new().route("/mcp", post(message).merge(get(stream))).with_state(shared);
                tokio::spawn(async move { axum::serve(listener, router).await });
                let _ = stopped.await;
            });
            runtime.shutdown_background();
        });
        self.address = listens.recv().unwrap();
        self.life = Some((stop, thread));
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn stream(State(shared): State<Arc<Shared>>) -> Response {
    if shared.fault != HttpFault::Announce {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let announcement = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
    ([(header::CONTENT_TYPE, "text/event-stream")], format!("data: {announcement}\n\n")).into_response()
}

async fn message(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let method = body["method"].as_str().unwrap_or_default().to_owned();
    let life = *shared.lives.lock().unwrap();
    shared.requests.lock().unwrap().push(HttpRequest {
        method: method.clone(),
        headers: headers.clone(),
        body: body.clone(),
    });
    match &shared.fault {
        HttpFault::Bearer(token)
            if headers
                .get(header::AUTHORIZATION)
                .is_none_or(|value| value.as_bytes() != format!("Bearer {token}").as_bytes()) =>
        {
            return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, r#"Bearer realm="mcp""#)], "sign in")
                .into_response();
        }
        HttpFault::Redirect(to) => {
            return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to.clone())]).into_response();
        }
        _ => {}
    }
    let session = format!("life-{life}");
    let known = headers.get("mcp-session-id").is_none_or(|value| value.as_bytes() == session.as_bytes());
    if !known {
        return (StatusCode::NOT_FOUND, "no such session").into_response();
    }
    let result = match method.as_str() {
        "initialize" => json!({
            "protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "web", "version": "1"},
        }),
        "tools/list" => tools(shared.fault == HttpFault::OddJson),
        "tools/call" => match call(&shared, &body).await {
            Ok(result) => result,
            Err(response) => return *response,
        },
        "ping" => json!({}),
        _ if body["id"].is_null() => return StatusCode::ACCEPTED.into_response(),
        _ => {
            let error =
                json!({"jsonrpc": "2.0", "id": body["id"], "error": {"code": -32601, "message": "unknown method"}});
            return ([(header::CONTENT_TYPE, "application/json")], error.to_string()).into_response();
        }
    };
    let answer = json!({"jsonrpc": "2.0", "id": body["id"], "result": result}).to_string();
    let mut response = ([(header::CONTENT_TYPE, "application/json")], answer).into_response();
    if method == "initialize" {
        response.headers_mut().insert("mcp-session-id", session.parse().unwrap());
    }
    response
}

fn tools(odd: bool) -> Value {
    let any = json!({"type": "object"});
    let echo = json!({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]});
    let mut list = json!({"tools": [
        {"name": "echo", "description": "Returns the text.", "inputSchema": echo},
        {"name": "bad", "description": "Does bad.", "inputSchema": any},
        {"name": "slow", "description": "Takes a minute.", "inputSchema": any},
    ]});
    if odd {
        list["tools"].as_array_mut().unwrap().push(json!({"name": "odd", "annotations": {"readOnlyHint": "yes"}}));
    }
    list
}

async fn call(shared: &Shared, body: &Value) -> Result<Value, Box<Response>> {
    let text = |text: &str| Ok(json!({"content": [{"type": "text", "text": text}]}));
    match body["params"]["name"].as_str().unwrap_or_default() {
        "echo" => text(body["params"]["arguments"]["text"].as_str().unwrap_or_default()),
        "slow" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            text("slow")
        }
        _ => match shared.fault {
            HttpFault::BigBody | HttpFault::BigEvent => {
                Err(Box::new(big(&body["id"], shared.fault == HttpFault::BigEvent)))
            }
            HttpFault::Page(status) => {
                let page = "<html>\u{1b}[31m<h1>Bad Gateway</h1> key=hunter2</html>";
                Err(Box::new(
                    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, "text/html")], page)
                        .into_response(),
                ))
            }
            HttpFault::OddJson => Ok(json!({"content": [{"type": "text", "text": "fine"}, {"type": "hologram"}]})),
            _ => text("fine"),
        },
    }
}

/// Returns a response of 100 MB.
fn big(id: &Value, event: bool) -> Response {
    let text = "x".repeat(100_000_000);
    let message =
        format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[{{"type":"text","text":"{text}"}}]}}}}"#);
    if event {
        ([(header::CONTENT_TYPE, "text/event-stream")], format!("data: {message}\n\n")).into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], message).into_response()
    }
}
