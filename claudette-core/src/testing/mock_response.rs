//! A response of the mock server: what it says, and how it travels.

use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use super::ids::Ids;
use super::models::Model;
use super::sse::Deltas;
use super::{signature, usage};

/// What the mock server answers to one request.
///
/// A response is made by one of the constructors and refined by chaining. The same response serves both kinds of request: it
/// becomes one JSON body, or a stream of events when the request says `"stream": true`. Everything not given is filled
/// in as the API would: ids, the model, the stop reason, a usage derived from the sizes.
///
/// ```
/// use claudette::testing::MockResponse;
/// use serde_json::json;
///
/// let call = MockResponse::tool_use("sums", json!({"a": 1, "b": 2})).thinking("A sum; there is a tool for that.");
/// let answer = MockResponse::text("The sum is 3.").chunked(4);
/// let cut = MockResponse::text("The sum").stop_reason("max_tokens");
/// let busy = MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after", "0");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct MockResponse {
    pub(super) payload: Payload,
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) delivery: Delivery,
    /// Top-level fields of the body that replace or join those made here.
    fields: Map<String, Value>,
}

#[derive(Clone, Debug)]
pub(super) enum Payload {
    Message(Vec<Block>),
    Error { kind: String, message: String },
    Raw { content_type: HeaderValue, body: Bytes },
}

#[derive(Clone, Debug)]
pub(super) enum Block {
    /// Gets its id when it is sent.
    ToolUse {
        name: String,
        input: Value,
    },
    Verbatim(Value),
}

/// How a response travels.
#[derive(Clone, Debug, Default)]
pub(super) struct Delivery {
    pub(super) delay: Duration,
    pub(super) deltas: Deltas,
    pub(super) cut_after: Option<usize>,
    pub(super) byte_chunks: Option<usize>,
}

/// What a response is.
impl MockResponse {
    /// A message of one text.
    pub fn text(text: impl Into<String>) -> Self {
        let text: String = text.into();
        Self::message(vec![Block::Verbatim(json!({ "type": "text", "text": text }))])
    }

    /// A message that calls one tool.
    pub fn tool_use(name: impl Into<String>, input: Value) -> Self {
        Self::tool_uses([(name, input)])
    }

    /// A message that calls several tools, in this order.
    pub fn tool_uses<N: Into<String>>(calls: impl IntoIterator<Item = (N, Value)>) -> Self {
        let blocks = calls.into_iter().map(|(name, input)| Block::ToolUse { name: name.into(), input });
        Self::message(blocks.collect())
    }

    /// A message of any content blocks, sent exactly as they are: citations, server tools, types nobody knows yet.
    ///
    /// `blocks` is an array; anything else is taken as the only block.
    pub fn content(blocks: Value) -> Self {
        let blocks = match blocks {
            Value::Array(blocks) => blocks,
            block => vec![block],
        };
        Self::message(blocks.into_iter().map(Block::Verbatim).collect())
    }

    /// An error of the API, as `{"type":"error","error":{"type":kind,"message":message},"request_id":…}`.
    ///
    /// # Panics
    ///
    /// When `status` is no HTTP status from 200 to 599.
    #[track_caller]
    pub fn error(status: u16, kind: impl Into<String>, message: impl Into<String>) -> Self {
        let payload = Payload::Error { kind: kind.into(), message: message.into() };
        Self::new(status, payload)
    }

    /// Any body, sent byte for byte: the HTML page of a proxy, or a stream that no server should send.
    ///
    /// The methods that change a message ([`stop_reason`](Self::stop_reason), [`chunked`](Self::chunked) and so on) have
    /// no effect on it.
    ///
    /// # Panics
    ///
    /// When `status` is no HTTP status from 200 to 599, or `content_type` cannot be a header value.
    #[track_caller]
    pub fn raw(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let payload = Payload::Raw { content_type: header_value(content_type), body: body.into().into() };
        Self::new(status, payload)
    }

    fn message(blocks: Vec<Block>) -> Self {
        Self::new(200, Payload::Message(blocks))
    }

    #[track_caller]
    fn new(status: u16, payload: Payload) -> Self {
        let known = (200..600).contains(&status);
        let status = StatusCode::from_u16(status).ok().filter(|_| known);
        Self {
            payload,
            status: status.expect("a response's status is between 200 and 599"),
            headers: Vec::new(),
            delivery: Delivery::default(),
            fields: Map::new(),
        }
    }
}

/// The message of a response.
impl MockResponse {
    /// Puts a thinking block, signed, before everything else.
    ///
    /// The server knows its own signatures again: a request that returns the block with another text is refused.
    pub fn thinking(mut self, text: impl Into<String>) -> Self {
        let text: String = text.into();
        if let Payload::Message(blocks) = &mut self.payload {
            let signature = signature::sign(&text);
            let block = json!({ "type": "thinking", "thinking": text, "signature": signature });
            blocks.insert(0, Block::Verbatim(block));
        }
        self
    }

    /// Sets the stop reason; without it, it is `tool_use` where a tool is called and `end_turn` elsewhere.
    pub fn stop_reason(self, reason: impl Into<String>) -> Self {
        let reason: String = reason.into();
        self.with("stop_reason", reason)
    }

    /// Reports that this stop sequence ended the response; the stop reason is then `stop_sequence`.
    pub fn stop_sequence(self, sequence: impl Into<String>) -> Self {
        let sequence: String = sequence.into();
        self.with("stop_reason", "stop_sequence").with("stop_sequence", sequence)
    }

    /// Replaces the whole usage, so a counter that is not given is not sent.
    pub fn usage(self, usage: Value) -> Self {
        self.with("usage", usage)
    }

    /// Sets the message's id.
    pub fn id(self, id: impl Into<String>) -> Self {
        let id: String = id.into();
        self.with("id", id)
    }

    /// Sets the model that the message names; without it, that is the model of the request.
    pub fn model(self, model: impl Into<String>) -> Self {
        let model: String = model.into();
        self.with("model", model)
    }

    /// Sets any other top-level field of the body, such as `stop_details` or `container`.
    pub fn with(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }
}

/// How a response travels.
impl MockResponse {
    /// Streams each text, and the JSON of each tool call's arguments, in `n` deltas (in fewer where it is shorter).
    ///
    /// Arguments start with an empty delta besides, as they do on the real API.
    pub fn chunked(mut self, n: usize) -> Self {
        self.delivery.deltas = Deltas::Pieces(n);
        self
    }

    /// Streams the text word by word.
    pub(super) fn word_by_word(mut self) -> Self {
        self.delivery.deltas = Deltas::Words;
        self
    }

    /// Closes the connection after this many events of the stream. A response that is no stream is cut half way.
    pub fn cut_after(mut self, events: usize) -> Self {
        self.delivery.cut_after = Some(events);
        self
    }

    /// Writes the body in chunks of `n` bytes, each on its own, so that events, and characters, arrive cut anywhere.
    pub fn byte_chunks(mut self, n: usize) -> Self {
        self.delivery.byte_chunks = Some(n.max(1));
        self
    }

    /// Waits before the response begins. The request is on record at once.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delivery.delay = delay;
        self
    }

    /// Sets a header of the response, also one that the server would set itself.
    ///
    /// # Panics
    ///
    /// When this is no valid header.
    #[track_caller]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = HeaderName::try_from(name.into());
        self.headers.push((name.expect("a header's name is a valid one"), header_value(&value.into())));
        self
    }
}

/// What is sent.
impl MockResponse {
    /// The message, complete, as the JSON body of an answer to `request`.
    pub(super) fn to_message(&self, blocks: &[Block], request: &Value, ids: &Ids) -> Value {
        let content: Vec<Value> = blocks.iter().map(|block| block.to_json(ids)).collect();
        let calls = content.iter().any(|block| block["type"] == "tool_use");
        let model = request["model"].as_str().unwrap_or_default();
        let usage = usage::of_response(request, &content);
        let message = json!({
            "model": Model::find(model).map_or(model, |known| known.exact_id()),
            "id": ids.message(),
            "type": "message",
            "role": "assistant",
            "content": content,
            "stop_reason": if calls { "tool_use" } else { "end_turn" },
            "stop_sequence": null,
            "stop_details": null,
            "usage": usage,
        });
        self.with_fields(message)
    }

    /// The JSON body of an error.
    pub(super) fn to_error(&self, kind: &str, message: &str, request_id: &str) -> Value {
        self.with_fields(json!({
            "type": "error",
            "error": { "type": kind, "message": message },
            "request_id": request_id,
        }))
    }

    fn with_fields(&self, mut body: Value) -> Value {
        for (name, value) in &self.fields {
            body[name] = value.clone();
        }
        body
    }
}

impl Block {
    fn to_json(&self, ids: &Ids) -> Value {
        match self {
            Block::Verbatim(block) => block.clone(),
            Block::ToolUse { name, input } => json!({
                "type": "tool_use",
                "id": ids.tool_use(),
                "name": name,
                "input": input,
                "caller": { "type": "direct" },
            }),
        }
    }
}

#[track_caller]
fn header_value(value: &str) -> HeaderValue {
    HeaderValue::try_from(value).expect("a header's value is a valid one")
}
