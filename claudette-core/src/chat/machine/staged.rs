//! [`Staged`]: changes that the next request sends as a system message.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::messages::{self as wire, ContentBlock, Effort, Message};

/// Changes that the next request sends as one system message, after the prompt or the tool results.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::chat) struct Staged {
    /// Blocks that add and remove tools, in the order of the changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    blocks: Vec<ContentBlock>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effort: Option<Effort>,
}

/// A change to the tools that the model has. The names are those in requests.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) enum ToolChange {
    /// The message contains the definition of the tool.
    Define(String, Value),
    /// The tool is listed in `tools`, or was defined earlier.
    Add(String),
    Remove(String),
}

impl Staged {
    pub(in crate::chat) fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.effort.is_none()
    }

    pub(in crate::chat) fn blocks(&self) -> &[ContentBlock] {
        &self.blocks
    }

    pub(in crate::chat) fn change(&mut self, changes: impl IntoIterator<Item = ToolChange>) {
        self.blocks.extend(changes.into_iter().map(ToolChange::into_block));
    }

    /// Adds what is lost with the messages that a summary replaced, before the changes that were made since. `kept` are
    /// the changes to the tools in the summary, if it contains them.
    pub(in crate::chat) fn restate(&mut self, replaced: &[Message], kept: Option<&[wire::ToolChange]>) {
        let (lost, own) = (ToolChange::all(replaced), self.changes());
        let changes = match kept {
            Some(kept) => {
                let (lost, kept): (Vec<_>, Vec<_>) =
                    (lost.collect(), kept.iter().filter_map(ToolChange::read).collect());
                defined_again(own, &lost, &kept)
            }
            None => net(lost.chain(own)),
        };
        self.blocks = changes.into_iter().map(ToolChange::into_block).collect();
        if self.effort.is_none() {
            self.effort = replaced.iter().rev().find_map(Message::new_effort);
        }
    }

    pub(in crate::chat) fn set_effort(&mut self, effort: Effort) {
        self.effort = Some(effort);
    }

    /// Returns the message that the next request sends.
    pub(in crate::chat) fn message(&self) -> Option<Message> {
        match (&self.effort, self.blocks.is_empty()) {
            (None, true) => None,
            (None, false) => Some(Message::system(self.blocks.clone())),
            (Some(effort), true) => Some(Message::system_effort(effort.clone())),
            (Some(effort), false) => Some(Message::system(self.blocks.clone()).effort(effort.clone())),
        }
    }

    pub(in crate::chat) fn changes(&self) -> impl Iterator<Item = ToolChange> {
        self.blocks.iter().filter_map(ToolChange::of)
    }
}

/// Returns the changes with the definitions to which they refer, if these are lost and not kept. A summary has only those
/// of the tools that are present.
fn defined_again(
    changes: impl Iterator<Item = ToolChange>,
    lost: &[ToolChange],
    kept: &[ToolChange],
) -> Vec<ToolChange> {
    let defines = |change: &ToolChange, name: &str| matches!(change, ToolChange::Define(own, _) if own == name);
    let again = |change| match change {
        ToolChange::Add(name) if !kept.iter().any(|change| defines(change, &name)) => {
            lost.iter().rfind(|change| defines(change, &name)).cloned().unwrap_or(ToolChange::Add(name))
        }
        other => other,
    };
    changes.map(again).collect()
}

/// Returns the changes that lead from the tools of the request to the same tools as these changes.
fn net(changes: impl Iterator<Item = ToolChange>) -> Vec<ToolChange> {
    /// The effect of all changes to one tool.
    struct Effect {
        name: String,
        /// `true` if `tools` of the request lists the tool.
        is_declared: bool,
        /// The last definition in a message.
        definition: Option<Value>,
        is_present: bool,
    }
    let mut effects: Vec<Effect> = Vec::new();
    for change in changes {
        let place = effects.iter().position(|effect| effect.name == change.name()).unwrap_or_else(|| {
            effects.push(Effect {
                name: change.name().to_owned(),
                is_declared: !matches!(change, ToolChange::Define(..)),
                definition: None,
                is_present: false,
            });
            effects.len() - 1
        });
        let effect = &mut effects[place];
        effect.is_present = !matches!(change, ToolChange::Remove(_));
        if let ToolChange::Define(_, definition) = change {
            effect.definition = Some(definition);
        }
    }
    let changes = effects.into_iter().flat_map(|Effect { name, is_declared, definition, is_present }| {
        let is_gone = is_declared && (!is_present || definition.is_some());
        let removal = is_gone.then(|| ToolChange::Remove(name.clone()));
        let addition = definition.filter(|_| is_present).map(|definition| ToolChange::Define(name, definition));
        removal.into_iter().chain(addition)
    });
    changes.collect()
}

impl ToolChange {
    /// Returns the changes in the messages of a conversation, in order. A compaction contains those of the messages that
    /// it replaces.
    pub(in crate::chat) fn all(messages: &[Message]) -> impl Iterator<Item = Self> {
        messages.iter().flat_map(Message::content).flat_map(Self::in_block)
    }

    fn in_block(block: &ContentBlock) -> Vec<Self> {
        match block {
            ContentBlock::Compaction(compaction) => {
                compaction.tool_changes().unwrap_or_default().iter().filter_map(Self::read).collect()
            }
            block => Self::of(block).into_iter().collect(),
        }
    }

    fn of(block: &ContentBlock) -> Option<Self> {
        wire::ToolChange::of(block).as_ref().and_then(Self::read)
    }

    /// Reads a change. Tools of MCP servers do not run here.
    fn read(change: &wire::ToolChange) -> Option<Self> {
        let name = change.name()?.to_owned();
        Some(match change {
            wire::ToolChange::Added(addition) => match addition.inline_definition() {
                Some(definition) => Self::Define(name, serde_json::from_str(definition.get()).ok()?),
                None => Self::Add(name),
            },
            wire::ToolChange::Removed(_) => Self::Remove(name),
        })
    }

    fn into_block(self) -> ContentBlock {
        match self {
            Self::Define(_, definition) => wire::ToolAddition::definition(definition).into(),
            Self::Add(name) => wire::ToolAddition::reference(name).into(),
            Self::Remove(name) => wire::ToolRemoval::reference(name).into(),
        }
    }

    pub(in crate::chat) fn name(&self) -> &str {
        match self {
            Self::Define(name, _) | Self::Add(name) | Self::Remove(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn define() -> ToolChange {
        ToolChange::Define("read".to_owned(), json!({"name": "read", "input_schema": {"type": "object"}}))
    }

    fn add() -> ToolChange {
        ToolChange::Add("read".to_owned())
    }

    fn remove() -> ToolChange {
        ToolChange::Remove("read".to_owned())
    }

    /// Returns the staged changes after a summary that has replaced these changes.
    fn restated(replaced: Vec<ToolChange>, kept: Option<Vec<ToolChange>>, own: Vec<ToolChange>) -> Vec<ToolChange> {
        let mut staged = Staged::default();
        staged.change(own);
        let blocks: Vec<ContentBlock> = replaced.into_iter().map(ToolChange::into_block).collect();
        let kept: Option<Vec<_>> = kept.map(|kept| {
            let blocks: Vec<ContentBlock> = kept.into_iter().map(ToolChange::into_block).collect();
            blocks.iter().filter_map(wire::ToolChange::of).collect()
        });
        staged.restate(&[Message::system(blocks)], kept.as_deref());
        staged.changes().collect()
    }

    #[test]
    fn a_definition_that_is_lost_is_sent_again() {
        for kept in [None, Some(vec![])] {
            assert_eq!(restated(vec![define(), remove()], kept, vec![add()]), [define()]);
        }
        assert_eq!(restated(vec![define()], Some(vec![define()]), vec![remove(), add()]), [remove(), add()]);
        assert_eq!(restated(vec![define()], None, vec![remove(), add()]), [define()]);
        assert_eq!(restated(vec![define()], None, vec![remove()]), []);
        // A tool in `tools` of the request.
        assert_eq!(restated(vec![remove()], Some(vec![remove()]), vec![add()]), [add()]);
        assert_eq!(restated(vec![remove()], None, vec![add()]), []);
    }
}
