//! The definition of a tool: name, description, schemas and annotations.

mod annotations;
mod origin;
mod output_schema;
mod problem;
mod tool_definition;

pub use self::annotations::ToolAnnotations;
#[cfg(feature = "search")]
pub(crate) use self::tool_definition::SearchId;
pub use self::tool_definition::ToolDefinition;
