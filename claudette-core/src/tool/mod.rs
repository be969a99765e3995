//! [`Tool`]: functions that the model can call, and how a call becomes a result.

mod builtin;
mod definition;
#[cfg(feature = "editor")]
mod editor;
mod function;
#[cfg(feature = "memory")]
pub(crate) mod memory;
mod run;
#[cfg(any(feature = "editor", feature = "memory"))]
mod sandbox;
pub(crate) mod schema;
#[cfg(feature = "search")]
mod search;
mod set;
mod texts;
mod validate;

pub use self::builtin::{BuiltinTool, McpToolConfig, UserLocation};
pub use self::definition::{ToolAnnotations, ToolDefinition};
#[cfg(feature = "editor")]
pub use self::editor::TextEditor;
pub(crate) use self::function::is_call_of;
pub use self::function::{IntoToolResult, ToolFn, TypedCall};
pub use self::run::{
    Amount, IntoToolOutput, OverBudget, Reservation, State, StateType, StepId, Tool, ToolContext, ToolContextBuilder,
    ToolError, ToolOutcome, ToolOutput,
};
pub(crate) use self::run::{Budget, CallStep, ProgressSink, RunBudget, TurnContext};
pub use self::schema::ToolParam;
pub(crate) use self::schema::to_strict;
#[cfg(feature = "search")]
pub use self::search::ToolSearch;
pub use self::set::{IntoTools, NamedTool, Toolset};
pub(crate) use self::set::{MAX_PARALLEL, MAX_TOOL_OUTPUT, Parallel, ToolEntry, not_run};
pub(crate) use self::validate::read_whole;

#[doc = include_str!("tool.md")]
#[doc(inline)]
pub use claudette_macros::tool;

/// Items that generated code uses. Everything else that it uses is public.
pub(crate) mod generated {
    pub use super::function::{
        DebugField, ExclusiveKey, Field, HiddenField, LentOptionKey, OptionKey, Owned, Param, ReadCalls, ValueKey,
        blocking, count, definition, function, is_call, is_call_of, joined, kinds, other_tool, param, probe,
        probe_type, read_call, read_tool, show_call, state,
    };
    pub use super::run::IsState;
    pub use super::set::{OneToolBlockForEachType, Repeated, Shared, repeated, toolset};
}
