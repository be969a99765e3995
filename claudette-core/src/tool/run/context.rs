//! [`ToolContext`]: what a tool may know about the call it answers.

use std::fmt;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::cancellation::{CancelOnDrop, Cancellation};
use super::error::brief;
use super::state::{State, States};
use super::step_id::StepId;
use crate::catalog::Model;
use crate::messages::ToolUse;

/// What surrounds one call of a tool; none of it is ever shown to the model.
///
/// A function with `#[tool]` takes it as `&ToolContext`, in any place. Cloning shares it. The default is that of a call
/// outside any chat.
///
/// ```
/// use claudette::{ToolContext, tool, tools};
///
/// /// Counts up to a number, and says how far it is.
/// #[tool]
/// async fn count(
///     cx: &ToolContext,
///     /// Where to stop
///     to: u32,
/// ) -> u32 {
///     for n in 1..=to {
///         cx.progress(format!("{n} of {to}"));
///     }
///     to
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let cx = ToolContext::default();
/// assert_eq!((cx.call_id(), cx.model(), cx.remaining_steps()), ("", None, None));
/// assert_eq!(count(&cx, 3).await, 3);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct ToolContext {
    pub(crate) call: Option<ToolUse>,
    pub(crate) states: States,
    pub(super) cancel: Cancellation,
    pub(crate) step: Option<Arc<CallStep>>,
    pub(crate) turn: Option<Arc<TurnContext>>,
}

/// What all calls of one response have in common.
#[derive(Default)]
pub(crate) struct TurnContext {
    pub(crate) model: Option<Model>,
    pub(crate) remaining_steps: Option<u32>,
    /// Arguments and results are shown to `tracing`.
    pub(crate) traces_contents: bool,
    pub(crate) progress: Option<ProgressSink>,
}

/// Receives the progress of a call.
pub(crate) type ProgressSink = Box<dyn Fn(Option<&ToolUse>, String) + Send + Sync>;

/// The place of a call in a run.
pub(crate) struct CallStep {
    pub(crate) step: Option<StepId>,
    pub(crate) idempotency_key: Option<String>,
}

impl ToolContext {
    /// Returns the context for the call of one step.
    pub(crate) fn of_step(turn: Arc<TurnContext>, step: CallStep) -> Self {
        Self { turn: Some(turn), step: Some(Arc::new(step)), ..Self::default() }
    }

    /// Returns this context for one call, of a tool that has these states.
    pub(crate) fn for_call(&self, call: &ToolUse, states: &States) -> Self {
        let mut states = states.clone();
        states.fill_from(&self.states);
        Self {
            call: Some(call.clone()),
            states,
            cancel: self.cancel.part(),
            step: self.step.clone(),
            turn: self.turn.clone(),
        }
    }

    pub(crate) fn traces_contents(&self) -> bool {
        self.turn.as_deref().is_some_and(|turn| turn.traces_contents)
    }

    /// Returns the id under which the model made the call, `toolu_…`. It is empty outside a chat.
    pub fn call_id(&self) -> &str {
        self.call.as_ref().map_or("", ToolUse::id)
    }

    /// Returns the name of the tool that was called. It is empty if a function is called by hand.
    pub fn tool_name(&self) -> &str {
        self.call.as_ref().map_or("", ToolUse::name)
    }

    /// Returns the model that made the call; `None` outside a chat.
    pub fn model(&self) -> Option<&Model> {
        self.turn.as_deref()?.model.as_ref()
    }

    /// Returns how many more responses the loop may ask for; `None` outside a chat. At 0 nobody reads the result before
    /// the next prompt.
    pub fn remaining_steps(&self) -> Option<u32> {
        self.turn.as_deref()?.remaining_steps
    }

    /// Returns the step of the run that the call is; `None` outside a run. A replay of the run has the same steps.
    pub fn step(&self) -> Option<&StepId> {
        self.step.as_deref()?.step.as_ref()
    }

    /// Returns a key that is the same each time this call of this run is made, and of no other call: the id of the run and
    /// that of the step, as `order-7/tool#1.1:pay`. A service that takes such a key, as for payments, does nothing twice.
    ///
    /// It is `None` if the run has no [id](crate::chat::ToolLoop::run_id).
    pub fn idempotency_key(&self) -> Option<&str> {
        self.step.as_deref()?.idempotency_key.as_deref()
    }

    /// The value that was given to the tool under this type. As an argument, `State<T>` is found missing before
    /// anything is sent.
    pub fn state<T: Send + Sync + 'static>(&self) -> Option<State<T>> {
        self.states.get()
    }

    /// Whether nobody waits for the call any more: its loop was dropped, or it took too long.
    ///
    /// The tool's own future is dropped then, and needs no telling. This is for what it started elsewhere: a `blocking`
    /// tool, a thread, a task, a process.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Waits until nobody waits for the call any more; for ever, if it comes to its end.
    pub async fn cancelled(&self) {
        self.cancel.token().cancelled().await;
    }

    /// Returns the token that is cancelled when nobody waits for the call any more, to pass it on to what the tool starts.
    ///
    /// ```
    /// use claudette::ToolContext;
    ///
    /// let cx = ToolContext::default();
    /// let token = cx.cancellation_token().clone();
    /// assert!(!token.is_cancelled());
    /// ```
    pub fn cancellation_token(&self) -> &CancellationToken {
        self.cancel.token()
    }

    /// Returns a guard that tells the tool, when it is dropped, that nobody waits for the call any more.
    pub(crate) fn cancel_on_drop(&self) -> CancelOnDrop {
        self.cancel.cancel_on_drop()
    }

    /// Tells whoever watches the loop how far the tool is ([`Event::Progress`](crate::Event::Progress)). Where nobody
    /// watches it does nothing.
    pub fn progress(&self, text: impl Into<String>) {
        if let Some(progress) = self.turn.as_deref().and_then(|turn| turn.progress.as_ref()) {
            progress(self.call.as_ref(), text.into());
        }
    }
}

impl fmt::Debug for ToolContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolContext")
            .field("call_id", &brief(self.call_id()))
            .field("step", &self.step())
            .field("model", &self.model())
            .field("remaining_steps", &self.remaining_steps())
            .field("states", &self.states)
            .field("is_cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
