//! The errors of a journal: what was not done, and the remedy.

use std::fmt;
use std::sync::Arc;

use claudette::Error;
use rusqlite::ErrorCode;

/// The reason that something was not read or stored.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    Sql(Arc<rusqlite::Error>),
    /// The thread that writes has ended.
    Ended,
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(Arc::new(error))
    }
}

impl Failure {
    /// Returns the error. `what` says what was not done, with the names of the run and the step.
    pub(crate) fn error(self, what: impl fmt::Display) -> Error {
        match self {
            Self::Sql(error) => {
                let remedy = remedy(&error);
                Error::journal(format!("{what}: {remedy}")).caused_by(error)
            }
            Self::Ended => Error::journal(format!("{what}: the journal has failed before, open it again")),
        }
    }
}

pub(crate) fn from_sql(what: impl fmt::Display, error: rusqlite::Error) -> Error {
    Failure::from(error).error(what)
}

fn remedy(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full, make room and run the same line again",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "the file is damaged or is not a database, restore it from a backup"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process keeps the database locked, end its transaction and run the same line again"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "the file or its folder is read-only, make both writable"
        }
        Some(ErrorCode::CannotOpen) => "the file cannot be opened, check its path and its permissions",
        Some(ErrorCode::SystemIoFailure) => "the disk has failed or is full, repair it and run the same line again",
        _ => "SQLite has reported an error",
    }
}
