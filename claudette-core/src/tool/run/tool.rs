//! [`Tool`]: what the model can call.

use std::time::Duration;

use serde_json::value::RawValue;

use super::context::ToolContext;
use super::error::ToolError;
use super::output::ToolOutput;
use super::state::StateType;
use crate::task::BoxFuture;
use crate::tool::definition::{ToolAnnotations, ToolDefinition};

/// Something the model can call.
///
/// [`#[tool]`](macro@crate::tool) on a function and [`ToolFn`](crate::ToolFn) around a closure are the usual ways to one. Write the
/// implementation by hand where the tool is known only at run time: one that a server describes, or one whose schema
/// is a file.
///
/// ```
/// use claudette::{BoxFuture, Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, Toolset};
/// use serde_json::json;
/// use serde_json::value::RawValue;
///
/// struct Echo(ToolDefinition);
///
/// impl Tool for Echo {
///     fn definition(&self) -> &ToolDefinition {
///         &self.0
///     }
///
///     fn call<'a>(
///         &'a self,
///         input: &'a RawValue,
///         _: &'a ToolContext,
///     ) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
///         Box::pin(async move { Ok(ToolOutput::new(input.get())) })
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
/// let tools = Toolset::default().with(Echo(ToolDefinition::new("echo", "Says it again.", &schema)));
/// let outcome = tools.call("echo", r#"{"a":1}"#, &ToolContext::default()).await;
/// assert_eq!(outcome.text(), r#"{"a":1}"#);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Tool: Send + Sync + 'static {
    /// What the model is told about the tool. Read once, when the tool joins a [`Toolset`](crate::Toolset).
    fn definition(&self) -> &ToolDefinition;

    /// Answers one call. `input` is a JSON object: the arguments as the model wrote them, after [`check`](Self::check).
    ///
    /// # Errors
    ///
    /// A [`ToolError`] is the tool's own failure: its text goes to the model, which may do better.
    fn call<'a>(&'a self, input: &'a RawValue, cx: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>>;

    /// Checks arguments before a call, and before anyone is asked to approve it.
    ///
    /// By default they are compared with the schema of the definition. Of its keywords `pattern`, `format` and a few more
    /// are not checked; a tool that relies on one checks it itself.
    ///
    /// # Errors
    ///
    /// What the model has to correct. The tool is then not called.
    fn check(&self, input: &RawValue) -> Result<(), ToolError> {
        self.definition().check_arguments(input.get())
    }

    /// Returns whether [`call`](Self::call) checks the arguments while it reads them, so that [`check`](Self::check) is not
    /// needed before it.
    #[doc(hidden)]
    fn checks_itself(&self) -> bool {
        false
    }

    /// Whether no other call may run at the same time: the loop waits for those that do, and runs it alone.
    fn is_exclusive(&self) -> bool {
        false
    }

    /// How long a call may take, where that is the tool's own affair and not the loop's.
    fn timeout(&self) -> Option<Duration> {
        None
    }

    /// Returns what the tool does to the world: nothing is known by default.
    fn annotations(&self) -> ToolAnnotations {
        ToolAnnotations::default()
    }

    /// The types of [`State`](crate::State) that the tool asks its context for: without them nothing is sent.
    fn requires(&self) -> &[StateType] {
        &[]
    }
}
