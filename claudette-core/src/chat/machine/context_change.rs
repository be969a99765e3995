//! [`ContextChange`]: a change that made a conversation smaller.

use serde::{Deserialize, Serialize};

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
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContextChange {
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
            Self::Trimmed { tokens_before, tokens_removed, results, messages } => {
                write!(f, "removed about {tokens_removed} of {tokens_before} tokens: {results} tool results")?;
                if *messages > 0 { write!(f, ", {messages} messages") } else { Ok(()) }
            }
        }
    }
}
