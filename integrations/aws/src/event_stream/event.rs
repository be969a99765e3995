//! The server-sent event of a frame.

use std::borrow::Cow;

use aws_smithy_types::event_stream::Message;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use claudette::Result;
use serde::Deserialize;
use serde_json::Value;

use super::frames::damaged;

/// Returns the server-sent event of a frame, or `None` if the frame does not contain an event of the Messages API.
///
/// # Errors
/// A connection error: the frame cannot be read.
pub(super) fn server_sent(frame: &Message) -> Result<Option<Bytes>> {
    match header(frame, ":message-type")? {
        "event" if header(frame, ":event-type")? == "chunk" => chunk(frame.payload()),
        "exception" => {
            let reason: Exception = serde_json::from_slice(frame.payload()).unwrap_or_default();
            Ok(Some(error(header(frame, ":exception-type")?, &reason.text())))
        }
        "error" => Ok(Some(error(header(frame, ":error-code")?, header(frame, ":error-message")?))),
        _ => Ok(None),
    }
}

/// Returns a header that is a string, or an empty text if the frame does not have it.
///
/// # Errors
/// A connection error: the header is not a string, or the frame has it twice.
fn header<'f>(frame: &'f Message, name: &str) -> Result<&'f str> {
    let mut values = frame.headers().iter().filter(|header| header.name().as_str() == name);
    match (values.next(), values.next()) {
        (None, _) => Ok(""),
        (Some(_), Some(_)) => Err(damaged(&format!("a frame has the header `{name}` twice"))),
        (Some(header), None) => match header.value().as_string() {
            Ok(value) => Ok(value.as_str()),
            Err(_) => Err(damaged(&format!("the header `{name}` of a frame is not a string"))),
        },
    }
}

/// Returns the event inside the payload of a frame.
fn chunk(payload: &[u8]) -> Result<Option<Bytes>> {
    #[derive(Deserialize)]
    struct Chunk<'a> {
        #[serde(borrow, default)]
        bytes: Option<Cow<'a, str>>,
    }
    #[derive(Deserialize)]
    struct Event<'a> {
        #[serde(borrow, rename = "type")]
        kind: Cow<'a, str>,
    }
    let chunk: Chunk = serde_json::from_slice(payload)
        .map_err(|error| damaged("the content of a frame is not the JSON of a chunk").caused_by(error))?;
    let Some(encoded) = chunk.bytes else { return Ok(None) };
    let data = STANDARD
        .decode(&*encoded)
        .map_err(|error| damaged("the content of a chunk is not valid base64").caused_by(error))?;
    // Metrics can be an object of their own, which has no type.
    let Ok(Event { kind }) = serde_json::from_slice(&data) else { return Ok(None) };
    Ok(Some(event(&kind, &data)))
}

/// The payload of an exception. The model's own error is in the last two fields.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Exception {
    #[serde(alias = "Message")]
    message: String,
    original_status_code: Option<u16>,
    original_message: Option<String>,
}

impl Exception {
    fn text(&self) -> String {
        match (&self.original_message, self.original_status_code) {
            (None, None) => self.message.clone(),
            (message, status) => {
                let status = status.map(|status| status.to_string()).unwrap_or_default();
                let message = message.as_deref().unwrap_or_default();
                format!("{} (the model answered: {})", self.message, format!("{status} {message}").trim())
            }
        }
    }
}

/// Returns the event of an error. Its type is a word of the API of Anthropic, so that the client decides about retries as
/// it does there. The message begins with the word of AWS.
fn error(kind: &str, message: &str) -> Bytes {
    let message = if message.is_empty() { kind.to_owned() } else { format!("{kind}: {message}") };
    let (kind, message) = (anthropic_word(kind), Value::String(message));
    event("error", format!(r#"{{"type":"error","error":{{"type":"{kind}","message":{message}}}}}"#).as_bytes())
}

/// Returns the API's name of an error of AWS.
fn anthropic_word(kind: &str) -> &'static str {
    match kind.to_ascii_lowercase().as_str() {
        "throttlingexception" | "modelnotreadyexception" => "rate_limit_error",
        "serviceunavailableexception" => "overloaded_error",
        "modeltimeoutexception" => "timeout_error",
        "validationexception" => "invalid_request_error",
        "accessdeniedexception" => "permission_error",
        "resourcenotfoundexception" => "not_found_error",
        // Among them are `internalServerException` and `modelStreamErrorException`.
        _ => "api_error",
    }
}

fn event(kind: &str, data: &[u8]) -> Bytes {
    // A line end would end the field. In JSON, it is only a blank.
    let blank = |byte: u8| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte };
    let mut text = Vec::with_capacity(kind.len() + data.len() + 16);
    text.extend_from_slice(b"event: ");
    text.extend(kind.bytes().map(blank));
    text.extend_from_slice(b"\ndata: ");
    text.extend(data.iter().copied().map(blank));
    text.extend_from_slice(b"\n\n");
    text.into()
}
