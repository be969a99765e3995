//! Tool calling for Claude: annotate functions, ask a question, get an answer.
//!
//! - [`#[tool]`](macro@tool) makes a tool from a function. Its arguments are plain typed values, and its doc comments
//!   become the descriptions that the model reads. It is still an ordinary function.
//! - [`Chat::toolloop`] calls Claude, runs the tools that the model requests, and repeats until the model has answered.
//! - If a request or a tool fails, the conversation stays valid, and no response that was received is lost.
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
//! **One request.** A [`Client`] sends a prompt or a conversation. It returns the complete response, or streams it:
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
//! A prompt is text or a sequence of parts, for example `(Image::from_path("cat.png").await?, "What is this?")`. A part
//! is text, an [`Image`], a [`Document`], a [`SearchResult`](wire::SearchResult) or any other [`ContentBlock`].
//!
//! **Conversations.** A [`Chat`] keeps its history. [`send`](Chat::send) requests one response,
//! [`toolloop`](Chat::toolloop) continues while the model calls tools, and [`resume`](Chat::resume) continues after an
//! error or a dropped future. Await a loop for its [`Run`], or stream its [`Event`]s. The [`History`] can be stored and
//! used in another process, [`fork`](Chat::fork) branches a chat, and [`rewind`](Chat::rewind) removes its last
//! messages.
//!
//! **Tools.** [`#[tool]`](macro@tool) makes a tool from a function, [`ToolFn`] makes one from a closure, and any type
//! can implement the [`Tool`] trait. [`tools!`] collects tools in a [`Toolset`], which also works without a chat, for
//! example in tests. A tool gets shared data from a [`State`], or from the value whose method it is. A [`BuiltinTool`]
//! is a tool that the API defines. The API runs some of them itself; the program can run the others
//! ([`BuiltinTool::run`]). The API also runs the tools of a [`RemoteMcpServer`](wire::RemoteMcpServer).
//!
//! **Control.** A loop has limits, after which the model gives a final answer
//! ([`max_steps`](chat::ToolLoop::max_steps), [`max_cost`](chat::ToolLoop::max_cost),
//! [`deadline`](chat::ToolLoop::deadline)). A tool call can wait for an [`Approval`], even in another process. A
//! [`Hook`] runs code before, after or instead of each step of a loop.
//!
//! **Structured outputs.** [`Client::structured`] and [`Chat::structured`] return a value of a type instead of text.
//! [`Client::call_tools`] returns the outputs of the tools that the model called.
//!
//! **Usage and cost.** [`Client::usage`] and [`Chat::usage`] count tokens, [`Client::cost`] and [`Chat::cost`] return
//! US dollars, and `cost_report` displays both as a table. With a [`CacheControl`], the API caches a prompt; reading it
//! from the cache costs a tenth of the price or less.
//!
//! **Models.** Each model supports different settings, which its [`Profile`](catalog::Profile) lists. If a request uses
//! a setting that the model does not support, it is not sent, and the error names an alternative. [`Client::models`]
//! lists the available models, and [`Client::count_tokens`] counts the tokens of a prompt.
//!
//! **Errors.** An [`Error`] is either a misuse of this library or a failure of the API or the connection. If a tool
//! fails, the program does not get an error: the model reads the failure as the tool result.
//!
//! **Tests without an API key.** With the feature `testing`, `claudette::testing::MockServer` is a local server for the
//! Messages API. It refuses the requests that the API refuses, and sends the responses that the test sets.
//!
//! # Guide
//!
//! The [guide] has one page for each subject. Its programs are complete, and `cargo test` compiles them.
//!
//! - Learn: [a tour](guide::tour), [the first tool](guide::first_tool), [state](guide::state),
//!   [streaming](guide::streaming), [approval, hooks and limits](guide::approval),
//!   [structured values](guide::structured), [caching and cost](guide::caching_and_cost), [errors](guide::errors),
//!   [testing](guide::testing)
//! - Build: [tool descriptions](guide::tool_descriptions), [a chat in a web server](guide::web_server),
//!   [deployment](guide::deployment), [where Claude runs](guide::hosts),
//!   [observability](guide::observability), [rate limits](guide::rate_limits),
//!   [runs that survive](guide::durable_runs), [testing in CI](guide::testing_in_ci),
//!   [evals](guide::evals), [notebooks](guide::notebook)
//! - Look up: [models](guide::models), [performance](guide::performance)
//! - Migrate: [from the Python library claudette](guide::from_python),
//!   [from the official Python SDK](guide::from_python_sdk), [from rig](guide::from_rig),
//!   [from aisdk and misanthropic](guide::from_other_crates)
//!
//! # Modules
//!
//! The names that most programs need are at the root. The others are in modules:
//!
//! - [`wire`]: the types of the Messages API
//! - [`tooling`]: tools and toolsets
//! - [`client`]: requests and how they are sent
//! - [`chat`]: conversations, loops and hooks
//! - [`journal`]: the stores of durable runs
//! - [`structured`]: values of a type instead of text
//! - [`catalog`]: models and prices
//! - [`hosts`]: the clouds that serve the API
//! - [`json`]: JSON that is still arriving
//!
//! # Features
//!
//! - `editor`: `TextEditor`, which lets the model view and edit the files below a directory. Off by default.
//! - `evcxr`: responses, runs and costs as Markdown in a [Rust notebook](guide::notebook). Off by default.
//! - `search`: `ToolSearch`, which finds tools among hundreds that the model does not see. Off by default.
//! - `memory`: [`Memory`](guide::memory), notes that the model keeps between conversations. Off by default.
//! - `testing`: the mock server. Off by default.
#![cfg_attr(docsrs, feature(doc_cfg))]

// Generated code uses the path `::claudette`, which must also work inside this crate.
extern crate self as claudette;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod catalog;
pub mod chat;
pub mod client;
mod display;
mod error;
#[cfg(feature = "evcxr")]
mod evcxr;
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
mod trace;

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

/// The types of the Messages API: messages and their content blocks, responses, usage, stream events, and the settings
/// of a request.
pub mod wire {
    pub use crate::messages::{
        Accumulator, AppliedEdit, Block, CacheControl, CachePolicy, Caller, CharLocation, Citation, CitationsDelta,
        ClearAt, ClearThinking, ClearToolResults, CodeExecutionResult, Compact, Compaction, CompactionConfig,
        CompactionDelta, Container, ContainerConfig, ContainerUpload, Content, ContentBlock, ContentBlockDelta,
        ContentBlockLocation, ContentBlockStart, ContentBlockStop, ContextEdit, Delta, Document, Effort, Fallback,
        FallbackModel, Fallbacks, Image, InputJsonDelta, IntoMessage, Iteration, IterationKind, Lifecycle,
        McpToolListing, McpToolResult, McpToolUse, Message, MessageDelta, MessageStart, MessageStop, ModelInfo,
        OutOfOrder, PageLocation, Prompt, RedactedThinking, RemoteMcpServer, Response, ResultContent, Role,
        SearchResult, SearchResultLocation, ServerToolResult, ServerToolUse, ServiceTier, SignatureDelta, Skill,
        Source, Speed, StopDetails, StopReason, StreamEvent, System, TaskBudget, Text, TextDelta, Thinking,
        ThinkingConfig, ThinkingDelta, ThinkingDisplay, ThinkingKind, ToolAddition, ToolCaller, ToolChange, ToolChoice,
        ToolReference, ToolRemoval, ToolResult, ToolUse, Unknown, UnknownDelta, UnknownEvent, Usage, WebFetchResult,
        WebSearchResult, WebSearchResultLocation,
    };
}

/// The places that serve the Messages API: the clouds of AWS, Google and Microsoft, and the interface for others.
///
/// The page [Where Claude runs](guide::hosts) compares them.
pub mod hosts {
    pub use crate::client::hosts::{
        BedrockMantle, BedrockMantleBuilder, ClaudePlatformAws, ClaudePlatformAwsBuilder, Form, Foundry,
        FoundryBuilder, GoogleCloud, GoogleCloudBuilder, Host, Operation, OperationKind, Vertex, VertexBuilder, label,
        setting,
    };
}

/// Journals: the stores of durable runs, which continue after the end of their process.
///
/// Programs use a journal of one of the packages `claudette-journal-sqlite`, `claudette-journal-dbos` and
/// `claudette-journal-restate`; the page [Runs that survive](guide::durable_runs) describes them. This module is for
/// implementations of [`Journal`](journal::Journal).
pub mod journal {
    pub use crate::chat::journal::{Fingerprint, Journal, JournalCall, JournalStep, Record, RemoteCall, StepKind};
}

/// Tools: their definitions, arguments, context and outputs.
pub mod tooling {
    #[cfg(feature = "editor")]
    #[cfg_attr(docsrs, doc(cfg(feature = "editor")))]
    pub use crate::tool::TextEditor;
    #[cfg(feature = "search")]
    #[cfg_attr(docsrs, doc(cfg(feature = "search")))]
    pub use crate::tool::ToolSearch;
    pub use crate::tool::{
        Amount, BuiltinTool, IntoToolOutput, IntoToolResult, IntoTools, McpToolConfig, NamedTool, OverBudget,
        Reservation, State, StateType, StepId, Tool, ToolAnnotations, ToolContext, ToolContextBuilder, ToolDefinition,
        ToolError, ToolFn, ToolOutcome, ToolOutput, ToolParam, Toolset, TypedCall, UserLocation,
    };
}

/// The memory tool: notes that the model keeps between conversations, in a directory or in another store.
#[cfg(feature = "memory")]
#[cfg_attr(docsrs, doc(cfg(feature = "memory")))]
pub mod memory {
    pub use crate::tool::memory::{DirStore, MapStore, Memory, MemoryEntry, MemoryError, MemoryPath, MemoryStore};
}

/// The [`http`](https://docs.rs/http) crate, version 1. A [`Transport`] uses its requests and responses.
pub use http;
/// The [`schemars`](https://docs.rs/schemars) crate, version 1. It describes the arguments of tools.
///
/// A program that does not depend on `schemars`, or depends on another major version, can derive with this one:
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
/// The [`serde`](https://docs.rs/serde) crate, version 1. It reads arguments and writes results.
///
/// A derive uses it with the attribute `#[serde(crate = "claudette::serde")]`, as in the example of [`schemars`].
pub use serde;

/// Compiles the programs in the README as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
