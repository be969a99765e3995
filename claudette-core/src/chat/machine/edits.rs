//! The context edits by which the API carries out a [`ContextPolicy`].

use super::policy::{ContextPolicy, Kind};
use super::rates::Rates;
use super::room::Room;
use crate::client::RequestOptions;
use crate::error::{Error, Result};
use crate::messages::{Compact, ContextEdit};

/// The number of requests after which cleared content would have been cleared anyway.
const MOST_REQUESTS: u32 = 50;

/// The tool whose results are kept by default: the model reads its notes there.
const MEMORY: &str = "memory";

impl ContextPolicy {
    /// Returns the edits for each request of a loop with so many steps. `thinks` is `true` if the model thinks.
    pub(in crate::chat) fn edits(&self, room: &Room, rates: &Rates, steps: u32, thinks: bool) -> Vec<ContextEdit> {
        match self.kind {
            Kind::None | Kind::Compact | Kind::Trim => Vec::new(),
            Kind::CompactOnServer => {
                let edit = ContextEdit::compact().trigger_tokens(room.threshold);
                let edit = self.instructions.iter().fold(edit, Compact::instructions);
                vec![if self.pause_after { edit.pause_after(true) } else { edit }.into()]
            }
            Kind::Clear => {
                // Without this edit, the API may remove thinking from earlier turns, which makes the cache useless.
                let thinking = thinks.then(|| match self.keep_thinking {
                    Some(responses) => ContextEdit::clear_thinking().keep_turns(responses).into(),
                    None => ContextEdit::clear_thinking().keep_all().into(),
                });
                thinking.into_iter().chain([self.clear_results(room, rates, steps)]).collect()
            }
        }
    }

    /// Checks that the options do not have context edits of their own, if the policy adds some.
    ///
    /// # Errors
    /// Returns a misuse error if both have edits.
    pub(in crate::chat) fn check_edits(&self, options: &RequestOptions) -> Result<()> {
        let has_own = || !options.context_edits.is_empty() || options.extra_fields().contains_key("context_management");
        if self.adds_edits() && has_own() {
            return Err(Error::misuse(format!(
                "`ContextPolicy::{}()` adds the context edits that it needs: remove the other ones, or the policy",
                self.name()
            )));
        }
        Ok(())
    }

    fn clear_results(&self, room: &Room, rates: &Rates, steps: u32) -> ContextEdit {
        let edit = ContextEdit::clear_tool_results()
            .trigger_tokens(room.threshold)
            .keep(u64::try_from(self.kept_results()).unwrap_or(u64::MAX));
        let edit = match &*self.exclude_tools {
            [] => edit.exclude_tools([MEMORY]),
            tools => edit.exclude_tools(tools),
        };
        match worthwhile(room, rates, steps.min(MOST_REQUESTS)) {
            0 => edit.into(),
            tokens => edit.clear_at_least(tokens).into(),
        }
    }
}

/// Returns the number of tokens that must be cleared at once so that it pays within so many requests.
///
/// With the prices `r` of a cache read and `w` of a cache write, clearing `c` of `T` tokens costs `(T - c)(w - r)` once
/// and saves `c r` in each of `N` requests. It pays if `c >= T(w - r) / (rN + w - r)`.
///
/// It is at most half of the space above the threshold, so that a conversation that consists half of results is cleared
/// before it reaches the end of the window.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a share of a number of tokens")]
fn worthwhile(room: &Room, rates: &Rates, requests: u32) -> u64 {
    // The usual prices, as a multiple of the price of input.
    const WRITE: f64 = 1.25;
    const HOUR: f64 = 2.0;
    const READ: f64 = 0.1;
    let (read, minutes, hour) = match &rates.price {
        Some(price) => (price.cache_read(), price.cache_write_5m(), price.cache_write_1h()),
        None => (READ, WRITE, HOUR),
    };
    let write = match (rates.breakpoints.has_hour(), rates.breakpoints.has_minutes()) {
        (true, _) => hour,
        (false, true) => minutes,
        // Without a cache, clearing costs nothing.
        (false, false) => return 0,
    };
    let once = (write - read).max(0.0);
    let share = once / (read * f64::from(requests) + once).max(f64::MIN_POSITIVE);
    let least = (room.threshold as f64 * share).round() as u64;
    let space = room.limit.map_or(room.threshold, |limit| limit.saturating_sub(room.threshold));
    least.min(space / 2)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalog::Price;
    use crate::messages::{CacheBreakpoints, CacheControl};

    fn rates(cache: bool) -> Rates {
        let control = cache.then(CacheControl::ephemeral);
        Rates {
            price: Price::of("claude-opus-5-5"),
            max_output: 16_000,
            prefix_tokens: 1_000,
            is_changed: false,
            compacts_at: None,
            breakpoints: control
                .iter()
                .map(CacheBreakpoints::from)
                .fold(CacheBreakpoints::default(), CacheBreakpoints::then),
            fallbacks: Vec::new(),
        }
    }

    fn edits(policy: &ContextPolicy, rates: &Rates, steps: u32) -> Value {
        let room = Room::new(policy, "claude-opus-5-5", Some(200_000), rates, true).unwrap();
        serde_json::to_value(policy.edits(&room, rates, steps, true)).unwrap()
    }

    #[test]
    fn clearing_must_pay() {
        let sent = edits(&ContextPolicy::clear(), &rates(true), 200);
        assert_eq!(
            sent,
            json!([
                {"type": "clear_thinking_20251015", "keep": "all"},
                {"type": "clear_tool_uses_20250919", "trigger": {"type": "input_tokens", "value": 100_000},
                 "keep": {"type": "tool_uses", "value": 3}, "exclude_tools": ["memory"],
                 // 100,000 × 4.8 / (0.2 × 50 + 4.8)
                 "clear_at_least": {"type": "input_tokens", "value": 32_432}},
            ])
        );
        // A short loop must clear more, but it must not reach the end of the window.
        assert_eq!(edits(&ContextPolicy::clear(), &rates(true), 10)[1]["clear_at_least"]["value"], 42_000);
        assert!(edits(&ContextPolicy::clear(), &rates(false), 10)[1]["clear_at_least"].is_null());
        let own = ContextPolicy::clear().exclude_tools(["notes"]).keep_results(9).keep_thinking(2).at(50_000);
        let sent = edits(&own, &rates(true), 200);
        assert_eq!(sent[0]["keep"], json!({"type": "thinking_turns", "value": 2}));
        assert_eq!((&sent[1]["exclude_tools"], &sent[1]["keep"]["value"]), (&json!(["notes"]), &json!(9)));
        assert!(edits(&ContextPolicy::trim(), &rates(true), 10).as_array().unwrap().is_empty());
    }
}
