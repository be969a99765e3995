//! Tool calling for Claude: annotate functions, ask, get an answer.
//!
//! - A function becomes a tool by [`#[tool]`](macro@tool): plain typed arguments, doc comments as descriptions. It stays
//!   an ordinary function.
//! - [`Chat::toolloop`] calls Claude, runs the tools it asks for, and goes on until it has answered.
//! - Whatever fails, the conversation stays one that the API accepts, and nothing that came from it is lost.
//!
//! ```no_run
//! use claudette::{Chat, tool, tools};
//!
//! /// Adds a + b.
//! #[tool]
//! async fn sums(
//!     /// First thing to sum
//!     a: i64,
//!     /// Second thing to sum
//!     #[tool(default = 1)]
//!     b: i64,
//! ) -> i64 {
//!     a + b
//! }
//!
//! #[tokio::main]
//! async fn main() -> claudette::Result<()> {
//!     let mut chat = Chat::builder("claude-sonnet-5-5").tools(tools![sums]).build()?;
//!     let run = chat.toolloop("What is 604542+6458932?").await?;
//!     println!("{run}");
//!     Ok(())
//! }
//! ```
//!
//! # A tour
//!
//! **One request.** A [`Client`] sends a prompt or a conversation, and gives back the response, whole or as it is written:
//!
//! ```no_run
//! # async fn example() -> claudette::Result<()> {
//! use claudette::{Client, messages};
//!
//! let client = Client::new("claude-sonnet-5-5")?; // the key comes from ANTHROPIC_API_KEY
//! let response = client.send("I'm Jeremy.").await?;
//! println!("{response}");
//!
//! let mut stream = client.send(messages!["I'm Jeremy.", &response, "What's my name?"]).max_tokens(100).stream();
//! while let Some(text) = stream.next_text().await? {
//!     print!("{text}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A prompt is text, or parts in order: `(Image::from_path("cat.png").await?, "What is this?")`, with an [`Image`], a
//! [`Document`], a [`SearchResult`](wire::SearchResult) or any other [`ContentBlock`].
//!
//! **A conversation.** A [`Chat`] remembers. [`send`](Chat::send) is one response, [`toolloop`](Chat::toolloop) goes on
//! while the model calls tools, [`resume`](Chat::resume) takes up what an error or a dropped future left behind.
//! Awaited, a loop is a [`Run`]; streamed, it is [`Event`]s. Its [`History`] can be stored and taken up
//! elsewhere, [`fork`](Chat::fork) goes on from it in another chat, and [`rewind`](Chat::rewind) goes back in it.
//!
//! **Tools.** [`#[tool]`](macro@tool) makes one of a function, [`ToolFn`] of a closure, the [`Tool`] trait of anything.
//! [`tools!`] puts them into a [`Toolset`], which can be called without any chat: that is how tools are tested. What they
//! work on is a [`State`], or the value whose functions they are. What the API runs itself is a [`BuiltinTool`], and what it
//! only defines, as a shell, can be run here ([`BuiltinTool::run`]).
//!
//! **Who decides.** A loop has limits that end it with an answer ([`max_steps`](chat::ToolLoop::max_steps),
//! [`max_cost`](chat::ToolLoop::max_cost), [`deadline`](chat::ToolLoop::deadline)). Calls can wait for an [`Approval`], in another process if need be, and a [`Hook`] sees every
//! turning point.
//!
//! **Values.** [`Client::structured`] and [`Chat::structured`] give a value of a type in place of text;
//! [`Client::call_tools`] gives what the called tools returned.
//!
//! **What it costs.** [`Client::usage`] and [`Chat::usage`] have the tokens, [`Client::cost`] and [`Chat::cost`] the
//! dollars, and `cost_report` both as a table. A [`CacheControl`] lets the API keep a prompt, which costs a tenth or less
//! when it is read again.
//!
//! **Models.** They differ in what they take. A [`Profile`](catalog::Profile) says so of each, and what a model would refuse is refused
//! before it is sent, by an error that says what to use instead. [`Client::models`] asks the API, and
//! [`Client::count_tokens`] how long a prompt is.
//!
//! **When something fails.** Misuse and failures of the API are an [`Error`], which tells them apart. A tool that fails
//! is no error: the model is told.
//!
//! **Without a key.** With the feature `testing`, `claudette::testing::MockServer` is a server on this machine that speaks
//! the Messages API, refuses what the API refuses, and says what a test tells it to say.
//!
//! The [guide] has a page for each of these, with programs that run, and one for those who come from Python.
//!
//! # Where names are
//!
//! What nearly every program names is here at the root. All else is in modules: [`wire`] has what stands on the wire,
//! [`tooling`] what tools are made of, [`client`] requests and how they are sent, [`chat`] conversations, loops and hooks,
//! [`structured`] values in place of text, [`catalog`] models and prices, and [`json`] JSON that is still arriving.
//!
//! # Features
//!
//! - `editor`: `TextEditor`, which lets the model view and edit the files below a directory. Off by default.
//! - `testing`: the mock server. Off by default.
#![cfg_attr(docsrs, feature(doc_cfg))]

// Generated code says `::claudette`; so it works in here too.
extern crate self as claudette;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod catalog;
pub mod chat;
pub mod client;
mod display;
mod error;
pub mod guide;
pub mod json;
mod media;
mod messages;
mod render;
pub mod structured;
mod task;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
mod tool;

pub use chat::{Approval, Chat, EndReason, Event, History, Hook, Run};
pub use client::{Client, Transport};
pub use error::{Error, Result};
pub use messages::{CacheControl, ContentBlock, Document, Image, Message, Response, Text, ToolUse, Usage};
pub use task::BoxFuture;
#[cfg(feature = "editor")]
#[cfg_attr(docsrs, doc(cfg(feature = "editor")))]
pub use tool::TextEditor;
pub use tool::{
    BuiltinTool, State, Tool, ToolContext, ToolDefinition, ToolError, ToolFn, ToolOutcome, ToolOutput, Toolset, tool,
};

/// The vocabulary of the Messages API: messages and their content blocks, responses, usage, the events of a stream, and
/// the settings of a request.
pub mod wire {
    pub use crate::messages::{
        Accumulator, Block, CacheControl, CachePolicy, Caller, CharLocation, Citation, CitationsDelta,
        CodeExecutionResult, Container, ContainerConfig, ContainerUpload, Content, ContentBlock, ContentBlockDelta,
        ContentBlockLocation, ContentBlockStart, ContentBlockStop, Delta, Document, Effort, Image, InputJsonDelta,
        IntoMessage, Lifecycle, Message, MessageDelta, MessageStart, MessageStop, ModelInfo, OutOfOrder, PageLocation,
        Prompt, RedactedThinking, Response, ResultContent, Role, SearchResult, SearchResultLocation, ServerToolResult,
        ServerToolUse, ServiceTier, SignatureDelta, Skill, Source, Speed, StopDetails, StopReason, StreamEvent, System,
        Text, TextDelta, Thinking, ThinkingConfig, ThinkingDelta, ThinkingDisplay, ThinkingKind, ToolChoice,
        ToolReference, ToolResult, ToolUse, Unknown, UnknownDelta, UnknownEvent, Usage, WebFetchResult,
        WebSearchResult, WebSearchResultLocation,
    };
}

/// Tools: their definitions, what they get and what they return.
pub mod tooling {
    #[cfg(feature = "editor")]
    #[cfg_attr(docsrs, doc(cfg(feature = "editor")))]
    pub use crate::tool::TextEditor;
    pub use crate::tool::{
        BuiltinTool, IntoToolOutput, IntoToolResult, IntoTools, NamedTool, State, StateType, StepId, Tool,
        ToolAnnotations, ToolContext, ToolContextBuilder, ToolDefinition, ToolError, ToolFn, ToolOutcome, ToolOutput,
        ToolParam, Toolset, UserLocation,
    };
}

/// The version of [`http`](https://docs.rs/http) whose requests and responses a [`Transport`] carries: version 1.
pub use http;
/// The version of [`schemars`](https://docs.rs/schemars) that describes arguments: version 1.
///
/// A program that has no `schemars` in its manifest, or another major version of it, derives with this one:
///
/// ```
/// use claudette::{schemars, serde};
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// #[serde(crate = "claudette::serde")]
/// #[schemars(crate = "claudette::schemars")]
/// struct Point {
///     x: f64,
///     y: f64,
/// }
///
/// fn is_an_argument<T: claudette::tooling::ToolParam>() {}
/// is_an_argument::<Point>();
/// # let _ = |point: Point| (point.x, point.y);
/// ```
pub use schemars;
/// The version of [`serde`](https://docs.rs/serde) that reads arguments and writes results: version 1. The attribute
/// `#[serde(crate = "claudette::serde")]` lets a derive use it, as for [`schemars`].
pub use serde;

/// The front page's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
