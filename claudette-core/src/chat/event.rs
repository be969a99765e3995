//! [`Event`]: something that happened in a loop.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::machine::ContextChange;
use super::run::{Progress, Run, Step, ToolInput};
use crate::client::Retry;
use crate::display::Brief;
use crate::messages::{Fallback, Response, ToolUse};
use crate::tool::{StepId, ToolOutcome};

/// Something that happened in a loop.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
/// # claude.respond(MockResponse::text("There are 3."));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Chat, Event, tool, tools};
///
/// /// Returns the number of items in stock.
/// #[tool]
/// fn stock(/** Name of the item */ item: &str) -> u32 {
///     if item == "tea" { 3 } else { 0 }
/// }
///
/// let mut chat = Chat::builder(client).tools(tools![stock]).build()?;
/// let mut events = chat.toolloop("How much tea is there?").stream();
/// let mut log = String::new();
/// while let Some(event) = events.next().await {
///     match event? {
///         Event::ToolCall(call) => log += &format!("[{}]", call.name()),
///         Event::ToolResult(outcome) => log += &format!("[{}]", outcome.text()),
///         Event::Text(text) => log += &text,
///         _ => {}
///     }
/// }
/// assert_eq!(log, "[stock][3]There are 3.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A piece of the text that the model writes.
    Text(String),
    /// A piece of the model's thinking, if the API returns it.
    Thinking(String),
    /// A piece of the arguments of a tool call that the model is writing.
    ToolInput(ToolInput),
    /// A tool is about to run. If the loop is [eager](crate::chat::ToolLoop::eager), this event can come before
    /// [`Response`](Self::Response), and no result follows if the response is discarded.
    ToolCall(ToolUse),
    /// A progress message of a running tool.
    Progress(Progress),
    /// An event of a sub-agent that a tool call runs ([`Chat::into_tool`](crate::Chat::into_tool)).
    SubAgent(SubAgentEvent),
    /// A tool call has an outcome. Calls that run at the same time can finish in any order.
    ToolResult(ToolOutcome),
    /// An attempt failed, and the request is about to be sent again.
    Retry(Retry),
    /// Another model continues, because the one before it has declined ([`Fallbacks`](crate::wire::Fallbacks)). The event
    /// comes when the other model answers, before its first output.
    Fallback(Fallback),
    /// The conversation was made smaller, according to the [policy](crate::chat::ContextPolicy).
    Context(ContextChange),
    /// The result of this step is replayed by a hook. The following events belong to it.
    Replayed(StepId),
    /// A response is complete.
    Response(Response),
    /// A step is over: a response, and the outcomes of its tool calls.
    Step(Step),
    /// The loop is over. This is the last event.
    Done(Run),
}

/// Shortens long texts.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value): (_, &dyn fmt::Debug) = match self {
            Self::Text(text) => ("Text", &Brief(text)),
            Self::Thinking(thinking) => ("Thinking", &Brief(thinking)),
            Self::ToolInput(input) => ("ToolInput", input),
            Self::ToolCall(call) => ("ToolCall", call),
            Self::Progress(progress) => ("Progress", progress),
            Self::SubAgent(inner) => ("SubAgent", inner),
            Self::ToolResult(outcome) => ("ToolResult", outcome),
            Self::Retry(retry) => ("Retry", retry),
            Self::Fallback(fallback) => ("Fallback", fallback),
            Self::Context(change) => ("Context", change),
            Self::Replayed(step) => ("Replayed", step),
            Self::Response(response) => ("Response", response),
            Self::Step(step) => ("Step", step),
            Self::Done(run) => ("Done", run),
        };
        f.debug_tuple(name).field(value).finish()
    }
}

/// An event of a sub-agent ([`AgentTool`](crate::chat::AgentTool)).
///
/// If a sub-agent has a sub-agent of its own, its event is again [`Event::SubAgent`].
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("poet", json!({"prompt": "A line about rain."})));
/// # claude.respond(MockResponse::text("The rain is late."));
/// # claude.respond(MockResponse::text("Here it is."));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Chat, Event, tools};
///
/// let poet = Chat::new(&client)?.into_tool("poet", "Writes one line.");
/// let mut chat = Chat::builder(&client).tools(tools![].with(poet)).build()?;
/// let mut events = chat.toolloop("Get me a line about rain.").stream();
/// let mut lines = Vec::new();
/// while let Some(event) = events.next().await {
///     if let Event::SubAgent(inner) = event?
///         && let Event::Text(text) = inner.event()
///     {
///         lines.push(format!("{}: {text}", inner.call().name()));
///     }
/// }
/// assert_eq!(lines.concat(), "poet: The rain is late.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Serialize, Deserialize)]
pub struct SubAgentEvent {
    call: ToolUse,
    event: Box<Event>,
}

impl SubAgentEvent {
    pub(super) fn new(call: ToolUse, event: Event) -> Self {
        Self { call, event: Box::new(event) }
    }

    /// Returns the tool call that runs the sub-agent.
    pub fn call(&self) -> &ToolUse {
        &self.call
    }

    /// Returns the event of the sub-agent.
    pub fn event(&self) -> &Event {
        &self.event
    }
}

impl fmt::Debug for SubAgentEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SubAgentEvent").field(&self.call.name()).field(&self.event).finish()
    }
}
