//! [`UiStream`]: converts the events of a run to chunks.

use std::collections::HashMap;
use std::time::Duration;

use claudette::catalog::Spent;
use claudette::chat::{ContextChange, Progress};
use claudette::client::Retry;
use claudette::wire::IterationKind;
use claudette::{Client, Error, Event, Run, ToolUse};
use serde_json::json;

use super::agents::{Inside, calls_around, title};
use super::chunk::{Chunk, DataChunk};
use super::context::{context_inside, context_part};
use super::end::{Spending, error_text, finish_reason};
use super::open_message::{Kind, OpenMessage, running};
use super::options::{SdkVersion, UiOptions};
use super::parts::input_value;

/// Converts the events of a run to the chunks of a UI message stream.
///
/// It is a state machine without input or output. The chunks are in an order that the client accepts, in any order of
/// events. After a chunk that [ends](Chunk::is_last) the message, it returns nothing more.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi, Jeremy!"));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette_web::protocol::{UiOptions, UiStream};
/// use std::time::Instant;
///
/// let (mut stream, begun) = (UiStream::new(UiOptions::new()), Instant::now());
/// let mut body = String::new();
/// for chunk in stream.start("msg_1") {
///     body += &chunk.to_frame();
/// }
/// let mut events = chat.toolloop("I'm Jeremy.").stream();
/// while let Some(event) = events.next().await {
///     for chunk in stream.event(&event?, begun.elapsed()) {
///         body += &chunk.to_frame();
///     }
/// }
/// assert!(body.starts_with("data: {\"type\":\"start\",\"messageId\":\"msg_1\"}\n\n"));
/// assert!(body.contains(r#"data: {"type":"text-delta","id":"p1","delta":"Hi, Jeremy!"}"#));
/// assert!(body.contains(r#""finishReason":"stop""#));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UiStream {
    message: OpenMessage,
    client: Option<Client>,
    earlier: Option<Spending>,
    /// The last summary. It is not known yet whether the usage of the next response contains its usage.
    summary: Option<Spent>,
    /// The usage and cost of summaries and sub-agents.
    extra: Vec<Spent>,
    /// The names of the tools of the calls that run sub-agents, by id.
    agents: HashMap<String, String>,
    spending: Option<Spending>,
    is_over: bool,
}

impl UiStream {
    /// Returns the stream of a new message.
    pub fn new(options: UiOptions) -> Self {
        let message = OpenMessage::new(options);
        Self {
            message,
            client: None,
            earlier: None,
            summary: None,
            extra: Vec::new(),
            agents: HashMap::new(),
            spending: None,
            is_over: false,
        }
    }

    /// Takes the prices for the cost in the metadata from a client. By default, the cost is that of the price list.
    #[must_use]
    pub fn prices_of(mut self, client: &Client) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// Continues a message that waits for decisions: these calls have a part in it.
    #[must_use]
    pub fn known_calls<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.message.known.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Sets the calls that the user has denied.
    #[must_use]
    pub fn denied<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.message.denied.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Adds the spending of the runs of this message before an approval.
    pub(crate) fn earlier(mut self, spending: Option<Spending>) -> Self {
        self.earlier = spending;
        self
    }

    /// Returns the spending of the message, after its end.
    pub(crate) fn spending(&self) -> Option<&Spending> {
        self.spending.as_ref()
    }

    /// Begins the message. A message that continues after an approval keeps its id: with another id, the page shows a
    /// second message.
    pub fn start(&mut self, message_id: impl Into<String>) -> Vec<Chunk> {
        vec![Chunk::Start { message_id: Some(message_id.into()), message_metadata: None }]
    }

    /// Converts an event. `elapsed` is the time since the run began.
    pub fn event(&mut self, event: &Event, elapsed: Duration) -> Vec<Chunk> {
        let mut out = Vec::new();
        if self.is_over {
            return out;
        }
        match event {
            Event::Text(text) => self.message.prose(Kind::Text, text, &mut out),
            Event::Thinking(text) => self.message.prose(Kind::Reasoning, text, &mut out),
            Event::ToolInput(input) => {
                self.message.input_began(input.call_id(), input.name(), &mut out);
                let (id, text) = (input.call_id().to_owned(), input.text().to_owned());
                out.push(Chunk::ToolInputDelta { tool_call_id: id, input_text_delta: text });
            }
            Event::Response(response) => {
                // The usage of a response contains that of the summary that the API has written in it.
                let is_contained = response.usage().iterations().any(|run| *run.kind() == IterationKind::Compaction);
                self.extra.extend(self.summary.take().filter(|_| !is_contained));
                self.message.response(response, &mut out);
            }
            Event::ToolCall(call) => {
                self.message.announce(call, &mut out);
                out.push(running(call.id(), json!({"call_id": call.id(), "state": "running"})));
            }
            Event::Progress(progress) => {
                out.push(progressed(progress.call().id(), progress));
            }
            Event::SubAgent(event) => self.inside(&Inside::new(event), &mut out),
            Event::ToolResult(outcome) => {
                self.extra.extend(outcome.spent().cloned());
                self.message.result(outcome, &mut out);
            }
            Event::Retry(retry) => {
                out.push(self.retried(retry, None));
                self.message.reset(&mut out);
            }
            Event::Context(change) => {
                self.message.close_prose(&mut out);
                if let ContextChange::Compacted { spent, .. } | ContextChange::NotCompacted { spent, .. } = change {
                    self.extra.extend(self.summary.replace(spent.clone()));
                }
                out.push(Chunk::Data(context_part(change, &self.message.options)));
            }
            Event::Step(step) => {
                self.message.close_prose(&mut out);
                for call in step.pending() {
                    let title = self.title_of(call);
                    self.message.ask(call, title, &mut out);
                }
                self.message.close_step(&mut out);
            }
            Event::Done(run) => self.done(run, elapsed, &mut out),
            _ => {}
        }
        out
    }

    /// Converts an event inside sub-agents. It does not become a part of the message, except for the result of a call
    /// that the user has decided on.
    fn inside(&mut self, inside: &Inside<'_>, out: &mut Vec<Chunk>) {
        match inside.event {
            Event::Text(text) => out.push(inside.text(text)),
            Event::Response(response) if response.tool_uses().next().is_some() => {
                self.agents.extend(inside.agents());
            }
            Event::ToolCall(call) => {
                let (id, input) = (inside.id_of(call), input_value(call));
                let data = json!({"call_id": id, "state": "running", "name": call.name(), "input": input});
                out.push(running(&id, data));
            }
            Event::Progress(progress) => out.push(progressed(&inside.id_of(progress.call()), progress)),
            Event::ToolResult(outcome) => {
                self.message.result_inside(&inside.id_of(outcome.call()), outcome, out);
            }
            Event::Retry(retry) => out.push(self.retried(retry, Some(inside.agent_id()))),
            Event::Context(change) => {
                out.push(Chunk::Data(context_inside(inside.agent_id(), change, &self.message.options)));
            }
            _ => {}
        }
    }

    /// Returns the title of a call inside sub-agents.
    fn title_of(&self, call: &ToolUse) -> Option<String> {
        let mut around = calls_around(call.id()).filter_map(|id| self.agents.get(id).map(String::as_str)).peekable();
        around.peek()?;
        Some(title(around.chain([call.name()])))
    }

    /// Returns the chunk for a request that is repeated. The id is that of the call that runs a sub-agent.
    fn retried(&self, retry: &Retry, agent_id: Option<String>) -> Chunk {
        let wait = u64::try_from(retry.wait().as_millis()).unwrap_or(u64::MAX);
        let mut data = json!({"attempt": retry.attempt(), "wait_ms": wait});
        if let Some(id) = agent_id {
            data["call_id"] = id.into();
        }
        if self.message.options.error_details {
            data["reason"] = retry.reason().into();
        }
        Chunk::Data(DataChunk::transient("retry", data))
    }

    /// Ends the message with a text for the user.
    pub fn error(&mut self, error: &Error) -> Vec<Chunk> {
        let text = error_text(error, self.message.options.error_details);
        self.fail(text)
    }

    /// Ends the message with this text for the user.
    pub fn fail(&mut self, text: impl Into<String>) -> Vec<Chunk> {
        self.end(Chunk::Error { error_text: text.into() })
    }

    /// Ends the message because the run was stopped. The parts that were shown stay.
    pub fn abort(&mut self, reason: &str) -> Vec<Chunk> {
        let reason = (self.message.options.sdk >= SdkVersion::V6).then(|| reason.to_owned());
        self.end(Chunk::Abort { reason })
    }

    fn end(&mut self, last: Chunk) -> Vec<Chunk> {
        let mut out = Vec::new();
        if !self.is_over {
            self.message.close_prose(&mut out);
            self.message.close_inputs(&mut out);
            out.push(last);
            self.is_over = true;
        }
        out
    }

    fn done(&mut self, run: &Run, elapsed: Duration, out: &mut Vec<Chunk>) {
        self.message.close_prose(out);
        self.message.close_inputs(out);
        self.message.close_step(out);
        let mut spending = Spending::of(run, self.client.as_ref(), elapsed);
        self.extra.drain(..).chain(self.summary.take()).for_each(|spent| spending.add(&spent));
        let spending = spending.after(self.earlier.take());
        out.push(Chunk::Finish {
            finish_reason: Some(finish_reason(run.end_reason()).to_owned()),
            message_metadata: Some(spending.to_metadata(run.response().model(), run.end_reason())),
        });
        self.spending = Some(spending);
        self.is_over = true;
    }
}

fn progressed(id: &str, progress: &Progress) -> Chunk {
    running(id, json!({"call_id": id, "state": "progress", "text": progress.text()}))
}
