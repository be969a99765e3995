//! [`SampleJournal`]: the journal of a tool loop of the program under test.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use claudette::catalog::Spent;
use claudette::journal::{Journal, JournalCall, JournalStep, Record};
use claudette::{BoxFuture, EndReason, Result};

/// The journal of a tool loop of the program under test; [`Sample::journal`](crate::eval::Sample::journal) returns it.
///
/// Without a journal of the eval, it stores nothing.
#[must_use = "a journal does nothing without a loop: pass it to `ToolLoop::journal`"]
pub struct SampleJournal {
    run_id: String,
    stored: Option<Arc<dyn Journal>>,
    earlier: Earlier,
}

/// The time and the cost of the steps that an earlier process has run.
#[derive(Clone)]
pub(super) struct Earlier {
    /// The start of the sample in this process.
    begun: SystemTime,
    steps: Arc<Mutex<Steps>>,
}

#[derive(Default)]
struct Steps {
    /// The times of the first and of the last step, by the life of the run. Between two lives, nothing ran.
    times: HashMap<Option<String>, (SystemTime, SystemTime)>,
    spent: Spent,
}

impl Earlier {
    pub(super) fn new() -> Self {
        Self { begun: SystemTime::now(), steps: Arc::default() }
    }

    fn note(&self, record: &Record) {
        let Some(at) = record.at().filter(|at| *at < self.begun) else { return };
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let (first, last) = steps.times.entry(record.life()).or_insert((at, at));
        (*first, *last) = ((*first).min(at), (*last).max(at));
        if let Some(spent) = record.spent() {
            steps.spent += &spent;
        }
    }

    /// Returns the time that the steps have taken, and their cost.
    pub(super) fn total(&self) -> (Duration, Spent) {
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let times = steps.times.values().filter_map(|(first, last)| last.duration_since(*first).ok());
        (times.sum(), steps.spent.clone())
    }
}

impl SampleJournal {
    pub(super) fn new(run_id: String, stored: Option<Arc<dyn Journal>>, earlier: Earlier) -> Self {
        Self { run_id, stored, earlier }
    }
}

impl Journal for SampleJournal {
    fn run_id(&self) -> &str {
        &self.run_id
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        let Some(stored) = &self.stored else { return step.run() };
        let record = stored.step(step);
        Box::pin(async move { record.await.inspect(|record| self.earlier.note(record)) })
    }

    fn call<'a>(&'a self, call: JournalCall<'a>) -> BoxFuture<'a, Result<Record>> {
        let Some(stored) = &self.stored else { return call.run(self) };
        let record = stored.call(call);
        Box::pin(async move { record.await.inspect(|record| self.earlier.note(record)) })
    }

    fn end<'a>(&'a self, reason: &'a EndReason) -> BoxFuture<'a, Result<()>> {
        match &self.stored {
            Some(stored) => stored.end(reason),
            None => Box::pin(async { Ok(()) }),
        }
    }

    fn allows_drift(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.allows_drift())
    }
}

impl fmt::Debug for SampleJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SampleJournal").field(&self.run_id).finish()
    }
}
