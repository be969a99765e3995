//! [`Price`]: what a model costs, by the price list of 2026-11-22.

use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::model::{Model, undated};
use crate::messages::{CacheBreakpoints, Usage};

/// What a model costs, in US dollars per million tokens ([Pricing](https://docs.claude.com/en/docs/about-claude/pricing)).
///
/// Models of the table have theirs ([`Price::of`]). For others, and for prices that were agreed upon, a client takes rows of
/// its own ([`ClientBuilder::price`](crate::ClientBuilder::price)).
///
/// A reply of a batch costs half, one that must run in the US a tenth more; its usage says so.
///
/// ```
/// use claudette::{Price, Usage};
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

    /// The price of a model, with its date or without; `None` for one that the table of 2026-11-22 does not have.
    pub fn of(model: &str) -> Option<Self> {
        let price = |input, output, cache_read| Some(Self::new(input, output).cache_reads(cache_read));
        match undated(model) {
            "claude-fable-5-2" | "claude-mythos-5-2" => price(8.0, 40.0, 0.20).map(|price| price.fast(16.0, 80.0)),
            "claude-fable-5-1" | "claude-mythos-5-1" => price(10.0, 50.0, 0.25),
            "claude-fable-5" | "claude-mythos-5" | "claude-mythos-preview" => price(10.0, 50.0, 1.00),
            "claude-opus-5-5" => price(4.0, 20.0, 0.20).map(|price| price.fast(8.0, 40.0)),
            "claude-opus-5" | "claude-opus-4-8" => price(5.0, 25.0, 0.50).map(|price| price.fast(10.0, 50.0)),
            "claude-opus-4-7" | "claude-opus-4-6" | "claude-opus-4-5" => price(5.0, 25.0, 0.50),
            "claude-opus-4-1" | "claude-opus-4" => price(15.0, 75.0, 1.50),
            "claude-sonnet-5-5" => price(2.0, 10.0, 0.10),
            "claude-sonnet-5" => price(2.0, 10.0, 0.20),
            "claude-sonnet-4-6" | "claude-sonnet-4-5" | "claude-sonnet-4" => price(3.0, 15.0, 0.30),
            "claude-haiku-5-5" => {
                let long = Self::new(0.50, 2.50).cache_reads(0.05);
                price(0.10, 0.50, 0.01).map(|price| price.above(100_000, long))
            }
            "claude-haiku-4-5" => price(1.0, 5.0, 0.10),
            _ => None,
        }
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

    /// What the usage of one reply costs; `None` for one in fast mode, where that has no price, and for one with a counter
    /// that cannot be read. As for [`Cost::of`], but that
    /// all runs of a reply count as runs of this model.
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
const WEB_SEARCH: f64 = 0.01;

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

/// The prices that a client knows: rows of its own, then those of the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prices(Vec<(Model, Price)>);

impl Prices {
    pub(crate) fn add(&mut self, model: Model, price: Price) {
        self.0.push((model, price));
    }

    /// The price of a model; of rows for the same one the last counts.
    pub(crate) fn of(&self, model: &str) -> Option<Price> {
        let own = |exact: &str| self.0.iter().rev().find(|(model, _)| model.as_str() == exact).map(|(_, price)| *price);
        own(model).or_else(|| own(undated(model))).or_else(|| Price::of(model))
    }

    /// What one reply of this model costs.
    ///
    /// Where the model ran several times for it, as for a compaction, the runs are billed, each at the price of its own model
    /// ([Messages API, `usage.iterations`](https://docs.claude.com/en/api/messages)).
    pub(crate) fn cost(&self, model: &str, usage: &Usage) -> Option<Cost> {
        if usage.iterations().is_empty() || !usage.is_readable() {
            return self.of(model)?.cost(usage);
        }
        let mut sum = Cost { server_tools: usage.web_search_requests() as f64 * WEB_SEARCH, ..Cost::default() };
        for run in usage.iterations() {
            let model = run["model"].as_str().unwrap_or(model);
            sum += self.of(model)?.cost(&usage.of_run(run)?)?;
        }
        Some(sum)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn cost(model: &str, usage: Value) -> String {
        let usage: Usage = serde_json::from_value(usage).unwrap();
        Prices::default().cost(model, &usage).map_or("unknown".into(), |cost| format!("{:.6}", cost.total()))
    }

    #[test]
    fn each_kind_of_token_has_its_price() {
        let all = json!({"input_tokens": 1_000_000, "output_tokens": 100_000, "cache_creation_input_tokens": 300_000,
                         "cache_creation": {"ephemeral_5m_input_tokens": 100_000, "ephemeral_1h_input_tokens": 100_000},
                         "cache_read_input_tokens": 1_000_000, "server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 9}});
        // 4 + 2 + (0.2 × 5 + 0.1 × 8 + 0.2) + 0.03: what the split leaves out counts as five minutes.
        assert_eq!(cost("claude-opus-5-5", all), "8.030000");
    }

    #[test]
    fn the_size_of_the_prompt_sets_the_price() {
        assert_eq!(cost("claude-haiku-5-5", json!({"input_tokens": 100_000})), "0.010000");
        assert_eq!(cost("claude-haiku-5-5", json!({"input_tokens": 100_001})), "0.050001");
        let cached = json!({"input_tokens": 2, "cache_read_input_tokens": 100_000});
        assert_eq!(cost("claude-haiku-5-5", cached), "0.005001");
    }

    #[test]
    fn tier_speed_and_place_change_it() {
        let of = |field: &str, word: &str| json!({"input_tokens": 1_000_000, "cache_read_input_tokens": 1_000_000, field: word});
        assert_eq!(cost("claude-opus-5-5", of("service_tier", "standard")), "4.200000");
        assert_eq!(cost("claude-opus-5-5", of("service_tier", "batch")), "2.100000");
        assert_eq!(cost("claude-opus-5-5", of("inference_geo", "us")), "4.620000");
        assert_eq!(cost("claude-opus-5-5", of("inference_geo", "global")), "4.200000");
        assert_eq!(cost("claude-opus-5-5", of("speed", "fast")), "8.400000");
        assert_eq!(cost("claude-sonnet-5-5", of("speed", "fast")), "unknown");
    }

    #[test]
    fn runs_are_billed_each_at_its_own_price() {
        let usage = json!({"input_tokens": 10, "output_tokens": 10, "inference_geo": "us", "server_tool_use": {"web_search_requests": 1},
            "iterations": [
                {"type": "compaction", "input_tokens": 1_000_000, "output_tokens": 0},
                {"type": "advisor_message", "model": "claude-haiku-4-5", "input_tokens": 0, "output_tokens": 100_000}]});
        assert_eq!(cost("claude-opus-5-5", usage), "4.960000");
        let strange = json!({"iterations": [{"model": "somebody", "input_tokens": 1}]});
        assert_eq!(cost("claude-opus-5-5", strange), "unknown");
    }

    #[test]
    fn rows_of_ones_own_come_first() {
        let mut prices = Prices::default();
        prices.add("claude-opus-5-5".into(), Price::new(1.0, 2.0));
        prices.add("mine".into(), Price::new(3.0, 4.0));
        prices.add("mine".into(), Price::new(5.0, 6.0));
        assert_eq!(prices.of("claude-opus-5-5"), Some(Price::new(1.0, 2.0)));
        assert_eq!(prices.of("mine-20260101"), Some(Price::new(5.0, 6.0)));
        assert_eq!(prices.of("claude-haiku-4-5"), Price::of("claude-haiku-4-5"));
        assert_eq!(prices.of("yours"), None);
    }
}
