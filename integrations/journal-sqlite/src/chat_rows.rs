//! The rows of a chat: its head, and one for each message.

use rusqlite::{Connection, OptionalExtension as _};

use crate::database::now;
use crate::lease::{Held, Lost, Subject};
use crate::owner::Owner;
use crate::run_rows::keys;
use crate::writer::Writing;

/// A stored chat as texts.
#[derive(Debug)]
pub(crate) struct ChatRows {
    /// `None` if the chat is new.
    pub(crate) head: Option<String>,
    pub(crate) messages: Vec<String>,
    /// The number of messages according to the head.
    pub(crate) expected: i64,
}

pub(crate) fn read(db: &Connection, chat: i64) -> rusqlite::Result<ChatRows> {
    let (head, expected) = db
        .prepare_cached("select head, messages from chats where key = ?")?
        .query_row([chat], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let messages = db
        .prepare_cached("select message from messages where key between ? and ? order by key")?
        .query_map(keys(chat), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ChatRows { head, messages, expected })
}

impl Writing<'_> {
    /// Takes the lease of a chat, and creates it if it does not exist.
    pub(crate) fn open_chat(&self, id: &str) -> rusqlite::Result<Result<Held, Owner>> {
        let select = "select key from chats where id = ?";
        let key: Option<i64> = self.db.prepare_cached(select)?.query_row([id], |row| row.get(0)).optional()?;
        let key = if let Some(key) = key {
            key
        } else {
            self.db
                .prepare_cached("insert into chats (id, messages, changed, generation) values (?, 0, ?, 0)")?
                .execute((id, now()))?;
            self.db.last_insert_rowid()
        };
        self.acquire(Subject::Chat, key)
    }

    /// Stores what has changed: the messages from `from` on, and the head.
    pub(crate) fn put_chat(
        &self,
        lease: Held,
        from: usize,
        messages: &[String],
        head: &str,
    ) -> rusqlite::Result<Result<(), Lost>> {
        if let Err(lost) = self.check(lease)? {
            return Ok(Err(lost));
        }
        let (first, last) = keys(lease.key);
        let number = |index: usize| first + i64::try_from(index).unwrap_or(i64::MAX);
        self.db.prepare_cached("delete from messages where key between ? and ?")?.execute((number(from), last))?;
        let mut insert = self.db.prepare_cached("insert into messages (key, message) values (?, ?)")?;
        for (index, message) in messages.iter().enumerate() {
            insert.execute((number(from + index), message))?;
        }
        self.db.prepare_cached("update chats set head = ?, messages = ?, changed = ? where key = ?")?.execute((
            head,
            i64::try_from(from + messages.len()).unwrap_or(i64::MAX),
            now(),
            lease.key,
        ))?;
        Ok(Ok(()))
    }

    /// Removes a chat. Returns `false` if it does not exist.
    pub(crate) fn remove_chat(&self, id: &str) -> rusqlite::Result<Result<bool, Owner>> {
        let select = "select key, owner from chats where id = ?";
        let found: Option<(i64, Option<String>)> =
            self.db.prepare_cached(select)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((key, token)) = found else { return Ok(Ok(false)) };
        if let Some(owner) = token.map(|token| self.own.find_other(self.db, &token)).transpose()?.flatten() {
            return Ok(Err(owner));
        }
        self.db.prepare_cached("delete from messages where key between ? and ?")?.execute(keys(key))?;
        self.db.prepare_cached("delete from chats where key = ?")?.execute([key])?;
        Ok(Ok(true))
    }
}
