//! [`StopReason`]: the reason for which a response ended.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::display::Plain;
use crate::json::from_word;

/// The reason for which a response ended
/// ([Messages API, `stop_reason`](https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons)).
///
/// ```
/// use claudette::wire::StopReason;
///
/// assert_eq!(StopReason::from("max_tokens"), StopReason::MaxTokens);
/// assert_eq!(StopReason::ToolUse.as_str(), "tool_use");
/// assert_eq!(StopReason::from("bored"), StopReason::Unknown("bored".into()));
/// ```
#[doc(alias = "finish_reason")]
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The model finished its answer.
    EndTurn,
    /// The response reached `max_tokens` and was cut off.
    MaxTokens,
    /// The model wrote one of the stop sequences.
    StopSequence,
    /// The model calls tools and waits for their results.
    ToolUse,
    /// The server tools reached the limit of calls in one response. The model continues when the turn is sent back.
    PauseTurn,
    /// The safety system of the API stopped the response.
    Refusal,
    /// The conversation filled the model's context window.
    ModelContextWindowExceeded,
    /// The response contains a summary of the conversation instead of an answer.
    Compaction,
    /// A reason that this library does not know.
    Unknown(String),
}

impl StopReason {
    /// Returns `true` if the API continues the response in the next request.
    pub(crate) fn is_pause(&self) -> bool {
        matches!(self, Self::PauseTurn | Self::Compaction)
    }

    /// Returns the reason as it is written in JSON.
    pub fn as_str(&self) -> &str {
        match self {
            Self::EndTurn => "end_turn",
            Self::MaxTokens => "max_tokens",
            Self::StopSequence => "stop_sequence",
            Self::ToolUse => "tool_use",
            Self::PauseTurn => "pause_turn",
            Self::Refusal => "refusal",
            Self::ModelContextWindowExceeded => "model_context_window_exceeded",
            Self::Compaction => "compaction",
            Self::Unknown(reason) => reason,
        }
    }
}

impl From<&str> for StopReason {
    fn from(reason: &str) -> Self {
        match reason {
            "end_turn" => Self::EndTurn,
            "max_tokens" => Self::MaxTokens,
            "stop_sequence" => Self::StopSequence,
            "tool_use" => Self::ToolUse,
            "pause_turn" => Self::PauseTurn,
            "refusal" => Self::Refusal,
            "model_context_window_exceeded" => Self::ModelContextWindowExceeded,
            "compaction" => Self::Compaction,
            _ => Self::Unknown(reason.to_owned()),
        }
    }
}

impl From<String> for StopReason {
    fn from(reason: String) -> Self {
        reason.as_str().into()
    }
}

/// Writes the reason as in JSON. An unknown reason is shortened and written without control characters.
impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Plain::line(self.as_str()).fmt(f)
    }
}

/// Like the derived implementation, except that an unknown reason is shortened.
impl fmt::Debug for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EndTurn => "EndTurn",
            Self::MaxTokens => "MaxTokens",
            Self::StopSequence => "StopSequence",
            Self::ToolUse => "ToolUse",
            Self::PauseTurn => "PauseTurn",
            Self::Refusal => "Refusal",
            Self::ModelContextWindowExceeded => "ModelContextWindowExceeded",
            Self::Compaction => "Compaction",
            Self::Unknown(reason) => return write!(f, "Unknown(\"{}\")", Plain::line(reason)),
        })
    }
}

impl Serialize for StopReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for StopReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_word(deserializer)
    }
}
