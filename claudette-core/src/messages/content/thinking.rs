//! [`Thinking`] and [`RedactedThinking`]: the thinking of the model, readable or encrypted.

use serde::{Deserialize, Deserializer, Serialize};

use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;
use crate::json::tags;

tags! {
    ThinkingTag = "thinking",
    RedactedThinkingTag = "redacted_thinking",
}

/// The thinking of the model
/// ([Extended thinking](https://platform.claude.com/docs/en/build-with-claude/extended-thinking)).
///
/// The API signs each block. A block must be sent back unchanged or left out.
///
/// ```
/// use claudette::wire::Thinking;
///
/// let block: Thinking =
///     serde_json::from_str(r#"{"type":"thinking","thinking":"The user asks for a sum.","signature":"EqQB"}"#)?;
/// assert_eq!(block.thinking(), "The user asks for a sum.");
/// assert_eq!(block.signature(), Some("EqQB"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "reasoning")]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Thinking {
    r#type: ThinkingTag,
    #[serde(default, deserialize_with = "text_or_nothing")]
    thinking: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    signature: Lenient<String>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(Thinking, RedactedThinking);

impl Thinking {
    /// Returns the thinking as text. It is empty if the API does not show it.
    pub fn thinking(&self) -> &str {
        &self.thinking
    }

    /// Returns the signature of the API over this block, if it sent one.
    pub fn signature(&self) -> Option<&str> {
        self.signature.known().map(String::as_str)
    }

    pub(in crate::messages) fn push_thinking(&mut self, more: &str) {
        self.thinking.push_str(more);
    }

    pub(in crate::messages) fn set_signature(&mut self, signature: String) {
        self.signature = Lenient::Known(signature);
    }
}

/// Encrypted thinking, which only the API can read. It must be sent back unchanged or left out.
///
/// ```
/// use claudette::ContentBlock;
///
/// let block: ContentBlock = serde_json::from_str(r#"{"type":"redacted_thinking","data":"EmwKAhgB"}"#)?;
/// assert_eq!(block.as_redacted_thinking().unwrap().data(), "EmwKAhgB");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct RedactedThinking {
    r#type: RedactedThinkingTag,
    #[serde(default, deserialize_with = "text_or_nothing")]
    data: String,
    #[serde(flatten)]
    extra: Extra,
}

impl RedactedThinking {
    /// Returns the encrypted thinking.
    pub fn data(&self) -> &str {
        &self.data
    }
}

/// Reads a text that some servers omit or send as null if it is empty.
fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
