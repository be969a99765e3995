//! [`ToolOutcome`]: a call and what came of it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ToolError;
use super::output::{OutputValue, ToolOutput};
use crate::error::{Error, Result};
use crate::messages::{Json, ToolResult, ToolUse};

/// One call that was answered: by the tool, or by an error that tells the model what to mend.
#[derive(Clone, Debug)]
pub struct ToolOutcome {
    call: ToolUse,
    result: ToolResult,
    value: OutputValue,
    end: Option<End>,
    elapsed: Duration,
}

/// How a call ends the loop.
#[derive(Clone, Debug)]
enum End {
    Finish,
    Abort(Arc<dyn StdError + Send + Sync>),
}

impl ToolOutcome {
    pub(crate) fn new(call: ToolUse, answer: Result<ToolOutput, ToolError>, elapsed: Duration) -> Self {
        match answer {
            Ok(output) => {
                let (content, value, finishes) = output.into_parts();
                let result = ToolResult::new(&call, content, false);
                Self { call, result, value, end: finishes.then_some(End::Finish), elapsed }
            }
            Err(error) => {
                let result = ToolResult::new(&call, error.text(), true);
                let end = error.into_abort().map(End::Abort);
                Self { call, result, value: OutputValue::Text, end, elapsed }
            }
        }
    }

    /// The call as the model made it.
    pub fn call(&self) -> &ToolUse {
        &self.call
    }

    /// The id of the call.
    pub fn call_id(&self) -> &str {
        self.call.id()
    }

    /// The name of the tool, as the model called it.
    pub fn name(&self) -> &str {
        self.call.name()
    }

    /// The block that answers the call in the conversation.
    pub fn result(&self) -> &ToolResult {
        &self.result
    }

    /// Whether the call failed: no such tool, wrong arguments, an error or a panic of the tool.
    pub fn is_error(&self) -> bool {
        self.result.is_error()
    }

    /// What the model reads, error or not; blocks that are no text are left out.
    pub fn text(&self) -> Cow<'_, str> {
        self.result.text()
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
        if self.is_error() {
            return Err(Error::mismatch(format!(
                "there is no value, for the call of `{name}` failed: {}",
                self.text()
            )));
        }
        let value = match &self.value {
            OutputValue::Text => T::deserialize(Value::String(self.text().into_owned())),
            OutputValue::Shown => serde_json::from_str(&self.text()),
            OutputValue::Kept(json) => serde_json::from_str(json.text()),
        };
        let wanted = std::any::type_name::<T>();
        value.map_err(|error| Error::mismatch(format!("the value of `{name}` is no `{wanted}`")).caused_by(error))
    }

    /// Whether the tool ends the loop ([`ToolOutput::finish`]).
    pub fn is_final(&self) -> bool {
        matches!(self.end, Some(End::Finish))
    }

    /// Whether the tool aborts the run ([`ToolError::abort`]).
    pub fn is_abort(&self) -> bool {
        matches!(self.end, Some(End::Abort(_)))
    }

    /// What aborts the run, if it does.
    pub(crate) fn abort(&self) -> Option<Error> {
        match &self.end {
            Some(End::Abort(source)) => Some(Error::aborted(self.name(), source.clone())),
            _ => None,
        }
    }

    /// The outcome as the model gets it: of a call that was made with other arguments, it is told so; and of a text it
    /// reads so many bytes at most. The program has all of it.
    pub(crate) fn settle(mut self, asked: Option<&ToolUse>, max_bytes: usize) -> Self {
        let whole = self.result.clone();
        let is_changed = self.result.shorten(max_bytes) || asked.is_some();
        if let Some(asked) = asked {
            let note = format!("Called with {} instead, as the user decided.\n", self.call.input());
            self.result.prepend(&note);
            self.call = asked.clone();
        }
        if is_changed {
            self.value = match self.value {
                OutputValue::Text => OutputValue::Kept(Json::of(&whole.text())),
                OutputValue::Shown => OutputValue::Kept(Json::parse(&whole.text()).unwrap_or_else(|_| Json::null())),
                kept @ OutputValue::Kept(_) => kept,
            };
        }
        self
    }

    /// How long the tool ran.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
