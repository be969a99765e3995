//! [`Open`]: opens a journal.

use std::fs::canonicalize;
use std::future::IntoFuture;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use claudette::{BoxFuture, Error, Result};

use crate::database::prepare;
use crate::error::from_sql;
use crate::journal::Journal;
use crate::owner::OwnLease;
use crate::reader::Reader;
use crate::writer::Writer;

/// Opens a journal when it is awaited; [`Journal::open`] returns it.
#[derive(Clone, Debug)]
#[must_use = "a journal is not opened before `.await`"]
pub struct Open {
    path: PathBuf,
    lease: Duration,
}

impl Open {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), lease: Duration::from_secs(30) }
    }

    /// Sets the time after which another process may take over the runs and chats of a process that does not respond;
    /// 30 seconds by default. A process that responds renews its lease after a third of this time.
    ///
    /// After a crash, this time does not matter: the operating system knows that the process has ended.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    fn open(self) -> Result<Journal> {
        let Self { path, lease } = self;
        if path == Path::new(":memory:") || path == Path::new("") {
            return Err(Error::journal("a journal in memory does not survive its process: use the path of a file"));
        }
        let db = prepare(&path)?;
        // The current folder of the process can change later.
        let path = canonicalize(&path).unwrap_or(path);
        let own = Arc::new(OwnLease::new(path.clone(), lease));
        let failed = |error| from_sql(format!("the journal `{}` cannot be opened", path.display()), error);
        own.sweep(&db).map_err(failed)?;
        let writer = Writer::start(db, own, &path).map_err(|error| {
            let text = format!("the journal `{}` cannot be opened: its thread did not start", path.display());
            Error::journal(text).caused_by(error)
        })?;
        Ok(Journal::new(writer, Reader::new(path.clone()), path))
    }
}

impl IntoFuture for Open {
    type Output = Result<Journal>;
    type IntoFuture = BoxFuture<'static, Result<Journal>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let opened = tokio::task::spawn_blocking(move || self.open()).await;
            opened.map_err(|error| Error::journal("the journal cannot be opened").caused_by(error))?
        })
    }
}
