//! Journals: runs that survive the end of their process.

mod call;
mod call_record;
mod fingerprint;
mod inbox_record;
mod journal;
mod journaled_run;
mod record;
mod remote_call;
mod request_record;
mod run_remote;
mod step;

pub use self::call::JournalCall;
pub(super) use self::call::too_late;
pub(super) use self::call_record::CallRecord;
pub use self::fingerprint::Fingerprint;
pub(super) use self::inbox_record::{ChangeRecord, InboxRecord};
pub use self::journal::Journal;
pub(super) use self::journaled_run::{JournaledRun, Limit, Recorded, Worked};
pub use self::record::Record;
pub use self::remote_call::RemoteCall;
pub(super) use self::request_record::RequestRecord;
pub use self::step::{JournalStep, StepKind};
