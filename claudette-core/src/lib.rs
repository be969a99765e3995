//! Claudette
extern crate self as claudette;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod error;
mod messages;
mod tool;

pub use error::{Error, Result};
pub use messages::*;
pub use tool::{
    BoxFuture, IntoToolOutput, IntoToolResult, IntoTools, Tool, ToolContext, ToolDefinition, ToolError, ToolFn,
    ToolOutcome, ToolOutput, ToolParam, Toolset, tool,
};
