//! [`EndReason`]: why a loop ended.

use serde::{Deserialize, Serialize};

/// Why a loop ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EndReason {
    /// The model had nothing more to say.
    Finished,
    /// The last permitted response was requested.
    MaxSteps,
    /// The caller's [`until`](crate::chat::ToolLoop::until) returned `true`.
    Until,
    /// A tool ended the loop ([`ToolOutput::finish`](crate::ToolOutput::finish)).
    Tool,
    /// A hook ended the loop ([`Hook::after_response`](crate::Hook::after_response)).
    Hook,
    /// The program cancelled the loop ([`ToolLoop::cancel_on`](crate::chat::ToolLoop::cancel_on)).
    Cancelled,
    /// A tool aborted the loop ([`ToolError::abort`](crate::ToolError::abort)); its error goes to the caller.
    Aborted,
    /// A call waits for a decision ([`Chat::pending`](crate::Chat::pending)).
    Suspended,
    /// One more response could have cost more than [`ToolLoop::max_cost`](crate::chat::ToolLoop::max_cost).
    MaxCost,
    /// One more response could have taken more than [`ToolLoop::max_tokens_total`](crate::chat::ToolLoop::max_tokens_total).
    MaxTokensTotal,
    /// The time was up ([`ToolLoop::deadline`](crate::chat::ToolLoop::deadline)).
    Deadline,
    /// A response was cut at `max_tokens`.
    MaxTokens,
    /// The safety system stopped a response; nothing of it is in the history.
    Refusal,
    /// The conversation filled the model's context window.
    ContextExceeded,
    /// The API paused the same turn too often.
    Paused,
    /// The response contradicts itself: it stopped for tool calls and contains none, it contains calls and stopped as if it
    /// had none, or it paused where the API cannot go on. Nothing was run.
    Inconsistent,
    /// The API gave a reason that has no name here, or none.
    Unknown(Option<String>),
}
