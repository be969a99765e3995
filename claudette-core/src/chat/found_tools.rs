//! The tools that searches have found: a request must list each of them as long as the model reads the result of its search.

use std::collections::BTreeSet;

use super::chat::Chat;
use crate::messages::{ContentBlock, Message, ToolReference};
use crate::tool::{ToolOutcome, Toolset};

/// Returns the names of the tools that searches have found in these messages. What is before a compaction block is not
/// read.
pub(super) fn found_tools(messages: &[Message]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for block in messages.iter().flat_map(Message::content) {
        match block {
            ContentBlock::Compaction(_) => found.clear(),
            ContentBlock::ToolResult(result) => {
                found.extend(references(result.content().map_or(&[], |all| all.blocks())));
            }
            ContentBlock::ServerToolResult(result) => {
                let references = result.tool_references().unwrap_or_default();
                found.extend(references.iter().map(|tool| tool.tool_name().to_owned()));
            }
            _ => {}
        }
    }
    found
}

fn references(blocks: &[ContentBlock]) -> impl Iterator<Item = String> {
    blocks.iter().filter_map(ContentBlock::as_tool_reference).map(|tool| tool.tool_name().to_owned())
}

impl Chat {
    /// Collects the tools that searches have found, before the list of tools of a request changes.
    pub(super) fn collect_found(&mut self) {
        self.tools.set_found(found_tools(self.history()));
    }

    /// Returns an outcome that can be sent: a reference to an unknown tool becomes an error. `tools` are those of the
    /// request with the call.
    pub(super) fn with_known_references(&self, outcome: ToolOutcome, tools: &Toolset) -> ToolOutcome {
        let blocks = outcome.result().content().map_or(&[][..], |content| content.blocks());
        // The names of the tools of MCP servers are not known.
        let is_known = |name: &str| {
            tools.entry(name).is_some() || self.tools.is_listed(name) || tools.mcp_toolsets().next().is_some()
        };
        let unknown = |reference: &&ToolReference| !is_known(reference.tool_name());
        match blocks.iter().filter_map(ContentBlock::as_tool_reference).find(unknown) {
            Some(reference) => {
                let why = format!("it refers to the tool `{}`, which does not exist", reference.tool_name());
                outcome.withheld(&why)
            }
            None => outcome,
        }
    }
}
