//! [`Figures`]: the measured values of each round.

use std::collections::BTreeMap;

/// Figures by scenario and client.
#[derive(Default)]
pub struct Figures(BTreeMap<(&'static str, &'static str), Vec<f64>>);

impl Figures {
    pub fn add(&mut self, scenario: &'static str, client: &'static str, figure: f64) {
        self.0.entry((scenario, client)).or_default().push(figure);
    }

    /// Returns the median of the rounds, or `None` without any.
    pub fn median(&self, scenario: &'static str, client: &'static str) -> Option<f64> {
        let mut rounds = self.0.get(&(scenario, client))?.clone();
        rounds.sort_by(f64::total_cmp);
        let middle = rounds.len() / 2;
        Some(if rounds.len() % 2 == 1 { rounds[middle] } else { (rounds[middle - 1] + rounds[middle]) / 2.0 })
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str, &[f64])> {
        self.0.iter().map(|((scenario, client), rounds)| (*scenario, *client, &rounds[..]))
    }
}
