//! [`Lease`]: the right to write a run or a chat. Each lease has a higher number than the ones before it, so a process
//! that has lost its lease cannot write.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, OptionalExtension as _};

use crate::error::Failure;
use crate::owner::Owner;
use crate::writer::{Writer, Writing};

/// The subject of a lease: a run or a chat.
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

/// The data of a lease that a write checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    subject: Subject,
    pub(crate) key: i64,
    generation: i64,
}

/// A lease was lost to this owner, if it is still known.
pub(crate) type Lost = Option<Owner>;

impl Held {
    /// Returns `true` if the lease is for this row.
    pub(crate) fn is_of(self, subject: Subject, key: i64) -> bool {
        (self.subject, self.key) == (subject, key)
    }

    /// Ends the lease in the file, if it is still valid.
    pub(crate) fn release(self, db: &Connection) -> rusqlite::Result<()> {
        let update = format!("update {} set owner = null where key = ? and generation = ?", self.subject.table());
        db.prepare_cached(&update)?.execute((self.key, self.generation))?;
        Ok(())
    }
}

impl Lease {
    pub(crate) fn new(writer: Writer, held: Held) -> Self {
        writer.own.hold(held);
        Self { writer, is_over: AtomicBool::new(false), held }
    }

    /// Notes that a write has released the lease.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (held, own, is_over) = (self.held, self.writer.own.clone(), *self.is_over.get_mut());
        own.forget(held, is_over);
        if !is_over {
            let released = move |result: Result<(), Failure>| {
                if result.is_ok() {
                    own.released(held);
                }
            };
            self.writer.send(move |writing| held.release(writing.db), released);
        }
    }
}

impl Writing<'_> {
    /// Takes the lease of a row, unless another owner has it.
    pub(crate) fn acquire(&self, subject: Subject, key: i64) -> rusqlite::Result<Result<Held, Owner>> {
        let (owner, generation) = self.holder(subject, key)?;
        if let Some(token) = owner
            && (token != self.own.token || self.is_taken(subject, key))
            && let Some(owner) = self.own.find_other(self.db, &token)?
        {
            return Ok(Err(owner));
        }
        self.own.claim(self.db)?;
        let update = format!("update {} set owner = ?, generation = ? where key = ?", subject.table());
        self.db.prepare_cached(&update)?.execute((&self.own.token, generation + 1, key))?;
        let held = Held { subject, key, generation: generation + 1 };
        self.taken.borrow_mut().push(held);
        Ok(Ok(held))
    }

    /// Returns `true` if this journal has the lease of a row. The file alone does not say so, because a release can fail.
    fn is_taken(&self, subject: Subject, key: i64) -> bool {
        self.own.holds(subject, key) || self.taken.borrow().iter().any(|held| held.is_of(subject, key))
    }

    /// Returns the token of the owner of a row, and the number of its lease.
    fn holder(&self, subject: Subject, key: i64) -> rusqlite::Result<(Option<String>, i64)> {
        let select = format!("select owner, generation from {} where key = ?", subject.table());
        self.db.prepare_cached(&select)?.query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Checks that a lease is still valid.
    pub(crate) fn check(&self, held: Held) -> rusqlite::Result<Result<(), Lost>> {
        match self.holder(held.subject, held.key).optional()? {
            Some((_, generation)) if generation == held.generation => Ok(Ok(())),
            Some((Some(token), _)) => Ok(Err(self.own.find_other(self.db, &token)?)),
            _ => Ok(Err(None)),
        }
    }
}
