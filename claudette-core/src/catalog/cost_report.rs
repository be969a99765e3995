//! [`CostReport`]: usage and cost as a Markdown table.

use std::fmt;

use super::cost::Cost;
use crate::messages::Usage;

/// Usage and cost, which display as a Markdown table.
///
/// [`Client::cost_report`](crate::Client::cost_report) and [`Chat::cost_report`](crate::Chat::cost_report) return it.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi!").usage(json!({"input_tokens": 1000, "output_tokens": 100})));
/// # let client = claude.client("claude-sonnet-5-5");
/// client.send("Hello!").await?;
/// assert!(client.cost_report().to_string().ends_with("| **Total** | **1,100** | **$0.003000** |"));
/// # Ok(())
/// # }
/// ```
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

/// Returns a number with thousands separators: `7063474` → `7,063,474`.
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
