//! The suspended calls of a conversation and of the sub-agents inside it.

use super::call_path::{INSIDE, split};
use super::input::Input;
use super::state::{ChatState, PendingCall};
use crate::chat::approval::Approval;
use crate::messages::ToolUse;

/// A suspended call, and the calls that run the sub-agents around it.
pub(in crate::chat) struct Suspended<'s> {
    pub(in crate::chat) call: &'s PendingCall,
    /// From the outermost to the innermost.
    pub(in crate::chat) around: Vec<&'s PendingCall>,
}

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

    /// Returns the suspended call of this id.
    pub(in crate::chat) fn find_suspended(&self, id: &str) -> Option<Suspended<'_>> {
        let (first, rest) = split(id);
        let call = self.pending.iter().find(|call| call.is_suspended() && call.call.id() == first)?;
        match (rest, call.inner()) {
            (None, None) => Some(Suspended { call, around: Vec::new() }),
            (Some(rest), Some(inner)) => {
                let mut found = inner.find_suspended(rest)?;
                found.around.insert(0, call);
                Some(found)
            }
            _ => None,
        }
    }
}

impl Suspended<'_> {
    /// Returns the input for a decision on the call.
    pub(in crate::chat) fn decision(&self, approval: Approval) -> Input {
        let decision = Input::Decision { call: self.call.index, approval };
        let inside = |input, call: &&PendingCall| Input::Inner { call: call.index, input: Box::new(input) };
        self.around.iter().rev().fold(decision, inside)
    }
}
