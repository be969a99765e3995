//! The responses on the wire: status, headers, and a body that is sent in parts.

use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::Response;
use hyper::body::Frame;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

use super::delivery::{Delivery, StreamError};
use super::hosts::{ErrorAnswer, Host};
use super::mock_response::{MockResponse, Payload};
use super::sse;

/// The answer to a request.
pub(super) struct Answer {
    pub(super) mock: MockResponse,
    /// The message, if the response is one.
    pub(super) message: Option<Value>,
    /// `true` if the message is sent as a stream.
    pub(super) streamed: bool,
}

impl From<MockResponse> for Answer {
    fn from(mock: MockResponse) -> Self {
        Self { mock, message: None, streamed: false }
    }
}

impl Answer {
    pub(super) fn of_message(mock: MockResponse, message: Value) -> Self {
        Self { mock, message: Some(message), streamed: false }
    }
}

pub(super) type Body = StreamBody<Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send>>>;

/// Returns the HTTP response that carries an answer.
pub(super) fn http_response(answer: &Answer, host: Host, request_id: &str) -> Response<Body> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");

    let Answer { mock, message, streamed } = answer;
    let error = match &mock.payload {
        Payload::Error { kind, message, details } => {
            Some(ErrorAnswer { status: mock.status.as_u16(), kind, message, details: details.as_ref(), request_id })
        }
        Payload::Message(_) | Payload::Raw { .. } => None,
    };
    let (content_type, mut parts) = match &mock.payload {
        Payload::Message(_) => {
            let message = message.as_ref().unwrap_or(&Value::Null);
            if *streamed {
                (host.stream_type(), host.frames(&events(message, &mock.delivery)))
            } else {
                (JSON, vec![message.to_string().into()])
            }
        }
        Payload::Error { .. } => {
            let body = error.as_ref().map(|error| host.error(error)).unwrap_or_default();
            (JSON, vec![mock.with_fields(body).to_string().into()])
        }
        Payload::Raw { content_type, body } => (content_type.clone(), vec![body.clone()]),
    };
    // The length is announced if the body is in one piece. It is the full length even if the body is cut.
    let length = match parts.as_slice() {
        [whole] if mock.delivery.byte_chunks.is_none() => Some(whole.len()),
        _ => None,
    };
    let cut = mock.delivery.cut_after.is_some();
    if let Some(events) = mock.delivery.cut_after {
        match parts.as_mut_slice() {
            [whole] => whole.truncate(whole.len() / 2),
            _ => parts.truncate(events),
        }
    }
    if let Some(size) = mock.delivery.byte_chunks {
        parts = chunks(&parts.concat().into(), size);
    }

    let mut response = Response::new(body(parts, cut));
    *response.status_mut() = mock.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    headers.extend(host.headers(request_id, error.as_ref()));
    for (name, value) in &mock.headers {
        headers.insert(name, value.clone());
    }
    response
}

/// Returns the events of a message, which can end with an error.
fn events(message: &Value, delivery: &Delivery) -> Vec<Value> {
    let mut events = sse::events(message, delivery.deltas);
    if let Some(StreamError { after, kind, message }) = &delivery.fails {
        events.truncate(*after);
        events.push(json!({ "type": "error", "error": { "type": kind, "message": message } }));
    }
    events
}

fn chunks(body: &Bytes, size: usize) -> Vec<Bytes> {
    (0..body.len()).step_by(size).map(|start| body.slice(start..body.len().min(start + size))).collect()
}

/// Returns a body that is written part by part. If `cut`, it fails after the last part.
fn body(parts: Vec<Bytes>, cut: bool) -> Body {
    let end = cut.then(|| Err(io::Error::other("cut by `cut_after`")));
    let parts = parts.into_iter().map(|part| Ok(Frame::data(part))).chain(end);
    let stream = stream::unfold(parts, |mut parts| async {
        let part = parts.next()?;
        // hyper flushes its buffer when the body is not ready, so each part is a separate write.
        tokio::task::yield_now().await;
        Some((part, parts))
    });
    StreamBody::new(Box::pin(stream))
}
