//! The tool changes of a conversation: what system messages added and removed.

use serde_json::{Value, json};

use super::block::list;

/// Returns the additions and removals that lead from the tools of a request to the tools in effect at its end.
pub(super) fn of(request: &Value) -> Value {
    let mut changes = Changes { declared: list(&request["tools"]), defined: Vec::new(), current: Vec::new() };
    for block in list(&request["messages"]).iter().flat_map(|message| list(&message["content"])) {
        match block["type"].as_str() {
            // Changes before a compaction block are not sent any more, except in the block.
            Some("compaction") => list(&block["tool_changes"]).iter().for_each(|change| changes.apply(change)),
            Some("tool_addition" | "tool_removal") => changes.apply(block),
            _ => {}
        }
    }
    changes.current.into_iter().map(|(_, change)| change).collect()
}

struct Changes<'a> {
    declared: &'a [Value],
    /// The definitions in the messages, by the key of their tool.
    defined: Vec<(Key<'a>, &'a Value)>,
    /// At most one change of each tool, in the order in which they took effect.
    current: Vec<(Key<'a>, Value)>,
}

/// The MCP server and the name of a tool.
type Key<'a> = (&'a str, &'a str);

impl<'a> Changes<'a> {
    fn apply(&mut self, change: &'a Value) {
        let tool = &change["tool"];
        let text = |name: &str| tool[name].as_str().unwrap_or_default();
        let (server, name) = (text("server_name"), text("name"));
        let key = match tool["definition"]["name"].as_str() {
            Some(name) => ("", name),
            None => (server, name),
        };
        let known = server.is_empty() && self.declared.iter().any(|tool| tool["name"] == key.1);
        self.current.retain(|(other, _)| *other != key);
        let change = match change["type"].as_str() {
            Some("tool_addition") if tool["type"] == "tool_definition" => {
                self.defined.push((key, change));
                change.clone()
            }
            // A tool that is in effect again, as it is in `tools`.
            Some("tool_addition") if known => return,
            Some("tool_addition") => {
                let defined = self.defined.iter().rev().find(|(other, _)| *other == key);
                defined.map_or(change, |(_, change)| change).clone()
            }
            _ if known || !server.is_empty() => json!({ "type": "tool_removal", "tool": tool }),
            // A tool that only the messages defined.
            _ => return,
        };
        self.current.push((key, change));
    }
}
