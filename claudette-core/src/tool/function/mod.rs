//! Functions and closures as tools: arguments from JSON, results for the model.

mod autoref;
mod function;
mod param;
mod tool_fn;

pub use self::autoref::{rung, rungs};
pub use self::function::{blocking, function, state};
pub(crate) use self::param::whole;
pub use self::param::{Owned, ToolParam, definition, param};
pub use self::tool_fn::{IntoToolResult, ToolFn};
