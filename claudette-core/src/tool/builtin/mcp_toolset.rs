//! [`BuiltinTool::mcp_toolset`]: the tools of an MCP server that the API connects to.

use serde_json::{Value, json};

use super::builtin_tool::BuiltinTool;
use super::family::MCP_TOOLSET;
use super::mcp_tool_config::McpToolConfig;
use crate::messages::mcp_name_problem;

/// The tools of MCP servers.
impl BuiltinTool {
    /// Offers the tools of a [`RemoteMcpServer`](crate::wire::RemoteMcpServer) to the model. The API runs them.
    ///
    /// The request must contain the server of this name, and each server needs exactly one toolset. All tools are
    /// enabled unless [`only`](Self::only), [`member`](Self::member) or a [config](Self::tool_config) disables them.
    ///
    /// ```
    /// use claudette::BuiltinTool;
    /// use serde_json::json;
    ///
    /// let tools = BuiltinTool::mcp_toolset("calendar").member("delete_all", false);
    /// assert_eq!(
    ///     json!(tools),
    ///     json!({"type": "mcp_toolset", "mcp_server_name": "calendar", "configs": {"delete_all": {"enabled": false}}})
    /// );
    /// ```
    #[doc(alias = "mcp connector")]
    #[doc(alias = "model context protocol")]
    pub fn mcp_toolset(server: impl Into<String>) -> Self {
        Self::of(&MCP_TOOLSET).extra("mcp_server_name", server.into())
    }

    /// Enables only these tools of an MCP server. The model does not see tools that the server adds later.
    ///
    /// ```
    /// use claudette::BuiltinTool;
    /// use serde_json::json;
    ///
    /// let tools = BuiltinTool::mcp_toolset("calendar").only(["search_events"]);
    /// assert_eq!(json!(tools)["default_config"], json!({"enabled": false}));
    /// assert_eq!(json!(tools)["configs"], json!({"search_events": {"enabled": true}}));
    /// ```
    #[doc(alias = "allowed_tools")]
    pub fn only<T: AsRef<str>>(self, tools: impl IntoIterator<Item = T>) -> Self {
        let set = self.default_config(McpToolConfig::default().enabled(false));
        tools.into_iter().fold(set, |set, tool| set.tool_config(tool.as_ref(), McpToolConfig::default().enabled(true)))
    }

    /// Sets the settings for all tools of an MCP server. Repeated calls add up.
    pub fn default_config(self, config: McpToolConfig) -> Self {
        let mut all = self.fields.get("default_config").cloned().unwrap_or_default();
        config.write(&mut all);
        self.option("default_config", all)
    }

    /// Sets the settings for one tool of an MCP server, by the name on the server. Repeated calls add up. The API
    /// ignores the settings of a tool that the server does not have.
    pub fn tool_config(self, tool: &str, config: McpToolConfig) -> Self {
        let configs = self.fields.get("configs").filter(|configs| configs.is_object()).cloned();
        let mut configs = configs.unwrap_or_else(|| json!({}));
        config.write(&mut configs[tool]);
        self.option("configs", configs)
    }

    /// Pins the tools of an MCP server to this list, a JSON list of objects with `name`, `description` and
    /// `input_schema`. The API does not ask the server for its tools, so a server cannot change what the model sees.
    ///
    /// [`McpToolListing::tools`](crate::wire::McpToolListing::tools) is such a list. The request is sent with the beta
    /// `mcp-client-2026-09-15`.
    #[doc(alias = "pin")]
    pub fn pinned_tools(self, tools: impl Into<Value>) -> Self {
        self.option("tools", tools)
    }
}

/// The tools of an MCP server in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct McpToolset<'a> {
    /// The name of the server.
    pub(crate) server: &'a str,
    /// `true` if the list of tools is pinned.
    pub(crate) is_pinned: bool,
}

impl BuiltinTool {
    /// Returns the toolset, if this is one of an MCP server.
    pub(crate) fn as_mcp_toolset(&self) -> Option<McpToolset<'_>> {
        let field = |name| self.fields.get(name).filter(|value: &&Value| !value.is_null());
        (self.kind() == MCP_TOOLSET.tag).then(|| McpToolset {
            server: field("mcp_server_name").and_then(Value::as_str).unwrap_or_default(),
            is_pinned: field("tools").is_some(),
        })
    }

    /// Returns an error message if the API would refuse the toolset of an MCP server.
    pub(super) fn mcp_problem(&self) -> Option<String> {
        let server = self.as_mcp_toolset()?.server;
        if server.is_empty() {
            return Some("the tool `mcp_toolset` does not name its server in `mcp_server_name`".to_owned());
        }
        let is_list = self.fields.get("tools").is_none_or(|tools| tools.is_array() || tools.is_null());
        mcp_name_problem(server)
            .or_else(|| (!is_list).then(|| format!("the pinned tools of the MCP server {server:?} are not a list")))
    }

    /// Returns `true` if all tools of an MCP server have deferred loading, as far as is known before they are listed.
    pub(super) fn defers_all_of_mcp(&self) -> bool {
        let defers = |config: &Value| config["defer_loading"].as_bool();
        let by_default = self.fields.get("default_config").and_then(defers);
        let mut configs =
            self.fields.get("configs").and_then(Value::as_object).into_iter().flat_map(|all| all.values());
        by_default == Some(true) && !configs.any(|config| defers(config) == Some(false))
    }
}
