//! [`ToolFn`]: a closure as a tool.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use serde_json::value::RawValue;

use super::key::Key;
use super::whole::{whole, whole_schema};
use crate::task::BoxFuture;
use crate::tool::definition::{ToolAnnotations, ToolDefinition};
use crate::tool::run::{IntoToolOutput, Tool, ToolContext, ToolError, ToolOutput};
use crate::tool::schema::ToolParam;

/// A closure that the model can call, for a tool that captures values or that is created at run time.
///
/// The arguments are one struct. The schema is generated from it, and the doc comments of its fields become the
/// descriptions of the arguments.
///
/// ```
/// use claudette::{ToolContext, ToolFn, Toolset};
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Shout {
///     /// What to shout
///     text: String,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let mark = "!".to_owned();
/// let shout = ToolFn::new("shout", "Upper-cases text.", move |args: Shout| {
///     let shouted = args.text.to_uppercase() + &mark;
///     async move { shouted }
/// });
/// let tools = Toolset::default().with(shout);
/// let outcome = tools.call("shout", r#"{"text":"land"}"#, &ToolContext::default()).await;
/// assert_eq!(outcome.text(), "LAND!");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "function calling")]
#[doc(alias = "closure")]
#[doc(alias = "dynamic tool")]
pub struct ToolFn {
    definition: ToolDefinition,
    #[expect(clippy::type_complexity, reason = "used once; an alias would only hide it")]
    call: Box<
        dyn Fn(&ToolDefinition, &RawValue, &ToolContext) -> BoxFuture<'static, Result<ToolOutput, ToolError>>
            + Send
            + Sync,
    >,
    check: fn(&ToolDefinition, &RawValue) -> Result<(), ToolError>,
    exclusive: bool,
    key: Option<Key>,
    timeout: Option<Duration>,
    annotations: ToolAnnotations,
}

impl ToolFn {
    /// Creates a tool of this name that calls `function`.
    ///
    /// `A` must be a struct with named fields. Any other type is an error before the first request.
    #[track_caller]
    pub fn new<A, F, Fut>(name: impl Into<String>, description: impl Into<String>, function: F) -> Self
    where
        A: ToolParam,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        Self::with_context(name, description, move |arguments, _| function(arguments))
    }

    /// Creates a tool whose closure also takes the context of the call: `|args: Shout, cx: ToolContext| ..`.
    #[track_caller]
    pub fn with_context<A, F, Fut>(name: impl Into<String>, description: impl Into<String>, function: F) -> Self
    where
        A: ToolParam,
        F: Fn(A, ToolContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        let definition = ToolDefinition::of_closure(name.into(), description.into(), whole_schema::<A>());
        Self::of(definition, function)
    }

    /// Creates a tool that is known only at run time, for example from a file or a server.
    ///
    /// `function` gets the arguments as the JSON object that the model wrote, after they were compared with the schema
    /// of the definition.
    ///
    /// ```
    /// use claudette::{ToolContext, ToolDefinition, ToolFn, Toolset};
    /// use serde_json::json;
    /// use serde_json::value::RawValue;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]});
    /// let definition = ToolDefinition::new("echo", "Repeats its arguments.", &schema);
    /// definition.check()?;
    /// let echo = ToolFn::raw(definition, |input: Box<RawValue>, _: ToolContext| async move { input.get().to_owned() });
    ///
    /// let (tools, cx) = (Toolset::default().with(echo), ToolContext::default());
    /// assert_eq!(tools.call("echo", r#"{"a": 1}"#, &cx).await.text(), r#"{"a": 1}"#);
    /// let wrong = tools.call("echo", r#"{"a": "b"}"#, &cx).await;
    /// assert_eq!(wrong.text(), "Invalid arguments:\n- `a`: expected integer, got \"b\"");
    /// # Ok::<(), claudette::Error>(())
    /// # }).unwrap();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn raw<F, Fut>(definition: ToolDefinition, function: F) -> Self
    where
        F: Fn(Box<RawValue>, ToolContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        let check = |definition: &ToolDefinition, input: &RawValue| definition.check_arguments(input.get());
        let call = move |definition: &ToolDefinition, input: &RawValue, cx: &ToolContext| -> BoxFuture<'static, _> {
            match check(definition, input) {
                Ok(()) => {
                    let answer = function(input.to_owned(), cx.clone());
                    Box::pin(async move { answer.await.into_tool_result() })
                }
                Err(error) => Box::pin(std::future::ready(Err(error))),
            }
        };
        let annotations = ToolAnnotations::default();
        Self { definition, call: Box::new(call), check, exclusive: false, key: None, timeout: None, annotations }
    }

    /// Creates a tool of this definition, whose schema describes `A`.
    pub(crate) fn of<A, F, Fut>(definition: ToolDefinition, function: F) -> Self
    where
        A: ToolParam,
        F: Fn(A, ToolContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        let call = move |definition: &ToolDefinition, input: &RawValue, cx: &ToolContext| -> BoxFuture<'static, _> {
            match whole(definition, input) {
                Ok(arguments) => {
                    let answer = function(arguments, cx.clone());
                    Box::pin(async move { answer.await.into_tool_result() })
                }
                Err(error) => Box::pin(std::future::ready(Err(error))),
            }
        };
        let check = |definition: &ToolDefinition, input: &RawValue| whole::<A>(definition, input).map(drop);
        Self {
            definition,
            call: Box::new(call),
            check,
            exclusive: false,
            key: None,
            timeout: None,
            annotations: ToolAnnotations::default(),
        }
    }

    /// Runs each call alone: no other call of the same loop runs at the same time.
    pub fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }

    /// Runs calls for which `key` returns the same text one after the other, in their order; see
    /// [`Tool::exclusive_key`]. Other calls do not wait for them.
    ///
    /// `A` is the type of the closure's arguments, or another type that can be read from them. The arguments are read
    /// once more for the key. If they are not valid, the call does not have a key.
    ///
    /// ```
    /// use claudette::{Tool, ToolFn};
    /// use serde_json::value::RawValue;
    ///
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Payment {
    ///     /// Id of the account
    ///     account: String,
    ///     /// Amount in cents
    ///     cents: u32,
    /// }
    ///
    /// let pay = ToolFn::new("pay", "Pays an amount.", async |payment: Payment| {
    ///     format!("{} cents from {}", payment.cents, payment.account)
    /// })
    /// .exclusive_by(|payment: &Payment| Some(payment.account.clone()));
    ///
    /// let input: Box<RawValue> = serde_json::from_str(r#"{"account": "A1", "cents": 5}"#)?;
    /// assert_eq!(pay.exclusive_key(&input).as_deref(), Some("A1"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn exclusive_by<A: ToolParam>(mut self, key: impl Fn(&A) -> Option<String> + Send + Sync + 'static) -> Self {
        let read = move |definition: &ToolDefinition, input: &RawValue| {
            whole::<A>(definition, input).ok().and_then(|arguments| key(&arguments))
        };
        self.key = Some(Box::new(read));
        self
    }

    /// Sets the maximum duration of a call.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the side effects of the tool, for approvals, hooks and servers.
    pub fn annotations(mut self, annotations: ToolAnnotations) -> Self {
        self.annotations = annotations;
        self
    }

    /// Sets whether the API forces the model to follow the schema while it writes the arguments; see
    /// [`ToolDefinition::strict`].
    pub fn strict(self, strict: bool) -> Self {
        self.define(|definition| definition.strict(strict))
    }

    /// Changes the definition: `.define(|definition| definition.defer_loading(true))`.
    pub fn define(self, change: impl FnOnce(ToolDefinition) -> ToolDefinition) -> Self {
        Self { definition: change(self.definition), ..self }
    }
}

impl Tool for ToolFn {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn call<'a>(&'a self, input: &'a RawValue, cx: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        (self.call)(&self.definition, input, cx)
    }

    fn checks_itself(&self) -> bool {
        true
    }

    fn check(&self, input: &RawValue) -> Result<(), ToolError> {
        (self.check)(&self.definition, input)
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
}

impl fmt::Debug for ToolFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolFn").field("definition", &self.definition).finish_non_exhaustive()
    }
}

/// A type that the closure of a [`ToolFn`] can return: an [`IntoToolOutput`], or a `Result` of one whose error
/// implements `Display`.
///
/// For any other value that implements `Serialize`, return [`ToolOutput::json`]`(&value)`. `#[tool]` on a function
/// converts such values itself; for a closure, Rust's trait rules do not allow both conversions.
///
/// ```
/// use claudette::ToolOutput;
/// use claudette::tooling::IntoToolResult;
///
/// let output = "rain".into_tool_result()?;
/// assert_eq!(output.text(), "rain");
///
/// let output = ToolOutput::json(&[3, 7]).into_tool_result()?;
/// assert_eq!(output.text(), "[3,7]");
///
/// let failed: Result<String, _> = Err("no such city");
/// assert_eq!(failed.into_tool_result().unwrap_err().text(), "no such city");
/// # Ok::<(), claudette::ToolError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a tool's closure cannot return `{Self}`",
    label = "this type cannot be turned into a tool result",
    note = "return text, `ToolOutput::json(&value)`, or a `Result` of these with an error that implements `Display`"
)]
pub trait IntoToolResult {
    /// Converts the return value of a closure into the result of the tool.
    ///
    /// # Errors
    ///
    /// The error of the closure.
    fn into_tool_result(self) -> Result<ToolOutput, ToolError>;
}

#[diagnostic::do_not_recommend]
impl<T: IntoToolOutput> IntoToolResult for T {
    fn into_tool_result(self) -> Result<ToolOutput, ToolError> {
        Ok(self.into_tool_output())
    }
}

/// `Result`s can be nested: the first error is the result.
impl<T: IntoToolResult, E: fmt::Display + 'static> IntoToolResult for Result<T, E> {
    fn into_tool_result(self) -> Result<ToolOutput, ToolError> {
        match self {
            Ok(value) => value.into_tool_result(),
            Err(error) => Err(match (&error as &dyn Any).downcast_ref::<ToolError>() {
                Some(error) => error.clone(),
                None => ToolError::new(error),
            }),
        }
    }
}
