//! [`Content`]: the body of a request in the form in which it is stored and compared.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::scrubs::Scrubs;

/// The body of a request in the form in which it is stored and compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    Empty,
    /// Tokens of MCP servers are removed, and large images and documents are replaced by their hashes.
    Json(Value),
    Text(String),
    Bytes(Vec<u8>),
}

/// The maximum length of base64 text that is stored unchanged.
const SHORT: usize = 1024;

pub(super) const REDACTED: &str = "[redacted]";

impl Content {
    /// Reads a body that is sent or that was recorded. Reading is idempotent: the stored form is read as itself.
    pub(super) fn read(body: &[u8], scrubs: &Scrubs) -> Self {
        let Ok(text) = std::str::from_utf8(body) else { return Self::Bytes(body.to_vec()) };
        if text.trim().is_empty() {
            return Self::Empty;
        }
        let text = scrubs.apply(text);
        match serde_json::from_str(&text) {
            Ok(mut value) => {
                redact(&mut value);
                hash_data(&mut value);
                Self::Json(value)
            }
            Err(_) => Self::Text(text.into_owned()),
        }
    }

    /// Returns the text to store: JSON in several lines, so that a change is one line of a diff.
    pub(super) fn to_text(&self) -> Option<String> {
        match self {
            Self::Empty | Self::Bytes(_) => None,
            Self::Json(value) => Some(format!("{value:#}")),
            Self::Text(text) => Some(text.clone()),
        }
    }
}

/// Removes the tokens for MCP servers, the only credentials that a body of the API can contain.
fn redact(body: &mut Value) {
    let servers = body.get_mut("mcp_servers").and_then(Value::as_array_mut);
    for token in servers.into_iter().flatten().filter_map(|server| server.get_mut("authorization_token")) {
        if token.is_string() {
            *token = REDACTED.into();
        }
    }
}

/// Replaces large base64 data by its hash and size. The data remains a text, so the file is valid for other tools.
pub(crate) fn hash_data(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(hash_data),
        Value::Object(members) => {
            let is_base64 = members.get("type").is_some_and(|kind| kind == "base64");
            match members.get_mut("data") {
                Some(Value::String(data)) if is_base64 && data.len() > SHORT => *data = hashed(data),
                _ => members.values_mut().for_each(hash_data),
            }
        }
        _ => {}
    }
}

fn hashed(data: &str) -> String {
    use std::fmt::Write;

    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(data.as_bytes()) {
        // Writing to a `String` does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text + &format!(" ({} bytes of base64)", data.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn large_data_and_tokens_are_replaced_once() {
        let body = json!({
            "messages": [{"content": [{"source": {"type": "base64", "media_type": "image/png", "data": "A".repeat(2000)}}]}],
            "mcp_servers": [{"authorization_token": "hidden"}],
            "small": {"type": "base64", "data": "AAAA"},
        });
        let first = Content::read(body.to_string().as_bytes(), &Scrubs::default());
        let text = first.to_text().unwrap();
        assert!(text.contains("(2000 bytes of base64)") && !text.contains("hidden") && text.contains("AAAA"), "{text}");
        assert_eq!(Content::read(text.as_bytes(), &Scrubs::default()), first);
    }
}
