#![doc = include_str!("../README.md")]

mod approval;
mod error;
mod journal;
mod progress;
mod retry;
mod step;
mod waiting;

pub use self::approval::{PendingApproval, decide, pending};
pub use self::error::{RunError, workflow_error, workflow_error_as};
pub use self::journal::{Journal, journal};
pub use self::progress::{LiveProgress, ProgressReport, progress};
pub use self::retry::retry_later;
