//! [`Journal`]: a journal in a file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claudette::Result;
use rusqlite::Connection;

use crate::chat::StoredChat;
use crate::error::Failure;
use crate::lease::{Held, Lease};
use crate::open::Open;
use crate::reader::Reader;
use crate::run_journal::RunJournal;
use crate::writer::{Writer, Writing};

/// A journal of runs and chats in one SQLite file.
///
/// Clones are handles to the same open file. Several processes can use the file at the same time, each with other runs
/// and chats.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Good morning!"));
/// # let client = claude.client("claude-sonnet-5-5");
/// # let folder = std::env::temp_dir().join(format!("claudette-doc-journal-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let path = folder.join("agent.db");
/// use claudette::Chat;
/// use claudette_journal_sqlite::Journal;
///
/// let journal = Journal::open(&path).await?;
/// for _ in 0..2 {
///     let mut chat = Chat::new(&client)?;
///     let run = chat.toolloop("Say good morning.").journal(journal.run("greeting-2026-11-29")).await?;
///     assert_eq!(run.text(), "Good morning!");
/// }
/// assert_eq!(claude.requests().len(), 1, "the second run is read from the journal");
/// # drop(journal);
/// # std::fs::remove_dir_all(folder).unwrap();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Writer,
    reader: Reader,
    path: PathBuf,
}

impl Journal {
    /// Opens a file, and creates it if it does not exist. The folder must exist and be writable, because SQLite keeps
    /// two more files beside the file while it is open.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened, if it is the database of another program, or if a newer version of
    /// this library has written it.
    pub fn open(path: impl AsRef<Path>) -> Open {
        Open::new(path.as_ref())
    }

    pub(crate) fn new(writer: Writer, reader: Reader, path: PathBuf) -> Self {
        Self { inner: Arc::new(Inner { writer, reader, path }) }
    }

    /// Returns the journal of a run, for [`ToolLoop::journal`](claudette::chat::ToolLoop::journal). The id names the
    /// run in each process that begins or continues it, such as `invoices-2026-11`.
    pub fn run(&self, id: impl Into<String>) -> RunJournal {
        RunJournal::new(self.clone(), id.into())
    }

    /// Returns a chat with its stored state. If the id is new, the chat is empty.
    ///
    /// # Errors
    /// Returns an error that names the owner if another process uses the chat, or if this process already uses it.
    pub async fn chat(&self, id: impl Into<String>) -> Result<StoredChat> {
        StoredChat::open(self.clone(), id.into()).await
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Writes. `what` says what was not done if it fails.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        what: impl FnOnce() -> String,
        work: impl FnMut(&Writing<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_then(what, work, |output| output).await
    }

    /// Writes. `then` runs after the commit, also if the future is dropped.
    pub(crate) async fn write_then<T: Send + 'static, U: Send + 'static>(
        &self,
        what: impl FnOnce() -> String,
        work: impl FnMut(&Writing<'_>) -> rusqlite::Result<T> + Send + 'static,
        then: impl FnOnce(T) -> U + Send + 'static,
    ) -> Result<U> {
        self.inner.writer.write_then(work, then).await.map_err(|failure| self.error(failure, &what()))
    }

    /// Returns a function that makes a lease of what a write has taken.
    pub(crate) fn to_lease(&self) -> impl FnOnce(Held) -> Lease + Send + use<> {
        let writer = self.inner.writer.clone();
        move |held| Lease::new(writer, held)
    }

    /// Reads. `what` says what was not done if it fails.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        what: impl FnOnce() -> String,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.inner.reader.read(work).await.map_err(|failure| self.error(failure, &what()))
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.inner.reader
    }

    pub(crate) fn error(&self, failure: Failure, what: &str) -> claudette::Error {
        failure.error(format!("{what} (in the journal `{}`)", self.path().display()))
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("path", &self.path()).finish()
    }
}
