//! [`ToolTable`]: the tools of the model after the tool changes of a conversation.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::context::{list, replaces};

/// The tools of the model after the tool changes of a conversation.
#[derive(Default)]
pub(super) struct ToolTable<'a> {
    /// The names of the MCP servers of the request.
    servers: HashSet<&'a str>,
    /// In the order in which they were declared or last changed.
    tools: Vec<Known<'a>>,
    /// The names of hidden tools that a search found.
    found: HashSet<&'a str>,
}

/// A tool that `tools` lists, or that a message defines or refers to.
struct Known<'a> {
    key: Key<'a>,
    /// The definition in `tools`.
    declared: Option<&'a Value>,
    /// The latest definition. It is not known for the tools of MCP servers.
    definition: Option<&'a Value>,
    /// The latest change.
    change: Option<&'a Value>,
    in_effect: bool,
}

/// The MCP server and the name of a tool.
type Key<'a> = (&'a str, &'a str);

/// A block that the API refuses because of the tools that the model has at its place.
pub(super) struct Fault<'a> {
    pub(super) message: usize,
    pub(super) index: usize,
    pub(super) name: &'a str,
    pub(super) kind: FaultKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// The model has a tool of this name.
    Conflict,
    /// A change refers to a tool that is neither listed nor defined before it.
    Unresolved,
    /// A search found a tool that is neither listed nor defined before it.
    NotDefined,
}

impl<'a> ToolTable<'a> {
    /// Returns the table at the end of the conversation of a request.
    pub(super) fn of(request: &'a Value) -> Result<Self, Fault<'a>> {
        let messages = list(&request["messages"]).iter().enumerate();
        let blocks = messages.flat_map(|(message, value)| {
            list(&value["content"]).iter().enumerate().map(move |(index, block)| (message, index, block))
        });
        let mut blocks: Vec<_> = blocks.collect();
        // The model does not read what is before the last compaction block.
        blocks.drain(..blocks.iter().rposition(|(.., block)| replaces(block)).unwrap_or_default());
        let mut table = Self::declared(request);
        for (message, index, block) in blocks {
            table.read(block).map_err(|(name, kind)| Fault { message, index, name, kind })?;
        }
        Ok(table)
    }

    fn declared(request: &'a Value) -> Self {
        let servers = list(&request["mcp_servers"]).iter().filter_map(|server| server["name"].as_str());
        let tools = list(&request["tools"]).iter().filter(|tool| tool["name"].is_string());
        let tools = tools.map(|tool| Known {
            key: key_of(tool),
            declared: Some(tool),
            definition: Some(tool),
            change: None,
            in_effect: true,
        });
        Self { servers: servers.collect(), tools: tools.collect(), found: HashSet::new() }
    }

    /// Returns the definitions of the tools that the model has.
    pub(super) fn in_effect(&self) -> impl Iterator<Item = &'a Value> {
        self.tools.iter().filter(|known| known.in_effect).filter_map(|known| known.definition)
    }

    /// Returns `true` if the model has found this tool, if it was hidden.
    pub(super) fn is_visible(&self, tool: &Value) -> bool {
        tool["defer_loading"] != true || tool["name"].as_str().is_some_and(|name| self.found.contains(name))
    }

    /// Returns the changes that lead from the tools of the request to the tools of the model.
    pub(super) fn changes(&self) -> Value {
        self.tools.iter().flat_map(Known::changes).collect()
    }

    fn read(&mut self, block: &'a Value) -> Result<(), (&'a str, FaultKind)> {
        match block["type"].as_str() {
            Some("tool_addition" | "tool_removal") => self.change(block),
            Some("compaction") => list(&block["tool_changes"]).iter().try_for_each(|change| self.change(change)),
            Some("tool_result") => self.find(list(&block["content"])),
            Some("tool_search_tool_result") => self.find(list(&block["content"]["tool_references"])),
            _ => Ok(()),
        }
    }

    fn change(&mut self, change: &'a Value) -> Result<(), (&'a str, FaultKind)> {
        let adds = change["type"] == "tool_addition";
        let definition = change["tool"].get("definition").filter(|_| adds);
        let key = key_of(definition.unwrap_or(&change["tool"]));
        let (server, name) = key;
        let known = self.tools.iter().position(|known| known.key == key).map(|place| self.tools.remove(place));
        let is_known = match server {
            "" => known.is_some() || definition.is_some(),
            server => self.servers.contains(server),
        };
        let is_conflict = adds && server.is_empty() && known.as_ref().is_some_and(|known| known.in_effect);
        if !is_known {
            return Err((if server.is_empty() { name } else { server }, FaultKind::Unresolved));
        }
        if is_conflict {
            return Err((name, FaultKind::Conflict));
        }
        let (declared, before) = known.map_or((None, None), |known| (known.declared, known.definition));
        let definition = definition.or(before);
        self.tools.push(Known { key, declared, definition, change: Some(change), in_effect: adds });
        Ok(())
    }

    fn find(&mut self, results: &'a [Value]) -> Result<(), (&'a str, FaultKind)> {
        for name in results.iter().filter_map(|block| block["tool_name"].as_str()) {
            // The names of the tools of MCP servers are not known.
            if self.servers.is_empty() && !self.tools.iter().any(|known| known.key == ("", name)) {
                return Err((name, FaultKind::NotDefined));
            }
            self.found.insert(name);
        }
        Ok(())
    }
}

impl Known<'_> {
    /// Returns the changes that lead from `tools` to the state of this tool.
    fn changes(&self) -> Vec<Value> {
        let Some(change) = self.change else { return Vec::new() };
        let (server, name) = self.key;
        if !server.is_empty() {
            return vec![json!({ "type": change["type"], "tool": change["tool"] })];
        }
        let remove = || json!({"type": "tool_removal", "tool": {"type": "tool_reference", "name": name}});
        let define =
            || json!({"type": "tool_addition", "tool": {"type": "tool_definition", "definition": self.definition}});
        match (self.declared, self.in_effect) {
            (Some(_), false) => vec![remove()],
            (Some(declared), true) if self.definition == Some(declared) => Vec::new(),
            (Some(_), true) => vec![remove(), define()],
            (None, true) => vec![define()],
            (None, false) => Vec::new(),
        }
    }
}

/// Returns the key of a definition or of a reference.
fn key_of(tool: &Value) -> Key<'_> {
    let text = |field: &str| tool[field].as_str();
    let server = text("server_name").or_else(|| text("mcp_server_name"));
    (server.unwrap_or_default(), text("name").unwrap_or_default())
}
