//! Logs the method, path, status and duration of each HTTP request, without secrets.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use claudette::client::{Body, HttpTransport};
use claudette::testing::{MockResponse, MockServer};
use claudette::{BoxFuture, Client, Result, Transport, http};

/// A transport that wraps another one and keeps a line for each request. Clones share the lines.
#[derive(Clone, Default)]
struct Logging {
    inner: Arc<HttpTransport>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Transport for Logging {
    fn send(&self, request: http::Request<Body>) -> BoxFuture<'_, Result<http::Response<Body>>> {
        // Logs the path without its query. Headers contain credentials, and the body contains the conversation.
        let line = format!("{} {}", request.method(), request.uri().path());
        let begin = Instant::now();
        Box::pin(async move {
            let response = self.inner.send(request).await;
            let outcome = match &response {
                Ok(response) => response.status().as_str().to_owned(),
                Err(error) => error.to_string(),
            };
            let line = format!("{line} → {outcome}");
            println!("{line} ({:?})", begin.elapsed());
            self.lines.lock().unwrap().push(line);
            response
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let claude = MockServer::start().await?;
    claude.respond(MockResponse::error(529, "overloaded_error", "Too many requests."));
    claude.respond(MockResponse::text("Hi!"));

    // Without `.base_url(..)`, the requests go to the API.
    let logging = Logging::default();
    let client = Client::builder("claude-sonnet-5-5").api_key("SECRET").base_url(claude.url());
    let client = client.transport(logging.clone()).build()?;

    println!("{}", client.send("Hello").await?);
    assert_eq!(*logging.lines.lock().unwrap(), ["POST /v1/messages → 529", "POST /v1/messages → 200"]);
    Ok(())
}
