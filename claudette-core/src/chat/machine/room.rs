//! [`Room`]: the space that the requests of a loop have.

use serde::{Deserialize, Serialize};

use super::policy::{ContextPolicy, Kind};
use super::rates::Rates;
use crate::error::{Error, Result};
use crate::messages::Compact;

/// The space that the requests of a loop have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::chat) struct Room {
    /// The size of a prompt above which the conversation is made smaller.
    pub(super) threshold: u64,
    /// The size of a prompt after which a response does not fit into the window, if the window is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<u64>,
    /// An estimate of the tokens of the system prompt and the tools.
    pub(super) prefix_tokens: u64,
    /// `true` if thinking after a change is removed.
    pub(super) drops_thinking: bool,
}

impl Room {
    /// Returns the space of requests to a model with this window.
    ///
    /// # Errors
    /// Returns a misuse error if the window is not known, or if it is too small for a response.
    pub(in crate::chat) fn new(
        policy: &ContextPolicy,
        model: &str,
        window: Option<u64>,
        rates: &Rates,
        drops_thinking: bool,
    ) -> Result<Self> {
        let Rates { max_output, prefix_tokens, .. } = *rates;
        let window = policy.window.or(window);
        let Some(threshold) = policy.at.or_else(|| Some(default_threshold(policy.kind, window?, max_output))) else {
            return Err(Error::misuse(format!(
                "the context window of the model \"{model}\" is not known: set it with `ContextPolicy::window(..)`, or \
                 set the threshold with `at(..)`"
            )));
        };
        if policy.compacts_on_server() && threshold < Compact::LEAST_TRIGGER {
            return Err(Error::misuse(format!(
                "the threshold of `ContextPolicy::compact_on_server()` is {threshold} tokens, but the API accepts at least \
                 {}: set a higher one with `at(..)`, or use `ContextPolicy::compact()`",
                Compact::LEAST_TRIGGER
            )));
        }
        if threshold <= prefix_tokens / 2 {
            return Err(Error::misuse(format!(
                "the threshold of the context policy is {threshold} tokens, which the system prompt and the tools fill \
                 already: use a higher threshold, or a smaller `max_tokens`"
            )));
        }
        if policy.keep_last.is_some_and(|kept| kept > threshold / 2) {
            return Err(Error::misuse(format!(
                "`keep_last` is more than half of the threshold of {threshold} tokens, so a summary would hardly make the \
                 conversation smaller: keep fewer tokens"
            )));
        }
        let limit = window.map(|window| window.saturating_sub(max_output));
        Ok(Self { threshold, limit, prefix_tokens, drops_thinking })
    }
}

/// Returns the default threshold: the window without the response, and at most 80 % of the window. Clearing needs more
/// space above it, because it waits until it pays.
fn default_threshold(kind: Kind, window: u64, max_output: u64) -> u64 {
    let most = if kind == Kind::Clear { window / 2 } else { window / 5 * 4 };
    window.saturating_sub(max_output).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_threshold_leaves_room_for_the_response() {
        assert_eq!(default_threshold(Kind::Trim, 1_000_000, 16_384), 800_000);
        assert_eq!(default_threshold(Kind::Trim, 200_000, 64_000), 136_000);
        assert_eq!(default_threshold(Kind::Trim, 200_000, 300_000), 0);
        assert_eq!(default_threshold(Kind::Clear, 200_000, 64_000), 100_000);
    }
}
