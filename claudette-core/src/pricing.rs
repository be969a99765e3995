//! [`Cost`]: what usage costs, by the price list of 2026-11-22.

use std::fmt;
use std::ops::{Add, AddAssign};

use crate::messages::Usage;
use crate::model::undated;

/// US dollars, split the way a bill is.
///
/// ```
/// use claudette::{Cost, Usage};
///
/// let usage: Usage = serde_json::from_str(r#"{"input_tokens":2180,"output_tokens":204}"#)?;
/// let cost = Cost::of("claude-sonnet-4-5", &usage).unwrap();
/// assert_eq!(format!("{:.6}", cost.total()), "0.009600");
/// assert!(Cost::of("some-other-model", &usage).is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Cost {
    /// Uncached input tokens.
    pub input: f64,
    /// Output tokens.
    pub output: f64,
    /// Tokens written to the prompt cache and read from it.
    pub cache: f64,
    /// Web searches.
    pub server_tools: f64,
}

impl Cost {
    /// What the usage of one reply costs; `None` for a model without a price here.
    ///
    /// Give it the usage of a single reply, not a sum: some prices depend on the size of the prompt.
    pub fn of(model: &str, usage: &Usage) -> Option<Self> {
        let price = Price::of(model, usage.total_input())?;
        let hour = usage.cache_creation_1h_input_tokens();
        // The split may be smaller than the total: the rest is billed at the shorter lifetime's price.
        let minutes = usage.cache_creation_input_tokens().saturating_sub(hour);
        let tokens = |count: u64, per_million: f64| count as f64 * per_million / 1e6;
        Some(Self {
            input: tokens(usage.input_tokens(), price.input),
            output: tokens(usage.output_tokens(), price.output),
            cache: tokens(minutes, price.input * 1.25)
                + tokens(hour, price.input * 2.0)
                + tokens(usage.cache_read_input_tokens(), price.cache_read),
            server_tools: usage.web_search_requests() as f64 * WEB_SEARCH,
        })
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.input + self.output + self.cache + self.server_tools
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache += other.cache;
        self.server_tools += other.server_tools;
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

/// Dollars for one web search.
const WEB_SEARCH: f64 = 0.01;

/// Dollars per million tokens. A write to the cache costs 1.25 (5 minutes) or 2 (1 hour) times the input.
struct Price {
    input: f64,
    output: f64,
    cache_read: f64,
}

impl Price {
    fn of(model: &str, prompt_tokens: u64) -> Option<Self> {
        let price = |input, output, cache_read| Some(Self { input, output, cache_read });
        match undated(model) {
            "claude-fable-5-2" | "claude-mythos-5-2" => price(8.0, 40.0, 0.20),
            "claude-fable-5-1" | "claude-mythos-5-1" => price(10.0, 50.0, 0.25),
            "claude-fable-5" | "claude-mythos-5" | "claude-mythos-preview" => price(10.0, 50.0, 1.00),
            "claude-opus-5-5" => price(4.0, 20.0, 0.20),
            "claude-opus-5" | "claude-opus-4-8" | "claude-opus-4-7" | "claude-opus-4-6" | "claude-opus-4-5" => {
                price(5.0, 25.0, 0.50)
            }
            "claude-opus-4-1" | "claude-opus-4" => price(15.0, 75.0, 1.50),
            "claude-sonnet-5-5" => price(2.0, 10.0, 0.10),
            "claude-sonnet-5" => price(2.0, 10.0, 0.20),
            "claude-sonnet-4-6" | "claude-sonnet-4-5" | "claude-sonnet-4" => price(3.0, 15.0, 0.30),
            "claude-haiku-5-5" if prompt_tokens <= 100_000 => price(0.10, 0.50, 0.01),
            "claude-haiku-5-5" => price(0.50, 2.50, 0.05),
            "claude-haiku-4-5" => price(1.0, 5.0, 0.10),
            _ => None,
        }
    }
}

/// Usage and cost as a Markdown table.
#[derive(Clone, Debug)]
pub struct CostReport {
    pub(crate) usage: Usage,
    pub(crate) cost: Option<Cost>,
}

impl fmt::Display for CostReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { usage, cost } = self;
        let dollars =
            |part: fn(&Cost) -> f64| cost.as_ref().map_or("unknown".into(), |cost| format!("{:.6}", part(cost)));
        let cached = usage.cache_creation_input_tokens() + usage.cache_read_input_tokens();
        let served = usage.web_search_requests() + usage.web_fetch_requests();
        writeln!(f, "| Metric | Count | Cost (USD) |")?;
        writeln!(f, "|--------|------:|-----:|")?;
        writeln!(f, "| Input tokens | {} | {} |", grouped(usage.input_tokens()), dollars(|cost| cost.input))?;
        writeln!(f, "| Output tokens | {} | {} |", grouped(usage.output_tokens()), dollars(|cost| cost.output))?;
        writeln!(f, "| Cache tokens | {} | {} |", grouped(cached), dollars(|cost| cost.cache))?;
        writeln!(f, "| Server tool use | {} | {} |", grouped(served), dollars(|cost| cost.server_tools))?;
        let total = match cost {
            Some(cost) => format!("${:.6}", cost.total()),
            None => "unknown".into(),
        };
        write!(f, "| **Total** | **{}** | **{total}** |", grouped(usage.total()))
    }
}

/// `7063474` → `7,063,474`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_the_table_people_know() {
        let usage: Usage = serde_json::from_str(r#"{"input_tokens":2180,"output_tokens":204}"#).unwrap();
        let cost = Cost::of("claude-sonnet-4-5-20250929", &usage);
        assert_eq!(
            CostReport { usage, cost }.to_string(),
            "| Metric | Count | Cost (USD) |\n\
             |--------|------:|-----:|\n\
             | Input tokens | 2,180 | 0.006540 |\n\
             | Output tokens | 204 | 0.003060 |\n\
             | Cache tokens | 0 | 0.000000 |\n\
             | Server tool use | 0 | 0.000000 |\n\
             | **Total** | **2,384** | **$0.009600** |"
        );
    }

    #[test]
    fn the_size_of_the_prompt_sets_the_price() {
        let cost = |tokens: u64| {
            let usage = serde_json::from_str(&format!(r#"{{"input_tokens":{tokens}}}"#)).unwrap();
            Cost::of("claude-haiku-5-5", &usage).unwrap().total()
        };
        assert!((cost(100_000) - 0.01).abs() < 1e-12);
        assert!((cost(100_001) - 0.050_000_5).abs() < 1e-12);
    }
}
