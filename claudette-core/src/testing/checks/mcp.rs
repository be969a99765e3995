//! The MCP connector: servers, their toolsets, and listings.

use std::collections::HashSet;

use serde_json::Value;

use super::dialect::{Beta, Dialect, Mcp};
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::request::Request;
use super::shape::{self, Fields, Shape};

/// Checks the servers, and that each has exactly one toolset.
pub(super) fn check_servers(request: &Request<'_>, tools: &[Value]) -> Check {
    let at = Path::BODY.field("mcp_servers");
    let servers = match shape::given(request.body, "mcp_servers") {
        Some(servers) => shape::list(servers, &at)?,
        None => &[],
    };
    if servers.len() > 20 {
        return Err(Refusal::at(
            &at,
            format_args!("List should have at most 20 items after validation, not {}", servers.len()),
        ));
    }
    let mut names = HashSet::new();
    for (index, server) in servers.iter().enumerate() {
        if !names.insert(server_name(server, &at.index(index), request.dialect)?) {
            return Err(Refusal::new("mcp_servers: MCP server names must be unique."));
        }
    }
    let mut used = HashSet::new();
    let toolsets = tools.iter().filter(|tool| tool["type"] == "mcp_toolset");
    for name in toolsets.filter_map(|tool| tool["mcp_server_name"].as_str()) {
        if !names.contains(name) {
            return Err(Refusal::new(format!("MCP server '{name}' not found in mcp_servers.")));
        }
        if !used.insert(name) {
            return Err(Refusal::new(format!("MCP server '{name}' is referenced by more than one mcp_toolset.")));
        }
    }
    match servers.iter().filter_map(|server| server["name"].as_str()).find(|name| !used.contains(name)) {
        // The deprecated form configures the tools in the server, and a message can define a toolset.
        Some(name) if !request.dialect.has(Beta::InlineTools) && !servers.iter().any(is_deprecated) => {
            Err(Refusal::new(format!("MCP server '{name}' is defined but not referenced by any mcp_toolset in tools.")))
        }
        _ => Ok(()),
    }
}

fn is_deprecated(server: &Value) -> bool {
    server.get("tool_configuration").is_some()
}

/// Checks a server and returns its name.
fn server_name<'v>(server: &'v Value, at: &Path<'_>, dialect: Dialect) -> Result<&'v str, Refusal> {
    const SERVER: Shape = Shape::new(&["type", "url", "name"]).optional(&["authorization_token", "tool_configuration"]);
    let server = shape::object(server, at)?;
    SERVER.check(server, at, dialect)?;
    shape::one_of(&server["type"], &at.field("type"), &["url"])?;
    if !shape::string(&server["url"], &at.field("url"))?.starts_with("https://") {
        return Err(Refusal::at(&at.field("url"), "MCP server URL must start with 'https://'"));
    }
    if let Some(token) = shape::given(server, "authorization_token") {
        shape::string(token, &at.field("authorization_token"))?;
    }
    named(&server["name"], &at.field("name"))
}

/// Checks that a value can be the name of a server.
fn named<'v>(value: &'v Value, at: &Path<'_>) -> Result<&'v str, Refusal> {
    let name = shape::string(value, at)?;
    match name.chars().count() {
        0 => Err(Refusal::at(at, "String should have at least 1 character")),
        1..=255 => Ok(name),
        _ => Err(Refusal::at(at, "String should have at most 255 characters")),
    }
}

/// Checks the fields of a toolset, except those that other tools have too.
pub(super) fn check_toolset(tool: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    const TOOLSET: Shape =
        Shape::new(&["type", "mcp_server_name"]).optional(&["cache_control", "default_config", "configs"]);
    const PINNED: Shape =
        Shape::new(&["type", "mcp_server_name"]).optional(&["cache_control", "default_config", "configs", "tools"]);
    let shape = if dialect.mcp == Mcp::Listings { PINNED } else { TOOLSET };
    shape.check(tool, at, dialect)?;
    named(&tool["mcp_server_name"], &at.field("mcp_server_name"))?;
    if let Some(value) = shape::given(tool, "default_config") {
        config(value, &at.field("default_config"), dialect)?;
    }
    if let Some(value) = shape::given(tool, "configs") {
        let at = at.field("configs");
        for (name, value) in shape::object(value, &at)? {
            config(value, &at.field(name), dialect)?;
        }
    }
    match shape::given(tool, "tools") {
        Some(value) => listed(value, &at.field("tools"), dialect),
        None => Ok(()),
    }
}

fn config(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    const CONFIG: Shape = Shape::new(&[]).optional(&["enabled", "defer_loading"]);
    let config = shape::object(value, at)?;
    CONFIG.check(config, at, dialect)?;
    for (name, value) in config.iter().filter(|(_, value)| !value.is_null()) {
        shape::boolean(value, &at.field(name))?;
    }
    Ok(())
}

/// Checks the tools of a listing.
fn listed(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    const TOOL: Shape = Shape::new(&["name", "input_schema"]).optional(&["description"]);
    for (index, tool) in shape::list(value, at)?.iter().enumerate() {
        let at = at.index(index);
        let tool = shape::object(tool, &at)?;
        TOOL.check(tool, &at, dialect)?;
        if shape::string(&tool["name"], &at.field("name"))?.is_empty() {
            return Err(Refusal::at(&at.field("name"), "String should have at least 1 character"));
        }
        shape::object(&tool["input_schema"], &at.field("input_schema"))?;
        if let Some(description) = shape::given(tool, "description") {
            shape::string(description, &at.field("description"))?;
        }
    }
    Ok(())
}

/// Refuses a block that exists only with the beta of the connector.
pub(super) fn check_block(tag: &str, at: &Path<'_>, dialect: Dialect) -> Check {
    let needed = match tag {
        "mcp_tool_use" | "mcp_tool_result" => Mcp::Servers,
        "mcp_tool_listing" => Mcp::Listings,
        _ => return Ok(()),
    };
    if dialect.mcp >= needed {
        return Ok(());
    }
    let known =
        ["document", "image", "search_result", "server_tool_use", "text", "thinking", "tool_result", "tool_use"];
    Err(shape::unknown_tag(tag, at, &known))
}

/// Checks the fields of an `mcp_tool_listing` block.
pub(super) fn check_listing(block: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    named(&block["mcp_server_name"], &at.field("mcp_server_name"))?;
    listed(&block["tools"], &at.field("tools"), dialect)
}

/// Returns `true` if this is a toolset of tools that must be found by a search.
pub(super) fn is_deferred(tool: &Value) -> bool {
    let is_visible = |config: &Value| config["defer_loading"] == false;
    tool["type"] == "mcp_toolset"
        && tool["default_config"]["defer_loading"] == true
        && !tool["configs"].as_object().is_some_and(|configs| configs.values().any(is_visible))
}
