//! What the model is told about a tool.

mod tool_definition;

pub use self::tool_definition::ToolDefinition;
