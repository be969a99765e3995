//! Finds the error in a block of a known type that could not be read.

use super::{ContentBlock, server_tool_result};
use crate::json::kind_of;

/// The required fields of each known type; `true` if the field must be a string.
const REQUIRED: [(&str, &[(&str, bool)]); 18] = [
    ("text", &[("text", true)]),
    ("thinking", &[("thinking", true)]),
    ("redacted_thinking", &[("data", true)]),
    ("tool_use", &[("id", true), ("name", true), ("input", false)]),
    ("server_tool_use", &[("id", true), ("name", true), ("input", false)]),
    ("mcp_tool_use", &[("id", true), ("name", true), ("input", false)]),
    ("mcp_tool_result", &[("tool_use_id", true)]),
    ("mcp_tool_listing", &[("mcp_server_name", true), ("tools", false)]),
    ("tool_result", &[("tool_use_id", true)]),
    ("image", &[("source", false)]),
    ("document", &[("source", false)]),
    ("search_result", &[("source", true), ("title", true), ("content", false)]),
    ("container_upload", &[("file_id", true)]),
    ("tool_reference", &[("tool_name", true)]),
    ("compaction", &[]),
    ("fallback", &[]),
    ("tool_addition", &[("tool", false)]),
    ("tool_removal", &[("tool", false)]),
];

impl ContentBlock {
    /// Returns the error in a block that has a known type but could not be read, or that has no type.
    ///
    /// Such a block is kept as [`Unknown`](Self::Unknown), but its content is incomplete. A block of an unknown type is
    /// not damaged.
    pub(crate) fn damage(&self) -> Option<String> {
        let Self::Unknown(block) = self else { return None };
        damage(block)
    }
}

#[cold]
fn damage(block: &super::Unknown) -> Option<String> {
    let kind = kind_of(block.json().get());
    if kind.is_empty() {
        return Some("it has no `type`".into());
    }
    let known = REQUIRED.iter().find(|(known, _)| *known == kind).map(|(_, fields)| *fields);
    let results: &[_] = &[("tool_use_id", true), ("content", false)];
    let fields = known.or_else(|| server_tool_result::KINDS.contains(&&*kind).then_some(results))?;
    let wrong = fields.iter().find_map(|(name, is_string)| match block.field(name) {
        None => Some(format!("`{name}` is missing")),
        Some(value) if *is_string && !value.text().starts_with('"') => Some(format!("`{name}` is not a string")),
        Some(_) => None,
    });
    Some(wrong.unwrap_or_else(|| "a field has the wrong type".into()))
}
