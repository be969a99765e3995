//! [`Run`]: the steps of a loop that is over, and the reason it ended.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::machine::{EndReason, depth};
use crate::display::Brief;
use crate::messages::{Response, ToolUse, Usage};
use crate::tool::ToolOutcome;

/// A loop that is over: its steps, and the reason it ended.
///
/// It displays like its last response: as the text, with citations as footnotes.
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
/// use claudette::{Chat, EndReason, tool, tools};
///
/// /// Returns the number of items in stock.
/// #[tool]
/// fn stock(/** Name of the item */ item: &str) -> u32 {
///     if item == "tea" { 3 } else { 0 }
/// }
///
/// let mut chat = Chat::builder(client).tools(tools![stock]).build()?;
/// let run = chat.toolloop("How much tea is there?").await?;
/// assert_eq!(run.to_string(), "There are 3.");
/// assert_eq!(*run.end_reason(), EndReason::Finished);
/// assert_eq!(run.steps().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Run {
    /// Contains at least one step.
    steps: Vec<Step>,
    end_reason: EndReason,
}

/// The stored form of a run.
#[derive(Deserialize)]
struct Stored {
    steps: Vec<Step>,
    end_reason: EndReason,
}

impl TryFrom<Stored> for Run {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        Self::new(stored.steps, stored.end_reason).map_err(|_| "a run must have at least one step")
    }
}

impl Run {
    /// Returns an error if there are no steps.
    pub(super) fn new(steps: Vec<Step>, end_reason: EndReason) -> Result<Self, EndReason> {
        if steps.is_empty() { Err(end_reason) } else { Ok(Self { steps, end_reason }) }
    }

    /// Returns the tool calls that wait for a decision, after [`EndReason::Suspended`].
    pub fn pending(&self) -> &[ToolUse] {
        self.steps.last().map_or(&[], |step| &step.pending)
    }

    /// Returns the last response.
    pub fn response(&self) -> &Response {
        &self.steps[self.steps.len() - 1].response
    }

    /// Returns the text of the last response.
    pub fn text(&self) -> String {
        self.response().text()
    }

    /// Returns all responses in order, each with the outcomes of its tool calls.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns the total usage of all responses.
    pub fn usage(&self) -> Usage {
        self.steps.iter().map(|step| step.response.usage()).sum()
    }

    /// Returns the reason the loop ended.
    pub fn end_reason(&self) -> &EndReason {
        &self.end_reason
    }

    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    pub(super) fn into_response(mut self) -> Response {
        self.steps.swap_remove(self.steps.len() - 1).response
    }
}

/// Shows the last response and the number of steps.
impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Run");
        out.field("end_reason", &self.end_reason)
            .field("steps", &self.steps.len())
            .field("response", self.response())
            .finish()
    }
}

/// Shows the last response. A response without text is shown as its calls; the calls inside sub-agents that wait for a
/// decision follow them, indented.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.response().fmt(f)?;
        if !self.text().trim().is_empty() {
            return Ok(());
        }
        let mut inside = self.pending().iter().map(|call| (depth(call), call)).filter(|(depth, _)| *depth > 0);
        inside.try_for_each(|(depth, call)| write!(f, "\n{}{call}", "  ".repeat(depth)))
    }
}

/// One response of a loop, with the outcomes of its tool calls.
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
/// use claudette::{Chat, tool, tools};
///
/// /// Returns the number of items in stock.
/// #[tool]
/// fn stock(/** Name of the item */ item: &str) -> u32 {
///     if item == "tea" { 3 } else { 0 }
/// }
///
/// let mut chat = Chat::builder(client).tools(tools![stock]).build()?;
/// let run = chat.toolloop("How much tea is there?").await?;
/// let step = &run.steps()[0];
/// assert_eq!(step.calls()[0].name(), "stock");
/// assert_eq!(step.outcomes()[0].text(), "3");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Serialize, Deserialize)]
pub struct Step {
    pub(super) response: Response,
    pub(super) calls: Vec<ToolUse>,
    pub(super) outcomes: Vec<ToolOutcome>,
    pub(super) pending: Vec<ToolUse>,
}

/// Shows the response and the numbers of finished and suspended calls.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Step");
        out.field("response", &self.response);
        out.field("outcomes", &self.outcomes.len()).field("pending", &self.pending.len()).finish_non_exhaustive()
    }
}

impl Step {
    pub(super) fn new(response: Response, outcomes: Vec<ToolOutcome>, pending: Vec<ToolUse>) -> Self {
        let calls = outcomes.iter().map(|outcome| outcome.call().clone()).collect();
        Self { response, calls, outcomes, pending }
    }

    /// Returns the response.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// Returns the tool calls that have an outcome, in the order of the response.
    pub fn calls(&self) -> &[ToolUse] {
        &self.calls
    }

    /// Returns the outcomes of the [`calls`](Self::calls), in the same order.
    pub fn outcomes(&self) -> &[ToolOutcome] {
        &self.outcomes
    }

    /// Returns the tool calls that wait for a decision.
    pub fn pending(&self) -> &[ToolUse] {
        &self.pending
    }
}

/// A piece of the arguments of a tool call that the model is writing.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})).chunked(3));
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
/// let mut arguments = String::new();
/// while let Some(event) = events.next().await {
///     if let Event::ToolInput(input) = event? {
///         assert_eq!(input.name(), "stock");
///         arguments += input.text();
///     }
/// }
/// assert_eq!(arguments, r#"{"item":"tea"}"#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Serialize, Deserialize)]
pub struct ToolInput {
    #[serde(with = "crate::json::shared_str")]
    pub(super) call_id: Arc<str>,
    #[serde(with = "crate::json::shared_str")]
    pub(super) name: Arc<str>,
    pub(super) text: String,
}

impl fmt::Debug for ToolInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolInput")
            .field("name", &Brief(&&*self.name))
            .field("text", &Brief(&self.text))
            .finish_non_exhaustive()
    }
}

impl ToolInput {
    /// Returns the id of the tool call.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Returns the name of the tool.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns a piece of JSON text, which can end at any character.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A progress message of a running tool ([`ToolContext::progress`](crate::ToolContext::progress)).
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("build", json!({})));
/// # claude.respond(MockResponse::text("It is built."));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Chat, Event, ToolContext, tool, tools};
///
/// /// Builds the project.
/// #[tool]
/// async fn build(cx: &ToolContext) {
///     cx.progress("compiling");
/// }
///
/// let mut chat = Chat::builder(client).tools(tools![build]).build()?;
/// let mut events = chat.toolloop("Build it.").stream();
/// let mut messages = Vec::new();
/// while let Some(event) = events.next().await {
///     if let Event::Progress(progress) = event? {
///         messages.push(format!("{}: {}", progress.call().name(), progress.text()));
///     }
/// }
/// assert_eq!(messages, ["build: compiling"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Serialize, Deserialize)]
pub struct Progress {
    pub(super) call: ToolUse,
    pub(super) text: String,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("call", &self.call).field("text", &Brief(&self.text)).finish()
    }
}

impl Progress {
    /// Returns the tool call that is running.
    pub fn call(&self) -> &ToolUse {
        &self.call
    }

    /// Returns the text of the message.
    pub fn text(&self) -> &str {
        &self.text
    }
}
