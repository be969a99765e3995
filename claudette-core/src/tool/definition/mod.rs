//! What the model is told about a tool.

mod problem;
mod tool_definition;

pub use self::tool_definition::ToolDefinition;
