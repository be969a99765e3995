//! The rows of a run: its head, its steps, and the calls that wait for a decision.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _};

use crate::database::now;
use crate::lease::{Held, Lost, Subject};
use crate::owner::Owner;
use crate::run_info::RunStatus;
use crate::writer::Writing;

/// Returns the keys of the rows of a list: the steps of a run, or the messages of a chat.
pub(crate) fn keys(list: i64) -> (i64, i64) {
    (list << 32, (list << 32) | 0xffff_ffff)
}

/// The head of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunHead {
    pub(crate) key: i64,
    pub(crate) status: RunStatus,
}

/// The stored steps of a run, by name.
pub(crate) type Steps = HashMap<String, String>;

pub(crate) fn find(db: &Connection, id: &str) -> rusqlite::Result<Option<RunHead>> {
    db.prepare_cached("select key, status from runs where id = ?")?
        .query_row([id], |row| Ok(RunHead { key: row.get(0)?, status: RunStatus::read(row, 1)? }))
        .optional()
}

pub(crate) fn steps(db: &Connection, run: i64) -> rusqlite::Result<Steps> {
    db.prepare_cached("select name, record from steps where key between ? and ?")?
        .query_map(keys(run), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Returns the steps of the calls that wait for a decision.
pub(crate) fn waiting(db: &Connection, run: i64) -> rusqlite::Result<HashSet<String>> {
    db.prepare_cached("select step from pending where run = ? and decided is null")?
        .query_map([run], |row| row.get(0))?
        .collect()
}

/// The result of an attempt to use a run that is stored.
pub(crate) enum Acquired<L> {
    Held(L),
    Finished,
    InUse(Owner),
}

impl Acquired<Held> {
    pub(crate) fn map<L>(self, to_lease: impl FnOnce(Held) -> L) -> Acquired<L> {
        match self {
            Self::Held(held) => Acquired::Held(to_lease(held)),
            Self::Finished => Acquired::Finished,
            Self::InUse(owner) => Acquired::InUse(owner),
        }
    }
}

impl Writing<'_> {
    /// Begins a run. Returns `None` if it has been begun meanwhile.
    pub(crate) fn begin(&self, id: &str, step: &str, record: &str) -> rusqlite::Result<Option<Held>> {
        let added = self
            .db
            .prepare_cached(
                "insert into runs (id, status, started, changed, generation) values (?1, 'open', ?2, ?2, 0)
                 on conflict (id) do nothing",
            )?
            .execute((id, now()))?;
        if added == 0 {
            return Ok(None);
        }
        let key = self.db.last_insert_rowid();
        let Ok(held) = self.acquire(Subject::Run, key)? else { return Ok(None) };
        self.add_step(key, step, record)?;
        Ok(Some(held))
    }

    /// Takes the lease of a run that is not finished.
    pub(crate) fn continue_run(&self, key: i64) -> rusqlite::Result<Acquired<Held>> {
        let select = "select status from runs where key = ?";
        let status = self.db.prepare_cached(select)?.query_row([key], |row| RunStatus::read(row, 0))?;
        if status == RunStatus::Finished {
            return Ok(Acquired::Finished);
        }
        let held = match self.acquire(Subject::Run, key)? {
            Ok(held) => held,
            Err(owner) => return Ok(Acquired::InUse(owner)),
        };
        if status == RunStatus::Suspended {
            self.set_status(key, RunStatus::Open, None)?;
        }
        Ok(Acquired::Held(held))
    }

    /// Adds a step, if the lease is still valid.
    pub(crate) fn put_step(&self, held: Held, name: &str, record: &str) -> rusqlite::Result<Result<(), Lost>> {
        let checked = self.check(held)?;
        if checked.is_ok() {
            self.add_step(held.key, name, record)?;
        }
        Ok(checked)
    }

    pub(crate) fn add_step(&self, run: i64, name: &str, record: &str) -> rusqlite::Result<()> {
        let (first, last) = keys(run);
        self.db
            .prepare_cached(
                "insert into steps (key, name, record) values (
                     ifnull((select key from steps where key between ?1 and ?2 order by key desc limit 1), ?1) + 1,
                     ?3, ?4
                 )",
            )?
            .execute((first, last, name, record))?;
        Ok(())
    }

    /// Stores the end of a run, and releases its lease.
    pub(crate) fn end_run(&self, held: Held, status: RunStatus, reason: &str) -> rusqlite::Result<Result<(), Lost>> {
        let checked = self.check(held)?;
        if checked.is_ok() {
            self.set_status(held.key, status, Some(reason))?;
            held.release(self.db)?;
        }
        Ok(checked)
    }

    fn set_status(&self, key: i64, status: RunStatus, reason: Option<&str>) -> rusqlite::Result<()> {
        self.db.prepare_cached("update runs set status = ?, end_reason = ?, changed = ? where key = ?")?.execute((
            status.name(),
            reason,
            now(),
            key,
        ))?;
        Ok(())
    }
}
