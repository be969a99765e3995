//! The server: connections, routes, and bodies on the wire.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use super::checks::{self, Call, Endpoint, Refusal, Rules};
use super::ids::Ids;
use super::mock_response::{MockResponse, Payload};
use super::models::Model;
use super::recorded_request::RecordedRequest;
use super::script::Script;
use super::{auto_reply, sse, usage};

/// The state that the connections share with the handles.
#[derive(Default)]
pub(super) struct State {
    pub(super) rules: Rules,
    pub(super) auto_replies: bool,
    pub(super) script: Script,
    ids: Ids,
}

impl State {
    pub(super) fn new(rules: Rules, auto_replies: bool) -> Self {
        Self { rules, auto_replies, ..Self::default() }
    }
}

/// Serves until the returned handle aborts it, and every connection with it.
pub(super) fn serve(listener: TcpListener, state: Arc<State>) -> AbortHandle {
    tokio::spawn(accept(listener, state)).abort_handle()
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    // It is dropped with this task, which aborts the connections.
    let mut connections = JoinSet::new();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(serve_connection(stream, Arc::clone(&state)));
        } else {
            // Probably out of file descriptors: let the connections make progress, then try again.
            tokio::task::yield_now().await;
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve_connection(stream: TcpStream, state: Arc<State>) {
    // Each write must arrive separately.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(request, &state));
    // An error means that the client disconnected, or that a response was cut on purpose.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, state: &State) -> hyper::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let bytes = read(body).await?;
    let request_id = state.ids.request();
    let parsed = match bytes.as_ref() {
        [] => Ok(Value::Null),
        bytes => serde_json::from_slice(bytes),
    };
    let (mock, refusal) = match state.respond(&head, bytes.len(), &parsed) {
        Ok(mock) => (mock, None),
        Err(refusal) => (refusal.to_response(), Some(refusal.message)),
    };
    let body = parsed.unwrap_or_default();
    let response = http_response(&mock, &body, &request_id, &state.ids);
    let status = response.status().as_u16();
    state.script.record(RecordedRequest::new(&head, bytes, body, status, refusal));
    if !mock.delivery.delay.is_zero() {
        tokio::time::sleep(mock.delivery.delay).await;
    }
    Ok(response)
}

/// Reads a body to its end, because a client that is still writing would not read an early response.
///
/// Keeps at most one byte more than the limit, so that the check of the size can see that the body is too large.
async fn read(mut body: Incoming) -> hyper::Result<Bytes> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame?.data_ref() {
            let room = (checks::MAX_BODY + 1).saturating_sub(bytes.len());
            bytes.extend_from_slice(&data[..data.len().min(room)]);
        }
    }
    Ok(bytes.into())
}

impl State {
    fn respond(&self, head: &Parts, size: usize, body: &serde_json::Result<Value>) -> Result<MockResponse, Refusal> {
        let call = |endpoint| Call { endpoint, headers: &head.headers, size, body };
        let path: Vec<&str> = head.uri.path().split('/').skip(1).collect();
        match (&head.method, path.as_slice()) {
            (&Method::POST, ["v1", "messages"]) => {
                let request = checks::check(&call(Endpoint::Messages), &self.rules)?;
                Ok(self.message(request))
            }
            (&Method::POST, ["v1", "messages", "count_tokens"]) => {
                let request = checks::check(&call(Endpoint::CountTokens), &self.rules)?;
                let tokens = usage::input_tokens(request);
                Ok(ok_json(&json!({ "input_tokens": tokens })))
            }
            (&Method::GET, ["v1", "models"]) => {
                checks::check_headers(&head.headers, &self.rules)?;
                Ok(ok_json(&list_models(head.uri.query().unwrap_or_default())))
            }
            (&Method::GET, ["v1", "models", id]) => {
                checks::check_headers(&head.headers, &self.rules)?;
                let model = Model::find(id).ok_or_else(|| Refusal::unknown_model(id))?;
                Ok(ok_json(&model.info()))
            }
            _ => Err(Refusal::not_found("Not Found")),
        }
    }

    fn message(&self, request: &Value) -> MockResponse {
        match self.script.next(request) {
            Some(mock) => mock,
            None if self.auto_replies => auto_reply::respond(request),
            None => self.script.exhausted(request),
        }
    }
}

/// Returns one page of the models: at most `limit` of them (20 by default), starting after `after_id`.
fn list_models(query: &str) -> Value {
    let parameter = |name: &str| {
        query.split('&').filter_map(|pair| pair.split_once('=')).find_map(|(key, value)| (key == name).then_some(value))
    };
    let limit = parameter("limit").and_then(|limit| limit.parse().ok());
    let mut rest: Vec<&Model> = Model::listed().collect();
    if let Some(after) = parameter("after_id")
        && let Some(index) = rest.iter().position(|model| model.exact_id() == after)
    {
        rest.drain(..=index);
    }
    let page = &rest[..rest.len().min(limit.unwrap_or(20))];
    json!({
        "data": page.iter().map(|model| model.info()).collect::<Vec<_>>(),
        "has_more": page.len() < rest.len(),
        "first_id": page.first().map(|model| model.exact_id()),
        "last_id": page.last().map(|model| model.exact_id()),
    })
}

fn ok_json(body: &Value) -> MockResponse {
    MockResponse::raw(200, "application/json", body.to_string())
}

type Body = StreamBody<Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send>>>;

/// Returns the HTTP response that carries a scripted one.
fn http_response(mock: &MockResponse, request: &Value, request_id: &str, ids: &Ids) -> Response<Body> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    const SSE: HeaderValue = HeaderValue::from_static("text/event-stream; charset=utf-8");

    let (content_type, mut parts) = match &mock.payload {
        Payload::Message(blocks) => {
            let message = mock.to_message(blocks, request, ids);
            if request["stream"] == true {
                (SSE, sse::frames(&message, mock.delivery.deltas))
            } else {
                (JSON, vec![message.to_string().into()])
            }
        }
        Payload::Error { kind, message } => {
            let error = mock.to_error(kind, message, request_id);
            (JSON, vec![error.to_string().into()])
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
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("request-id", id);
    }
    for (name, value) in &mock.headers {
        headers.insert(name, value.clone());
    }
    response
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
