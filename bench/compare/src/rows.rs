//! [`Row`]: a line of the table, and its goals.

use crate::figures::Figures;

pub struct Row {
    pub work: &'static str,
    pub unit: Unit,
    value: Value,
    pub goals: &'static [Goal],
}

#[derive(Clone, Copy)]
pub enum Unit {
    Nanoseconds,
    Seconds,
    Bytes,
    Pieces,
    Times,
}

/// The value that a line shows for each client.
enum Value {
    /// The median of a scenario.
    Of(&'static str),
    /// The ratio of the first scenario to the second.
    Growth(&'static str, &'static str),
}

/// An upper limit for our value: a multiple of another client's value, or an absolute value.
pub struct Goal {
    pub at_most: f64,
    pub times: Option<&'static str>,
}

pub const ROWS: &[Row] = &[
    Row::new("tool loop of 4 requests, CPU", Unit::Nanoseconds, Value::Of("loop4"))
        .goals(&[times(1.1, "baseline"), times(0.15, "rig")]),
    Row::new("turn, of 10 in a conversation, CPU", Unit::Nanoseconds, Value::Of("talk10")),
    Row::new("turn, of 160 in a conversation, CPU", Unit::Nanoseconds, Value::Of("talk160")),
    Row::new("turn of 160 : turn of 10", Unit::Times, Value::Growth("talk160", "talk10")).goals(&[at_most(1.25)]),
    Row::new("turn after an image of 2 MB, CPU", Unit::Nanoseconds, Value::Of("image"))
        .goals(&[times(1.1, "hyper-floor")]),
    Row::new("streamed piece, CPU", Unit::Nanoseconds, Value::Of("stream"))
        .goals(&[times(0.4, "baseline"), times(0.05, "rig")]),
    Row::new("streamed piece of a loop, CPU", Unit::Nanoseconds, Value::Of("stream-loop"))
        .goals(&[times(0.4, "baseline"), times(0.05, "rig")]),
    Row::new("streamed piece, allocations", Unit::Pieces, Value::Of("allocations")).goals(&[at_most(1.0)]),
    Row::new("streamed piece of a loop, allocations", Unit::Pieces, Value::Of("allocations-loop"))
        .goals(&[at_most(1.0)]),
    Row::new("call, JSON to JSON, CPU", Unit::Nanoseconds, Value::Of("dispatch")).goals(&[times(1.3, "baseline")]),
    Row::new("call with what a loop adds, CPU", Unit::Nanoseconds, Value::Of("dispatch-set")),
    Row::new("memory of one of 10,000 streams", Unit::Bytes, Value::Of("concurrency")).goals(&[at_most(40.0 * 1024.0)]),
    Row::new("clean release build, CPU", Unit::Seconds, Value::Of("build")).goals(&[times(0.7, "rig")]),
    Row::new("program with one tool, size", Unit::Bytes, Value::Of("size")).goals(&[times(0.6, "rig")]),
];

const fn times(at_most: f64, client: &'static str) -> Goal {
    Goal { at_most, times: Some(client) }
}

const fn at_most(at_most: f64) -> Goal {
    Goal { at_most, times: None }
}

impl Row {
    const fn new(work: &'static str, unit: Unit, value: Value) -> Self {
        Self { work, unit, value, goals: &[] }
    }

    const fn goals(mut self, goals: &'static [Goal]) -> Self {
        self.goals = goals;
        self
    }

    /// Returns the value of a client, if it was measured.
    pub fn value(&self, figures: &Figures, client: &'static str) -> Option<f64> {
        match self.value {
            Value::Of(scenario) => figures.median(scenario, client),
            Value::Growth(of, over) => Some(figures.median(of, client)? / figures.median(over, client)?),
        }
    }
}

impl Goal {
    /// Returns the measured value that is compared with the goal.
    pub fn seen(&self, row: &Row, figures: &Figures) -> Option<f64> {
        let ours = row.value(figures, "ours")?;
        Some(match self.times {
            Some(client) => ours / row.value(figures, client)?,
            None => ours,
        })
    }
}

impl Unit {
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Nanoseconds if value < 1e3 => format!("{value:.0} ns"),
            Self::Nanoseconds if value < 1e6 => format!("{:.1} µs", value / 1e3),
            Self::Nanoseconds => format!("{:.2} ms", value / 1e6),
            Self::Seconds => format!("{value:.0} s"),
            Self::Bytes if value < 1024.0 * 1024.0 => format!("{:.1} KB", value / 1024.0),
            Self::Bytes => format!("{:.2} MB", value / 1024.0 / 1024.0),
            Self::Pieces => format!("{value:.2}"),
            Self::Times => format!("{value:.2} ×"),
        }
    }
}
