//! [`Price`]: the price of a model's tokens.

use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::model::{Model, plain_name};
use crate::messages::{CacheBreakpoints, Usage};

/// The price of a model, in US dollars per million tokens
/// ([Pricing](https://platform.claude.com/docs/en/about-claude/pricing)).
///
/// [`Price::of`] returns the list price of a model. For other models and other prices, set the price on the client
/// ([`ClientBuilder::price`](crate::client::ClientBuilder::price)).
///
/// A response from a batch costs half, and a response that must be computed in the US costs a tenth more. The usage of
/// the response contains this information.
///
/// ```
/// use claudette::catalog::Price;
/// use claudette::Usage;
///
/// let json = r#"{"input_tokens":1000,"output_tokens":100,"cache_read_input_tokens":9000}"#;
/// let usage: Usage = serde_json::from_str(json)?;
/// let price = Price::new(3.0, 15.0).cache_reads(0.3);
/// assert_eq!(format!("{:.4}", price.cost(&usage).unwrap().total()), "0.0072");
/// assert_eq!(Price::of("claude-sonnet-4-6"), Some(price));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    rates: Rates,
    /// The rates in fast mode, if the model has it.
    fast: Option<Rates>,
    /// The rates for all tokens if the prompt has more tokens than this.
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
    /// Returns a price for input and output. The prices of the prompt cache are the usual ones: writing costs 1.25
    /// times the input price for five minutes and twice the input price for an hour, and reading costs a tenth of it.
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

    /// Sets the price for reading from the cache.
    pub fn cache_reads(mut self, dollars: f64) -> Self {
        self.rates.cache_read = dollars;
        self
    }

    /// Sets the prices for writing to the cache, for five minutes and for an hour.
    pub fn cache_writes(mut self, minutes: f64, hour: f64) -> Self {
        (self.rates.cache_write_5m, self.rates.cache_write_1h) = (minutes, hour);
        self
    }

    /// Sets the prices of input and output in fast mode. The prices of the cache change in proportion to the input
    /// price.
    pub fn fast(mut self, input: f64, output: f64) -> Self {
        self.fast = Some(Rates { output, ..self.rates.times(input / self.rates.input) });
        self
    }

    /// Sets the price for all tokens if the prompt has more than `prompt_tokens` tokens, including cached ones.
    pub fn above(mut self, prompt_tokens: u64, price: Self) -> Self {
        self.long = Some((prompt_tokens, price.rates));
        self
    }

    /// Returns the price of a million input tokens, in dollars.
    pub fn input(&self) -> f64 {
        self.rates.input
    }

    /// Returns the price of a million output tokens, in dollars.
    pub fn output(&self) -> f64 {
        self.rates.output
    }

    /// Returns the price of writing a million tokens to the cache for five minutes, in dollars.
    pub fn cache_write_5m(&self) -> f64 {
        self.rates.cache_write_5m
    }

    /// Returns the price of writing a million tokens to the cache for an hour, in dollars.
    pub fn cache_write_1h(&self) -> f64 {
        self.rates.cache_write_1h
    }

    /// Returns the price of reading a million tokens from the cache, in dollars.
    pub fn cache_read(&self) -> f64 {
        self.rates.cache_read
    }

    /// Returns the factor between the price at a regional endpoint of a cloud and at its global endpoint: 1.1 since the
    /// model Sonnet 4.5, and 1 before
    /// ([Pricing](https://platform.claude.com/docs/en/about-claude/pricing#cloud-platform-pricing)).
    ///
    /// ```
    /// use claudette::catalog::{Model, Price};
    ///
    /// assert_eq!(Price::regional_factor(&Model::SONNET_5_5), 1.1);
    /// assert_eq!(Price::regional_factor(&"claude-opus-4-1@20250805".into()), 1.0);
    /// ```
    pub fn regional_factor(model: &Model) -> f64 {
        let name = plain_name(model.as_str());
        let is_older = matches!(name, "claude-opus-4-1" | "claude-opus-4" | "claude-sonnet-4");
        if is_older || name.starts_with("claude-3") { 1.0 } else { 1.1 }
    }

    /// Returns the cost of the usage of one response. Unlike [`Cost::of`], it counts all runs of a response as runs of
    /// this model.
    ///
    /// Returns `None` if the response is in fast mode and the price for it is not known, or if a counter cannot be
    /// read.
    pub fn cost(&self, usage: &Usage) -> Option<Cost> {
        if !usage.is_readable() {
            return None;
        }
        let price = self.under(usage.speed() == Some("fast"), usage.inference_geo())?;
        let mut rates = match price.long {
            Some((threshold, long)) if usage.total_input() > threshold => long,
            _ => price.rates,
        };
        if usage.service_tier() == Some("batch") {
            rates = rates.times(BATCH);
        }
        let hour = usage.cache_creation_1h_input_tokens();
        // The split can be smaller than the total. The rest is billed at the price for five minutes.
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
    /// Returns the price times a factor.
    pub(crate) fn times(self, factor: f64) -> Self {
        Self {
            rates: self.rates.times(factor),
            fast: self.fast.map(|rates| rates.times(factor)),
            long: self.long.map(|(threshold, rates)| (threshold, rates.times(factor))),
        }
    }

    /// Returns the maximum cost of a request with these numbers of tokens. If the request has cache breakpoints, all of
    /// its input can be written to the cache. Of the rates that depend on the size of the prompt, the highest counts.
    pub(crate) fn at_most(&self, marks: CacheBreakpoints, input: u64, output: u64) -> f64 {
        let long = self.long.filter(|(threshold, _)| input > *threshold).map(|(_, rates)| rates);
        let all = [Some(self.rates), long].into_iter().flatten();
        let cost = |rates: Rates| {
            let minutes = if marks.has_minutes() { rates.cache_write_5m } else { 0.0 };
            let hour = if marks.has_hour() { rates.cache_write_1h } else { 0.0 };
            (input as f64 * rates.input.max(minutes).max(hour) + output as f64 * rates.output) / 1e6
        };
        all.map(cost).fold(0.0, f64::max)
    }

    /// Returns the price of requests at this speed and in this region. Returns `None` if the price in fast mode is not
    /// known.
    pub(crate) fn under(self, is_fast: bool, place: Option<&str>) -> Option<Self> {
        let factor = if place == Some("us") { US } else { 1.0 };
        let rates = if is_fast { self.fast? } else { self.rates };
        let long = self.long.filter(|_| !is_fast).map(|(threshold, rates)| (threshold, rates.times(factor)));
        Some(Self { rates: rates.times(factor), fast: None, long })
    }
}

/// The factor for responses that must be computed in the US.
const US: f64 = 1.1;

/// The factor for responses from a batch.
const BATCH: f64 = 0.5;

/// The price of one web search, in dollars. Fetching a page costs only its tokens.
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
