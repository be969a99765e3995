//! The server: connections and routes.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use super::auto_reply;
use super::checks::{self, Accepted, Call, Endpoint, Refusal, Rules};
use super::containers::Containers;
use super::context::{self, Compaction, PromptCache, View};
use super::credits::Credits;
use super::fallbacks::Chain;
use super::hosts::{Operation, Settings};
use super::ids::Ids;
use super::mock_response::MockResponse;
use super::models::Model;
use super::recorded_request::RecordedRequest;
use super::reply::{self, Reply};
use super::script::Script;
use super::search::ToolSearch;
use super::wire::{self, Answer, Body};

/// The state that the connections share with the handles.
#[derive(Default)]
pub(super) struct State {
    pub(super) rules: Rules,
    host: Settings,
    pub(super) auto_replies: bool,
    pub(super) script: Script,
    ids: Ids,
    cache: PromptCache,
    containers: Containers,
    pub(super) credits: Credits,
}

impl State {
    pub(super) fn new(rules: Rules, host: Settings, auto_replies: bool) -> Self {
        Self { rules, host, auto_replies, ..Self::default() }
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
    let (body, invalid) = match parsed {
        Ok(body) => (body, None),
        Err(error) => (Value::Null, Some(error)),
    };
    let request = RecordedRequest::new(&head, bytes, body);
    let (answer, refusal) = match state.respond(&request, invalid.as_ref()) {
        Ok(answer) => (answer, None),
        Err(refusal) => {
            if refusal.violation {
                state.script.report(refusal.message.clone());
            }
            (Answer::from(refusal.to_response()), Some(refusal.message))
        }
    };
    let response = wire::http_response(&answer, state.host.host, &request_id);
    let delay = answer.mock.delivery.delay;
    state.script.record(request.answered(response.status().as_u16(), refusal));
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
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
    /// Returns the answer to a request. `invalid` is the reason why the body is not JSON.
    fn respond(&self, request: &RecordedRequest, invalid: Option<&serde_json::Error>) -> Result<Answer, Refusal> {
        let received = self.host.receive(request, invalid, &self.rules)?;
        let headers = received.headers.as_ref();
        let body = received.body.as_deref().map_err(|error| *error);
        let size = request.bytes().len();
        let call = |endpoint| Call { endpoint, headers, size, body, containers: &self.containers };
        match &received.operation {
            Operation::Messages => {
                let request = checks::check(&call(Endpoint::Messages), &self.rules)?;
                let credit = self.credits.redeem(request.body).map_err(Refusal::invalid_credit)?;
                let mut answer = self.message(&request);
                answer.streamed = request.body["stream"] == true;
                if let (Some(message), Some(credit)) = (&mut answer.message, credit) {
                    message["usage"]["fallback_credit"] = credit;
                }
                Ok(answer)
            }
            Operation::CountTokens => {
                let request = checks::check(&call(Endpoint::CountTokens), &self.rules)?;
                let mut count = json!({ "input_tokens": request.view.tokens() });
                if request.body["context_management"]["edits"].is_array() {
                    let original = request.view.original_tokens();
                    count["context_management"] = json!({ "original_input_tokens": original });
                }
                Ok(ok_json(&self.host.host.token_count(count)))
            }
            Operation::Models => {
                checks::check_headers(headers, &self.rules)?;
                Ok(ok_json(&list_models(request.query().unwrap_or_default())))
            }
            Operation::Model(id) => {
                checks::check_headers(headers, &self.rules)?;
                let model = Model::find(id).ok_or_else(|| Refusal::unknown_model(id))?;
                Ok(ok_json(&model.info()))
            }
        }
    }

    fn message(&self, request: &Accepted<'_>) -> Answer {
        let Accepted { body, view, .. } = request;
        let reply = Reply {
            request: body,
            view,
            ids: &self.ids,
            cache: &self.cache,
            minimum: request.cache_minimum,
            window: request.window,
        };
        let compaction = Compaction::of(body, view.tokens());
        let mut summary = None;
        if let Some(kind) = compaction {
            let mock = self.script.next_summary();
            let mock = mock.unwrap_or_else(|| MockResponse::text(context::default_summary(body)));
            let Some(blocks) = reply::blocks(&mock) else {
                return mock.into();
            };
            let message = reply.summary(kind, &mock, blocks);
            let block = message["content"].get(0).cloned();
            if matches!(kind, Compaction::Threshold { pause: false }) {
                // Without a summary, the model continues with the whole conversation.
                summary = block;
            } else {
                return Answer::of_message(mock, message);
            }
        }
        let mut chain = Chain::of(body);
        loop {
            let asked = chain.asked();
            let mock = match self.script.next(asked) {
                Some(mock) => mock,
                None if self.auto_replies => auto_reply::respond(asked),
                None => self.script.exhausted(asked),
            };
            let cannot_search = mock.searches() && ToolSearch::of(asked).is_none();
            let mock = if cannot_search { self.script.cannot_search() } else { mock };
            let Some(blocks) = reply::blocks(&mock) else { return mock.into() };
            let mut message = match &summary {
                _ if !chain.is_first() => {
                    let mut view = View::of(asked);
                    if let Some(summary) = &summary {
                        view = view.compacted(summary);
                    }
                    Reply { request: chain.request(), view: &view, ..reply }.message(&mock, blocks)
                }
                Some(summary) => reply.after_summary(summary, &mock, blocks),
                None => reply.message(&mock, blocks),
            };
            if chain.goes_on_after(&message) {
                continue;
            }
            chain.finish(&mut message);
            self.containers.note(body, &self.ids, &mut message);
            if mock.grants_credit && request.redeems_credits && message["stop_reason"] == "refusal" {
                self.credits.grant(body, &self.ids, &mut message);
            }
            return Answer::of_message(mock, message);
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

fn ok_json(body: &Value) -> Answer {
    MockResponse::raw(200, "application/json", body.to_string()).into()
}
