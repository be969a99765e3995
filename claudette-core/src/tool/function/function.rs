//! [`Function`]: a function as a tool, which `#[tool]` generates.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;

use super::arguments::arguments;
use super::key::Key;
use super::params::Params;
use crate::task::BoxFuture;
use crate::task::run_blocking;
use crate::tool::definition::{ToolAnnotations, ToolDefinition};
use crate::tool::run::{IsState, StateType, Tool, ToolContext, ToolError, ToolOutput};
use crate::tool::texts;

/// A function that takes its arguments one by one, and the parameters by which they are read from JSON.
pub struct Function<Q, F> {
    definition: ToolDefinition,
    requires: &'static [StateType],
    params: Q,
    call: F,
    exclusive: bool,
    key: Option<Key>,
    timeout: Option<Duration>,
    annotations: ToolAnnotations,
}

/// Creates a tool that reads its arguments by these parameters and passes them to `call`.
///
/// `params` is a function and not a value, so the compiler can inline the reading of each argument (91 ns instead of
/// 101 ns a call, `benches/dispatch.rs`).
pub fn function<P, Q, F>(
    definition: ToolDefinition,
    requires: &'static [StateType],
    params: Q,
    call: F,
) -> Function<Q, F>
where
    P: Params + 'static,
    Q: Fn() -> &'static P,
    F: for<'a> Fn(P::Values, &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>>,
{
    Function {
        definition,
        requires,
        params,
        call,
        exclusive: false,
        key: None,
        timeout: None,
        annotations: ToolAnnotations::default(),
    }
}

impl<Q, F> Function<Q, F> {
    /// Runs each call alone: no other call of the same loop runs at the same time.
    pub fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }

    /// Sets the maximum duration of a call.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the function that generates the schema of the output.
    pub fn returns(mut self, schema: Option<fn() -> Option<Value>>) -> Self {
        if let Some(make) = schema {
            self.definition = self.definition.returning(make);
        }
        self
    }

    /// Marks the tool as read-only: it changes nothing.
    pub fn read_only(mut self) -> Self {
        self.annotations = self.annotations.read_only();
        self
    }

    /// Marks the tool as idempotent: a second call with the same arguments has no further effect.
    pub fn idempotent(mut self) -> Self {
        self.annotations = self.annotations.idempotent();
        self
    }

    /// Marks the tool as destructive: it can delete or overwrite something.
    pub fn destructive(mut self) -> Self {
        self.annotations = self.annotations.destructive();
        self
    }
}

impl<P, Q, F> Function<Q, F>
where
    P: Params + 'static,
    Q: Fn() -> &'static P + Copy + Send + Sync + 'static,
{
    /// Runs calls for which `key` returns the same text one after the other.
    pub fn exclusive_by(mut self, key: impl Fn(P::Values) -> Option<String> + Send + Sync + 'static) -> Self {
        let params = self.params;
        self.key = Some(Box::new(move |definition, input| arguments(params(), definition, input).ok().and_then(&key)));
        self
    }
}

impl<P, Q, F> Tool for Function<Q, F>
where
    P: Params + 'static,
    Q: Fn() -> &'static P + Send + Sync + 'static,
    F: for<'a> Fn(P::Values, &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> + Send + Sync + 'static,
{
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn call<'a>(&'a self, input: &'a RawValue, cx: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        match arguments((self.params)(), &self.definition, input) {
            Ok(values) => (self.call)(values, cx),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn checks_itself(&self) -> bool {
        true
    }

    fn check(&self, input: &RawValue) -> Result<(), ToolError> {
        arguments((self.params)(), &self.definition, input).map(drop)
    }

    fn is_exclusive(&self) -> bool {
        self.exclusive
    }

    fn exclusive_key(&self, input: &RawValue) -> Option<String> {
        self.key.as_ref().and_then(|key| key(&self.definition, input))
    }

    fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    fn annotations(&self) -> ToolAnnotations {
        self.annotations
    }

    fn requires(&self) -> &[StateType] {
        self.requires
    }
}

impl<Q, F> fmt::Debug for Function<Q, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("definition", &self.definition).finish_non_exhaustive()
    }
}

/// Returns the state for an argument. `S` is inferred from the argument's type, so aliases of `State` work too.
///
/// # Errors
///
/// The state was not provided, and the caller did not check [`Tool::requires`] before the call.
pub fn state<S: IsState>(cx: &ToolContext) -> Result<S, ToolError> {
    S::of(cx).ok_or_else(|| ToolError::new(texts::missing_state(&S::TYPE)))
}

/// Runs a function on a thread for blocking work.
///
/// # Errors
///
/// The function fails, or the runtime is shutting down.
pub async fn blocking<F>(cx: &ToolContext, function: F) -> Result<ToolOutput, ToolError>
where
    F: FnOnce(&ToolContext) -> Result<ToolOutput, ToolError> + Send + 'static,
{
    let cx = cx.clone();
    let answer = run_blocking(move || function(&cx)).await;
    answer.unwrap_or_else(|| Err(ToolError::new(texts::SHUTTING_DOWN)))
}
