//! [`Toolset`]: the tools of a conversation, found by name.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::join_all;

use super::Tool;
use super::context::ToolContext;
use super::definition::ToolDefinition;
use super::error::ToolError;
use super::nearest::{list, nearest};
use super::outcome::ToolOutcome;
use super::param::shorten;
use crate::error::Error;
use crate::messages::{ContentBlock, Message, Response, ToolUse};

/// The tools the model may call, each under its own name.
///
/// [`tools!`](crate::tools) makes one from functions with [`#[tool]`](macro@crate::tool); [`with`](Self::with) adds any
/// other tool. Cloning shares it.
///
/// ```
/// use claudette::{ToolContext, tool, tools};
///
/// /// Adds a + b.
/// #[tool]
/// async fn sums(
///     /// First thing to sum
///     a: i64,
///     /// Second thing to sum
///     b: i64,
/// ) -> i64 {
///     a + b
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let tools = tools![sums];
/// let cx = ToolContext::default();
/// assert_eq!(tools.call("sums", r#"{"a": 1, "b": 2}"#, &cx).await.text(), "3");
///
/// let wrong = tools.call("sums", r#"{"a": 1, "b": "two"}"#, &cx).await;
/// assert!(wrong.is_error());
/// assert_eq!(wrong.text(), "argument `b`: invalid type: string \"two\", expected i64");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Toolset(Arc<Inner>);

#[derive(Clone, Default)]
struct Inner {
    tools: Vec<Arc<dyn Tool>>,
    definitions: Vec<ToolDefinition>,
    by_name: HashMap<String, usize>,
    /// What is sent: encoded when it is first asked for, and the same bytes from then on.
    wire: OnceLock<String>,
}

impl Toolset {
    /// The set with more tools, behind those it has.
    ///
    /// Two tools of one name are an error when the set is to be sent.
    pub fn with(self, tools: impl IntoTools) -> Self {
        let more = Arc::unwrap_or_clone(tools.into_tools().0);
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.wire = OnceLock::new();
        more.tools.into_iter().zip(more.definitions).for_each(|(tool, definition)| inner.push(tool, definition));
        Self(Arc::new(inner))
    }

    /// How many tools there are.
    pub fn len(&self) -> usize {
        self.0.tools.len()
    }

    /// Whether there is no tool at all.
    pub fn is_empty(&self) -> bool {
        self.0.tools.is_empty()
    }

    /// The tool of this name.
    pub fn get(&self, name: &str) -> Option<&dyn Tool> {
        self.find(name).map(|tool| &**tool)
    }

    /// What the model is told of each tool, in the order in which they were added.
    pub fn definitions(&self) -> &[ToolDefinition] {
        &self.0.definitions
    }

    /// The JSON list that is sent. Byte for byte the same from run to run: the API's prompt cache begins with it.
    pub fn wire_json(&self) -> &str {
        self.0.wire.get_or_init(|| serde_json::to_string(&self.0.definitions).unwrap_or_else(|_| "[]".to_owned()))
    }

    /// Calls the tool of this name, as the model would; `input` is the JSON object of its arguments.
    ///
    /// Whatever goes wrong is an outcome that tells the model what to mend: no such tool, arguments that do not fit, an
    /// error of the tool. A panic of the tool is one as well, unless the program is built with `panic = "abort"`.
    pub async fn call(&self, name: &str, input: &str, cx: &ToolContext) -> ToolOutcome {
        self.run(&ToolUse::from_text(cx.call_id(), name, input), cx).await
    }

    /// Runs every tool call of a reply, all at once, and gives the message that answers them: the results in the order
    /// of the calls. `None` if the reply calls no tool.
    pub async fn answer(&self, response: &Response) -> Option<Message> {
        let cx = ToolContext::default();
        let outcomes = join_all(response.tool_uses().map(|call| self.run(call, &cx))).await;
        let results = outcomes.iter().map(|outcome| ContentBlock::ToolResult(outcome.result().clone()));
        let results: Vec<_> = results.collect();
        (!results.is_empty()).then(|| Message::user(results))
    }

    /// Runs one call. The future owns all it needs: the conversation goes on around it.
    pub(crate) fn run(&self, call: &ToolUse, cx: &ToolContext) -> impl Future<Output = ToolOutcome> + Send + use<> {
        let tool = match call.invalid_input() {
            Some(input) => Err(refuse(call.name(), input)),
            None => self.find(call.name()).cloned().ok_or_else(|| self.unknown(call.name())),
        };
        let call = call.clone();
        let cx = cx.for_call(call.id());
        async move {
            let tool = match tool {
                Ok(tool) => tool,
                Err(error) => return ToolOutcome::new(call, Err(error), Duration::ZERO),
            };
            let start = Instant::now();
            // Around the call as well as the future: a tool written by hand may panic before it returns one.
            let answer = AssertUnwindSafe(async { tool.call(call.input(), &cx).await }).catch_unwind().await;
            let elapsed = start.elapsed();
            let answer = answer.unwrap_or_else(|panic| Err(panicked(call.name(), &*panic)));
            ToolOutcome::new(call, answer, elapsed)
        }
    }

    /// What is wrong with the set, before it is sent: the API would refuse it, or a tool could never be called.
    ///
    /// # Errors
    ///
    /// Misuse: two tools of one name, or a definition that the API does not take.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (index, definition) in self.0.definitions.iter().enumerate() {
            if let Some(problem) = definition.problem() {
                return Err(Error::misuse(problem));
            }
            let name = definition.name();
            let first = self.0.by_name.get(name).copied().unwrap_or(index);
            if first != index {
                let first = self.0.definitions[first].origin();
                let second = definition.origin();
                return Err(Error::misuse(format!(
                    "two tools have the name `{name}`: {first} and {second}; give one another name, as in \
                     `#[tool(name = \"..\")]`"
                )));
            }
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Option<&Arc<dyn Tool>> {
        self.0.by_name.get(name).map(|index| &self.0.tools[*index])
    }

    #[cold]
    fn unknown(&self, name: &str) -> ToolError {
        let names: Vec<&str> = self.definitions().iter().map(ToolDefinition::name).collect();
        let name = shorten(name);
        match (names.as_slice(), nearest(&name, names.iter().copied())) {
            ([], _) => ToolError::new(format_args!("there is no tool `{name}`, nor any other")),
            (names, None) => ToolError::new(format_args!("there is no tool `{name}`; there are {}", list(names))),
            (names, Some(near)) => ToolError::new(format_args!(
                "there is no tool `{name}`; did you mean `{near}`? There are {}",
                list(names)
            )),
        }
    }
}

impl Inner {
    fn push(&mut self, tool: Arc<dyn Tool>, definition: ToolDefinition) {
        // Of two with one name the first stays; `check` tells.
        self.by_name.entry(definition.name().to_owned()).or_insert(self.tools.len());
        self.tools.push(tool);
        self.definitions.push(definition);
    }
}

impl fmt::Debug for Toolset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.definitions().iter().map(ToolDefinition::name)).finish()
    }
}

/// What [`Toolset::with`] takes: any [`Tool`], or another set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a tool nor a set of tools",
    label = "not a tool",
    note = "functions with `#[tool]` are listed with `tools![..]`; a closure becomes a tool with `ToolFn::new(..)`"
)]
pub trait IntoTools {
    /// The set of these tools.
    fn into_tools(self) -> Toolset;
}

#[diagnostic::do_not_recommend]
impl<T: Tool> IntoTools for T {
    fn into_tools(self) -> Toolset {
        toolset([Arc::new(self)])
    }
}

impl IntoTools for Toolset {
    fn into_tools(self) -> Toolset {
        self
    }
}

impl IntoTools for Arc<dyn Tool> {
    fn into_tools(self) -> Toolset {
        toolset([self])
    }
}

/// A [`Toolset`](crate::Toolset) of functions with [`#[tool]`](macro@crate::tool), by their names.
///
/// ```
/// use claudette::{tool, tools};
///
/// mod words {
///     /// Counts the words of a text.
///     #[claudette::tool]
///     pub fn count(
///         /// Any text
///         text: String,
///     ) -> usize {
///         text.split_whitespace().count()
///     }
/// }
///
/// /// The current time.
/// #[tool]
/// async fn now() -> String {
///     "12:00".to_owned()
/// }
///
/// let tools = tools![now, words::count];
/// assert_eq!(tools.len(), 2);
/// assert_eq!(tools.definitions()[1].name(), "count");
/// assert!(tools![].is_empty());
/// ```
#[macro_export]
macro_rules! tools {
    ($($tool:ty),* $(,)?) => {
        $crate::__private::toolset([$($crate::__private::tool::<$tool>()),*])
    };
}

/// What [`tools!`] does with each name: `#[tool]` puts a type of that name beside the function.
pub fn tool<T: Tool + Default>() -> Arc<dyn Tool> {
    Arc::new(T::default())
}

/// What [`tools!`] does with all of them.
pub fn toolset<const N: usize>(tools: [Arc<dyn Tool>; N]) -> Toolset {
    let mut inner = Inner::default();
    for tool in tools {
        let definition = tool.definition().clone();
        inner.push(tool, definition);
    }
    Toolset(Arc::new(inner))
}

#[cold]
fn refuse(name: &str, input: &str) -> ToolError {
    let why = match serde_json::from_str::<serde::de::IgnoredAny>(input) {
        Ok(_) => "it is another JSON value".to_owned(),
        Err(error) => error.to_string(),
    };
    ToolError::new(format_args!("the arguments of `{name}` must be one JSON object ({why}): {}", shorten(input)))
}

#[cold]
fn panicked(name: &str, payload: &(dyn Any + Send)) -> ToolError {
    let message = payload.downcast_ref::<&str>().copied();
    match message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)) {
        Some(message) if !message.trim().is_empty() => {
            ToolError::new(format_args!("the tool `{name}` panicked: {message}"))
        }
        _ => ToolError::new(format_args!("the tool `{name}` panicked")),
    }
}
