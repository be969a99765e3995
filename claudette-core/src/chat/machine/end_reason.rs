//! [`EndReason`]: the reason a loop ended.

use serde::{Deserialize, Serialize};

/// The reason a loop ended.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("One, two, th").stop_reason("max_tokens"));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::EndReason;
///
/// let run = chat.toolloop("Count to a million.").max_tokens(10).await?;
/// match run.end_reason() {
///     EndReason::Finished => println!("{run}"),
///     EndReason::MaxTokens => println!("{run} … (cut)"),
///     other => println!("the loop ended early: {other:?}"),
/// }
/// assert_eq!(*run.end_reason(), EndReason::MaxTokens);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EndReason {
    /// The model finished its answer.
    Finished,
    /// The loop reached [`ToolLoop::max_steps`](crate::chat::ToolLoop::max_steps).
    MaxSteps,
    /// The caller's [`until`](crate::chat::ToolLoop::until) returned `true`.
    Until,
    /// A tool ended the loop ([`ToolOutput::finish`](crate::ToolOutput::finish)).
    Tool,
    /// A hook ended the loop ([`Hook::after_response`](crate::Hook::after_response)).
    Hook,
    /// The program cancelled the loop ([`ToolLoop::cancel_on`](crate::chat::ToolLoop::cancel_on)).
    Cancelled,
    /// A tool aborted the loop ([`ToolError::abort`](crate::ToolError::abort)). The loop returns its error.
    Aborted,
    /// A call waits for a decision ([`Chat::pending`](crate::Chat::pending)).
    Suspended,
    /// Another response could have exceeded [`ToolLoop::max_cost`](crate::chat::ToolLoop::max_cost).
    MaxCost,
    /// Another response could have exceeded [`ToolLoop::max_tokens_total`](crate::chat::ToolLoop::max_tokens_total).
    MaxTokensTotal,
    /// The loop reached its [`ToolLoop::deadline`](crate::chat::ToolLoop::deadline).
    Deadline,
    /// A response was cut at `max_tokens`.
    MaxTokens,
    /// The safety system stopped a response. The response is not in the history.
    Refusal,
    /// The conversation filled the model's context window.
    ContextExceeded,
    /// The API paused the same turn too often.
    Paused,
    /// The response contradicts itself. It stopped for tool calls but does not contain any, it contains tool calls but
    /// stopped for another reason, or it paused at a point from which the API cannot continue. No tool was run.
    Inconsistent,
    /// The stop reason is missing, or this library does not know it.
    Unknown(Option<String>),
}

impl EndReason {
    /// Returns `false` if the run can be continued: it is suspended, or the program cancelled it.
    ///
    /// ```
    /// use claudette::EndReason;
    ///
    /// assert!(EndReason::Finished.is_final() && EndReason::MaxSteps.is_final());
    /// assert!(!EndReason::Suspended.is_final() && !EndReason::Cancelled.is_final());
    /// ```
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Suspended | Self::Cancelled)
    }
}
