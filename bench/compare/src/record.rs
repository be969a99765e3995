//! The raw figures, as JSON.

use serde_json::{Map, Value, json};

use crate::figures::Figures;
use crate::machine;

pub fn json(figures: &Figures, rounds: usize) -> String {
    let mut scenarios: Map<String, Value> = Map::new();
    for (scenario, client, rounds) in figures.iter() {
        scenarios.entry(scenario).or_insert_with(|| json!({}))[client] = json!(rounds);
    }
    let machine: Vec<_> = machine::facts().lines().map(str::to_owned).collect();
    let units = "CPU time in nanoseconds, `build` in seconds; `concurrency` and `size` in bytes; one figure per round";
    let all = json!({"machine": machine, "units": units, "rounds": rounds, "figures": scenarios});
    format!("{all:#}\n")
}
