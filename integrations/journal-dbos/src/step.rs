//! [`RecordedStep`]: a step of a loop as a step of DBOS.

use std::sync::{Arc, Mutex, PoisonError};

use claudette::Error;
use claudette::journal::JournalStep;
use claudette::tooling::StepId;
use serde_json::value::RawValue;

use crate::error::{RunError, step_error};
use crate::journal::Journal;

/// The stored text of an approval that is still open. A record is always an object.
pub(crate) const SUSPENDED: &str = "\"suspended\"";

/// A step of a loop as a step of DBOS.
///
/// The text of the record is stored unchanged, as JSON and not as a string in JSON, so that SQL can read it.
pub(crate) struct RecordedStep<'a> {
    run_id: &'a str,
    id: StepId,
    pending: dbos::PendingStep<'a, Box<RawValue>, RunError>,
    /// The step, until it runs.
    step: Arc<Mutex<Option<JournalStep<'a>>>>,
    failed: Arc<Mutex<Option<Error>>>,
}

impl<'a> RecordedStep<'a> {
    /// Creates the step. It gets its number here.
    pub(crate) fn new(journal: &'a Journal, step: JournalStep<'a>) -> Self {
        let id = step.id().clone();
        let (failed, step) = (Arc::<Mutex<Option<Error>>>::default(), Arc::new(Mutex::new(Some(step))));
        let (slot, work) = (failed.clone(), step.clone());
        let interrupted = || dbos::Error::Interrupted { workflow_id: journal.workflow_id.clone() };
        let pending = dbos::step(&id.to_string(), move || {
            // DBOS can call a body several times, but it does so only for a step with retries.
            let (step, slot) = (take(&work), slot.clone());
            async move {
                let Some(step) = step else { return Err(interrupted()) };
                match step.run().await {
                    Ok(record) if record.is_open() => raw(SUSPENDED.to_owned()),
                    Ok(record) => raw(record.as_str().to_owned()),
                    Err(error) => {
                        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                        // DBOS stores an error of a step, and returns it in each replay, except this one.
                        Err(interrupted())
                    }
                }
            }
        });
        Self { run_id: &journal.run_id, id, pending, step, failed }
    }

    /// Runs the step or replays it. Returns the stored text, and the step if it was replayed.
    ///
    /// # Errors
    /// Returns the error of the step unchanged, or an error of DBOS.
    pub(crate) async fn text(self) -> Result<(String, Option<JournalStep<'a>>), Error> {
        match self.pending.await {
            Ok(text) => Ok((Box::<str>::from(text).into_string(), take(&self.step))),
            Err(error) => Err(take(&self.failed).unwrap_or_else(|| step_error(self.run_id, &self.id, error))),
        }
    }
}

fn take<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn raw(text: String) -> dbos::Result<Box<RawValue>, RunError> {
    RawValue::from_string(text).map_err(|error| dbos::Error::Serialization {
        what: "record".into(),
        message: error.to_string(),
        source: Some(error),
    })
}
