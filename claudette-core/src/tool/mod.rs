//! [`Tool`]: what the model may call, and the road from a call to its result.

mod autoref;
mod builtin_tool;
mod cancel;
mod context;
mod contradiction;
mod definition;
mod describe;
#[cfg(feature = "editor")]
mod editor;
mod error;
mod fnv;
mod func;
mod function;
mod guard;
mod into_tools;
mod node;
mod number;
mod outcome;
mod output;
mod parallel;
mod param;
mod path;
mod plain_json;
mod reader;
pub(crate) mod schema;
mod schema_violation;
mod set;
mod state;
mod stored_outcome;
mod strict;
mod suggest;
mod tree;
mod user_location;
mod validator;
mod variants;

use std::time::Duration;

use serde_json::value::RawValue;

use crate::task::BoxFuture;

pub use builtin_tool::BuiltinTool;
pub use context::ToolContext;
pub(crate) use context::{Report, TurnContext};
pub use definition::ToolDefinition;
#[cfg(feature = "editor")]
pub use editor::TextEditor;
pub use error::ToolError;
pub(crate) use fnv::fnv;
pub use func::{IntoToolResult, ToolFn};
pub use into_tools::{IntoTools, NamedTool};
pub use outcome::ToolOutcome;
pub use output::{IntoToolOutput, ToolOutput};
pub(crate) use parallel::{MAX_PARALLEL, Parallel};
pub use param::ToolParam;
pub(crate) use reader::read_whole;
pub use set::Toolset;
pub(crate) use set::{MAX_TOOL_OUTPUT, not_run};
pub use state::{State, StateType};
pub(crate) use strict::narrow;
pub use user_location::UserLocation;

/// Makes a function callable by the model.
///
/// The model sees three things of a tool: its name, its description, and a schema of its arguments. All of them are in
/// the function already: its name, its doc comment, and the names, types and doc comments of its arguments.
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
///     #[tool(default = 1)]
///     b: i64,
/// ) -> i64 {
///     a + b
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// // It stays the function it was.
/// assert_eq!(sums(1, 2).await, 3);
///
/// // And it can be listed, by its name, for the model to call.
/// let tools = tools![sums];
/// let outcome = tools.call("sums", r#"{"a": 1}"#, &ToolContext::default()).await;
/// assert_eq!(outcome.text(), "2");
///
/// // This is what the model is told of the arguments.
/// assert_eq!(tools.definitions()[0].input_schema().get(), concat!(
///     r#"{"type":"object","properties":{"#,
///     r#""a":{"description":"First thing to sum","type":"integer"},"#,
///     r#""b":{"description":"Second thing to sum","type":"integer","default":1}},"#,
///     r#""required":["a"],"additionalProperties":false}"#,
/// ));
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Arguments
///
/// An argument has any type that implements [`serde::Deserialize`] and [`schemars::JsonSchema`]: numbers, texts, lists,
/// maps, and structs and enums that derive the two. The doc comments of their fields and variants reach the model as well.
/// It can be taken by reference, as a whole: `&str`, `&[T]`, `&T`, `Option<&T>`.
///
/// The model may leave out an `Option<T>`, and an argument with a default; an explicit `null` means the same.
///
/// The type decides what is accepted: whatever its `Deserialize` reads reaches the function, also under an `alias`, through
/// a `deserialize_with`, or as a number in quotes if the type reads those. A whole number is read as one however it is
/// written (`30.0`, `3e1`). The schema adds what serde cannot see: bounds that are declared with `schemars` (`range`,
/// `length`; a `pattern` is sent but not checked), and values that the type would drop without a word, as unknown fields.
/// A type that cannot read what its own schema describes is an error before anything is sent.
///
/// ```
/// # use claudette::{ToolContext, tool, tools};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, JsonSchema)]
/// #[serde(rename_all = "lowercase")]
/// enum Unit {
///     Celsius,
///     Fahrenheit,
/// }
///
/// #[derive(Serialize)]
/// struct Forecast {
///     temperature: f64,
///     summary: String,
/// }
///
/// /// Current weather for a city.
/// ///
/// /// # Returns
/// ///
/// /// The temperature in the unit asked for, and a summary.
/// #[tool(name = "get_weather")]
/// async fn weather(
///     /// City name, e.g. "Oslo"
///     city: &str,
///     /// How many days ahead
///     days: Option<u8>,
///     /// The unit of the temperature
///     #[tool(default = Unit::Celsius)]
///     unit: Unit,
/// ) -> Forecast {
///     let temperature = match unit {
///         Unit::Celsius => 7.5,
///         Unit::Fahrenheit => 45.5,
///     };
///     Forecast { temperature, summary: format!("rain in {city} in {} days", days.unwrap_or(0)) }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let tools = tools![weather];
/// let cx = ToolContext::default();
/// let outcome = tools.call("get_weather", r#"{"city": "Oslo", "unit": "fahrenheit"}"#, &cx).await;
/// assert_eq!(outcome.text(), r#"{"temperature":45.5,"summary":"rain in Oslo in 0 days"}"#);
///
/// // Arguments that do not fit the schema never reach the function. The model is told all that it has to mend.
/// let outcome = tools.call("get_weather", r#"{"town": "Oslo", "unit": "celcius"}"#, &cx).await;
/// assert!(outcome.is_error());
/// assert_eq!(outcome.text(), [
///     r#"the arguments are wrong:"#,
///     r#"- missing argument `city`: expected string"#,
///     r#"- unknown argument `town`: there are `city`, `days` and `unit`"#,
///     r#"- argument `unit`: expected "celsius" or "fahrenheit", got "celcius"; did you mean "celsius"?"#,
/// ].join("\n"));
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # What the model never sees
///
/// Two kinds of arguments are given by the program, and are no part of the schema:
///
/// - [`&ToolContext`](ToolContext): the id of the call, the model, whether anybody still waits, a way to say how far the
///   tool is.
/// - [`State<T>`](State): a value to work on, given once to the chat or to the set of tools. Whether it is there is
///   looked at before anything is sent.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// use claudette::{Chat, State, ToolContext, tool, tools};
///
/// struct Stations(Vec<&'static str>);
///
/// /// Whether a city has a weather station.
/// #[tool]
/// async fn has_station(
///     cx: &ToolContext,
///     stations: State<Stations>,
///     /// City name, e.g. "Oslo"
///     city: &str,
/// ) -> bool {
///     cx.progress(format!("{} stations to look at", stations.0.len()));
///     stations.0.contains(&city)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("has_station", json!({"city": "Oslo"})));
/// # claude.respond(MockResponse::text("It has one."));
/// # let client = claude.client("claude-sonnet-5-5");
/// let error = Chat::builder(&client).tools(tools![has_station]).build().unwrap_err();
/// assert!(error.is_misuse());
///
/// let mut chat = Chat::builder(&client).tools(tools![has_station]).state(Stations(vec!["Oslo"])).build()?;
/// let run = chat.toolloop("Does Oslo have a weather station?").await?;
/// assert_eq!(run.steps()[0].outcomes()[0].text(), "true");
/// # Ok(())
/// # }
/// ```
///
/// They are known by the last word of their type. Behind an alias, mark them: `#[tool(state)] db: Database`,
/// `#[tool(context)] cx: &Cx`.
///
/// # Results
///
/// | the function returns | the model reads |
/// |---|---|
/// | `String`, `&'static str`, `char`, `PathBuf` and other texts | the text, as it is |
/// | `()` | nothing |
/// | any other [`serde::Serialize`] | its compact JSON |
/// | [`Image`](crate::Image), [`Document`](crate::Document) and other blocks | the blocks |
/// | a list or a tuple with a block in it | its elements, each as by itself |
/// | [`ToolOutput`], any [`IntoToolOutput`] | what it holds |
/// | `Option<T>`, `Box<T>`, `Arc<T>` | the `T` as above; for the `None` of a text or a block, nothing |
/// | `Result<T, E>` | the `T` as above; for an `E` its text, as the error of the call |
///
/// A `Result` inside a `Result` or an `Option` decides as well. Two values are errors of the call, because the model would
/// be misled: a number that is not finite, which JSON would turn into `null`, and an image or a document in a field of an
/// object.
///
/// A function may return a future instead of being `async`, if its type names it: `impl Future<Output = T> + Send`,
/// [`BoxFuture<'_, T>`](crate::BoxFuture).
///
/// What was returned is there for the program as well ([`ToolOutcome::value`]). A [`ToolOutput`] shows the model one thing
/// and keeps another for the program, and can end the loop ([`ToolOutput::finish`]).
///
/// An error is not the end of the run: the model reads it and may do better. Its text is that of `Display`, and for
/// [`std::error::Error`]s, boxed ones and `anyhow::Error` also that of their sources. A type alias of `Result` is a `Result`
/// too. For errors of many types there is [`ToolError`], which `?` makes of any of them; where the run shall end with the
/// error, [`ToolError::abort`].
///
/// ```
/// # use claudette::{ToolContext, tool, tools};
/// use claudette::ToolError;
///
/// /// How many lines a file has.
/// #[tool(blocking)]
/// fn count_lines(
///     /// Path of the file
///     path: &str,
/// ) -> Result<usize, ToolError> {
///     if path.contains("..") {
///         return Err(ToolError::new("stay below the working directory"));
///     }
///     Ok(std::fs::read_to_string(path)?.lines().count())
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let outcome = tools![count_lines].call("count_lines", r#"{"path": "../x"}"#, &ToolContext::default()).await;
/// assert!(outcome.is_error());
/// assert_eq!(outcome.text(), "stay below the working directory");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// What the model is to see is an [`Image`](crate::Image), and whether it can be sent is known before it is:
///
/// ```
/// # fn archive(name: &str) -> std::io::Result<&'static [u8]> {
/// #     match name {
/// #         "boat.gif" => Ok(b"GIF89a\x80\x02\xE0\x01\0\0\0;"),
/// #         "boat.tiff" => Ok(b"II*\0\x08\0\0\0\0\0\0\0"),
/// #         _ => Err(std::io::ErrorKind::NotFound.into()),
/// #     }
/// # }
/// # use claudette::{ToolContext, tool, tools};
/// use claudette::{Image, ToolError};
///
/// /// Shows a picture of the archive.
/// #[tool]
/// fn show(
///     /// File name
///     name: &str,
/// ) -> Result<Image, ToolError> {
///     Ok(Image::from_bytes(archive(name)?)?)
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// # let cx = ToolContext::default();
/// let outcome = tools![show].call("show", r#"{"name": "boat.gif"}"#, &cx).await;
/// assert_eq!(outcome.result().content().map(|content| content.blocks()[0].kind()), Some("image"));
///
/// let outcome = tools![show].call("show", r#"{"name": "boat.tiff"}"#, &cx).await;
/// assert!(outcome.is_error() && outcome.text().contains("it begins like TIFF"));
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// A function without `async` runs where the call is awaited: let it be quick. With `blocking` it runs on a thread of its
/// own, and holds up nobody. It goes on there even if nobody waits for it any more; [`ToolContext::is_cancelled`] tells.
///
/// # On an `impl` block
///
/// A value can be a set of tools. Its functions take `&self`; so what they work on is there, and the compiler sees to it.
///
/// ```
/// use std::sync::Mutex;
///
/// use claudette::{ToolContext, Toolset, tool};
///
/// #[derive(Default)]
/// struct Notes(Mutex<Vec<String>>);
///
/// #[tool]
/// impl Notes {
///     /// Writes something down.
///     #[tool]
///     async fn note(
///         &self,
///         /// What to remember
///         text: String,
///     ) {
///         self.0.lock().unwrap().push(text);
///     }
///
///     /// Reads all notes.
///     #[tool(name = "read_notes")]
///     async fn read(&self) -> Vec<String> {
///         self.0.lock().unwrap().clone()
///     }
///
///     /// No tool, but part of the block.
///     fn clear(&mut self) {
///         self.0.get_mut().unwrap().clear();
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let mut notes = Notes::default();
/// notes.clear();
/// let tools = Toolset::default().with(notes);
/// let cx = ToolContext::default();
/// tools.call("note", r#"{"text": "Milk"}"#, &cx).await;
/// assert_eq!(tools.call("read_notes", "{}", &cx).await.text(), r#"["Milk"]"#);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// An `Arc` of the value is one as well, for a program that goes on using it. Functions of the block may take
/// `self: Arc<Self>`, or no `self`; the block may be generic. A type has one such block.
///
/// # Keys
///
/// On the function, as `#[tool(name = "get_weather", strict)]`:
///
/// | key | meaning |
/// |---|---|
/// | `name = ".."` | the name for the model, if not the function's; letters, digits, `_` and `-`, at most 64 |
/// | `description = ..` | the description, instead of the doc comment: a text, or any constant expression |
/// | `strict` | have the API hold the model to the schema ([`ToolDefinition::strict`]) |
/// | `blocking` | run it on a thread where it may block |
/// | `exclusive` | run it alone: no other call of the loop at the same time |
/// | `timeout = ..` | how long a call may take: an expression of the type [`Duration`] |
/// | `crate = path` | where this library is, if not at `::claudette`; on an `impl` block, for all of it |
///
/// On an argument, as `#[tool(default = 1, rename = "type")]`:
///
/// | key | meaning |
/// |---|---|
/// | `default = ..` | any expression: the value if the model gives none; made anew for each call, and shown in the schema |
/// | `description = ..` | the description, instead of the doc comment |
/// | `rename = ".."` | the name for the model, if not the argument's |
/// | `context`, `state` | the program gives it, whatever its type is called |
///
/// # Rules
///
/// The compiler tells, at the place, when one is broken:
///
/// - The function has a description, for the model sees nothing else of it. So should each argument that the model gives:
///   of one without, the model sees a name and a type. That is a warning, and no error, for an argument's type may bring
///   docs of its own, and some names say it all; `#[allow(deprecated)]` on the function or the argument turns it off (a
///   macro can warn only by that lint).
/// - The function is safe and has no type parameters, and its future is `Send`.
/// - Arguments are plain names. What is lent is lent as a whole: `&[String]`, not `&[&str]`.
/// - Two tools of one `tools![..]`, or of one `impl` block, have different names.
///
/// # What is generated
///
/// The function, without the attributes and doc comments of its arguments, and beside it a hidden type of the same name that
/// implements [`NamedTool`]. Functions and types have separate namespaces; imports and paths lead to both, so a tool in a
/// module is listed as `tools![module::name]`. A module or crate of that name is in the way, though, for these are in the
/// namespace of types: where there is a `mod search`, do not import `search::search` but list it by its path, or call
/// it otherwise and keep the name for the model with `#[tool(name = "search")]`.
///
/// Beside an `impl` block stands an implementation of [`IntoTools`], and nothing that has a name.
///
/// Other attributes work above and below: `#[cfg]` on the function and on arguments, `#[deprecated]`,
/// `#[tracing::instrument]`.
///
/// A tool that is neither listed nor called is an unused function, and rustc warns as for any other.
#[doc(inline)]
pub use claudette_macros::tool;

/// What generated code calls; everything else it needs is public.
pub(crate) mod generated {
    pub use super::autoref::{rung, rungs};
    pub use super::function::{blocking, function, state};
    pub use super::into_tools::{OneToolBlockForEachType, Repeated, Shared, repeated};
    pub use super::param::{Owned, definition, param};
    pub use super::set::toolset;
    pub use super::state::IsState;
}

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
pub trait Tool: Send + Sync + 'static {
    /// What the model is told about the tool. Read once, when the tool joins a [`Toolset`].
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
        self.definition().check(input.get())
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

    /// The types of [`State`] that the tool asks its context for: without them nothing is sent.
    fn requires(&self) -> &[StateType] {
        &[]
    }
}
