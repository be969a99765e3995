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
    failed: Arc<Mutex<Option<Error>>>,
}

impl<'a> RecordedStep<'a> {
    /// Creates the step. It gets its number here.
    pub(crate) fn new(journal: &'a Journal, step: JournalStep<'a>) -> Self {
        let id = step.id().clone();
        let failed = Arc::<Mutex<Option<Error>>>::default();
        let (slot, mut step) = (failed.clone(), Some(step));
        let interrupted = || dbos::Error::Interrupted { workflow_id: journal.workflow_id.clone() };
        let pending = dbos::step(&id.to_string(), move || {
            // DBOS can call a body several times, but it does so only for a step with retries.
            let (step, slot) = (step.take(), slot.clone());
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
        Self { run_id: &journal.run_id, id, pending, failed }
    }

    /// Runs the step or replays it. Returns the stored text.
    ///
    /// # Errors
    /// Returns the error of the step unchanged, or an error of DBOS.
    pub(crate) async fn text(self) -> Result<String, Error> {
        match self.pending.await {
            Ok(text) => Ok(Box::<str>::from(text).into_string()),
            Err(error) => {
                let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(failed.unwrap_or_else(|| step_error(self.run_id, &self.id, error)))
            }
        }
    }
}

fn raw(text: String) -> dbos::Result<Box<RawValue>, RunError> {
    RawValue::from_string(text).map_err(|error| dbos::Error::Serialization {
        what: "record".into(),
        message: error.to_string(),
        source: Some(error),
    })
}
