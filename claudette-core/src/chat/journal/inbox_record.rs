//! [`InboxRecord`]: the stored contents of an inbox.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::chat::inbox::Change;
use crate::messages::{Effort, Prompt};
use crate::tool::ToolEntry;

/// The messages and changes that a loop took from its inbox. Without changes, it is stored as the list of messages.
#[derive(Default)]
pub(in crate::chat) struct InboxRecord {
    pub(in crate::chat) messages: Vec<Prompt>,
    pub(in crate::chat) changes: Vec<ChangeRecord>,
}

/// A change, without the functions of tools.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::chat) enum ChangeRecord {
    AddTools(Vec<ToolRecord>),
    RemoveTools(Vec<String>),
    SetEffort(Effort),
}

/// A tool that was added.
#[derive(Serialize, Deserialize)]
pub(in crate::chat) struct ToolRecord {
    pub(in crate::chat) definition: Value,
    /// `true` if the tool runs in the process of the loop.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::chat) has_function: bool,
}

impl ToolRecord {
    pub(in crate::chat) fn name(&self) -> &str {
        self.definition["name"].as_str().unwrap_or_default()
    }
}

impl ChangeRecord {
    pub(in crate::chat) fn of(change: &Change) -> Self {
        let record =
            |tool: ToolEntry<'_>| ToolRecord { definition: tool.definition(), has_function: tool.has_function() };
        match change {
            Change::AddTools(tools) => Self::AddTools(tools.all().map(record).collect()),
            Change::RemoveTools(names) => Self::RemoveTools(names.clone()),
            Change::SetEffort(effort) => Self::SetEffort(effort.clone()),
        }
    }
}

/// The form of a record with changes.
#[derive(Serialize, Deserialize)]
struct WithChanges<M, C> {
    messages: M,
    changes: C,
}

impl Serialize for InboxRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { messages, changes } = self;
        if changes.is_empty() {
            messages.serialize(serializer)
        } else {
            WithChanges { messages, changes }.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for InboxRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let record = if text.get().starts_with('[') {
            serde_json::from_str(text.get()).map(|messages| Self { messages, changes: Vec::new() })
        } else {
            serde_json::from_str(text.get()).map(|WithChanges { messages, changes }| Self { messages, changes })
        };
        record.map_err(D::Error::custom)
    }
}
