//! The suspended calls of a conversation and of the sub-agents inside it.

use super::input::Input;
use super::state::{ChatState, PendingCall};
use crate::chat::approval::Approval;
use crate::messages::ToolUse;

/// Separates the ids of the calls around a call from its own id. No id of a call contains it.
const INSIDE: char = '/';

impl ChatState {
    /// Returns the suspended calls. The id of a call inside a sub-agent begins with the id of the call that runs the
    /// sub-agent, because two sub-agents can use the same ids: `toolu_1/toolu_2`.
    pub(in crate::chat) fn suspended(&self) -> Vec<ToolUse> {
        let mut found = Vec::new();
        self.add_suspended("", &mut found);
        found
    }

    fn add_suspended(&self, path: &str, found: &mut Vec<ToolUse>) {
        for pending in self.pending.iter().filter(|call| call.is_suspended()) {
            let id = format!("{path}{}", pending.call.id());
            if let Some(inner) = &pending.inner {
                inner.add_suspended(&format!("{id}{INSIDE}"), found);
            } else {
                let mut call = pending.call.clone();
                if !path.is_empty() {
                    call.set_id(id);
                }
                found.push(call);
            }
        }
    }

    /// Returns the calls on the way to the suspended call of this id, from the outside to the inside, and the call as the
    /// last one.
    pub(in crate::chat) fn way_to(&self, id: &str) -> Option<Vec<&PendingCall>> {
        let (first, rest) = split(id);
        let call = self.pending.iter().find(|call| call.is_suspended() && call.call.id() == first)?;
        let inside = match (rest, call.inner()) {
            (None, None) => Vec::new(),
            (Some(rest), Some(inner)) => inner.way_to(rest)?,
            _ => return None,
        };
        Some(std::iter::once(call).chain(inside).collect())
    }
}

/// Returns the input for a decision on the last of these calls.
pub(in crate::chat) fn decision(way: &[&PendingCall], approval: Approval) -> Option<Input> {
    let (last, around) = way.split_last()?;
    let decision = Input::Decision { call: last.index, approval };
    Some(around.iter().rev().fold(decision, |input, call| Input::Inner { call: call.index, input: Box::new(input) }))
}

fn split(id: &str) -> (&str, Option<&str>) {
    id.split_once(INSIDE).map_or((id, None), |(first, rest)| (first, Some(rest)))
}
