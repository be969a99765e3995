//! [`BuiltinTool::run`]: runs the calls of a tool that the API defines.

use super::builtin_tool::BuiltinTool;
use crate::tool::definition::ToolDefinition;
use crate::tool::function::{IntoToolResult, ToolFn};
use crate::tool::run::ToolContext;
use crate::tool::schema::{ToolParam, whole};

/// Tools that the API defines and the program runs.
impl BuiltinTool {
    /// Adds a function that runs the calls of this tool. The tool is sent as the API defines it.
    ///
    /// `A` contains the arguments as the API documents them: a struct, or an enum with a tag. Its schema is not sent.
    /// Calls are validated against it, and the model reads which arguments are not valid.
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
    ///         None => Err("`command` is required"),
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

    /// Adds a function that also takes the context of the call: `|call: Bash, cx: ToolContext| ..`. See
    /// [`run`](Self::run).
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
