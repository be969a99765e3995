//! [`ToolOutcome`]: a tool call together with its result.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::end::End;
use super::error::{ToolError, brief};
use super::output::{OutputValue, ToolOutput};
use crate::catalog::Spent;
use crate::error::{Error, Result};
use crate::json::RawJson;
use crate::messages::{ToolResult, ToolUse};
use crate::tool::texts;

/// A tool call together with its result: the output of the tool, or an error that the model can correct.
///
/// ```
/// use claudette::{ToolContext, tool, tools};
///
/// /// Divides a by b.
/// #[tool]
/// fn divide(
///     /// The dividend
///     a: i64,
///     /// The divisor
///     b: i64,
/// ) -> Result<i64, &'static str> {
///     a.checked_div(b).ok_or("division by zero")
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (tools, cx) = (tools![divide], ToolContext::default());
/// let outcome = tools.call("divide", r#"{"a": 6, "b": 3}"#, &cx).await;
/// assert_eq!((outcome.name(), outcome.text().as_ref()), ("divide", "2"));
/// assert_eq!(outcome.value::<i64>()?, 2);
///
/// let failed = tools.call("divide", r#"{"a": 6, "b": 0}"#, &cx).await;
/// assert!(failed.is_error());
/// assert_eq!(failed.text(), "division by zero");
/// # Ok::<(), claudette::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ToolOutcome(pub(crate) Arc<Inner>);

/// The data of an outcome. It is shared, because an outcome is part of events, steps and runs.
#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) call: ToolUse,
    pub(crate) result: ToolResult,
    pub(crate) value: OutputValue,
    pub(crate) end: Option<End>,
    pub(crate) elapsed: Duration,
    /// The usage and cost of the requests that the tool made.
    pub(crate) spent: Option<Box<Spent>>,
}

impl ToolOutcome {
    /// Creates an outcome, for programs that run tools without a [`Toolset`](crate::Toolset).
    ///
    /// ```
    /// use claudette::{ToolOutcome, ToolOutput, ToolUse};
    /// use std::time::Duration;
    ///
    /// let call = ToolUse::new("toolu_1", "sums", serde_json::json!({"a": 1, "b": 2}));
    /// let outcome = ToolOutcome::new(call, Ok(ToolOutput::new("3")), Duration::from_millis(5));
    /// assert_eq!(outcome.text(), "3");
    /// ```
    pub fn new(call: ToolUse, answer: Result<ToolOutput, ToolError>, elapsed: Duration) -> Self {
        let (result, value, end) = match answer {
            Ok(output) => {
                let (content, value, finishes) = output.into_parts();
                let end = finishes.then_some(End::Finish);
                match content.into_result() {
                    Ok(content) => (ToolResult::new(&call, content, false), value, end),
                    Err((content, refusal)) => {
                        tracing::warn!(tool = call.name(), refusal, "the output of a tool cannot be sent");
                        let text = texts::cannot_be_sent(call.name(), &refusal);
                        (ToolResult::new(&call, text, true), value.or_keep(&content), end)
                    }
                }
            }
            Err(error) => {
                let result = ToolResult::new(&call, error.text(), true);
                (result, OutputValue::None, error.into_end())
            }
        };
        Self(Arc::new(Inner { call, result, value, end, elapsed, spent: None }))
    }

    /// Creates the outcome of a call that did not run.
    pub(crate) fn refused(call: ToolUse, error: ToolError) -> Self {
        Self::new(call, Err(error), Duration::ZERO)
    }

    /// Creates the outcome of a call that timed out.
    pub(crate) fn timed_out(call: ToolUse, took: Duration) -> Self {
        let text = texts::timed_out(call.name(), took);
        Self::new(call, Err(ToolError::new(text)), took)
    }

    /// Returns this outcome with the usage and cost of the requests that the tool made.
    pub(crate) fn with_spent(mut self, spent: Option<Spent>) -> Self {
        if let Some(spent) = spent {
            Arc::make_mut(&mut self.0).spent = Some(Box::new(spent));
        }
        self
    }

    /// Returns this outcome as the outcome of `call`.
    pub(crate) fn of_call(mut self, call: &ToolUse) -> Self {
        if self.call_id() != call.id() {
            let inner = Arc::make_mut(&mut self.0);
            inner.call = call.clone();
            inner.result.set_call(call);
        }
        self
    }

    /// Replaces a result that cannot be sent with an error for the model. The program keeps the value.
    pub(crate) fn withheld(mut self, why: &str) -> Self {
        tracing::warn!(tool = self.name(), why, "the output of a tool cannot be sent");
        let Inner { call, result, value, .. } = Arc::make_mut(&mut self.0);
        if let Some(content) = result.content() {
            *value = std::mem::replace(value, OutputValue::None).or_keep(content);
        }
        *result = ToolResult::new(call, texts::cannot_be_sent(call.name(), why), true);
        self
    }

    /// Returns the call as the model made it.
    pub fn call(&self) -> &ToolUse {
        &self.0.call
    }

    /// Returns the id of the call.
    pub fn call_id(&self) -> &str {
        self.0.call.id()
    }

    /// Returns the name of the tool, as the model called it.
    pub fn name(&self) -> &str {
        self.0.call.name()
    }

    /// Returns the tool result that answers the call in the conversation.
    pub fn result(&self) -> &ToolResult {
        &self.0.result
    }

    /// Returns `true` if the call failed: the tool is unknown, the arguments are not valid, or the tool returned an
    /// error, panicked or timed out.
    pub fn is_error(&self) -> bool {
        self.0.result.is_error()
    }

    /// Returns the text that the model reads, which may be an error. Blocks that are not text are omitted.
    pub fn text(&self) -> Cow<'_, str> {
        self.0.result.text()
    }

    /// Returns the value that the tool returned, or the value that it kept for the program
    /// ([`ToolOutput::with_value`]).
    ///
    /// `T` can be any type that reads the JSON of the value.
    ///
    /// ```
    /// # use claudette::{ToolContext, tool, tools};
    /// /// The days of a month.
    /// #[tool]
    /// fn days() -> Vec<u8> {
    ///     (1..=31).collect()
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let outcome = tools![days].call("days", "{}", &ToolContext::default()).await;
    /// let days: Vec<u8> = outcome.value()?;
    /// assert_eq!(days.len(), 31);
    /// # Ok::<(), claudette::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The call failed, or its value cannot be read as a `T` ([`Error::is_mismatch`]).
    pub fn value<T: DeserializeOwned>(&self) -> Result<T> {
        let name = self.name();
        let value = match &self.0.value {
            OutputValue::None => {
                return Err(Error::mismatch(format!("no value, because the call of `{name}` failed: {}", self.text())));
            }
            OutputValue::Text => T::deserialize(Value::String(self.text().into_owned())),
            OutputValue::Shown => serde_json::from_str(&self.text()),
            OutputValue::Kept(json) => serde_json::from_str(json.text()),
        };
        let wanted = std::any::type_name::<T>();
        value.map_err(|error| Error::mismatch(format!("the value of `{name}` is not a `{wanted}`")).caused_by(error))
    }

    /// Returns `true` if the tool ends the loop ([`ToolOutput::finish`]).
    pub fn is_final(&self) -> bool {
        matches!(self.0.end, Some(End::Finish))
    }

    /// Returns `true` if the tool aborts the run ([`ToolError::abort`]).
    pub fn is_abort(&self) -> bool {
        matches!(self.0.end, Some(End::Abort(_)))
    }

    /// Returns `true` if the call waits, because a [sub-agent](crate::chat::AgentTool) has calls that wait for a decision.
    /// The call continues after the decision, so this is not its result. Only hooks see such an outcome.
    pub fn is_suspended(&self) -> bool {
        matches!(self.0.end, Some(End::Suspend(_)))
    }

    /// Returns this outcome as that of a call that waits, and continues from this state.
    pub(crate) fn waiting(mut self, state: impl Any + Send + Sync) -> Self {
        Arc::make_mut(&mut self.0).end = Some(End::Suspend(Arc::new(state)));
        self
    }

    /// Returns the state from which the call continues, if it is suspended.
    pub(crate) fn suspended<T: 'static>(&self) -> Option<&T> {
        match &self.0.end {
            Some(End::Suspend(state)) => state.downcast_ref(),
            _ => None,
        }
    }

    /// Returns the error of the run if the tool aborts it.
    pub(crate) fn abort(&self) -> Option<Error> {
        match &self.0.end {
            Some(End::Abort(source)) => Some(Error::aborted(self.name(), source.clone())),
            _ => None,
        }
    }

    /// Prepares the result for the model. If `asked` is given, the call ran with other arguments than the model asked
    /// for, and a note says so. A text of more than `max_bytes` is shortened. The program keeps the whole value.
    pub(crate) fn settle(mut self, asked: Option<&ToolUse>, max_bytes: usize) -> Self {
        if asked.is_none() && self.text().len() <= max_bytes {
            return self;
        }
        let Inner { call, result, value, .. } = Arc::make_mut(&mut self.0);
        *value = match std::mem::replace(value, OutputValue::None) {
            OutputValue::Text => OutputValue::Kept(RawJson::of(&result.text())),
            OutputValue::Shown => OutputValue::Kept(RawJson::parse(&result.text()).unwrap_or_else(|_| RawJson::null())),
            kept @ (OutputValue::None | OutputValue::Kept(_)) => kept,
        };
        result.shorten(max_bytes, &texts::left_out);
        if let Some(asked) = asked {
            result.prepend(&texts::changed_arguments(call.input().get()));
            *call = asked.clone();
        }
        self
    }

    /// Returns the time that the call took.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Returns the usage and cost of the requests that the call has made, such as those of a
    /// [sub-agent](crate::chat::AgentTool). Returns `None` if it has not made any.
    pub fn spent(&self) -> Option<&Spent> {
        self.0.spent.as_deref()
    }
}

/// Shows long texts shortened.
impl fmt::Debug for ToolOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolOutcome")
            .field("call_id", &brief(self.call_id()))
            .field("name", &brief(self.name()))
            .field("input", &brief(self.call().input().get()))
            .field("text", &brief(&self.text()))
            .field("is_error", &self.is_error())
            .field("elapsed", &self.elapsed())
            .finish_non_exhaustive()
    }
}
