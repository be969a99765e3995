//! What the model is told about a tool.

mod annotations;
mod origin;
mod output_schema;
mod problem;
mod tool_definition;

pub use self::annotations::ToolAnnotations;
pub use self::tool_definition::ToolDefinition;
