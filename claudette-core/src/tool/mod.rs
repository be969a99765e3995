//! [`Tool`]: what the model may call, and the road from a call to its result.

mod context;
mod definition;
mod error;
mod func;
mod ladder;
mod nearest;
mod outcome;
mod output;
mod param;
mod path;
mod schema;
mod set;

use std::pin::Pin;

pub use claudette_macros::tool;
use serde_json::value::RawValue;

pub use context::ToolContext;
pub use definition::ToolDefinition;
pub use error::ToolError;
pub use func::{IntoToolResult, ToolFn};
pub use outcome::ToolOutcome;
pub use output::{IntoToolOutput, ToolOutput};
pub use param::ToolParam;
pub use set::{IntoTools, Toolset};

/// What generated code calls; everything else it needs is public.
pub(crate) mod generated {
    pub use super::ladder::{rung, rungs};
    pub use super::param::{Param, arguments, definition, param};
    pub use super::set::{tool, toolset};
}

/// A boxed future that may move between threads: what [`Tool::call`] returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something the model can call.
///
/// [`#[tool]`](macro@crate::tool) on a function and [`ToolFn`] around a closure are the usual ways to one. Write the
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "no tool has this name",
    note = "put `#[tool]` on a function and list it by the function's name: `tools![sums, other_module::mults]`"
)]
pub trait Tool: Send + Sync + 'static {
    /// What the model is told about the tool. Read once, when the tool joins a [`Toolset`].
    fn definition(&self) -> &ToolDefinition;

    /// Answers one call. `input` is a JSON object: the arguments as the model wrote them.
    ///
    /// # Errors
    ///
    /// A [`ToolError`] is the tool's own failure: its text goes to the model, which may do better.
    fn call<'a>(&'a self, input: &'a RawValue, cx: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>>;
}
