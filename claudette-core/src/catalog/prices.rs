//! [`Prices`]: the prices of a client.

use super::cost::Cost;
use super::model::{Model, plain_name};
use super::price::{Price, WEB_SEARCH};
use crate::messages::{Fallback, IterationKind, Response, Usage};

/// The prices of a client: those that the program set, then those of the price list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prices {
    own: Vec<(Model, Price)>,
    /// Other names of models.
    aliases: Vec<(Model, Model)>,
}

impl Prices {
    pub(crate) fn add(&mut self, model: Model, price: Price) {
        self.own.push((model, price));
    }

    pub(crate) fn add_alias(&mut self, name: Model, model: Model) {
        self.aliases.push((name, model));
    }

    /// Returns the model with this alias. If the program set several, the last counts.
    pub(crate) fn alias(&self, name: &str) -> Option<&Model> {
        self.aliases.iter().rev().find(|(alias, _)| alias.as_str() == name).map(|(_, model)| model)
    }

    /// Returns the price of a model. If the program set several, the last counts. The factor changes only prices of the
    /// price list.
    pub(crate) fn of(&self, model: &str, factor: f64) -> Option<Price> {
        let model = self.alias(model).map_or(model, Model::as_str);
        let own =
            |exact: &str| self.own.iter().rev().find(|(model, _)| model.as_str() == exact).map(|(_, price)| *price);
        own(model).or_else(|| own(plain_name(model))).or_else(|| Price::of(model).map(|price| price.times(factor)))
    }

    /// Returns the cost of a response of this model. If other models have declined before, their runs are billed at their
    /// own prices, also if the API does not name the first one.
    pub(crate) fn cost_of(&self, model: &str, response: &Response, factor: f64) -> Option<Cost> {
        let first = || response.content().iter().find_map(|block| block.as_fallback()).map(Fallback::from);
        self.cost_from(first, model, response.usage(), factor)
    }

    /// Returns the cost of the usage of this model.
    ///
    /// If several runs of models led to the response, for example for a compaction, each run is billed at the price of
    /// its model ([Messages API, `usage.iterations`](https://platform.claude.com/docs/en/api/messages/create)).
    fn cost(&self, model: &str, usage: &Usage) -> Option<Cost> {
        self.cost_from(|| None, model, usage, 1.0)
    }

    fn cost_from<'m>(
        &self,
        first: impl FnOnce() -> Option<&'m str>,
        model: &'m str,
        usage: &Usage,
        factor: f64,
    ) -> Option<Cost> {
        if usage.iterations().next().is_none() || !usage.is_readable() {
            return self.of(model, factor)?.cost(usage);
        }
        let mut sum = Cost { server_tools: usage.web_search_requests() as f64 * WEB_SEARCH, ..Cost::default() };
        let first = first().filter(|first| !first.is_empty()).unwrap_or(model);
        for run in usage.iterations() {
            let own = if *run.kind() == IterationKind::FallbackMessage { model } else { first };
            sum += self.of(run.model().unwrap_or(own), factor)?.cost(run.usage())?;
        }
        Some(sum)
    }
}

impl Cost {
    /// Returns the cost of the usage of one response, by the [price list](crate::catalog::Price::of). Returns `None` if
    /// the list does not contain the model.
    ///
    /// Use the usage of a single response, not a sum. Some prices depend on the size of the prompt, and a sum does not
    /// contain the service tier, the speed and the region of the responses.
    pub fn of(model: &str, usage: &Usage) -> Option<Self> {
        Prices::default().cost(model, usage)
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
        // 4 + 2 + (0.2 × 5 + 0.1 × 8 + 0.2) + 0.03. Tokens that are not in the split count as five minutes.
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
        let strange = json!({"iterations": [{"model": "provider", "input_tokens": 1}]});
        assert_eq!(cost("claude-opus-5-5", strange), "unknown");
    }

    #[test]
    fn a_model_that_declined_has_its_own_price() {
        let response = |content: Value| -> Response {
            let usage = json!({"input_tokens": 10, "iterations": [
                {"type": "message", "input_tokens": 1_000_000}, {"type": "fallback_message", "input_tokens": 100_000}]});
            serde_json::from_value(json!({"content": content, "usage": usage})).unwrap()
        };
        let seam = json!([{"type": "fallback", "from": {"model": "claude-opus-5-5"}}]);
        let cost = |content| Prices::default().cost_of("claude-haiku-4-5", &response(content), 1.0).unwrap().total();
        assert_eq!((cost(seam), cost(json!([]))), (4.0 + 0.1, 1.0 + 0.1));
    }

    #[test]
    fn prices_of_the_program_come_first() {
        let mut prices = Prices::default();
        prices.add("claude-opus-5-5".into(), Price::new(1.0, 2.0));
        prices.add("mine".into(), Price::new(3.0, 4.0));
        prices.add("mine".into(), Price::new(5.0, 6.0));
        assert_eq!(prices.of("claude-opus-5-5", 2.0), Some(Price::new(1.0, 2.0)));
        assert_eq!(prices.of("mine-20260101", 2.0), Some(Price::new(5.0, 6.0)));
        assert_eq!(prices.of("claude-haiku-4-5", 2.0), Some(Price::new(2.0, 10.0).cache_reads(0.2)));
        prices.add_alias("yours".into(), "claude-opus-5-5".into());
        assert_eq!(prices.of("yours", 2.0), Some(Price::new(1.0, 2.0)));
        assert_eq!(prices.of("theirs", 2.0), None);
    }
}
