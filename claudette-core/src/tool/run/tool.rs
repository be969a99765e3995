//! [`Tool`]: a tool that the model can call.

use std::time::Duration;

use serde_json::value::RawValue;

use super::context::ToolContext;
use super::error::ToolError;
use super::output::ToolOutput;
use super::state::StateType;
use crate::task::BoxFuture;
use crate::tool::definition::{ToolAnnotations, ToolDefinition};

/// A tool that the model can call.
///
/// Usually a tool is a function with [`#[tool]`](macro@crate::tool), or a closure in a [`ToolFn`](crate::ToolFn).
/// Implement this trait if the tool is known only at run time, for example if a server or a file describes it.
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
/// let tools = Toolset::default().with(Echo(ToolDefinition::new("echo", "Returns its arguments.", &schema)));
/// let outcome = tools.call("echo", r#"{"a":1}"#, &ToolContext::default()).await;
/// assert_eq!(outcome.text(), r#"{"a":1}"#);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "function calling")]
#[doc(alias = "tool_use")]
pub trait Tool: Send + Sync + 'static {
    /// Returns the definition of the tool for the model. It is read once, when the tool is added to a
    /// [`Toolset`](crate::Toolset).
    fn definition(&self) -> &ToolDefinition;

    /// Runs one call. `input` is a JSON object with the arguments as the model wrote them, after [`check`](Self::check)
    /// has accepted them.
    ///
    /// # Errors
    ///
    /// Returns a [`ToolError`] if the tool fails. The model reads its text and can try again.
    fn call<'a>(&'a self, input: &'a RawValue, cx: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>>;

    /// Checks the arguments before a call, and before a request for approval.
    ///
    /// The default implementation compares them with the schema of the definition. It does not check `pattern`,
    /// `format` and a few other keywords; a tool that relies on them has to check them itself.
    ///
    /// # Errors
    ///
    /// Returns an error for the model if the arguments are not valid. The tool is then not called.
    fn check(&self, input: &RawValue) -> Result<(), ToolError> {
        self.definition().check_arguments(input.get())
    }

    /// Returns `true` if [`call`](Self::call) checks the arguments while it reads them, so [`check`](Self::check) is
    /// not called before it.
    #[doc(hidden)]
    fn checks_itself(&self) -> bool {
        false
    }

    /// Returns `true` if no other call may run at the same time. The loop then waits for running calls and runs this
    /// call alone. The default is `false`.
    fn is_exclusive(&self) -> bool {
        false
    }

    /// Returns the key of a call that must not run at the same time as another call with this key. Such calls run one
    /// after the other, in their order, whichever tools of the loop they are for. Other calls do not wait for them. The
    /// default is `None`: the call does not have a key.
    ///
    /// Return `None` if the arguments are not valid. The call then fails when it runs.
    fn exclusive_key(&self, input: &RawValue) -> Option<String> {
        let _ = input;
        None
    }

    /// Returns the maximum duration of a call. The default is `None`: the timeout of the loop applies.
    fn timeout(&self) -> Option<Duration> {
        None
    }

    /// Returns what is known about the effects of the tool. By default, nothing is known.
    fn annotations(&self) -> ToolAnnotations {
        ToolAnnotations::default()
    }

    /// Returns the types of [`State`](crate::State) that the tool requires. If one is missing, an error is returned
    /// before anything is sent.
    fn requires(&self) -> &[StateType] {
        &[]
    }
}
