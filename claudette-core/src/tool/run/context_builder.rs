//! [`ToolContextBuilder`]: a context for calls outside a chat.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::context::{CallStep, Resumed, ToolContext, TurnContext};
use super::state::State;
use super::step_id::StepId;
use crate::catalog::{Model, Spent};
use crate::messages::ToolUse;

/// A builder of a [`ToolContext`], for programs that run tools outside a chat: a server that offers tools, or a worker
/// that takes calls from a queue.
///
/// ```
/// use claudette::{State, ToolContext, tool, tools};
///
/// struct Rate(u32);
///
/// /// Converts an amount.
/// #[tool]
/// fn convert(
///     cx: &ToolContext,
///     rate: State<Rate>,
///     /// In EUR
///     amount: u32,
/// ) -> String {
///     cx.progress("the rate is known");
///     format!("{} for {}", amount * rate.0, cx.idempotency_key().unwrap_or("unknown"))
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (sender, progress) = std::sync::mpsc::channel();
/// let cx = ToolContext::builder()
///     .call_id("job-7")
///     .state(Rate(2))
///     .step("tool#1.1:convert")
///     .idempotency_key("order-7/tool#1.1:convert")
///     .progress(move |text| sender.send(text.to_owned()).unwrap())
///     .build();
/// let outcome = tools![convert].call("convert", r#"{"amount": 21}"#, &cx).await;
/// assert_eq!(outcome.text(), "42 for order-7/tool#1.1:convert");
/// assert_eq!(outcome.call_id(), "job-7");
/// assert_eq!(progress.recv().unwrap(), "the rate is known");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct ToolContextBuilder {
    call_id: String,
    tool_name: String,
    step: Option<StepId>,
    idempotency_key: Option<String>,
    resumed: Option<Box<Resumed>>,
    turn: TurnContext,
    context: ToolContext,
}

impl ToolContext {
    /// Returns a builder of a context for calls outside a chat.
    pub fn builder() -> ToolContextBuilder {
        ToolContextBuilder::default()
    }
}

impl ToolContextBuilder {
    /// Sets the id of the call.
    pub fn call_id(mut self, id: impl Into<String>) -> Self {
        self.call_id = id.into();
        self
    }

    /// Sets the name of the tool. Only a tool that is called without a [`Toolset`](crate::Toolset) needs it.
    pub fn tool_name(mut self, name: impl Into<String>) -> Self {
        self.tool_name = name.into();
        self
    }

    /// Sets the model that made the call ([`ToolContext::model`]).
    pub fn model(mut self, model: impl Into<Model>) -> Self {
        self.turn.model = Some(model.into());
        self
    }

    /// Sets the function that receives the text of [`ToolContext::progress`].
    pub fn progress(mut self, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.turn.progress = Some(Box::new(move |_, text| sink(&text)));
        self
    }

    /// Sets the token that cancels the calls. Tools read it with [`ToolContext::is_cancelled`]. To stop a tool that
    /// does not read it, drop its future.
    ///
    /// ```
    /// use claudette::ToolContext;
    /// use tokio_util::sync::CancellationToken;
    ///
    /// let token = CancellationToken::new();
    /// let cx = ToolContext::builder().cancel_on(token.clone()).build();
    /// assert!(!cx.is_cancelled());
    /// token.cancel();
    /// assert!(cx.is_cancelled());
    /// ```
    pub fn cancel_on(mut self, token: CancellationToken) -> Self {
        self.context.cancel = token.into();
        self
    }

    /// Sets the number of requests that can still follow ([`ToolContext::remaining_steps`]).
    pub fn remaining_steps(mut self, steps: u32) -> Self {
        self.turn.remaining_steps = Some(steps);
        self
    }

    /// Adds a value that tools take as [`State<T>`](State). If the [`Toolset`](crate::Toolset) has a value of the same
    /// type, that value is used instead.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.context.states.add(&State::new(value));
        self
    }

    /// Sets the step of a run that the call is ([`ToolContext::step`]).
    pub fn step(mut self, step: impl Into<StepId>) -> Self {
        self.step = Some(step.into());
        self
    }

    /// Sets the key by which a service recognises a repeated call ([`ToolContext::idempotency_key`]).
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// Permits the call to wait for a decision. If `state` is given, the call continues from it, and its requests have
    /// spent this amount so far.
    pub(crate) fn suspendable(mut self, state: Option<(Arc<dyn Any + Send + Sync>, Spent)>) -> Self {
        self.turn.can_suspend = true;
        self.resumed = state.map(|(state, spent)| Box::new(Resumed { state, spent }));
        self
    }

    /// Builds the context.
    pub fn build(self) -> ToolContext {
        let Self { call_id, tool_name, step, idempotency_key, resumed, turn, context } = self;
        let is_call = !call_id.is_empty() || !tool_name.is_empty();
        let is_step = step.is_some() || idempotency_key.is_some() || resumed.is_some();
        ToolContext {
            call: is_call.then(|| ToolUse::from_text(call_id, tool_name, "{}")),
            step: is_step.then(|| Arc::new(CallStep { step, idempotency_key, resumed, ..CallStep::default() })),
            turn: Some(Arc::new(turn)),
            ..context
        }
    }
}

impl fmt::Debug for ToolContextBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolContextBuilder")
            .field("call_id", &self.call_id)
            .field("step", &self.step)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
