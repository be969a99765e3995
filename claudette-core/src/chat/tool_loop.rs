//! [`ToolLoop`]: asks, runs tools, and asks again, until the turn ends.

use std::fmt;
use std::future::IntoFuture;

use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::Chat;
use super::approval::Approval;
use super::asking::Asking;
use super::drive::Drive;
use super::event::{Events, Slot};
use super::form::Form;
use super::hook::Hook;
use super::run::{Run, Step};
use super::settings::{Limits, Settings, limits};
use super::turn::Turn;
use crate::client::{Delivery, Prefill, settings};
use crate::error::Result;
use crate::future::BoxFuture;
use crate::messages::{Params, Prompt, Response, ToolUse};

/// A tool loop, set up step by step. Await it for the [`Run`], or [`stream`](Self::stream) its events.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Done."));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::Stop;
///
/// let run = chat.toolloop("Cancel all orders of customer C1.").max_steps(5).await?;
/// assert_eq!(run.text(), "Done.");
/// assert_eq!(*run.end_reason(), EndReason::Finished);
/// # Ok(())
/// # }
/// ```
#[must_use = "a loop runs when it is awaited or its events are read"]
pub struct ToolLoop<'a> {
    chat: &'a mut Chat,
    prompt: Option<Prompt>,
    /// One response, and no more.
    once: bool,
    settings: Settings<'a>,
}

impl<'a> ToolLoop<'a> {
    pub(super) fn new(chat: &'a mut Chat, prompt: Option<Prompt>) -> Self {
        Self { settings: Settings::of(chat), once: false, chat, prompt }
    }

    limits!(run);

    limits!(calls);

    /// Ends the loop after a step of which this is true. Its tools have run, and their results wait in the history.
    pub fn until(mut self, until: impl FnMut(&Step) -> bool + Send + 'a) -> Self {
        self.settings.until = Some(Box::new(until));
        self
    }

    /// Asks for each call whether it may run, in place of what the chat asks
    /// ([`ChatBuilder::approve`](crate::ChatBuilder::approve)). Calls that could not run, because their arguments are wrong,
    /// are not asked about.
    ///
    /// The calls of one response are asked about one after the other, before the first of them runs.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// use claudette::{Approval, Chat, ToolUse, tool, tools};
    ///
    /// /// Cancels an order.
    /// #[tool]
    /// async fn cancel_order(
    ///     /// Order id, e.g. "O1"
    ///     id: String,
    /// ) -> String {
    ///     format!("{id} is cancelled")
    /// }
    ///
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::tool_use("cancel_order", json!({"id": "O1"})));
    /// # claude.respond(MockResponse::text("You have to ask a human."));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let mut chat = Chat::builder(client).tools(tools![cancel_order]).build()?;
    /// let run = chat
    ///     .toolloop("Cancel order O1.")
    ///     .approve(|call: ToolUse| async move {
    ///         if call.name() == "cancel_order" { Approval::deny("ask a human first") } else { Approval::Allow }
    ///     })
    ///     .await?;
    /// assert!(run.steps()[0].outcomes()[0].text().contains("ask a human first"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn approve<F, Fut>(mut self, mut approve: F) -> Self
    where
        F: FnMut(ToolUse) -> Fut + Send + 'a,
        Fut: Future<Output = Approval> + Send + 'a,
    {
        self.settings.approve = Some(Box::new(move |call| Box::pin(approve(call))));
        self
    }

    /// Runs code of the program at the turning points of the loop, inside the hooks of the chat
    /// ([`ChatBuilder::hook`](crate::ChatBuilder::hook)). May be called several times.
    pub fn hook(mut self, hook: impl Hook + 'a) -> Self {
        self.settings.hooks.push(hook);
        self
    }

    settings!(model);

    settings!(asked);

    settings!(answer);

    settings!(choice);

    settings!(delivery);

    fn limits(&mut self) -> &mut Limits {
        &mut self.settings.limits
    }

    fn params(&mut self) -> &mut Params {
        &mut self.settings.asking.params
    }

    fn delivery(&mut self) -> &mut Delivery {
        &mut self.settings.asking.delivery
    }

    /// Makes its requests like this.
    pub(crate) fn asking(mut self, asking: Asking) -> Self {
        self.settings.asking = asking;
        self
    }

    /// Asks for the answer in a form.
    pub(crate) fn form(mut self, form: Form) -> Self {
        self.settings.form = form;
        self
    }

    /// The same loop, seen as it happens.
    pub fn stream(self) -> Events<'a> {
        Events::new(|slot| self.run(Some(slot)))
    }

    /// The loop as it runs, in a span of its own by OpenTelemetry's conventions for generative AI.
    fn run(self, slot: Option<Slot>) -> BoxFuture<'a, Result<Run>> {
        let Self { chat, prompt, once, settings } = self;
        let turn = if once { Turn::once() } else { Turn::new(settings.limits.max_steps) };
        let span = if turn.is_loop() {
            tracing::info_span!(
                "invoke_agent",
                gen_ai.operation.name = "invoke_agent",
                gen_ai.provider.name = "anthropic",
                gen_ai.request.model = settings.asking.params.model.as_str(),
                gen_ai.usage.input_tokens = Empty,
                gen_ai.usage.output_tokens = Empty,
                steps = Empty,
                stop = Empty,
                "error.type" = Empty,
            )
        } else {
            Span::none()
        };
        let mut drive = Drive::new(chat, turn, settings, slot, span.clone());
        // All that a loop is stands in this one allocation: it is moved into it once.
        Box::pin(async move { drive.run(prompt).await }.instrument(span))
    }
}

impl<'a> IntoFuture for ToolLoop<'a> {
    type Output = Result<Run>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run(None)
    }
}

impl fmt::Debug for ToolLoop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolLoop").field("limits", &self.settings.limits).finish_non_exhaustive()
    }
}

/// One reply, set up step by step. Await it for the [`Response`], or [`stream`](Self::stream) its events.
///
/// If the reply calls tools they are run, and their results wait in the history for the next prompt or
/// [`resume`](Chat::resume).
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited or its events are read"]
pub struct SendMessage<'a>(ToolLoop<'a>);

impl<'a> SendMessage<'a> {
    pub(super) fn new(chat: &'a mut Chat, prompt: Option<Prompt>) -> Self {
        let mut one = ToolLoop::new(chat, prompt);
        one.once = true;
        Self(one)
    }

    limits!(calls);

    /// Asks for each call of the reply whether it may run; see [`ToolLoop::approve`].
    pub fn approve<F, Fut>(self, approve: F) -> Self
    where
        F: FnMut(ToolUse) -> Fut + Send + 'a,
        Fut: Future<Output = Approval> + Send + 'a,
    {
        Self(self.0.approve(approve))
    }

    /// Runs code of the program's at the turning points; see [`ToolLoop::hook`].
    pub fn hook(self, hook: impl Hook + 'a) -> Self {
        Self(self.0.hook(hook))
    }

    /// Words that the reply begins with: the model goes on from there; see
    /// [`CreateMessage::prefill`](crate::CreateMessage::prefill). Models since Claude 4.6 refuse it.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text(" it's 42."));
    /// # let mut chat = claudette::Chat::new(claude.client("claude-haiku-4-5"))?;
    /// let reply = chat.send("What is the meaning of life?").prefill("According to Douglas Adams,").await?;
    /// assert_eq!(reply.text(), "According to Douglas Adams, it's 42.");
    /// assert_eq!(chat.last().unwrap().text(), reply.text());
    /// # Ok(())
    /// # }
    /// ```
    pub fn prefill(mut self, text: impl Into<String>) -> Self {
        self.0.settings.asking.prefill = Prefill::new(text);
        self
    }

    settings!(model);

    settings!(asked);

    settings!(answer);

    settings!(choice);

    settings!(delivery);

    fn limits(&mut self) -> &mut Limits {
        self.0.limits()
    }

    fn params(&mut self) -> &mut Params {
        self.0.params()
    }

    fn delivery(&mut self) -> &mut Delivery {
        self.0.delivery()
    }

    /// The same reply, seen as it is written.
    pub fn stream(self) -> Events<'a> {
        self.0.stream()
    }
}

impl<'a> IntoFuture for SendMessage<'a> {
    type Output = Result<Response>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let run = self.0.run(None);
        Box::pin(async move { Ok(run.await?.into_response()) })
    }
}
