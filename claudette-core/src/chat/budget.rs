//! [`Budget`]: what a loop may use up, and whether one more request fits. Decisions only, no IO.

use std::time::Duration;

use super::turn::EndReason;
use crate::error::{Error, Result};
use crate::messages::{CacheBreakpoints, ContentBlock};
use crate::price::Price;

/// What a loop may use up. Nothing is limited unless it is set.
#[derive(Clone, Debug, Default)]
pub(super) struct Budget {
    /// US dollars.
    pub(super) cost: Option<f64>,
    /// Input and output tokens of all requests together.
    pub(super) tokens: Option<u64>,
    /// Time.
    pub(super) deadline: Option<Duration>,
}

/// What a loop has used up.
#[derive(Debug)]
pub(super) struct Spent {
    /// None if a response had no known price.
    pub(super) cost: Option<f64>,
    /// None if the counters of a response could not be read.
    pub(super) tokens: Option<u64>,
    pub(super) elapsed: Duration,
}

/// What a request takes at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    input: u64,
    output: u64,
    price: Option<Price>,
    marks: CacheBreakpoints,
    cost: Option<f64>,
}

/// What to do about the next request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It fits, and a final answer after it.
    Fits,
    /// It fits as the final answer, and nothing after it.
    Last(EndReason),
    /// Not even that: what is used up has left no room for an answer.
    Over(EndReason),
}

impl Estimate {
    /// A request with so many tokens of input, to which the model answers with as many as it may. With these cache marks
    /// in it, all of the input may be written to the cache.
    pub(super) fn new(price: Option<Price>, marks: CacheBreakpoints, input: u64, max_output: u64) -> Self {
        let cost = price.map(|price| price.at_most(marks, input, max_output));
        Self { input, output: max_output, price, marks, cost }
    }

    /// The final answer after this request: what was said until then is its input.
    fn afterwards(&self) -> Self {
        Self::new(self.price, self.marks, self.tokens(), self.output)
    }

    fn tokens(&self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

impl Budget {
    pub(super) fn is_set(&self) -> bool {
        self.bounds_usage() || self.deadline.is_some()
    }

    /// Whether it bounds what requests consume.
    pub(super) fn bounds_usage(&self) -> bool {
        self.cost.is_some() || self.tokens.is_some()
    }

    /// Whether it can be kept to.
    ///
    /// # Errors
    /// Misuse: a maximum that is not a number of dollars.
    pub(super) fn check(&self) -> Result<()> {
        match self.cost {
            Some(dollars) if dollars.is_nan() || dollars < 0.0 => Err(Error::misuse(format!(
                "`max_cost` is {dollars}, which is not a number of dollars: give zero or more"
            ))),
            _ => Ok(()),
        }
    }

    /// Whether a request that takes this much at most fits into what is left, with the final answer that must still be
    /// possible after it.
    pub(super) fn judge(&self, spent: &Spent, next: impl FnOnce() -> Estimate) -> Verdict {
        let verdict = if self.bounds_usage() { self.judge_usage(spent, &next()) } else { Verdict::Fits };
        let is_late = self.deadline.is_some_and(|deadline| spent.elapsed >= deadline);
        if is_late && !matches!(verdict, Verdict::Over(_)) { Verdict::Last(EndReason::Deadline) } else { verdict }
    }

    fn judge_usage(&self, spent: &Spent, next: &Estimate) -> Verdict {
        let last = next.afterwards();
        let limits = [
            (
                EndReason::MaxTokensTotal,
                self.tokens.map(|most| {
                    let tokens = spent.tokens.map_or(f64::INFINITY, |tokens| tokens as f64);
                    (most as f64, tokens, next.tokens() as f64, last.tokens() as f64)
                }),
            ),
            (
                EndReason::MaxCost,
                self.cost.map(|most| {
                    // A request without a price is refused before the loop begins.
                    let price = |estimate: &Estimate| estimate.cost.unwrap_or(f64::INFINITY);
                    (most, spent.cost.unwrap_or(f64::INFINITY), price(next), price(&last))
                }),
            ),
        ];
        let mut verdict = Verdict::Fits;
        for (stop, limit) in limits {
            let Some((most, spent, next, last)) = limit else { continue };
            if spent + next > most {
                return Verdict::Over(stop);
            }
            if spent + next + last > most {
                verdict = Verdict::Last(stop);
            }
        }
        verdict
    }
}

/// How many tokens blocks have at most, as far as it can be told without asking: two bytes of JSON for each; an image or a
/// page of a document has as many as the largest one
/// ([Vision](https://docs.claude.com/en/docs/build-with-claude/vision)).
pub(super) fn tokens_at_most(blocks: &[ContentBlock]) -> u64 {
    const IMAGE: u64 = 5_000;
    // Of a document that comes as bytes: a page of text compressed, at least.
    const BYTES_PER_PAGE: u64 = 5_000;
    // Of a document that is only referred to: its pages are not known here, and more do not fit into most models.
    const PAGES: u64 = 100;
    let json = |block: &ContentBlock| serde_json::to_string(block).map_or(0, |json| json.len() as u64);
    let tokens = |block: &ContentBlock| match block {
        ContentBlock::Image(_) => IMAGE,
        ContentBlock::Document(document) if matches!(document.source().kind(), "url" | "file") => PAGES * IMAGE,
        ContentBlock::Document(_) => (1 + json(block) / BYTES_PER_PAGE) * IMAGE,
        _ => json(block).div_ceil(2),
    };
    blocks.iter().map(tokens).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(tokens: u64, cost: f64, seconds: u64) -> Spent {
        Spent { cost: Some(cost), tokens: Some(tokens), elapsed: Duration::from_secs(seconds) }
    }

    #[test]
    fn a_request_leaves_room_for_the_final_answer() {
        let price = Price::of("claude-sonnet-5-5");
        // 1,000 of input and 500 of output, then 1,500 and 500.
        let next = || Estimate::new(price, CacheBreakpoints::default(), 1_000, 500);
        let budget = |tokens| Budget { tokens: Some(tokens), ..Budget::default() };
        assert_eq!(budget(3_500).judge(&spent(0, 0.0, 0), next), Verdict::Fits);
        assert_eq!(budget(3_499).judge(&spent(0, 0.0, 0), next), Verdict::Last(EndReason::MaxTokensTotal));
        assert_eq!(budget(3_500).judge(&spent(1, 0.0, 0), next), Verdict::Last(EndReason::MaxTokensTotal));
        assert_eq!(budget(1_499).judge(&spent(0, 0.0, 0), next), Verdict::Over(EndReason::MaxTokensTotal));
    }

    #[test]
    fn money_and_time_end_it_as_well() {
        let price = Price::of("claude-sonnet-5-5");
        // 2 and 10 dollars a million: 0.007, then 0.008.
        let next = || Estimate::new(price, CacheBreakpoints::default(), 1_000, 500);
        let budget = Budget { cost: Some(0.016), deadline: Some(Duration::from_secs(9)), ..Budget::default() };
        assert_eq!(budget.judge(&spent(0, 0.000_5, 8), next), Verdict::Fits);
        assert_eq!(budget.judge(&spent(0, 0.001_5, 8), next), Verdict::Last(EndReason::MaxCost));
        assert_eq!(budget.judge(&spent(0, 0.009_5, 8), next), Verdict::Over(EndReason::MaxCost));
        assert_eq!(budget.judge(&spent(0, 0.000_5, 9), next), Verdict::Last(EndReason::Deadline));
    }
}
