//! The price list of 2026-11-22.

use super::model::plain_name;
use super::price::Price;

impl Price {
    /// Returns the price of a model, whose name can have a date. Returns `None` if the price list of 2026-11-22 does
    /// not contain the model.
    pub fn of(model: &str) -> Option<Self> {
        let price = |input, output, cache_read| Some(Self::new(input, output).cache_reads(cache_read));
        match plain_name(model) {
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
}
