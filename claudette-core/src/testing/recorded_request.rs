//! A request that the mock server received.

use std::fmt;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::http::request::Parts;
use serde_json::Value;

/// One request that the mock server received, and what became of it.
///
/// Its `Debug` form shows no credentials.
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
    pub(super) fn new(head: &Parts, bytes: Bytes, body: Value, status: u16, refusal: Option<String>) -> Self {
        Self {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: head.headers.clone(),
            bytes,
            body,
            status,
            refusal,
        }
    }

    /// The HTTP method, in capitals.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path, such as `/v1/messages`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What followed the `?` in the target, if anything did.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// The value of a header, whatever the case of its name; the first one where it was sent repeatedly.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All headers in the order of arrival, names in lower case; those with values beyond ASCII are left out.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }

    /// The JSON body; null where there was none, or none that could be read.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// The body as it arrived, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The HTTP status of the response.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the request broke a rule of the API. Such a request uses up no scripted response.
    pub fn refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// The error message with which the request was refused, if it was.
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

/// Hides the tokens for MCP servers, the only credentials that travel in a body.
fn redact(body: &mut Value) {
    let servers = body.get_mut("mcp_servers").and_then(Value::as_array_mut);
    for server in servers.into_iter().flatten() {
        if let Some(token) = server.get_mut("authorization_token") {
            *token = REDACTED.into();
        }
    }
}

/// By its name, since anybody may add a header for a gateway of their own.
fn is_secret(header: &str) -> bool {
    ["auth", "key", "token", "secret", "cookie", "password"].iter().any(|word| header.contains(word))
}
