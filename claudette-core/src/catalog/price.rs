//! [`Price`]: what the tokens of a model cost.

use serde::{Deserialize, Serialize};

use super::cost::Cost;
use crate::messages::{CacheBreakpoints, Usage};

/// What a model costs, in US dollars per million tokens ([Pricing](https://docs.claude.com/en/docs/about-claude/pricing)).
///
/// Models of the table have theirs ([`Price::of`]). For others, and for prices that were agreed upon, a client takes rows of
/// its own ([`ClientBuilder::price`](crate::client::ClientBuilder::price)).
///
/// A response of a batch costs half, one that must run in the US a tenth more; its usage says so.
///
/// ```
/// use claudette::catalog::Price;
/// use claudette::Usage;
///
/// let usage: Usage = serde_json::from_str(r#"{"input_tokens":1000,"output_tokens":100,"cache_read_input_tokens":9000}"#)?;
/// let price = Price::new(3.0, 15.0).cache_reads(0.3);
/// assert_eq!(format!("{:.4}", price.cost(&usage).unwrap().total()), "0.0072");
/// assert_eq!(Price::of("claude-sonnet-4-6"), Some(price));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    rates: Rates,
    /// In fast mode, where there is one.
    fast: Option<Rates>,
    /// Of all tokens, where the prompt has more than so many.
    long: Option<(u64, Rates)>,
}

/// Dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Rates {
    input: f64,
    output: f64,
    cache_write_5m: f64,
    cache_write_1h: f64,
    cache_read: f64,
}

impl Price {
    /// A price of input and output. The cache has its usual one: writing costs 1.25 times the input for five minutes and
    /// twice the input for an hour, reading a tenth.
    pub fn new(input: f64, output: f64) -> Self {
        let rates = Rates {
            input,
            output,
            cache_write_5m: input * 1.25,
            cache_write_1h: input * 2.0,
            cache_read: input / 10.0,
        };
        Self { rates, fast: None, long: None }
    }

    /// What reading from the cache costs.
    pub fn cache_reads(mut self, dollars: f64) -> Self {
        self.rates.cache_read = dollars;
        self
    }

    /// What writing to the cache costs, for five minutes and for an hour.
    pub fn cache_writes(mut self, minutes: f64, hour: f64) -> Self {
        (self.rates.cache_write_5m, self.rates.cache_write_1h) = (minutes, hour);
        self
    }

    /// What input and output cost in fast mode. The cache costs more by as much as the input does.
    pub fn fast(mut self, input: f64, output: f64) -> Self {
        self.fast = Some(Rates { output, ..self.rates.times(input / self.rates.input) });
        self
    }

    /// What all tokens cost where the prompt has more than so many, cached ones included.
    pub fn above(mut self, prompt_tokens: u64, price: Self) -> Self {
        self.long = Some((prompt_tokens, price.rates));
        self
    }

    /// Dollars for a million tokens of input.
    pub fn input(&self) -> f64 {
        self.rates.input
    }

    /// Dollars for a million tokens of output.
    pub fn output(&self) -> f64 {
        self.rates.output
    }

    /// Dollars for a million tokens written to the cache for five minutes.
    pub fn cache_write_5m(&self) -> f64 {
        self.rates.cache_write_5m
    }

    /// Dollars for a million tokens written to the cache for an hour.
    pub fn cache_write_1h(&self) -> f64 {
        self.rates.cache_write_1h
    }

    /// Dollars for a million tokens read from the cache.
    pub fn cache_read(&self) -> f64 {
        self.rates.cache_read
    }

    /// What the usage of one response costs; `None` for one in fast mode, where that has no price, and for one with a counter
    /// that cannot be read. As for [`Cost::of`], but that
    /// all runs of a response count as runs of this model.
    pub fn cost(&self, usage: &Usage) -> Option<Cost> {
        if !usage.is_readable() {
            return None;
        }
        let price = self.under(usage.speed() == Some("fast"), usage.inference_geo())?;
        let mut rates = match price.long {
            Some((most, long)) if usage.total_input() > most => long,
            _ => price.rates,
        };
        if usage.service_tier() == Some("batch") {
            rates = rates.times(BATCH);
        }
        let hour = usage.cache_creation_1h_input_tokens();
        // The split may be smaller than the total: the rest is billed at the shorter lifetime's price.
        let minutes = usage.cache_creation_input_tokens().saturating_sub(hour);
        let tokens = |count: u64, per_million: f64| count as f64 * per_million / 1e6;
        Some(Cost {
            input: tokens(usage.input_tokens(), rates.input),
            output: tokens(usage.output_tokens(), rates.output),
            cache: tokens(minutes, rates.cache_write_5m)
                + tokens(hour, rates.cache_write_1h)
                + tokens(usage.cache_read_input_tokens(), rates.cache_read),
            server_tools: usage.web_search_requests() as f64 * WEB_SEARCH,
        })
    }
}

impl Price {
    /// What a request costs at most with so many tokens: with cache marks in it, all of its input may be written to the
    /// cache, and the dearest of the rates by the size of the prompt may apply.
    pub(crate) fn at_most(&self, marks: CacheBreakpoints, input: u64, output: u64) -> f64 {
        let long = self.long.filter(|(most, _)| input > *most).map(|(_, rates)| rates);
        let all = [Some(self.rates), long].into_iter().flatten();
        let cost = |rates: Rates| {
            let minutes = if marks.has_minutes() { rates.cache_write_5m } else { 0.0 };
            let hour = if marks.has_hour() { rates.cache_write_1h } else { 0.0 };
            (input as f64 * rates.input.max(minutes).max(hour) + output as f64 * rates.output) / 1e6
        };
        all.map(cost).fold(0.0, f64::max)
    }

    /// The price of requests in fast mode, or in one place, with no other in it; `None` where fast mode has none.
    pub(crate) fn under(self, is_fast: bool, place: Option<&str>) -> Option<Self> {
        let factor = if place == Some("us") { US } else { 1.0 };
        let rates = if is_fast { self.fast? } else { self.rates };
        let long = self.long.filter(|_| !is_fast).map(|(most, rates)| (most, rates.times(factor)));
        Some(Self { rates: rates.times(factor), fast: None, long })
    }
}

/// What running in the US alone costs more.
const US: f64 = 1.1;

/// What a batch costs less.
const BATCH: f64 = 0.5;

/// Dollars for one web search. Fetching pages costs nothing but tokens.
pub(super) const WEB_SEARCH: f64 = 0.01;

impl Rates {
    fn times(self, factor: f64) -> Self {
        Self {
            input: self.input * factor,
            output: self.output * factor,
            cache_write_5m: self.cache_write_5m * factor,
            cache_write_1h: self.cache_write_1h * factor,
            cache_read: self.cache_read * factor,
        }
    }
}
