//! [`ToolContext`]: the surroundings of a tool call.

use std::any::Any;
use std::fmt;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use super::budget::Budget;
use super::cancellation::{CancelOnDrop, Cancellation};
use super::error::brief;
use super::state::{State, States};
use super::step_id::StepId;
use crate::catalog::{Model, Spent, UsageTotals};
use crate::messages::ToolUse;

/// The surroundings of one tool call: its id, the model, the state of the program, progress and cancellation.
///
/// A function with `#[tool]` takes it as a `&ToolContext` argument, which the model does not see. Clones share the same
/// data. The default is the context of a call outside a chat.
///
/// ```
/// use claudette::{ToolContext, tool, tools};
///
/// /// Counts up to a number and reports its progress.
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
#[doc(alias = "cancellation")]
#[doc(alias = "progress")]
#[derive(Clone, Default)]
pub struct ToolContext {
    pub(crate) call: Option<ToolUse>,
    pub(crate) states: States,
    pub(super) cancel: Cancellation,
    pub(crate) step: Option<Arc<CallStep>>,
    pub(crate) turn: Option<Arc<TurnContext>>,
    /// The set that makes the call. Only the module `set`, which is above this one, knows its type.
    #[cfg(feature = "search")]
    pub(super) set: Option<Arc<dyn Any + Send + Sync>>,
}

/// The data that all calls of one response share.
#[derive(Default)]
pub(crate) struct TurnContext {
    pub(crate) model: Option<Model>,
    /// The id of the conversation in spans.
    pub(crate) conversation_id: Option<Arc<str>>,
    pub(crate) remaining_steps: Option<u32>,
    /// If `true`, arguments and results are recorded in `tracing` spans.
    pub(crate) traces_contents: bool,
    pub(crate) progress: Option<ProgressSink>,
    /// The budget that the calls share with their run.
    pub(crate) budget: Option<Budget>,
    /// The total of the chat that makes the calls, if the chat is in this process.
    pub(crate) ledger: Option<UsageTotals>,
    /// `true` if the run can keep the state of a call that waits for a decision.
    pub(crate) can_suspend: bool,
    /// The run that makes the calls. Only the module `chat`, which is above this one, knows its type.
    pub(crate) run: Option<Box<dyn Any + Send + Sync>>,
}

/// A function that receives the progress of a call.
pub(crate) type ProgressSink = Box<dyn Fn(Option<&ToolUse>, String) + Send + Sync>;

/// The place of a call in a run.
#[derive(Default)]
pub(crate) struct CallStep {
    pub(crate) step: Option<StepId>,
    pub(crate) idempotency_key: Option<String>,
    /// The usage of the requests that the call makes. Most calls do not make any.
    pub(super) ledger: OnceLock<UsageTotals>,
    /// The number of approvals that the tool has asked for.
    pub(crate) approvals: AtomicU32,
    /// The state from which a suspended call continues.
    pub(super) resumed: Option<Box<Resumed>>,
    /// The part of the budget that measures this call. A journal stores the amount.
    pub(crate) budget: Option<Budget>,
}

/// The state from which a suspended call continues, and the usage and cost of its requests so far.
pub(super) struct Resumed {
    pub(super) state: Arc<dyn Any + Send + Sync>,
    pub(super) spent: Spent,
}

impl CallStep {
    /// Returns the place of a call in the run of this id.
    pub(crate) fn new(step: &StepId, run_id: Option<&str>) -> Self {
        let idempotency_key = run_id.map(|id| format!("{id}/{step}"));
        Self { step: Some(step.clone()), idempotency_key, ..Self::default() }
    }

    /// Returns the place of a call that continues from a state. Its requests have spent this amount so far.
    pub(crate) fn resuming(self, state: Arc<dyn Any + Send + Sync>, spent: Spent) -> Self {
        Self { resumed: Some(Box::new(Resumed { state, spent })), ..self }
    }
}

impl ToolContext {
    /// Returns the context of a call that is one step of a run.
    pub(crate) fn of_step(turn: Arc<TurnContext>, step: CallStep) -> Self {
        Self { turn: Some(turn), step: Some(Arc::new(step)), ..Self::default() }
    }

    /// Returns a total of requests that this call makes. It counts in the chat that makes the call.
    pub(crate) fn ledger(&self) -> Option<&UsageTotals> {
        let whole = self.turn.as_deref()?.ledger.as_ref();
        let part = || whole.map_or_else(UsageTotals::default, |whole| UsageTotals::default().within(whole));
        Some(self.step.as_deref()?.ledger.get_or_init(part))
    }

    /// Returns the usage and cost of the requests that the call has made, if it has made any.
    pub(crate) fn spent(&self) -> Option<Spent> {
        let place = self.step.as_deref()?;
        let mut spent = place.ledger.get()?.spent();
        if let Some(resumed) = &place.resumed {
            spent += &resumed.spent;
        }
        Some(spent)
    }

    /// Returns the usage and cost of the requests that the call has made since it continues, if it was suspended.
    pub(crate) fn spent_since_resumed(&self) -> Option<Spent> {
        let place = self.step.as_deref()?;
        place.resumed.as_ref()?;
        Some(place.ledger.get().map(UsageTotals::spent).unwrap_or_default())
    }

    /// Returns the state from which the call continues, if it was suspended.
    pub(crate) fn resumed<T: 'static>(&self) -> Option<&T> {
        self.step.as_deref()?.resumed.as_ref()?.state.downcast_ref()
    }

    /// Returns `true` if the run can keep the state of a call that waits for a decision.
    pub(crate) fn can_suspend(&self) -> bool {
        self.turn.as_deref().is_some_and(|turn| turn.can_suspend)
    }

    /// Returns the budget of the run, or the part of it that measures this call.
    pub(crate) fn budget(&self) -> Option<&Budget> {
        let part = || self.step.as_deref()?.budget.as_ref();
        part().or_else(|| self.turn.as_deref()?.budget.as_ref())
    }

    /// Returns the run that makes the call, if it is a `T`.
    pub(crate) fn run<T: 'static>(&self) -> Option<&T> {
        self.turn.as_deref()?.run.as_ref()?.downcast_ref()
    }

    /// Returns this context for one call of a tool with these states.
    pub(crate) fn for_call(&self, call: &ToolUse, states: &States) -> Self {
        let mut states = states.clone();
        states.fill_from(&self.states);
        Self {
            call: Some(call.clone()),
            states,
            cancel: self.cancel.part(),
            step: self.step.clone(),
            turn: self.turn.clone(),
            #[cfg(feature = "search")]
            set: self.set.clone(),
        }
    }

    /// Returns this context for a call that this set makes.
    #[cfg(feature = "search")]
    pub(crate) fn of_set(self, set: Arc<dyn Any + Send + Sync>) -> Self {
        Self { set: Some(set), ..self }
    }

    /// Returns the set that makes the call.
    #[cfg(feature = "search")]
    pub(crate) fn set(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        self.set.clone()
    }

    pub(crate) fn traces_contents(&self) -> bool {
        self.turn.as_deref().is_some_and(|turn| turn.traces_contents)
    }

    pub(crate) fn conversation_id(&self) -> Option<&str> {
        self.turn.as_deref()?.conversation_id.as_deref()
    }

    /// Returns the id of the call (`toolu_…`). It is empty outside a chat.
    pub fn call_id(&self) -> &str {
        self.call.as_ref().map_or("", ToolUse::id)
    }

    /// Returns the name of the tool. It is empty if the program calls the function itself.
    pub fn tool_name(&self) -> &str {
        self.call.as_ref().map_or("", ToolUse::name)
    }

    /// Returns the model that made the call, or `None` outside a chat.
    pub fn model(&self) -> Option<&Model> {
        self.turn.as_deref()?.model.as_ref()
    }

    /// Returns the number of requests that the loop can still make, or `None` outside a chat. At 0, the model reads the
    /// result only with the next prompt.
    pub fn remaining_steps(&self) -> Option<u32> {
        self.turn.as_deref()?.remaining_steps
    }

    /// Returns the step of the run that this call is, or `None` outside a run. A replay of the run has the same steps.
    pub fn step(&self) -> Option<&StepId> {
        self.step.as_deref()?.step.as_ref()
    }

    /// Returns a key that is unique to this call of this run and stays the same if the call is repeated.
    ///
    /// It consists of the id of the run and the id of the step: `order-7/tool#1.1:pay`. A service that supports
    /// idempotency keys, such as a payment service, uses it to avoid doing the same thing twice. The key is `None` if
    /// the run has no [id](crate::chat::ToolLoop::run_id).
    pub fn idempotency_key(&self) -> Option<&str> {
        self.step.as_deref()?.idempotency_key.as_deref()
    }

    /// Returns the id of the run that makes the call, if it has one.
    pub(crate) fn run_id(&self) -> Option<&str> {
        self.idempotency_key()?.strip_suffix(self.step()?.as_str())?.strip_suffix('/')
    }

    /// Returns the state of this type, or `None` if it was not provided.
    ///
    /// Prefer an argument of type `State<T>`: if that state is missing, an error is returned before anything is sent.
    ///
    /// ```
    /// use claudette::ToolContext;
    ///
    /// struct Rate(u32);
    ///
    /// let cx = ToolContext::builder().state(Rate(2)).build();
    /// assert_eq!(cx.state::<Rate>().map(|rate| rate.0), Some(2));
    /// assert!(cx.state::<String>().is_none());
    /// ```
    pub fn state<T: Send + Sync + 'static>(&self) -> Option<State<T>> {
        self.states.get()
    }

    /// Returns `true` if the call was cancelled, because its loop was dropped or because it took too long.
    ///
    /// The future of the tool is dropped when the call is cancelled, so only work that runs elsewhere has to check
    /// this: a `blocking` tool, a thread, a task, a process.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Waits until the call is cancelled. If the call finishes, this never returns.
    pub async fn cancelled(&self) {
        self.cancel.token().cancelled().await;
    }

    /// Returns the token that is cancelled together with the call. Pass it to the tasks that the tool starts.
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

    /// Returns a guard that cancels the call when it is dropped.
    pub(crate) fn cancel_on_drop(&self) -> CancelOnDrop {
        self.cancel.cancel_on_drop()
    }

    /// Reports progress to the reader of the loop as [`Event::Progress`](crate::Event::Progress). It does nothing if
    /// the loop is not read as a stream.
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
