//! The suspended calls of a conversation and of the sub-agents inside it.

use super::call_path::{INSIDE, split};
use super::input::Input;
use super::state::{ChatState, PendingCall, Phase};
use crate::chat::approval::Approval;
use crate::messages::ToolUse;
use crate::tool::StepId;

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

    /// Returns `true` if a suspended call waits for a decision.
    pub(in crate::chat) fn waits(&self) -> bool {
        self.pending.iter().any(|call| call.undecided().is_some())
    }

    /// Returns the calls inside sub-agents that wait for a decision, with the name of the step that asks for it.
    pub(in crate::chat) fn waiting_inside(&self) -> Vec<(StepId, ToolUse)> {
        let mut found = Vec::new();
        for pending in &self.pending {
            if let (Phase::Suspended, Some(inner)) = (&pending.phase, &pending.inner) {
                inner.add_waiting(&pending.step(), pending.call.id(), &mut found);
            }
        }
        found
    }

    fn add_waiting(&self, around: &StepId, path: &str, found: &mut Vec<(StepId, ToolUse)>) {
        for pending in self.pending.iter().filter(|call| call.phase == Phase::Suspended) {
            let id = format!("{path}{INSIDE}{}", pending.call.id());
            if let Some(inner) = &pending.inner {
                inner.add_waiting(&pending.step().within(around), &id, found);
            } else {
                let mut call = pending.call.clone();
                call.set_id(id);
                found.push((StepId::approval(pending.request, pending.index).within(around), call));
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

impl PendingCall {
    /// Returns the name of the step of the call.
    fn step(&self) -> StepId {
        StepId::tool(self.request, self.index, self.call.name())
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
