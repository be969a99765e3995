//! [`once`]: work whose result a journal stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use claudette::journal::{Journal, JournalStep, Record, StepKind};
use claudette::{EndReason, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A result, and whether it was read from a journal.
pub(super) struct Once<T> {
    pub(super) value: T,
    pub(super) is_replayed: bool,
}

/// Runs the work, unless the journal has its result. An error is not stored.
///
/// Without a journal, the result takes the same way through JSON, so that an answer that cannot be stored is noticed at
/// once.
pub(super) async fn once<'a, T, F>(journal: Option<&'a dyn Journal>, work: F) -> Result<Once<T>>
where
    T: Serialize + DeserializeOwned,
    F: Future<Output = Result<T>> + Send + 'a,
{
    let is_replayed = Arc::new(AtomicBool::new(true));
    let noted = Arc::clone(&is_replayed);
    let step = JournalStep::new("run".into(), StepKind::Start, move || {
        Box::pin(async move {
            noted.store(false, Ordering::Relaxed);
            Record::new(&work.await?)
        })
    });
    let record = match journal {
        None => step.run().await?,
        Some(journal) => {
            let record = journal.step(step).await?;
            journal.end(&EndReason::Finished).await?;
            record
        }
    };
    Ok(Once { value: record.value()?, is_replayed: is_replayed.load(Ordering::Relaxed) })
}
