//! [`missing_beta`]: checks the MCP servers of a request, and finds the beta that it needs for them.

use std::collections::HashSet;

use super::options::RequestOptions;
use crate::catalog::{Feature, Features};
use crate::error::{Error, Result};
use crate::tool::Toolset;

/// The beta of MCP servers.
const SERVERS: &str = "mcp-client-2025-11-20";
/// The beta that adds pinned tools and listings. It includes [`SERVERS`].
const LISTINGS: &str = "mcp-client-2026-09-15";
/// All betas of MCP servers, without their dates.
const ANY: &str = "mcp-client-";
/// The betas of tools that a message of the conversation defines, without their dates.
const INLINE_TOOLS: &str = "inline-tools-";

/// The maximum number of servers in a request.
const MOST: usize = 20;

/// Checks the MCP servers and their toolsets, and returns the beta to add to the `betas` that the caller named.
///
/// Blocks of MCP servers in the conversation need the beta too. Servers that the caller sets by name are not considered.
///
/// # Errors
/// Misuse: the API would refuse a server, a server has no toolset, or a toolset has no server.
pub(super) fn missing_beta<'b, B: Iterator<Item = &'b str>>(
    options: &RequestOptions,
    tools: &Toolset,
    features: Features,
    betas: impl Fn() -> B,
) -> Result<Option<&'static str>> {
    let mut toolsets = tools.mcp_toolsets();
    let is_used = !options.mcp_servers.is_empty() || toolsets.clone().next().is_some();
    if is_used {
        check(options, tools, || betas().any(|beta| beta.starts_with(INLINE_TOOLS)))?;
    }
    let needed = if toolsets.any(|toolset| toolset.is_pinned) || features.contains(Feature::PinnedMcpTools) {
        LISTINGS
    } else if is_used || features.contains(Feature::McpServers) {
        SERVERS
    } else {
        return Ok(None);
    };
    // If the caller names a beta, it is used, unless it is too old for listings. Dates are ordered like their texts.
    let is_enough = |beta: &str| beta.starts_with(ANY) && (needed == SERVERS || beta >= needed);
    Ok((!betas().any(is_enough)).then_some(needed))
}

fn check(options: &RequestOptions, tools: &Toolset, has_inline_tools: impl Fn() -> bool) -> Result<()> {
    let servers = &options.mcp_servers;
    if options.extra.contains_key("mcp_servers") {
        return Ok(());
    }
    if servers.len() > MOST {
        let count = servers.len();
        return Err(Error::misuse(format!("the request has {count} MCP servers, but the API accepts at most {MOST}")));
    }
    let mut names = HashSet::new();
    for server in servers {
        if let Some(problem) = server.problem() {
            return Err(Error::misuse(problem));
        }
        if !names.insert(server.name()) {
            return Err(Error::misuse(format!(
                "two MCP servers have the name {:?}; rename one, or replace all servers with `.mcp_servers([..])`",
                server.name()
            )));
        }
    }
    if options.extra.contains_key("tools") {
        return Ok(());
    }
    for toolset in tools.mcp_toolsets() {
        if !names.remove(toolset.server) {
            let known: Vec<String> = servers.iter().map(|server| format!("{:?}", server.name())).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Error::misuse(format!(
                "a toolset is for the MCP server {:?}, which the request does not have (it has {known}); add it with \
                 `.mcp_server(RemoteMcpServer::new({0:?}, \"https://..\"))`",
                toolset.server
            )));
        }
    }
    match servers.iter().find(|server| names.contains(server.name())) {
        // A message of the conversation may define the toolset.
        Some(server) if !has_inline_tools() => Err(Error::misuse(format!(
            "the MCP server {:?} has no toolset; add it with `.tools(BuiltinTool::mcp_toolset({0:?}))`",
            server.name()
        ))),
        _ => Ok(()),
    }
}
