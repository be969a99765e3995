//! A journal in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use claudette::journal::{Journal, JournalStep, Record};
use claudette::{BoxFuture, Error, Result};

/// A journal in memory. Clones share the records.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<BTreeMap<(String, String), String>>>);

pub struct MemoryRun {
    memory: Memory,
    id: String,
    is_broken: bool,
}

impl Memory {
    pub fn run(&self, id: String) -> MemoryRun {
        MemoryRun { memory: self.clone(), id, is_broken: false }
    }

    /// Returns a journal that stores nothing and fails.
    pub fn broken(&self, id: String) -> MemoryRun {
        MemoryRun { is_broken: true, ..self.run(id) }
    }

    /// Returns the ids of all runs.
    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<_> = self.0.lock().unwrap().keys().map(|(run, _)| run.clone()).collect();
        ids.dedup();
        ids
    }

    /// Forgets all runs whose id contains the text.
    pub fn forget(&self, text: &str) {
        self.0.lock().unwrap().retain(|(run, _), _| !run.contains(text));
    }
}

impl Journal for MemoryRun {
    fn run_id(&self) -> &str {
        &self.id
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move {
            let key = (self.id.clone(), step.id().to_string());
            if let Some(stored) = self.memory.0.lock().unwrap().get(&key) {
                return Ok(Record::from(stored.clone()));
            }
            let record = step.run().await?;
            if self.is_broken {
                return Err(Error::journal("the disk is full"));
            }
            self.memory.0.lock().unwrap().insert(key, record.as_str().to_owned());
            Ok(record)
        })
    }
}
