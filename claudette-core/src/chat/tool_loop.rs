//! [`ToolLoop`]: requests and tool calls until the model has answered.

use std::fmt;
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::agent_span::AgentSpan;
use super::approval::Approval;
use super::chat::Chat;
use super::driver::LoopDriver;
use super::event_sender::Slot;
use super::events::Events;
use super::hook::Hook;
use super::inbox::Inbox;
use super::journal::Journal;
use super::machine::LoopOptions;
use super::run::{Run, Step};
use super::setters::loop_setters;
use super::setup::{Check, Setup};
use super::typed_approval::decide;
use crate::client::{RequestOptions, request_setters};
use crate::error::Result;
use crate::messages::{Prompt, ToolUse};
use crate::task::BoxFuture;
use crate::tool::{Toolset, TypedCall};

/// The settings of a loop, which sends requests and runs tools until the model has answered.
///
/// Await it to get the [`Run`], or call [`stream`](Self::stream) to read its events.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Done."));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::EndReason;
///
/// let run = chat.toolloop("Cancel all orders of customer C1.").max_steps(5).await?;
/// assert_eq!(run.text(), "Done.");
/// assert_eq!(*run.end_reason(), EndReason::Finished);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "agent")]
#[doc(alias = "agentic loop")]
#[doc(alias = "function calling")]
#[doc(alias = "tool_use")]
#[must_use = "a loop runs when it is awaited or its events are read"]
pub struct ToolLoop<'a> {
    chat: &'a mut Chat,
    prompt: Option<Prompt>,
    pub(super) setup: Setup<'a>,
}

impl<'a> ToolLoop<'a> {
    pub(super) fn new(chat: &'a mut Chat, prompt: Option<Prompt>) -> Self {
        Self { setup: Setup::of(chat), chat, prompt }
    }

    loop_setters!(run);

    loop_setters!(calls);

    /// Ends the loop after a step with tool calls for which the function returns `true`. The tools of that step have
    /// run, and their results are in the history.
    pub fn until(mut self, until: impl FnMut(&Step) -> bool + Send + 'a) -> Self {
        self.setup.until = Some(Box::new(until));
        self
    }

    /// Sets the function that approves each tool call before it runs. It replaces the function of the chat
    /// ([`ChatBuilder::approve`](crate::chat::ChatBuilder::approve)) for this loop.
    ///
    /// The function is called for the calls of one response in order, before the first of them runs. It is not called
    /// for a call with an unknown tool or with invalid arguments, which cannot run.
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
    #[doc(alias = "human in the loop")]
    #[doc(alias = "permission")]
    #[doc(alias = "confirm")]
    pub fn approve<F, Fut>(mut self, mut approve: F) -> Self
    where
        F: FnMut(ToolUse) -> Fut + Send + 'a,
        Fut: Future<Output = Approval> + Send + 'a,
    {
        self.setup.approve =
            Some(Arc::new(Mutex::new(move |call| -> BoxFuture<'a, Approval> { Box::pin(approve(call)) })));
        self
    }

    /// Sets the function that approves each tool call, like [`approve`](Self::approve), with the call as a value of an
    /// enum that [`tools!(enum ..)`](crate::tools) declares. A new tool in the enum is then a compile error in each
    /// function that does not handle it.
    ///
    /// A call of a tool outside the enum is denied, and the function is not called.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// use claudette::{Approval, Chat, tool, tools};
    ///
    /// /// Finds the orders of a customer.
    /// #[tool]
    /// fn find_orders(
    ///     /// Customer id, e.g. "C1"
    ///     customer: &str,
    /// ) -> String {
    ///     format!("O1 and O2 are of {customer}")
    /// }
    ///
    /// /// Refunds an order.
    /// #[tool]
    /// fn refund(
    ///     /// Order id, e.g. "O1"
    ///     order: &str,
    ///     /// Amount in USD
    ///     amount: f64,
    /// ) -> String {
    ///     format!("{amount} USD for {order}")
    /// }
    ///
    /// tools!(
    ///     enum OrderCalls {
    ///         find_orders,
    ///         refund,
    ///     }
    /// );
    ///
    /// # let claude = MockServer::start().await?;
    /// # let refund = |amount| ("refund", json!({"order": "O1", "amount": amount}));
    /// # claude.respond(MockResponse::tool_uses([refund(5.0), refund(500.0)]));
    /// # claude.respond(MockResponse::text("I refunded 5 USD."));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let mut chat = Chat::builder(client).tools(OrderCalls::tools()).build()?;
    /// let run = chat
    ///     .toolloop("Refund 5 USD, then 500 USD.")
    ///     .approve_typed(|call: OrderCalls| async move {
    ///         match call {
    ///             OrderCalls::FindOrders(_) => Approval::Allow,
    ///             OrderCalls::Refund(call) if call.amount <= 50.0 => Approval::Allow,
    ///             OrderCalls::Refund(_) => Approval::deny("ask a human first"),
    ///         }
    ///     })
    ///     .await?;
    /// let outcomes = run.steps()[0].outcomes();
    /// assert_eq!(outcomes[0].text(), "5 USD for O1");
    /// assert_eq!(outcomes[1].text(), "Denied by the user: ask a human first");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "permission")]
    pub fn approve_typed<C, F, Fut>(self, mut approve: F) -> Self
    where
        C: TypedCall,
        F: FnMut(C) -> Fut + Send + 'a,
        Fut: Future<Output = Approval> + Send + 'a,
    {
        self.approve(move |call| decide(&call, &mut approve))
    }

    /// Returns `true` if a function approves the tool calls: that of the loop, or that of the chat. Otherwise, the loop
    /// runs all calls without an approval, and does not call [`Hook::around_approval`].
    pub fn asks_for_approval(&self) -> bool {
        self.setup.asks()
    }

    /// Adds a [`Hook`] to the loop. It runs inside the hooks of the chat
    /// ([`ChatBuilder::hook`](crate::chat::ChatBuilder::hook)). Can be called several times.
    #[doc(alias = "middleware")]
    pub fn hook(mut self, hook: impl Hook + 'a) -> Self {
        self.setup.hooks.push(hook);
        self
    }

    /// Stores the result of each step of this loop, so that the run survives the end of its process: when the same
    /// program runs the same prompt with the same journal again, it replays the finished steps and continues.
    ///
    /// The journal is around the hooks, time limits and retries of each step. It replaces the
    /// [id of the run](Self::run_id) with its own. The guide describes [what a journal promises](crate::guide::durable_runs).
    ///
    /// A run can be continued in a new chat, or in this chat after an error, a dropped future or
    /// [`EndReason::Suspended`](crate::EndReason::Suspended): the chat then goes back to the state before the run.
    ///
    /// See [`Journal`] for an example.
    #[doc(alias = "durable")]
    #[doc(alias = "checkpoint")]
    pub fn journal(mut self, journal: impl Journal + 'a) -> Self {
        self.setup.journal = Some(Arc::new(journal));
        self
    }

    request_setters!(model);

    request_setters!(input);

    request_setters!(output);

    request_setters!(choice);

    request_setters!(delivery);

    /// Adds the messages of an inbox to the conversation while the loop runs: the next request contains them.
    pub fn inbox(mut self, inbox: &Inbox) -> Self {
        self.setup.inbox = Some(inbox.clone());
        self
    }

    /// Ends the loop with [`EndReason::Cancelled`](crate::EndReason::Cancelled) when the token is cancelled. The loop
    /// drops the request or tool calls that are running, and the results of those calls say that they were interrupted.
    ///
    /// If there is no response yet, the loop returns an error ([`Error::is_cancelled`](crate::Error::is_cancelled)).
    #[doc(alias = "abort")]
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
    /// use tokio_util::sync::CancellationToken;
    ///
    /// let token = CancellationToken::new();
    /// token.cancel();
    /// let error = chat.toolloop("Count to a million.").cancel_on(token).await.unwrap_err();
    /// assert!(error.is_cancelled());
    /// assert!(claude.requests().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel_on(mut self, token: CancellationToken) -> Self {
        self.setup.cancel = Some(token);
        self
    }

    pub(super) fn loop_options(&mut self) -> &mut LoopOptions {
        Arc::make_mut(&mut self.setup.options)
    }

    pub(super) fn options(&mut self) -> &mut RequestOptions {
        Arc::make_mut(&mut self.setup.request)
    }

    /// Replaces the options of the requests.
    pub(crate) fn with_options(mut self, options: RequestOptions) -> Self {
        self.setup.request = Arc::new(options);
        self
    }

    /// Replaces the tools of the chat. The model gives its answer by calling the tool `answer`.
    pub(crate) fn with_answer_tool(mut self, tools: Toolset, answer: &'static str) -> Self {
        self.setup.tools = Some(tools);
        self.loop_options().answer_tool = Some(answer.into());
        self
    }

    /// Checks the answer. If it is rejected, the model is asked again, with at most `max_attempts` attempts in all.
    pub(crate) fn with_check(mut self, check: Check<'a>, max_attempts: u32) -> Self {
        self.setup.check = Some(check);
        self.loop_options().max_attempts = max_attempts;
        self
    }

    /// Returns the events of the loop. The loop runs while they are read.
    pub fn stream(self) -> Events<'a> {
        Events::new(|slot| self.run(Some(slot)))
    }

    /// Runs the loop in a span that follows OpenTelemetry's conventions for generative AI.
    pub(super) fn run(self, slot: Option<Slot>) -> BoxFuture<'a, Result<Run>> {
        let Self { chat, prompt, setup } = self;
        let agent = AgentSpan::new(chat, &setup);
        let span = agent.span.clone();
        let mut driver = LoopDriver::new(chat, setup, slot, agent);
        // One allocation contains the whole loop, which is moved into it once.
        Box::pin(async move { driver.run(prompt).await }.instrument(span))
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
        f.debug_struct("ToolLoop").field("options", &self.setup.options).finish_non_exhaustive()
    }
}

impl Chat {
    /// Sends a prompt, runs the tools that the model calls, and sends their results, until the model has answered.
    pub fn toolloop(&mut self, prompt: impl Into<Prompt>) -> ToolLoop<'_> {
        ToolLoop::new(self, Some(prompt.into()))
    }

    /// Continues an unfinished loop after an error, a dropped future, or a decision on a suspended call. Unlike
    /// [`resume`](Self::resume), it continues until the model has answered.
    pub fn resume_toolloop(&mut self) -> ToolLoop<'_> {
        ToolLoop::new(self, None)
    }
}
