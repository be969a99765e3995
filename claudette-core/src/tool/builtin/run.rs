//! [`BuiltinTool::run`]: a function that runs a tool of which the API has the definition.

use super::builtin_tool::BuiltinTool;
use crate::tool::definition::ToolDefinition;
use crate::tool::function::{IntoToolResult, ToolFn};
use crate::tool::run::ToolContext;
use crate::tool::schema::{ToolParam, whole};

/// Tools of which the API has the definition, and the caller the rest.
impl BuiltinTool {
    /// The tool, run by this function: what the API defines is what is sent, and the calls come here.
    ///
    /// `A` is what the API documents as the tool's arguments: a struct, or an enum with a tag. It is not sent, but calls are
    /// held against it, and the model is told what does not fit.
    ///
    /// ```
    /// use claudette::{BuiltinTool, ToolContext, tools};
    ///
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Bash {
    ///     command: Option<String>,
    ///     restart: Option<bool>,
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let tools = tools![].with(BuiltinTool::bash().run(|call: Bash| async move {
    ///     match call.command {
    ///         Some(command) => Ok(format!("ran {command}")),
    ///         None if call.restart == Some(true) => Ok("restarted".to_owned()),
    ///         None => Err("give a command"),
    ///     }
    /// }));
    /// assert_eq!(tools.wire_json(), r#"[{"type":"bash_20250124","name":"bash"}]"#);
    ///
    /// let cx = ToolContext::default();
    /// assert_eq!(tools.call("bash", r#"{"command": "ls"}"#, &cx).await.text(), "ran ls");
    /// let wrong = tools.call("bash", r#"{"command": 7}"#, &cx).await;
    /// assert_eq!(wrong.text(), "Invalid arguments:\n- `command`: expected string, got 7");
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn run<A, F, Fut>(self, function: F) -> ToolFn
    where
        A: ToolParam,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        self.run_with_context(move |arguments, _| function(arguments))
    }

    /// The same for a function that asks for the call's surroundings as well: `|call: Bash, cx: ToolContext| ..`.
    #[track_caller]
    pub fn run_with_context<A, F, Fut>(self, function: F) -> ToolFn
    where
        A: ToolParam,
        F: Fn(A, ToolContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        ToolFn::of(ToolDefinition::defined(self, &whole::<A>()), function)
    }
}
