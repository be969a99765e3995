//! [`Google`]: a server that plays token endpoints and the metadata server.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A server that plays token endpoints and the metadata server. It records the requests.
pub(crate) struct Google {
    pub(crate) address: String,
    received: Arc<Mutex<Vec<Received>>>,
    _connections: JoinSet<()>,
}

/// A request to the server.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// An answer of the server.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) delay: Duration,
    pub(crate) is_google: bool,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), delay: Duration::ZERO, is_google: true }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, body.to_string())
    }

    /// An access token that expires in so many seconds.
    pub(crate) fn token(token: &str, expires_in: u64) -> Self {
        Self::json(200, &json!({"access_token": token, "expires_in": expires_in, "token_type": "Bearer"}))
    }

    pub(crate) fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl Google {
    /// Starts a server. `answer` receives each request with its number, from 1.
    pub(crate) async fn start(answer: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (answer, log) = (Arc::new(answer), received.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, log) = (answer.clone(), log.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let (answer, log) = (answer.clone(), log.clone());
                    async move {
                        let (head, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        let received = Received {
                            path: head.uri.to_string(),
                            headers: head.headers,
                            body: String::from_utf8(body.to_vec()).unwrap(),
                        };
                        let number = {
                            let mut log = log.lock().unwrap();
                            log.push(received.clone());
                            log.len()
                        };
                        let answer = answer(number, &received);
                        tokio::time::sleep(answer.delay).await;
                        let mut response = Response::builder().status(answer.status);
                        if answer.is_google {
                            response = response.header("metadata-flavor", "Google");
                        }
                        response = response.header("content-type", "application/json");
                        Ok::<_, Infallible>(response.body(Full::new(Bytes::from(answer.body))).unwrap())
                    }
                });
                connections.spawn(async move {
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { address, received, _connections: server }
    }

    /// Starts a server whose tokens are `token-1`, `token-2`, and so on.
    pub(crate) async fn tokens() -> Self {
        Self::start(|number, _| Answer::token(&format!("token-{number}"), 3_600)).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}
