//! [`ContextChange`]: a change that made a conversation smaller.

use serde::{Deserialize, Serialize};

use crate::catalog::Spent;
use crate::messages::StopReason;

/// A change that made the conversation smaller, according to a [`ContextPolicy`](crate::chat::ContextPolicy).
///
/// ```
/// use claudette::Event;
/// use claudette::chat::ContextChange;
///
/// let change = ContextChange::Trimmed { tokens_before: 160_000, tokens_removed: 80_000, results: 12, messages: 0 };
/// assert_eq!(change.to_string(), "removed about 80000 of 160000 tokens: 12 tool results");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
// The usage of a summary keeps its JSON, which can be read only outside of a buffer: the data have a field of their own.
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContextChange {
    /// The API left out more old content of the conversation than in the request before
    /// ([`ContextPolicy::clear`](crate::chat::ContextPolicy::clear)). The history has not changed.
    Cleared {
        /// The tokens that the model did not read in the last request.
        tokens: u64,
        /// The number of tool results whose contents are left out.
        results: u64,
        /// The number of responses whose thinking is left out.
        thinking: u64,
    },
    /// A summary by the model replaced messages ([`ContextPolicy::compact`](crate::chat::ContextPolicy::compact),
    /// [`Chat::compact`](crate::Chat::compact)).
    Compacted {
        /// The tokens in the conversation up to the last response before the change, if they are known.
        tokens_before: Option<u64>,
        /// The number of messages that the summary replaced.
        messages: usize,
        /// The summary.
        summary: String,
        /// The usage and cost of the summary.
        spent: Spent,
    },
    /// The model did not write a summary. The conversation has not changed, but the request is billed.
    NotCompacted {
        /// The reason, which [displays](std::fmt::Display) with a remedy.
        stop_reason: Option<StopReason>,
        /// The usage and cost of the request.
        spent: Spent,
    },
    /// Old content was removed from the history ([`ContextPolicy::trim`](crate::chat::ContextPolicy::trim)).
    Trimmed {
        /// An estimate of the tokens in the prompt before the change.
        tokens_before: u64,
        /// An estimate of the tokens that were removed.
        tokens_removed: u64,
        /// The number of tool results whose contents were removed.
        results: usize,
        /// The number of messages that were removed.
        messages: usize,
    },
}

impl std::fmt::Display for ContextChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cleared { tokens, results, thinking } => {
                write!(f, "the API left out {tokens} tokens: {results} tool results")?;
                if *thinking > 0 { write!(f, ", the thinking of {thinking} responses") } else { Ok(()) }
            }
            Self::Compacted { tokens_before, messages, .. } => {
                write!(f, "a summary replaced {messages} messages")?;
                if let Some(tokens) = tokens_before { write!(f, " of {tokens} tokens") } else { Ok(()) }
            }
            Self::NotCompacted { stop_reason, .. } => {
                let why = match stop_reason {
                    Some(StopReason::MaxTokens) => "it was longer than `max_tokens`: use a larger maximum",
                    Some(StopReason::ModelContextWindowExceeded) => {
                        "there was no room for it: compact earlier, or shorten the instructions"
                    }
                    Some(StopReason::ToolUse) => "it called a tool: forbid tool calls in the instructions",
                    Some(StopReason::Refusal) => "it declined",
                    _ => "it wrote no text",
                };
                write!(f, "the model did not write a summary, because {why}")
            }
            Self::Trimmed { tokens_before, tokens_removed, results, messages } => {
                write!(f, "removed about {tokens_removed} of {tokens_before} tokens: {results} tool results")?;
                if *messages > 0 { write!(f, ", {messages} messages") } else { Ok(()) }
            }
        }
    }
}
