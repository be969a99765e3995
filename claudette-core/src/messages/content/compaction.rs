//! [`Compaction`]: a summary in place of the messages before it.

use serde::{Deserialize, Serialize};

use super::tool_change::{ToolChange, changes};
use crate::display::brief;
use crate::json::{Extra, Lenient, RawJson, tags};
use crate::messages::cache_control::cacheable;
use crate::messages::event::CompactionDelta;

tags! { CompactionTag = "compaction" }

/// A summary in place of the messages before it
/// ([Compaction](https://platform.claude.com/docs/en/build-with-claude/compaction)).
///
/// The API writes the block, and it must be sent back unchanged. There are two kinds:
///
/// - An *unsigned* block is part of the response to an ordinary request with
///   [`ContextEdit::compact`](crate::wire::ContextEdit::compact). The messages before it may stay, because the API
///   ignores them.
/// - A *signed* block is the response to a request that only compacts
///   ([`RequestOptions::compact`](crate::client::RequestOptions::compact)). Its message comes first in the conversation,
///   and the messages that it summarizes must not be sent again. A request may contain one signed block.
///
/// ```
/// use claudette::wire::{Compaction, Response};
///
/// let response: Response = serde_json::from_str(
///     r#"{"role":"assistant","stop_reason":"compaction","usage":{},"content":[
///         {"type":"compaction","content":"The user plans a trip to Oslo.","signature":"EqQB"}]}"#,
/// )?;
/// let compaction = response.find::<Compaction>().unwrap();
/// assert_eq!(compaction.content(), Some("The user plans a trip to Oslo."));
/// assert!(compaction.is_signed());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "summary")]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Compaction {
    r#type: CompactionTag,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    content: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    encrypted_content: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    signature: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    tool_changes: Lenient<RawJson>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(Compaction);
cacheable!(Compaction);

impl Compaction {
    /// Returns the summary, or `None` if the API could not write one. A block without a summary has no effect.
    pub fn content(&self) -> Option<&str> {
        self.content.known().map(String::as_str)
    }

    /// Returns `true` if the block has a summary, which replaces everything before it.
    pub(crate) fn has_effect(&self) -> bool {
        self.content().is_some_and(|text| !text.is_empty())
    }

    /// Returns the signature of the API over this block, if there is one.
    pub fn signature(&self) -> Option<&str> {
        self.signature.known().map(String::as_str)
    }

    /// Returns `true` if the API signed this block, so that nothing of the messages that it summarizes may be sent
    /// before it.
    pub fn is_signed(&self) -> bool {
        self.signature().is_some()
    }

    /// Returns the changes that lead from the tools of the request to the tools that were in effect at the end of the
    /// summarized messages. `None` means that the API did not compute them, so the model has only the tools of the
    /// request. Changes of unknown types are left out.
    pub fn tool_changes(&self) -> Option<Vec<ToolChange>> {
        self.tool_changes.known().and_then(changes)
    }

    /// Replaces the fields that a delta contains.
    pub(in crate::messages) fn assign(&mut self, delta: &CompactionDelta) {
        for (field, newer) in
            [(&mut self.content, &delta.content), (&mut self.encrypted_content, &delta.encrypted_content)]
        {
            if !newer.is_absent() {
                field.clone_from(newer);
            }
        }
        for (name, value) in &*delta.extra {
            match name.as_str() {
                "signature" => self.signature = lenient(value),
                "tool_changes" => self.tool_changes = Lenient::Known(RawJson::of(value)),
                _ => drop(self.extra.insert(name.clone(), value.clone())),
            }
        }
    }
}

fn lenient(value: &serde_json::Value) -> Lenient<String> {
    match value {
        serde_json::Value::Null => Lenient::Null,
        serde_json::Value::String(text) => Lenient::Known(text.clone()),
        other => Lenient::Other(RawJson::of(other)),
    }
}
