//! The ids of calls inside sub-agents.

use crate::messages::ToolUse;

/// Separates the ids of the calls around a call from its own id. No id of a call contains it.
pub(super) const INSIDE: char = '/';

/// Returns the id of the outermost call, and the rest.
pub(super) fn split(id: &str) -> (&str, Option<&str>) {
    id.split_once(INSIDE).map_or((id, None), |(first, rest)| (first, Some(rest)))
}

/// Returns the number of sub-agents around a suspended call.
pub(in crate::chat) fn depth(call: &ToolUse) -> usize {
    call.id().matches(INSIDE).count()
}
