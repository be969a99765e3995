//! Journals: runs that survive the end of their process.

mod call;
mod fingerprint;
mod journal;
mod journaled_run;
mod record;
mod request_record;
mod step;

pub(super) use self::call::too_late;
pub use self::call::{JournalCall, RemoteCall};
pub use self::fingerprint::Fingerprint;
pub use self::journal::Journal;
pub(super) use self::journaled_run::{JournaledRun, Limit, Recorded};
pub use self::record::Record;
pub(super) use self::request_record::RequestRecord;
pub use self::step::{JournalStep, StepKind};
