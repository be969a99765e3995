//! [`McpToolConfig`]: settings for the tools of an MCP server.

use serde_json::{Map, Value};

/// Settings for one tool of an MCP server, or for all of them
/// ([Tool configuration](https://platform.claude.com/docs/en/agents-and-tools/mcp-connector#mcp-toolset-configuration)).
///
/// A setting of one tool ([`BuiltinTool::tool_config`](super::BuiltinTool::tool_config)) has priority over the default
/// of the toolset ([`BuiltinTool::default_config`](super::BuiltinTool::default_config)).
///
/// ```
/// use claudette::BuiltinTool;
/// use claudette::tooling::McpToolConfig;
/// use serde_json::json;
///
/// let tools = BuiltinTool::mcp_toolset("calendar")
///     .default_config(McpToolConfig::default().defer_loading(true))
///     .tool_config("search_events", McpToolConfig::default().defer_loading(false))
///     .tool_config("delete_all", McpToolConfig::default().enabled(false));
/// assert_eq!(
///     json!(tools),
///     json!({
///         "type": "mcp_toolset",
///         "mcp_server_name": "calendar",
///         "default_config": {"defer_loading": true},
///         "configs": {"search_events": {"defer_loading": false}, "delete_all": {"enabled": false}},
///     })
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct McpToolConfig {
    enabled: Option<bool>,
    defer_loading: Option<bool>,
}

impl McpToolConfig {
    /// Sets whether the model can call the tool. The default of the API is `true`.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// Sets whether the tool is hidden from the model until a tool search finds it. The default of the API is `false`.
    pub fn defer_loading(mut self, defer: bool) -> Self {
        self.defer_loading = Some(defer);
        self
    }

    /// Adds the settings to those of an object. Settings that are not set here stay.
    pub(super) fn write(self, object: &mut Value) {
        if !object.is_object() {
            *object = Map::new().into();
        }
        for (name, value) in [("enabled", self.enabled), ("defer_loading", self.defer_loading)] {
            if let Some(value) = value {
                object[name] = value.into();
            }
        }
    }
}
