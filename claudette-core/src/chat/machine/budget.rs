//! The limits of a loop: decides whether one more request fits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::end_reason::EndReason;
use super::options::LoopOptions;
use super::rates::Rates;
use crate::catalog::{Price, Spent};
use crate::messages::{CacheBreakpoints, ContentBlock};
use crate::tool::Amount;

/// The size that the conversation adds to a request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) input: u64,
    pub(super) breakpoints: CacheBreakpoints,
}

/// The maximum consumption of one request.
#[derive(Clone, Copy, Debug)]
struct Estimate<'r> {
    rates: &'r Rates,
    breakpoints: CacheBreakpoints,
    input: u64,
}

/// One run of a model for a request.
#[derive(Clone, Copy, Debug)]
struct ModelRun {
    price: Option<Price>,
    input: u64,
    max_output: u64,
}

impl<'r> Estimate<'r> {
    fn new(rates: &'r Rates, size: Size) -> Self {
        Self { rates, breakpoints: rates.breakpoints.then(size.breakpoints), input: size.input }
    }

    /// Returns the estimate for the final answer after this request. Its input is the input and output of this request.
    fn afterwards(self) -> Self {
        Self { input: self.context(), ..self }
    }

    /// Returns the size of the conversation after the request, without a summary.
    fn context(self) -> u64 {
        let outputs = self.rates.fallbacks.iter().map(|fallback| fallback.max_output);
        outputs.fold(self.input.saturating_add(self.rates.max_output), u64::saturating_add)
    }

    /// Returns all runs of models. Each model can decline at the end of its output, and the next one then reads this
    /// output as well.
    fn runs(self) -> impl Iterator<Item = ModelRun> {
        let first = ModelRun { price: self.rates.price, input: self.input, max_output: self.rates.max_output };
        let mut input = first.input.saturating_add(first.max_output);
        let others = self.rates.fallbacks.iter().map(move |fallback| {
            let run = ModelRun { price: fallback.price, input, max_output: fallback.max_output };
            input = input.saturating_add(fallback.max_output);
            run
        });
        std::iter::once(first).chain(others).flat_map(move |run| self.with_summary(run))
    }

    /// Returns the runs of one model. If the API summarizes the prompt, a second run reads the summary, or the whole
    /// prompt if there is no summary.
    fn with_summary(self, run: ModelRun) -> impl Iterator<Item = ModelRun> {
        let second = self.rates.compacts_at.filter(|threshold| run.input > *threshold);
        let second = second
            .map(|_| ModelRun { input: run.input.max(self.rates.prefix_tokens.saturating_add(run.max_output)), ..run });
        std::iter::once(run).chain(second)
    }

    fn tokens(self) -> u64 {
        self.runs().fold(0, |sum, run| sum.saturating_add(run.input).saturating_add(run.max_output))
    }

    /// Returns the maximum as an amount.
    fn amount(self) -> Amount {
        Amount::dollars(self.cost()) + Amount::tokens(self.tokens())
    }

    /// Returns the cost in dollars. A request without a known price exceeds each limit.
    fn cost(self) -> f64 {
        let cost = |run: ModelRun| Some(run.price?.at_most(self.breakpoints, run.input, run.max_output));
        self.runs().map(|run| cost(run).unwrap_or(f64::INFINITY)).sum()
    }
}

/// The result of comparing a request with the limits.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The request fits, and so does a final answer after it.
    Fits,
    /// The request fits only if it is the final one.
    Last(EndReason),
    /// The request does not fit.
    Over(EndReason),
}

impl Verdict {
    /// Returns the stricter of two verdicts.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Over(reason), _) | (_, Self::Over(reason)) => Self::Over(reason),
            (Self::Last(reason), _) | (_, Self::Last(reason)) => Self::Last(reason),
            (Self::Fits, Self::Fits) => Self::Fits,
        }
    }
}

/// The consumption of the requests of a loop, for the limits.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Used {
    /// Input and output tokens; `None` if a counter could not be read.
    tokens: Option<u64>,
    /// US dollars; `None` if the price of a response is not known.
    dollars: Option<f64>,
}

impl Default for Used {
    fn default() -> Self {
        Self { tokens: Some(0), dollars: Some(0.0) }
    }
}

impl Used {
    /// Returns the consumption as an amount. A part that is not known has no bound.
    pub(super) fn amount(self) -> Amount {
        Amount::dollars(self.dollars.unwrap_or(f64::INFINITY)) + Amount::tokens(self.tokens.unwrap_or(u64::MAX))
    }

    pub(super) fn add(&mut self, spent: &Spent) {
        self.tokens = self.tokens.zip(spent.tokens()).map(|(sum, more)| sum.saturating_add(more));
        self.dollars = self.dollars.zip(spent.cost).map(|(sum, more)| sum + more.total());
    }
}

/// Compares the consumption of the loop and the next request with the limits. `size` returns the size of the next
/// request; it is called only if usage is limited.
pub(super) fn judge(
    options: &LoopOptions,
    rates: Option<&Rates>,
    (used, available): (Used, Option<Amount>),
    elapsed: Duration,
    size: impl FnOnce() -> Size,
) -> Verdict {
    let verdict = match rates.filter(|_| options.limits_usage() || available.is_some()) {
        Some(rates) => {
            let next = Estimate::new(rates, size());
            let own = if options.limits_usage() { judge_usage(options, used, next) } else { Verdict::Fits };
            available.map_or(Verdict::Fits, |left| judge_amount(left, next)).or(own)
        }
        None => Verdict::Fits,
    };
    let is_late = options.deadline.is_some_and(|deadline| elapsed >= deadline);
    if is_late && !matches!(verdict, Verdict::Over(_)) { Verdict::Last(EndReason::Deadline) } else { verdict }
}

/// Returns the maximum consumption of a request, and of a final answer after it.
pub(super) fn at_most(rates: &Rates, size: Size) -> (Amount, Amount) {
    let next = Estimate::new(rates, size);
    (next.amount(), next.afterwards().amount())
}

/// Compares a request with the amount that is left.
fn judge_amount(left: Amount, next: Estimate<'_>) -> Verdict {
    let both = next.amount() + next.afterwards().amount();
    match exceeded(next.amount(), left) {
        Some(reason) => Verdict::Over(reason),
        None => exceeded(both, left).map_or(Verdict::Fits, Verdict::Last),
    }
}

/// Returns the limit that an amount exceeds, if any.
pub(in crate::chat) fn exceeded(amount: Amount, left: Amount) -> Option<EndReason> {
    if amount.as_tokens() > left.as_tokens() {
        Some(EndReason::MaxTokensTotal)
    } else {
        amount.exceeds_dollars(left).then_some(EndReason::MaxCost)
    }
}

fn judge_usage(options: &LoopOptions, used: Used, next: Estimate<'_>) -> Verdict {
    let last = next.afterwards();
    let tokens = options.max_tokens_total.map(|max| {
        let spent = used.tokens.map_or(f64::INFINITY, |tokens| tokens as f64);
        (EndReason::MaxTokensTotal, max as f64, spent, next.tokens() as f64, last.tokens() as f64)
    });
    let cost = options.max_cost.map(|max| {
        let spent = used.dollars.unwrap_or(f64::INFINITY);
        (EndReason::MaxCost, max, spent, next.cost(), last.cost())
    });
    let mut verdict = Verdict::Fits;
    for (reason, max, spent, next, last) in tokens.into_iter().chain(cost) {
        if spent + next > max {
            return Verdict::Over(reason);
        }
        if spent + next + last > max {
            verdict = Verdict::Last(reason);
        }
    }
    verdict
}

/// Returns an estimate of the maximum number of tokens in blocks: one token for two bytes of JSON. An image or a page
/// of a document counts as much as the largest image
/// ([Vision](https://platform.claude.com/docs/en/build-with-claude/vision)).
pub(super) fn tokens_at_most(blocks: &[ContentBlock]) -> u64 {
    const IMAGE: u64 = 5_000;
    // The minimum size of a page in a document that is sent as bytes: a page of compressed text.
    const BYTES_PER_PAGE: u64 = 5_000;
    // The number of pages of a document that is sent as a URL or file id, because it is not known here. Most models do
    // not accept more.
    const PAGES: u64 = 100;
    let json = |block: &ContentBlock| serde_json::to_string(block).map_or(0, |json| json.len() as u64);
    let tokens = |block: &ContentBlock| match block {
        ContentBlock::Image(_) => IMAGE,
        // The encrypted form is not part of the prompt.
        ContentBlock::Compaction(summary) => summary.content().map_or(0, |text| text.len() as u64).div_ceil(2),
        ContentBlock::Document(document) if matches!(document.source().kind(), "url" | "file") => PAGES * IMAGE,
        ContentBlock::Document(_) => (1 + json(block) / BYTES_PER_PAGE) * IMAGE,
        _ => json(block).div_ceil(2),
    };
    blocks.iter().map(tokens).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::machine::rates::FallbackRates;

    /// The model costs 2 and 10 dollars per million tokens. The request has 1,000 input and 500 output tokens, and
    /// costs 0.007 dollars; the final answer after it costs 0.008.
    fn verdict(options: &LoopOptions, tokens: u64, dollars: f64, seconds: u64) -> Verdict {
        let price = Price::of("claude-sonnet-5-5");
        let rates = Rates {
            price,
            max_output: 500,
            prefix_tokens: 0,
            is_changed: false,
            compacts_at: None,
            breakpoints: CacheBreakpoints::default(),
            fallbacks: Vec::new(),
        };
        let used = Used { tokens: Some(tokens), dollars: Some(dollars) };
        let size = || Size { input: 1_000, ..Size::default() };
        judge(options, Some(&rates), (used, None), Duration::from_secs(seconds), size)
    }

    #[test]
    fn a_request_leaves_room_for_the_final_answer() {
        let verdict = |max, tokens| verdict(&LoopOptions::new().max_tokens_total(max), tokens, 0.0, 0);
        assert_eq!(verdict(3_500, 0), Verdict::Fits);
        assert_eq!(verdict(3_499, 0), Verdict::Last(EndReason::MaxTokensTotal));
        assert_eq!(verdict(3_500, 1), Verdict::Last(EndReason::MaxTokensTotal));
        assert_eq!(verdict(1_499, 0), Verdict::Over(EndReason::MaxTokensTotal));
    }

    #[test]
    fn a_request_that_is_summarized_counts_twice() {
        let estimate = |input, compacts_at| {
            let rates = Rates {
                price: Price::of("claude-sonnet-5-5"),
                max_output: 500,
                prefix_tokens: 100,
                is_changed: false,
                compacts_at,
                breakpoints: CacheBreakpoints::default(),
                fallbacks: Vec::new(),
            };
            let (request, answer) = at_most(&rates, Size { input, ..Size::default() });
            (request.as_tokens(), answer.as_tokens())
        };
        assert_eq!(estimate(1_000, None), (1_500, 2_000));
        assert_eq!(estimate(1_000, Some(1_500)), (1_500, 2_000));
        // The request is not summarized, but the answer after it can be.
        assert_eq!(estimate(1_000, Some(1_000)), (1_500, 4_000));
        assert_eq!(estimate(1_000, Some(999)), (3_000, 4_000));
        // The second run reads the prefix and the summary, if they are larger than the prompt.
        assert_eq!(estimate(200, Some(100)), (700 + 600 + 500, 2 * (700 + 500)));
    }

    #[test]
    fn each_model_that_may_decline_counts() {
        let fallback = |model: &str, max_output| FallbackRates { price: Price::of(model), max_output };
        let mut rates = Rates {
            price: Price::of("claude-sonnet-5-5"),
            max_output: 500,
            prefix_tokens: 100,
            is_changed: false,
            compacts_at: None,
            breakpoints: CacheBreakpoints::default(),
            fallbacks: vec![fallback("claude-opus-5-5", 300), fallback("claude-haiku-4-5", 200)],
        };
        let size = || Size { input: 1_000, ..Size::default() };
        let (request, answer) = at_most(&rates, size());
        // The second model reads what the first one has written, and the third one what both have written.
        assert_eq!(request.as_tokens(), (1_000 + 500) + (1_500 + 300) + (1_800 + 200));
        assert_eq!(answer.as_tokens(), (2_000 + 500) + (2_500 + 300) + (2_800 + 200));
        let cost = |model: &str, input: u64, output: u64| {
            Price::of(model).unwrap().at_most(CacheBreakpoints::default(), input, output)
        };
        let all = cost("claude-sonnet-5-5", 1_000, 500)
            + cost("claude-opus-5-5", 1_500, 300)
            + cost("claude-haiku-4-5", 1_800, 200);
        assert!((request.as_dollars() - all).abs() < 1e-9, "{} {all}", request.as_dollars());
        rates.fallbacks.push(fallback("claude-of-tomorrow", 1));
        assert!(at_most(&rates, size()).0.exceeds_dollars(Amount::dollars(1_000_000.0)));
    }

    #[test]
    fn money_and_time_end_a_loop_as_well() {
        let options = LoopOptions::new().max_cost(0.016).deadline(Duration::from_secs(9));
        let verdict = |dollars, seconds| verdict(&options, 0, dollars, seconds);
        assert_eq!(verdict(0.000_5, 8), Verdict::Fits);
        assert_eq!(verdict(0.001_5, 8), Verdict::Last(EndReason::MaxCost));
        assert_eq!(verdict(0.009_5, 8), Verdict::Over(EndReason::MaxCost));
        assert_eq!(verdict(0.000_5, 9), Verdict::Last(EndReason::Deadline));
    }
}
