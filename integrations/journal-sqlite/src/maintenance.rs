//! Removal of old runs, and backups.

use std::path::Path;
use std::time::Duration;

use claudette::{Error, Result};

use crate::database::now;
use crate::journal::Journal;
use crate::pending::no_run;
use crate::run_journal::in_use;
use crate::run_rows::{find, keys};
use crate::writer::Writing;

/// The number of runs that one transaction removes, so that other writes do not wait long.
const BATCH: usize = 50;

impl Journal {
    /// Removes the runs that were finished longer ago than this, and returns their number. Runs that are not finished
    /// stay. The file does not become smaller, but new steps use the space.
    ///
    /// If the program runs the line of a removed run again, the run begins again.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub async fn prune(&self, older_than: Duration) -> Result<usize> {
        let before = now().saturating_sub(i64::try_from(older_than.as_micros()).unwrap_or(i64::MAX));
        let mut removed = 0;
        loop {
            let what = || "old runs were not removed".to_owned();
            let count = self.write(what, move |writing| writing.remove_finished(before)).await?;
            removed += count;
            if count < BATCH {
                return Ok(removed);
            }
        }
    }

    /// Removes a run, finished or not.
    ///
    /// # Errors
    /// Returns an error if the run does not exist, or if a process uses it.
    pub async fn remove_run(&self, run: &str) -> Result<()> {
        let (id, what) = (run.to_owned(), || format!("run `{run}` was not removed"));
        let remove = move |writing: &Writing<'_>| {
            let Some(head) = find(writing.db, &id)? else { return Ok(None) };
            let select = "select owner from runs where key = ?";
            let token: Option<String> = writing.db.query_row(select, [head.key], |row| row.get(0))?;
            let owner = token.map(|token| writing.own.find_other(writing.db, &token)).transpose()?.flatten();
            if owner.is_none() {
                writing.remove_run(head.key)?;
            }
            Ok(Some(owner))
        };
        match self.write(what, remove).await? {
            None => Err(no_run(run)),
            Some(Some(owner)) => Err(in_use(&format!("run `{run}`"), &owner)),
            Some(None) => Ok(()),
        }
    }

    /// Writes a copy of the whole journal to a new file, while it is in use. The copy is one consistent state.
    ///
    /// To restore it, stop all processes, and put the copy in the place of the file. Remove the files with the endings
    /// `-wal` and `-shm` beside it.
    ///
    /// # Errors
    /// Returns an error if the file exists or cannot be written.
    pub async fn backup_to(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref().to_owned();
        let Some(text) = path.to_str().map(str::to_owned) else {
            return Err(Error::journal(format!("the path of a backup must be UTF-8, and {} is not", path.display())));
        };
        if path.exists() {
            return Err(Error::journal(format!("`{text}` exists: write a backup to a new file")));
        }
        let copied = self.reader().run(move |db| db.execute("vacuum into ?", [text]).map(drop)).await;
        copied.map_err(|failure| self.error(failure, &format!("`{}` was not written", path.display())))
    }
}

impl Writing<'_> {
    fn remove_finished(&self, before: i64) -> rusqlite::Result<usize> {
        let query = "select key from runs where status = 'finished' and changed < ? limit ?";
        let runs: Vec<i64> = self
            .db
            .prepare_cached(query)?
            .query_map((before, i64::try_from(BATCH).unwrap_or(i64::MAX)), |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        runs.iter().try_for_each(|run| self.remove_run(*run))?;
        Ok(runs.len())
    }

    fn remove_run(&self, run: i64) -> rusqlite::Result<()> {
        self.db.prepare_cached("delete from steps where key between ? and ?")?.execute(keys(run))?;
        self.db.prepare_cached("delete from pending where run = ?")?.execute([run])?;
        self.db.prepare_cached("delete from runs where key = ?")?.execute([run])?;
        Ok(())
    }
}
