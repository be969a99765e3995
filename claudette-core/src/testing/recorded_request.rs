//! [`RecordedRequest`]: a request that the mock server received.

use std::fmt;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::http::request::Parts;
use serde_json::Value;

/// A request that the mock server received, with the status of its response.
///
/// The `Debug` output hides credentials.
///
/// ```
/// use claudette::testing::{MockResponse, MockServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let claude = MockServer::start().await?;
/// claude.respond(MockResponse::text("Hi!"));
/// claude.client("claude-sonnet-5-5").send("Hello").await?;
///
/// let request = &claude.requests()[0];
/// assert_eq!((request.method(), request.path(), request.status()), ("POST", "/v1/messages", 200));
/// assert_eq!(request.header("Content-Type"), Some("application/json"));
/// assert_eq!(request.body()["model"], "claude-sonnet-5-5");
/// assert!(!request.refused());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RecordedRequest {
    method: String,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    bytes: Bytes,
    body: Value,
    status: u16,
    refusal: Option<String>,
}

impl RecordedRequest {
    /// Creates the record of a request that is not answered yet.
    pub(super) fn new(head: &Parts, bytes: Bytes, body: Value) -> Self {
        Self {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: head.headers.clone(),
            bytes,
            body,
            status: 0,
            refusal: None,
        }
    }

    /// Adds the status of the response, and the error message if the request was refused.
    pub(super) fn answered(self, status: u16, refusal: Option<String>) -> Self {
        Self { status, refusal, ..self }
    }

    pub(super) fn header_map(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the HTTP method in upper case.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the path, such as `/v1/messages`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the query string, without the `?`.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// Returns the value of a header, or its first value if it was sent several times. The name is case-insensitive.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns all headers, with names in lower case. Headers with values that are not visible ASCII are left out.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }

    /// Returns the JSON body, or `null` if the body was missing or was not valid JSON.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// Returns the bytes of the body as they arrived.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the HTTP status of the response.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns `true` if the request broke a rule of the API. Such a request does not use up a queued response.
    pub fn refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// Returns the error message, if the request was refused.
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut body = self.body.clone();
        redact(&mut body);
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &Redacted(&self.headers))
            .field("body", &body)
            .field("status", &self.status)
            .field("refusal", &self.refusal)
            .finish_non_exhaustive()
    }
}

const REDACTED: &str = "[redacted]";

struct Redacted<'a>(&'a HeaderMap);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            let value =
                if is_secret(name.as_str()) { REDACTED.into() } else { String::from_utf8_lossy(value.as_bytes()) };
            (name.as_str(), value)
        });
        f.debug_map().entries(shown).finish()
    }
}

/// Hides the tokens for MCP servers: the only credentials that a body can contain.
fn redact(body: &mut Value) {
    let servers = body.get_mut("mcp_servers").and_then(Value::as_array_mut);
    for server in servers.into_iter().flatten() {
        if let Some(token) = server.get_mut("authorization_token") {
            *token = REDACTED.into();
        }
    }
}

/// Decides by the name, because a program can add headers for its own gateway.
fn is_secret(header: &str) -> bool {
    ["auth", "key", "token", "secret", "cookie", "password"].iter().any(|word| header.contains(word))
}
