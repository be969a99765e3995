//! [`SqliteStore`]: keeps chats in a file.

use std::path::Path;

use claudette::chat::ChatBuilder;
use claudette::{BoxFuture, Result};
use claudette_journal_sqlite::Journal;

use super::chat_store::ChatStore;

/// Keeps the chats in a SQLite file, so that they survive a restart.
///
/// Each step of a run is stored before the run continues. Several processes can use one file, each with other chats.
///
/// ```no_run
/// use claudette::Chat;
/// use claudette_web::{SqliteStore, WebChat};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let client = claudette::Client::new("claude-sonnet-5-5")?;
/// let store = SqliteStore::open("chats.db").await?;
/// WebChat::new(move |_| Chat::builder(&client)).store(store).serve("127.0.0.1:3000").await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteStore {
    journal: Journal,
}

impl SqliteStore {
    /// Opens a file, and creates it if it does not exist.
    ///
    /// # Errors
    /// Returns the errors of [`Journal::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self { journal: Journal::open(path).await? })
    }
}

impl From<Journal> for SqliteStore {
    fn from(journal: Journal) -> Self {
        Self { journal }
    }
}

impl ChatStore for SqliteStore {
    fn open<'a>(&'a self, key: &'a str, builder: ChatBuilder) -> BoxFuture<'a, Result<ChatBuilder>> {
        Box::pin(async move { Ok(self.journal.chat(key).await?.restore(builder)) })
    }

    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.journal.remove_chat(key))
    }
}
