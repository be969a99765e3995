//! [`ToolContext`]: what a tool may know about the call it answers.

use std::fmt;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::cancel::Cancel;
use super::error::brief;
use super::state::{State, States};
use crate::catalog::Model;

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
    call_id: Arc<str>,
    states: States,
    cancel: Cancel,
    turn: Option<Arc<TurnContext>>,
}

/// What all calls of one reply have in common.
#[derive(Debug)]
pub(crate) struct TurnContext {
    pub(crate) model: Model,
    pub(crate) remaining_steps: u32,
    /// What is said is shown to `tracing`.
    pub(crate) traces_contents: bool,
    /// To whoever watches the loop.
    pub(crate) progress: Option<UnboundedSender<Report>>,
}

/// Something that a tool has to say before it is done.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) call_id: Arc<str>,
    pub(crate) text: String,
}

impl ToolContext {
    /// That of the calls of one reply.
    pub(crate) fn of_turn(turn: TurnContext) -> Self {
        Self { turn: Some(Arc::new(turn)), ..Self::default() }
    }

    /// The same surroundings for one call, of a tool that has these states.
    pub(crate) fn for_call(&self, id: &str, states: &States) -> Self {
        let call_id = if *self.call_id == *id { self.call_id.clone() } else { id.into() };
        Self { call_id, states: states.clone(), cancel: Cancel::default(), turn: self.turn.clone() }
    }

    pub(crate) fn traces_contents(&self) -> bool {
        self.turn.as_deref().is_some_and(|turn| turn.traces_contents)
    }

    pub(crate) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// The id under which the model made the call, `toolu_…`; empty outside a chat.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The model that made the call; none outside a chat.
    pub fn model(&self) -> Option<&Model> {
        self.turn.as_deref().map(|turn| &turn.model)
    }

    /// How many more replies the loop may ask for; none outside a chat. At 0 nobody reads the result before the next
    /// prompt.
    pub fn remaining_steps(&self) -> Option<u32> {
        self.turn.as_deref().map(|turn| turn.remaining_steps)
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
        self.cancel.cancelled().await;
    }

    /// Tells whoever watches the loop how far the tool is ([`Event::Progress`](crate::Event::Progress)). Where nobody
    /// watches it does nothing.
    pub fn progress(&self, text: impl Into<String>) {
        if let Some(progress) = self.turn.as_deref().and_then(|turn| turn.progress.as_ref()) {
            // Nobody may be left to hear it.
            let _ = progress.send(Report { call_id: self.call_id.clone(), text: text.into() });
        }
    }
}

impl fmt::Debug for ToolContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolContext")
            .field("call_id", &brief(&self.call_id))
            .field("model", &self.model())
            .field("remaining_steps", &self.remaining_steps())
            .field("states", &self.states)
            .field("is_cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
