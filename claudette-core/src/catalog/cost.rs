//! [`Cost`]: what usage costs, and [`CostReport`], which shows it.

use std::fmt;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use super::price::Prices;
use crate::messages::Usage;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// What the usage of one reply costs by the [table](crate::Price::of); `None` for a model without a price there.
    ///
    /// Give it the usage of a single reply, not a sum: some prices depend on the size of the prompt, and what a reply says of
    /// its tier, its speed and its place is lost in a sum.
    pub fn of(model: &str, usage: &Usage) -> Option<Self> {
        Prices::default().cost(model, usage)
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
        let cached = usage.cache_creation_input_tokens().saturating_add(usage.cache_read_input_tokens());
        let served = usage.web_search_requests().saturating_add(usage.web_fetch_requests());
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
}
