//! [`Thinking`] and [`RedactedThinking`]: what the model thought, for it to read again.

use serde::{Deserialize, Deserializer, Serialize};

use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;
use crate::json::tags;

tags! {
    ThinkingTag = "thinking",
    RedactedThinkingTag = "redacted_thinking",
}

/// The model's thinking. Its signature ties it to the conversation: it goes back as it came or not at all.
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
    /// The thinking as text; empty where the API does not show it.
    pub fn thinking(&self) -> &str {
        &self.thinking
    }

    /// The API's signature over this block, if it sent one.
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

/// Thinking that only the API can read.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct RedactedThinking {
    r#type: RedactedThinkingTag,
    #[serde(default, deserialize_with = "text_or_nothing")]
    data: String,
    #[serde(flatten)]
    extra: Extra,
}

impl RedactedThinking {
    /// The encrypted thinking.
    pub fn data(&self) -> &str {
        &self.data
    }
}

/// Servers that leave out what is empty mean no text. So does null.
fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
