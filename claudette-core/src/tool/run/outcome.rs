//! [`ToolOutcome`]: a call and what came of it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{ToolError, brief};
use super::output::{OutputValue, ToolOutput};
use crate::error::{Error, Result};
use crate::json::RawJson;
use crate::messages::{ToolResult, ToolUse};
use crate::tool::texts;

/// One call that was answered: by the tool, or by an error that tells the model what to mend.
#[derive(Clone)]
pub struct ToolOutcome(pub(crate) Arc<Inner>);

/// Shared: an outcome is part of events, steps and runs.
#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) call: ToolUse,
    pub(crate) result: ToolResult,
    pub(crate) value: OutputValue,
    pub(crate) end: Option<End>,
    pub(crate) elapsed: Duration,
}

/// How a call ends the loop.
#[derive(Clone)]
pub(crate) enum End {
    Finish,
    Abort(Arc<dyn StdError + Send + Sync>),
}

impl ToolOutcome {
    /// Returns the outcome of a call, as whatever runs tools outside a chat makes it.
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
                (result, OutputValue::None, error.into_abort().map(End::Abort))
            }
        };
        Self(Arc::new(Inner { call, result, value, end, elapsed }))
    }

    /// Returns the outcome of a call that did not run.
    pub(crate) fn refused(call: ToolUse, error: ToolError) -> Self {
        Self::new(call, Err(error), Duration::ZERO)
    }

    /// The outcome of a call that took too long.
    pub(crate) fn timed_out(call: ToolUse, took: Duration) -> Self {
        let text = texts::timed_out(call.name(), took);
        Self::new(call, Err(ToolError::new(text)), took)
    }

    /// This outcome as that of another call, if it is not that of the call already.
    pub(crate) fn of_call(mut self, call: &ToolUse) -> Self {
        if self.call_id() != call.id() {
            let inner = Arc::make_mut(&mut self.0);
            inner.call = call.clone();
            inner.result.set_call(call);
        }
        self
    }

    /// The outcome with an error for the model in place of a result that cannot be sent. The program keeps the value.
    pub(crate) fn withheld(mut self, why: &str) -> Self {
        tracing::warn!(tool = self.name(), why, "the output of a tool cannot be sent");
        let Inner { call, result, value, .. } = Arc::make_mut(&mut self.0);
        if let Some(content) = result.content() {
            *value = std::mem::replace(value, OutputValue::None).or_keep(content);
        }
        *result = ToolResult::new(call, texts::cannot_be_sent(call.name(), why), true);
        self
    }

    /// The call as the model made it.
    pub fn call(&self) -> &ToolUse {
        &self.0.call
    }

    /// The id of the call.
    pub fn call_id(&self) -> &str {
        self.0.call.id()
    }

    /// The name of the tool, as the model called it.
    pub fn name(&self) -> &str {
        self.0.call.name()
    }

    /// The block that answers the call in the conversation.
    pub fn result(&self) -> &ToolResult {
        &self.0.result
    }

    /// Whether the call failed: no such tool, wrong arguments, an error or a panic of the tool.
    pub fn is_error(&self) -> bool {
        self.0.result.is_error()
    }

    /// What the model reads, error or not; blocks that are no text are left out.
    pub fn text(&self) -> Cow<'_, str> {
        self.0.result.text()
    }

    /// What the tool gave the program: the value it returned, or the one it kept from the model
    /// ([`ToolOutput::with_value`]), as a type that has the same JSON.
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
    /// The call failed, or its value is no `T` ([`Error::is_mismatch`]).
    pub fn value<T: DeserializeOwned>(&self) -> Result<T> {
        let name = self.name();
        let value = match &self.0.value {
            OutputValue::None => {
                return Err(Error::mismatch(format!(
                    "there is no value, because the call of `{name}` failed: {}",
                    self.text()
                )));
            }
            OutputValue::Text => T::deserialize(Value::String(self.text().into_owned())),
            OutputValue::Shown => serde_json::from_str(&self.text()),
            OutputValue::Kept(json) => serde_json::from_str(json.text()),
        };
        let wanted = std::any::type_name::<T>();
        value.map_err(|error| Error::mismatch(format!("the value of `{name}` is no `{wanted}`")).caused_by(error))
    }

    /// Whether the tool ends the loop ([`ToolOutput::finish`]).
    pub fn is_final(&self) -> bool {
        matches!(self.0.end, Some(End::Finish))
    }

    /// Whether the tool aborts the run ([`ToolError::abort`]).
    pub fn is_abort(&self) -> bool {
        matches!(self.0.end, Some(End::Abort(_)))
    }

    /// What aborts the run, if it does.
    pub(crate) fn abort(&self) -> Option<Error> {
        match &self.0.end {
            Some(End::Abort(source)) => Some(Error::aborted(self.name(), source.clone())),
            _ => None,
        }
    }

    /// The outcome as the model gets it: of a call that was made with other arguments, it is told so; and of a text it
    /// reads so many bytes at most. The program has all of it.
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

    /// How long the tool ran.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }
}

/// Long texts are cut.
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
