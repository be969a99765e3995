//! [`MockResponse`]: a response of the mock server, and how it is delivered.

use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use super::delivery::{Delivery, StreamError};
use super::ids::Ids;
use super::search::ToolSearch;
use super::signature;
use super::sse::Deltas;

/// The mock server's response to one request.
///
/// Create a response with one of the constructors and refine it by chaining. The same response serves both kinds of
/// request: it is sent as one JSON body, or as a stream of events if the request contains `"stream": true`. Missing
/// fields are filled in as the API would: ids, the model, the stop reason, and a usage that is estimated from the
/// sizes.
///
/// ```
/// use claudette::testing::{MockResponse, MockServer};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let claude = MockServer::start().await?;
/// claude.respond(MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after", "0"));
/// claude.respond(MockResponse::tool_use("sums", json!({"a": 1, "b": 2})).thinking("A sum; I have a tool for that."));
/// claude.respond(MockResponse::text("The sum").chunked(2).stop_reason("max_tokens"));
///
/// let client = claude.client("claude-sonnet-5-5");
/// let call = client.send("What is 1 + 2?").await?; // after a retry
/// assert_eq!(call.tool_uses().next().unwrap().name(), "sums");
/// assert_eq!(client.send("What is 1 + 2?").await?.text(), "The sum");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct MockResponse {
    pub(super) payload: Payload,
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) delivery: Delivery,
    /// `true` if the server adds a credit for another model.
    pub(super) grants_credit: bool,
    /// Top-level fields that are added to the body, or replace fields of it.
    fields: Map<String, Value>,
}

#[derive(Clone, Debug)]
pub(super) enum Payload {
    Message(Vec<Block>),
    Error { kind: String, message: String, details: Option<Value> },
    Raw { content_type: HeaderValue, body: Bytes },
}

#[derive(Clone, Debug)]
pub(super) enum Block {
    /// A tool call; its id is assigned when it is sent.
    ToolUse {
        name: String,
        input: Value,
    },
    /// A thinking text; it is signed when it is sent.
    Thinking(String),
    /// A tool search; it is run when it is sent.
    ToolSearch(String),
    Verbatim(Value),
}

/// Constructors.
impl MockResponse {
    /// Creates a message with one text block.
    pub fn text(text: impl Into<String>) -> Self {
        let text: String = text.into();
        Self::message(vec![Block::Verbatim(json!({ "type": "text", "text": text }))])
    }

    /// Creates a message with one tool call.
    #[doc(alias = "function calling")]
    pub fn tool_use(name: impl Into<String>, input: Value) -> Self {
        Self::tool_uses([(name, input)])
    }

    /// Creates a message with several tool calls, in this order.
    pub fn tool_uses<N: Into<String>>(calls: impl IntoIterator<Item = (N, Value)>) -> Self {
        let blocks = calls.into_iter().map(|(name, input)| Block::ToolUse { name: name.into(), input });
        Self::message(blocks.collect())
    }

    /// Creates a message from any content blocks, which are sent unchanged: citations, server tools, or unknown types.
    ///
    /// `blocks` is an array; any other value becomes the only block.
    pub fn content(blocks: Value) -> Self {
        let blocks = match blocks {
            Value::Array(blocks) => blocks,
            block => vec![block],
        };
        Self::message(blocks.into_iter().map(Block::Verbatim).collect())
    }

    /// Creates the message of a model that declines before it has written anything, because of a policy such as `cyber`.
    ///
    /// If the request has `fallbacks`, the server takes the next response from the queue as that of the next model, and
    /// joins both. So the same queue describes fallbacks of the API and fallbacks in the client. Otherwise the response
    /// contains a credit for another model, if the request enables that beta feature
    /// ([Refusals and fallback](https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback)).
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// let claude = MockServer::start().await?;
    /// claude.respond(MockResponse::refusal("cyber")); // of the first model
    /// claude.respond(MockResponse::text("Rust is memory-safe.")); // of its fallback
    ///
    /// let client = claude.client("claude-fable-5-2");
    /// let response = client.send("Is Rust safe?").fallbacks(["claude-opus-5-5"]).await?;
    /// assert_eq!(response.text(), "Rust is memory-safe.");
    /// assert_eq!(response.model(), "claude-opus-5-5");
    /// assert_eq!(claude.requests().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn refusal(category: &str) -> Self {
        Self::message(Vec::new()).refused(category)
    }

    /// Creates an error of the API, sent as `{"type":"error","error":{"type":kind,"message":message},"request_id":…}`.
    ///
    /// # Panics
    ///
    /// If `status` is not between 200 and 599.
    #[track_caller]
    pub fn error(status: u16, kind: impl Into<String>, message: impl Into<String>) -> Self {
        let payload = Payload::Error { kind: kind.into(), message: message.into(), details: None };
        Self::new(status, payload)
    }

    /// Creates a response with any body, sent byte for byte: for example the HTML page of a proxy, or a malformed
    /// stream.
    ///
    /// The methods that change a message, such as [`stop_reason`](Self::stop_reason) and [`chunked`](Self::chunked), do
    /// not affect it.
    ///
    /// # Panics
    ///
    /// If `status` is not between 200 and 599, or if `content_type` is not a valid header value.
    #[track_caller]
    pub fn raw(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let payload = Payload::Raw { content_type: header_value(content_type), body: body.into().into() };
        Self::new(status, payload)
    }

    /// Sets the machine-readable details of an error.
    pub(super) fn details(mut self, of_error: &Value) -> Self {
        if let Payload::Error { details, .. } = &mut self.payload {
            *details = Some(of_error.clone());
        }
        self
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
            status: status.expect("the status of a response must be between 200 and 599"),
            headers: Vec::new(),
            delivery: Delivery::default(),
            grants_credit: false,
            fields: Map::new(),
        }
    }
}

/// Methods that change the body.
impl MockResponse {
    /// Inserts a signed thinking block before the other blocks.
    ///
    /// The server verifies its own signatures: it refuses a request that sends the block back with another text, or,
    /// if the model binds thinking to its conversation, after other tools, another system prompt or other messages.
    pub fn thinking(mut self, text: impl Into<String>) -> Self {
        let text: String = text.into();
        if let Payload::Message(blocks) = &mut self.payload {
            blocks.insert(0, Block::Thinking(text));
        }
        self
    }

    /// Inserts a search of the API for hidden tools before the other blocks: its call, and its result.
    ///
    /// The server runs the search when it sends the response, with the tool of the request: `tool_search_tool_bm25` or
    /// `tool_search_tool_regex`. It finds at most five of the tools that the request hides. A query that the API would
    /// refuse has an error as its result. If the request does not offer a search, the response is an error, and
    /// [`MockServer::assert_finished`](super::MockServer::assert_finished) fails.
    ///
    /// ```
    /// use claudette::testing::{MockResponse, MockServer};
    /// use claudette::{BuiltinTool, Chat, tool, tools};
    /// use serde_json::json;
    ///
    /// /// Returns the weather forecast for a city.
    /// #[tool]
    /// fn forecast(
    ///     /// Name of the city
    ///     city: String,
    /// ) -> String {
    ///     format!("sunny in {city}")
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// let claude = MockServer::start().await?;
    /// claude.respond(MockResponse::tool_use("forecast", json!({"city": "Oslo"})).tool_search("weather forecast"));
    /// claude.respond(MockResponse::text("It stays sunny."));
    ///
    /// let tools = tools![forecast].defer_loading(true).with(BuiltinTool::tool_search_bm25());
    /// let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build()?;
    /// let run = chat.toolloop("Will it rain in Oslo?").await?;
    /// assert_eq!(run.steps()[0].outcomes()[0].text(), "sunny in Oslo");
    /// let requests = claude.requests();
    /// let found = &requests[1].body()["messages"][1]["content"][1]["content"];
    /// assert_eq!(found["tool_references"][0]["tool_name"], "forecast");
    /// # Ok(())
    /// # }
    /// ```
    pub fn tool_search(mut self, query: impl Into<String>) -> Self {
        let query: String = query.into();
        if let Payload::Message(blocks) = &mut self.payload {
            blocks.insert(0, Block::ToolSearch(query));
        }
        self
    }

    /// Sets the stop reason. The default is `tool_use` if the message contains a tool call, and `end_turn` otherwise.
    pub fn stop_reason(self, reason: impl Into<String>) -> Self {
        let reason: String = reason.into();
        self.with("stop_reason", reason)
    }

    /// Makes the model decline after it has written this message, because of a policy such as `cyber`; see
    /// [`refusal`](Self::refusal).
    pub fn refused(mut self, category: &str) -> Self {
        self.grants_credit = true;
        let details = json!({ "type": "refusal", "category": category, "explanation": null });
        self.stop_reason("refusal").with("stop_details", details)
    }

    /// Sets the stop sequence that ended the response, and the stop reason `stop_sequence`.
    pub fn stop_sequence(self, sequence: impl Into<String>) -> Self {
        let sequence: String = sequence.into();
        self.with("stop_reason", "stop_sequence").with("stop_sequence", sequence)
    }

    /// Replaces the whole usage: a counter that is not given is not sent.
    pub fn usage(self, usage: Value) -> Self {
        self.with("usage", usage)
    }

    /// Sets the id of the message.
    pub fn id(self, id: impl Into<String>) -> Self {
        let id: String = id.into();
        self.with("id", id)
    }

    /// Sets the `model` of the message. The default is the model of the request.
    pub fn model(self, model: impl Into<String>) -> Self {
        let model: String = model.into();
        self.with("model", model)
    }

    /// Sets a top-level field of the body, such as `stop_details` or `container`.
    pub fn with(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }
}

/// Methods that change the delivery.
impl MockResponse {
    /// Streams each text, and the JSON arguments of each tool call, in `n` deltas, or fewer if it is too short.
    ///
    /// As with the real API, arguments start with an additional, empty delta.
    pub fn chunked(mut self, n: usize) -> Self {
        self.delivery.deltas = Deltas::Pieces(n);
        self
    }

    /// Streams the text word by word.
    pub(super) fn word_by_word(mut self) -> Self {
        self.delivery.deltas = Deltas::Words;
        self
    }

    /// Closes the connection after this many events of the stream. A response that is not a stream is cut in the
    /// middle.
    pub fn cut_after(mut self, events: usize) -> Self {
        self.delivery.cut_after = Some(events);
        self
    }

    /// Ends a stream with an error after this many events. Has no effect on a response that is not a stream.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// let claude = MockServer::start().await?;
    /// let response = MockResponse::text("one two").chunked(2);
    /// claude.respond(response.error_after(4, "overloaded_error", "Overloaded"));
    ///
    /// let stream = claude.client("claude-sonnet-5-5").send("Count.").stream();
    /// let error = stream.finish().await.unwrap_err();
    /// assert!(error.is_overloaded());
    /// # Ok(())
    /// # }
    /// ```
    pub fn error_after(mut self, events: usize, kind: impl Into<String>, message: impl Into<String>) -> Self {
        self.delivery.fails = Some(StreamError { after: events, kind: kind.into(), message: message.into() });
        self
    }

    /// Writes the body in separate chunks of `n` bytes, which can split events and characters.
    pub fn byte_chunks(mut self, n: usize) -> Self {
        self.delivery.byte_chunks = Some(n.max(1));
        self
    }

    /// Waits before the response begins. The request is recorded immediately.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delivery.delay = delay;
        self
    }

    /// Sets a header of the response. It replaces the header of that name that the server would set.
    ///
    /// # Panics
    ///
    /// If the name or the value is not valid in a header.
    #[track_caller]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = HeaderName::try_from(name.into());
        self.headers.push((name.expect("the name of a header must be valid"), header_value(&value.into())));
        self
    }
}

/// The bodies that are sent.
impl MockResponse {
    /// Returns a top-level field that was set.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    pub(super) fn with_fields(&self, mut body: Value) -> Value {
        for (name, value) in &self.fields {
            body[name] = value.clone();
        }
        body
    }
}

impl MockResponse {
    /// Returns `true` if the message contains a tool search.
    pub(super) fn searches(&self) -> bool {
        matches!(&self.payload, Payload::Message(blocks) if blocks.iter().any(|block| matches!(block, Block::ToolSearch(_))))
    }
}

impl Block {
    /// Returns the content blocks of a response to this request. `conversation` is the digest of the conversation.
    pub(super) fn to_json(&self, request: &Value, ids: &Ids, conversation: u64) -> Vec<Value> {
        match self {
            Block::Thinking(text) => {
                let signature = signature::sign(text, conversation);
                vec![json!({ "type": "thinking", "thinking": text, "signature": signature })]
            }
            Block::ToolSearch(query) => {
                ToolSearch::of(request).into_iter().flat_map(|search| search.blocks(query, ids)).collect()
            }
            Block::Verbatim(block) => vec![block.clone()],
            Block::ToolUse { name, input } => vec![json!({
                "type": "tool_use",
                "id": ids.tool_use(),
                "name": name,
                "input": input,
                "caller": { "type": "direct" },
            })],
        }
    }
}

#[track_caller]
fn header_value(value: &str) -> HeaderValue {
    HeaderValue::try_from(value).expect("the value of a header must be valid")
}
