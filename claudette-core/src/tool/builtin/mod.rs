//! [`BuiltinTool`]: tools that the API defines.

mod builtin_tool;
mod family;
mod mcp_tool_config;
mod mcp_toolset;
mod questions;
mod run;
mod user_location;

pub use self::builtin_tool::BuiltinTool;
pub use self::mcp_tool_config::McpToolConfig;
pub(crate) use self::mcp_toolset::McpToolset;
pub(crate) use self::questions::allows_code;
pub use self::user_location::UserLocation;
