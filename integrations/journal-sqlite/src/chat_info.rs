//! [`ChatInfo`]: what a journal knows about a chat.

use std::path::Path;
use std::time::SystemTime;

use claudette::catalog::Spent;
use claudette::{Message, Result};
use rusqlite::{Connection, OptionalExtension as _};
use serde::Deserialize;

use crate::database::time;
use crate::journal::Journal;
use crate::owner::{Owner, find_alive};
use crate::run_rows::keys;

/// A chat in a journal: its first prompt, its size, and its usage and cost.
#[derive(Clone, Debug)]
pub struct ChatInfo {
    id: String,
    prompt: String,
    messages: i64,
    changed: i64,
    spent: Spent,
    owner: Option<Owner>,
}

impl ChatInfo {
    /// Returns the id of the chat.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the text of the first message. It is empty if the message cannot be read.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Returns the number of stored messages.
    pub fn messages(&self) -> usize {
        usize::try_from(self.messages).unwrap_or_default()
    }

    /// Returns the time at which the chat was last stored.
    pub fn changed(&self) -> SystemTime {
        time(self.changed)
    }

    /// Returns the usage and cost of all requests of the chat.
    pub fn spent(&self) -> &Spent {
        &self.spent
    }

    /// Returns the process that uses the chat now.
    pub fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }
}

impl Journal {
    /// Returns the chats that contain messages. The chat that was stored last is the first.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("Hi, Jeremy!"));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// # let folder = std::env::temp_dir().join(format!("claudette-doc-chats-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let journal = claudette_journal_sqlite::Journal::open(folder.join("agent.db")).await?;
    /// use claudette::Chat;
    ///
    /// let mut chat = journal.chat("customer-42").await?.restore(Chat::builder(&client)).build()?;
    /// chat.send("I'm Jeremy.").await?;
    ///
    /// let chats = journal.chats().await?;
    /// assert_eq!((chats[0].id(), chats[0].prompt(), chats[0].messages()), ("customer-42", "I'm Jeremy.", 2));
    /// assert_eq!(chats[0].spent().usage, chat.usage());
    /// # drop((chat, journal));
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub async fn chats(&self) -> Result<Vec<ChatInfo>> {
        let path = self.path().to_owned();
        self.read(|| "the chats were not read".to_owned(), move |db| list(db, &path)).await
    }
}

fn list(db: &Connection, path: &Path) -> rusqlite::Result<Vec<ChatInfo>> {
    let query =
        "select key, id, head, messages, changed, owner from chats where messages > 0 order by changed desc, key";
    let mut query = db.prepare_cached(query)?;
    let rows = query.query_map([], |row| {
        let (key, head): (i64, Option<String>) = (row.get(0)?, row.get(2)?);
        let info = ChatInfo {
            id: row.get(1)?,
            prompt: String::new(),
            messages: row.get(3)?,
            changed: row.get(4)?,
            spent: head.as_deref().map(spent).unwrap_or_default(),
            owner: None,
        };
        Ok((key, info, row.get::<_, Option<String>>(5)?))
    })?;
    rows.map(|row| {
        let (key, mut info, token) = row?;
        info.owner = token.map(|token| find_alive(db, path, &token)).transpose()?.flatten();
        let first = "select message from messages where key between ? and ? order by key limit 1";
        let first: Option<String> = db.prepare_cached(first)?.query_row(keys(key), |row| row.get(0)).optional()?;
        let message = first.and_then(|json| serde_json::from_str(&json).ok());
        info.prompt = message.map(|message: Message| message.text()).unwrap_or_default();
        Ok(info)
    })
    .collect()
}

/// Returns the usage and cost in the head of a chat. A head that cannot be read must not hide the chat.
fn spent(head: &str) -> Spent {
    #[derive(Deserialize)]
    struct Parts {
        #[serde(default)]
        spent: Spent,
    }
    serde_json::from_str(head).map(|parts: Parts| parts.spent).unwrap_or_default()
}
