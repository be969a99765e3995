//! [`KnownTools`]: functions of tools that the program has given.

use serde_json::Value;

use crate::tool::{ToolEntry, Toolset};

/// Functions of tools that the program has given. Tools that were removed can come back.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownTools(
    /// Each tool alone. A later one replaces an earlier one with the same definition.
    Vec<Toolset>,
);

impl KnownTools {
    pub(super) fn keep(&mut self, tool: ToolEntry<'_>) {
        let is_same = |known: &Toolset| {
            known.all().any(|known| known.own_name() == tool.own_name() && known.definition() == tool.definition())
        };
        self.0.retain(|known| !is_same(known));
        self.0.push(tool.alone());
    }

    /// Returns a tool with this definition.
    pub(super) fn find(&self, definition: &Value) -> Option<ToolEntry<'_>> {
        find_in(self.0.iter().rev(), definition)
    }
}

/// Returns the first tool with this definition.
pub(super) fn find_in<'t>(sets: impl IntoIterator<Item = &'t Toolset>, definition: &Value) -> Option<ToolEntry<'t>> {
    sets.into_iter().flat_map(Toolset::all).find(|tool| tool.definition() == *definition)
}
