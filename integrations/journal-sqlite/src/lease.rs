//! [`Lease`]: the right to write a run or a chat. Each lease has a higher number than the ones before it, so a process
//! that has lost its lease cannot write.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::OptionalExtension as _;

use crate::owner::Owner;
use crate::writer::{Writer, Writing};

/// What a lease is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Run,
    Chat,
}

impl Subject {
    fn table(self) -> &'static str {
        match self {
            Self::Run => "runs",
            Self::Chat => "chats",
        }
    }
}

/// The right to write a run or a chat. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    writer: Writer,
    is_over: AtomicBool,
    pub(crate) held: Held,
}

/// A lease as data, for a write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    subject: Subject,
    pub(crate) key: i64,
    generation: i64,
}

/// A lease was lost to this owner, if it is still known.
pub(crate) type Lost = Option<Owner>;

impl Lease {
    pub(crate) fn new(writer: Writer, held: Held) -> Self {
        Self { writer, is_over: AtomicBool::new(false), held }
    }

    /// Notes that a write has released the lease.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.is_over.load(Ordering::Relaxed) {
            let held = self.held;
            self.writer.send(move |writing| writing.release(held));
        }
    }
}

impl Writing<'_> {
    /// Takes the lease of a row, unless another owner has it.
    pub(crate) fn acquire(&self, subject: Subject, key: i64) -> rusqlite::Result<Result<Held, Owner>> {
        let table = subject.table();
        let select = format!("select owner, generation from {table} where key = ?");
        let (owner, generation): (Option<String>, i64) =
            self.db.prepare_cached(&select)?.query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Some(token) = owner
            && let Some(owner) = self.own.find_other(self.db, &token)?
        {
            return Ok(Err(owner));
        }
        self.own.claim(self.db)?;
        let update = format!("update {table} set owner = ?, generation = ? where key = ?");
        self.db.prepare_cached(&update)?.execute((&self.own.token, generation + 1, key))?;
        Ok(Ok(Held { subject, key, generation: generation + 1 }))
    }

    /// Checks that a lease is still valid.
    pub(crate) fn check(&self, held: Held) -> rusqlite::Result<Result<(), Lost>> {
        let table = held.subject.table();
        let select = format!("select owner, generation from {table} where key = ?");
        let found: Option<(Option<String>, i64)> =
            self.db.prepare_cached(&select)?.query_row([held.key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            Some((_, generation)) if generation == held.generation => Ok(Ok(())),
            Some((Some(token), _)) => Ok(Err(self.own.find_other(self.db, &token)?)),
            _ => Ok(Err(None)),
        }
    }

    /// Ends a lease, if it is still valid.
    pub(crate) fn release(&self, held: Held) -> rusqlite::Result<()> {
        let update = format!("update {} set owner = null where key = ? and generation = ?", held.subject.table());
        self.db.prepare_cached(&update)?.execute((held.key, held.generation))?;
        Ok(())
    }
}
