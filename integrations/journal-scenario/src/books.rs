//! [`Books`]: the checks of a kill test, and its figures.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use claudette::{Response, Usage};
use serde_json::Value;

use crate::files::{Counts, Files};
use crate::plan::{REQUESTS, STEPS, call_steps, is_idempotent};
use crate::work::Outcome;

/// The text that the model reads about a call that was interrupted.
const INTERRUPTED: &str = "nterrupted";

/// Checks what the processes of a kill test have done, and counts it.
///
/// Each method takes the finished steps of a run: their names, such as `tool#1.2:pay`, and the texts of their records.
/// The display lists the figures.
#[derive(Debug)]
pub struct Books {
    files: Files,
    /// For each finished step, how often its work had been done when it was first seen.
    seen: HashMap<(String, String), usize>,
    /// The number of kills of each run that is not finished.
    open: HashMap<String, usize>,
    /// The number of kills by the number of finished steps of the run.
    spread: BTreeMap<usize, usize>,
    kills: usize,
    in_a_call: usize,
    in_a_request: usize,
    runs: usize,
    calls: usize,
    interrupted: usize,
    lost_before_effect: usize,
    repeated_calls: usize,
    repeated_requests: usize,
    repeated_asks: usize,
}

impl Books {
    /// Returns empty books.
    pub fn new(files: &Files) -> Self {
        Self {
            files: files.clone(),
            seen: HashMap::new(),
            open: HashMap::new(),
            spread: BTreeMap::new(),
            kills: 0,
            in_a_call: 0,
            in_a_request: 0,
            runs: 0,
            calls: 0,
            interrupted: 0,
            lost_before_effect: 0,
            repeated_calls: 0,
            repeated_requests: 0,
            repeated_asks: 0,
        }
    }

    /// Notes a kill of the process that ran this run, and checks that no finished step has run again.
    pub fn killed(&mut self, run: &str, finished: &[(String, String)]) {
        self.kills += 1;
        *self.open.entry(run.to_owned()).or_default() += 1;
        *self.spread.entry(finished.len()).or_default() += 1;
        let has = |name: &str| finished.iter().any(|(step, _)| step == name);
        let runs_now = |step: &String| has(&format!("{step}/started")) && !has(step);
        self.in_a_call += usize::from(call_steps().iter().any(|(step, ..)| runs_now(step)));
        let counts = self.check(run, finished);
        let next = (1..=REQUESTS).find(|request| !has(&format!("request#{request}")));
        self.in_a_request += usize::from(next.is_some_and(|request| counts.requests(run, request) > 0));
    }

    /// Checks that no finished step has run again since it was first seen.
    pub fn check(&mut self, run: &str, finished: &[(String, String)]) -> Counts {
        let counts = self.files.counts();
        let calls = call_ids(finished);
        for (step, _) in finished {
            let now = if let Some(request) = step.strip_prefix("request#") {
                counts.requests(run, request.parse().unwrap())
            } else if let Some(call) = step.strip_prefix("approval#") {
                counts.asks(&calls[call])
            } else {
                counts.effects(run, step)
            };
            let then = *self.seen.entry((run.to_owned(), step.clone())).or_insert(now);
            assert_eq!(then, now, "{run}: `{step}` ran again after it had finished");
        }
        counts
    }

    /// Checks a run that is finished.
    pub fn finished(&mut self, run: &str, finished: &[(String, String)], outcome: &Outcome) {
        let counts = self.check(run, finished);
        let kills = self.open.remove(run).unwrap_or_default();
        self.runs += 1;
        outcome.check(run);
        let usage = journaled_usage(finished);
        assert_eq!(outcome.usage, usage, "{run}: the usage of the run");
        assert_eq!(outcome.chat_usage, usage, "{run}: the usage of the chat");

        let answered: Vec<usize> = (1..=REQUESTS).map(|request| counts.requests(run, request)).collect();
        assert!(answered.iter().all(|times| *times >= 1), "{run}: {answered:?}");
        let repeated = answered.iter().sum::<usize>() - REQUESTS;
        assert!(repeated <= kills, "{run}: {repeated} requests were repeated after {kills} kills: {answered:?}");
        self.repeated_requests += repeated;

        for (step, tool, _) in call_steps() {
            let Some((_, record)) = finished.iter().find(|(name, _)| *name == step) else {
                panic!("{run}: `{step}` is not in the journal")
            };
            let (times, is_interrupted) = (counts.effects(run, &step), record.contains(INTERRUPTED));
            self.calls += 1;
            if is_idempotent(tool) {
                assert!(times >= 1 && !is_interrupted, "{run}: `{step}` ran {times} times: {record}");
                self.repeated_calls += times - 1;
            } else if is_interrupted {
                assert!(times <= 1, "{run}: `{step}` was interrupted, and ran {times} times");
                self.interrupted += 1;
                self.lost_before_effect += 1 - times;
            } else {
                assert_eq!(times, 1, "{run}: `{step}`");
            }
            let call = &call_ids(finished)[step.trim_start_matches("tool#").split(':').next().unwrap()];
            let asks = counts.asks(call);
            assert!(asks >= 1, "{run}: there was no question about `{step}`");
            self.repeated_asks += asks - 1;
        }
    }

    /// Returns the number of kills.
    pub fn kills(&self) -> usize {
        self.kills
    }

    /// Returns the number of kills while a call that must not run twice was running.
    pub fn kills_in_a_call(&self) -> usize {
        self.in_a_call
    }

    /// Returns the number of kills by the number of finished steps of the run.
    pub fn spread(&self) -> &BTreeMap<usize, usize> {
        &self.spread
    }

    /// Checks that the kills are spread over the whole run: each quarter of its steps has at least a sixteenth of
    /// them, and at least one of them was in a call.
    pub fn assert_spread(&self) {
        let in_quarter = |n| self.spread.range(n * STEPS / 4..(n + 1) * STEPS / 4).map(|(_, kills)| kills).sum();
        let quarters: Vec<usize> = (0..4).map(in_quarter).collect();
        let is_even = quarters.iter().all(|kills| kills * 16 >= self.kills);
        assert!(is_even && self.in_a_call > 0, "the kills are not spread: {quarters:?}\n{self}");
    }
}

/// Returns the ids of the calls, by `request.number`.
fn call_ids(finished: &[(String, String)]) -> HashMap<String, String> {
    let mut ids = HashMap::new();
    for (step, record) in finished {
        let Some(request) = step.strip_prefix("request#") else { continue };
        let record: Value = serde_json::from_str(record).unwrap();
        let blocks = record["value"]["response"]["response"]["content"].as_array().unwrap().iter();
        for (index, call) in blocks.filter(|block| block["type"] == "tool_use").enumerate() {
            ids.insert(format!("{request}.{}", index + 1), call["id"].as_str().unwrap().to_owned());
        }
    }
    ids
}

/// Returns the sum of the usage of all responses in the journal.
fn journaled_usage(finished: &[(String, String)]) -> Usage {
    let requests = finished.iter().filter(|(step, _)| step.starts_with("request#"));
    let usage = requests.map(|(_, record)| {
        let mut record: Value = serde_json::from_str(record).unwrap();
        let response: Response = serde_json::from_value(record["value"]["response"]["response"].take()).unwrap();
        response.usage().clone()
    });
    usage.sum()
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} runs, {} kills", self.runs, self.kills)?;
        writeln!(f, "  in a call: {}, in a request: {}", self.in_a_call, self.in_a_request)?;
        writeln!(f, "  calls: {}", self.calls)?;
        writeln!(f, "    interrupted, not run again: {}", self.interrupted)?;
        writeln!(f, "    of these, killed before their effect: {}", self.lost_before_effect)?;
        writeln!(f, "    idempotent, run again: {}", self.repeated_calls)?;
        writeln!(f, "  requests sent again: {}", self.repeated_requests)?;
        writeln!(f, "  questions asked again: {}", self.repeated_asks)?;
        write!(f, "  kills by the number of finished steps (of {STEPS}):")?;
        self.spread.iter().try_for_each(|(steps, kills)| write!(f, " {steps}:{kills}"))
    }
}
