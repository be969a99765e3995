//! The fuzz targets as functions of bytes: for `cargo fuzz`, and for the property tests in `tests/it/messages/fuzz.rs`.

use std::sync::Mutex;

use claudette::client::Body;
use claudette::json::{MalformedJson, PartialJson};
use claudette::wire::{Accumulator, StreamEvent};
use claudette::{BoxFuture, Client, ContentBlock, Error, Message, Response, Transport, http};
use futures_util::stream;
use serde_json::Value;

/// Reads any bytes as a stream: tests the SSE decoder and the code after it. The first byte is the size of the chunks.
/// The result must not depend on the chunks.
pub fn stream(data: &[u8]) {
    let Some((&size, body)) = data.split_first() else { return };
    let size = usize::from(size).max(1);
    let cut = read(body.chunks(size).map(<[u8]>::to_vec).collect());
    let whole = read(vec![body.to_vec()]);
    assert_eq!(cut, whole);
}

/// Returns the response that is read from a body, or the error.
fn read(chunks: Vec<Vec<u8>>) -> Result<Value, String> {
    struct Host(Mutex<Option<Vec<Vec<u8>>>>);
    impl Transport for Host {
        fn send(&self, _: http::Request<Body>) -> BoxFuture<'_, Result<http::Response<Body>, Error>> {
            let chunks = self.0.lock().unwrap().take().unwrap_or_default();
            let mut response = http::Response::new(Body::from_stream(stream::iter(chunks.into_iter().map(Ok))));
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("text/event-stream"));
            Box::pin(async move { Ok(response) })
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let host = Host(Mutex::new(Some(chunks)));
        let client = Client::builder("claude-sonnet-5-5").transport(host).max_retries(0).build().unwrap();
        let response = client.send("Go.").stream().finish().await;
        response.map(|response| serde_json::to_value(response).unwrap()).map_err(|error| error.to_string())
    })
}

/// Reads lines of JSON as the events of a stream.
pub fn accumulator(data: &[u8]) {
    let mut response = Accumulator::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(event) = serde_json::from_slice::<StreamEvent>(line) else { continue };
        round_trip(line, &event);
        let _ = response.push(&event);
    }
    if let Some(response) = response.response() {
        let json = serde_json::to_value(response).unwrap();
        let again: Response = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(again).unwrap(), json);
    }
}

/// Reads JSON as a block, a message and a response.
pub fn block(data: &[u8]) {
    if let Ok(block) = serde_json::from_slice::<ContentBlock>(data) {
        round_trip(data, &block);
    }
    if let Ok(message) = serde_json::from_slice::<Message>(data) {
        round_trip(data, &message);
    }
    if let Ok(response) = serde_json::from_slice::<Response>(data) {
        round_trip(data, &response);
        let _ = (response.text(), response.usage().to_string());
    }
}

/// Reads any text as JSON in pieces. The first byte is the size of the pieces. The result must not depend on the
/// pieces, and must be the same as that of `serde_json` for the whole text.
pub fn partial(data: &[u8]) {
    let Some((&size, text)) = data.split_first() else { return };
    let Ok(text) = str::from_utf8(text) else { return };
    // serde_json reserves a key, by which it recognises `RawValue`.
    if text.contains("$serde_json::private") {
        return;
    }
    let chars: Vec<_> = text.chars().collect();
    let cut = grow(chars.chunks(usize::from(size).max(1)).map(|chars| chars.iter().collect()));
    assert_eq!(cut, grow([text.to_owned()]));
    assert_eq!(cut.ok(), serde_json::from_str(text).ok());
}

fn grow(pieces: impl IntoIterator<Item = String>) -> Result<Value, MalformedJson> {
    let mut json = PartialJson::new();
    for piece in pieces {
        json.push(&piece)?;
    }
    json.finish()
}

/// Checks that a value that was read is written back unchanged.
fn round_trip(json: &[u8], read: &impl serde::Serialize) {
    // Input with a repeated field is skipped, because its meaning is not defined: as a `Value` it is shorter.
    let Ok(value) = serde_json::from_slice::<Value>(json) else { return };
    if serde_json::to_vec(&value).unwrap().len() == compact(json) {
        let written = serde_json::to_value(read).unwrap();
        assert!(is_same(&written, &value), "{value} was written as {written}");
    }
}

/// Returns `true` if both are the same, apart from empty fields that servers leave out and this library writes.
fn is_same(written: &Value, json: &Value) -> bool {
    let is_empty = |value: &Value| [r#""""#, "[]", "{}"].contains(&&*value.to_string());
    match (written, json) {
        (Value::Object(fields), Value::Object(before)) => {
            let names = ["text", "thinking", "data", "content", "input"];
            before.keys().all(|name| fields.contains_key(name))
                && fields.iter().all(|(name, value)| match before.get(name) {
                    None | Some(Value::Null) if names.contains(&&**name) && is_empty(value) => true,
                    None => false,
                    Some(before) => is_same(value, before),
                })
        }
        (Value::Array(values), Value::Array(before)) => {
            values.len() == before.len() && values.iter().zip(before).all(|(value, before)| is_same(value, before))
        }
        _ => written == json,
    }
}

/// Returns the length of the JSON without white space.
fn compact(json: &[u8]) -> usize {
    let raw: Box<serde_json::value::RawValue> = serde_json::from_slice(json).unwrap();
    let (mut length, mut text, mut escaped) = (0, false, false);
    for byte in raw.get().bytes() {
        length += usize::from(text || !byte.is_ascii_whitespace());
        text ^= byte == b'"' && !escaped;
        escaped = text && byte == b'\\' && !escaped;
    }
    length
}
