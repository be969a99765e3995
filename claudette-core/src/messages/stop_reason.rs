//! [`StopReason`]: why the model stopped.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::display::Plain;
use crate::json::from_word;

/// Why the model stopped
/// ([Messages API, `stop_reason`](https://docs.claude.com/en/api/handling-stop-reasons)).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// It said what it had to say.
    EndTurn,
    /// The response was cut at `max_tokens`.
    MaxTokens,
    /// It wrote one of the stop sequences.
    StopSequence,
    /// It calls tools and waits for their results.
    ToolUse,
    /// A loop of server tools reached its limit; the turn goes on when it is sent back.
    PauseTurn,
    /// The safety system stopped it.
    Refusal,
    /// The conversation filled the model's context window.
    ModelContextWindowExceeded,
    /// A reason that has no name here.
    Unknown(String),
}

impl StopReason {
    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::EndTurn => "end_turn",
            Self::MaxTokens => "max_tokens",
            Self::StopSequence => "stop_sequence",
            Self::ToolUse => "tool_use",
            Self::PauseTurn => "pause_turn",
            Self::Refusal => "refusal",
            Self::ModelContextWindowExceeded => "model_context_window_exceeded",
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
            _ => Self::Unknown(reason.to_owned()),
        }
    }
}

impl From<String> for StopReason {
    fn from(reason: String) -> Self {
        reason.as_str().into()
    }
}

/// The word on the wire, shortened and without control characters if the server made it up.
impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Plain::line(self.as_str()).fmt(f)
    }
}

/// As derived, but for an unknown reason, which is shortened.
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
