//! [`StoredStep`]: a step of a run, for people and other programs that read a journal.

use std::io::Write;

use claudette::{Error, Result};
use rusqlite::Connection;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::journal::Journal;
use crate::pending::no_run;
use crate::run_rows::{find, keys};

/// A stored step of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredStep {
    name: String,
    record: String,
}

impl StoredStep {
    /// Returns the name of the step, such as `request#1` or `tool#1.2:pay`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the record as JSON text.
    pub fn record(&self) -> &str {
        &self.record
    }
}

/// A line of an export.
#[derive(Serialize)]
struct Line<'l> {
    run: &'l str,
    step: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'l RawValue>,
    /// A record that is not JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    damaged: Option<&'l str>,
}

impl Journal {
    /// Returns the stored steps of a run, in the order in which they were stored.
    ///
    /// # Errors
    /// Returns an error if the run does not exist.
    pub async fn steps(&self, run: &str) -> Result<Vec<StoredStep>> {
        let id = run.to_owned();
        let read = move |db: &Connection| find(db, &id)?.map(|head| steps(db, head.key)).transpose();
        let found = self.read(|| format!("the steps of run `{run}` were not read"), read).await?;
        found.ok_or_else(|| no_run(run))
    }

    /// Writes the steps of a run as JSON lines: `{"run":"…","step":"…","record":{…}}`. Returns the writer.
    ///
    /// # Errors
    /// Returns an error if the run does not exist, or the error of the writer.
    pub async fn export<W: Write + Send + 'static>(&self, run: &str, mut to: W) -> Result<W> {
        let (steps, id) = (self.steps(run).await?, run.to_owned());
        let written = tokio::task::spawn_blocking(move || -> std::io::Result<W> {
            for StoredStep { name, record } in &steps {
                let json: Option<&RawValue> = serde_json::from_str(record).ok();
                let damaged = json.is_none().then_some(record.as_str());
                serde_json::to_writer(&mut to, &Line { run: &id, step: name, record: json, damaged })?;
                to.write_all(b"\n")?;
            }
            to.flush()?;
            Ok(to)
        });
        let failed = |error| Error::journal(format!("run `{run}` was not exported")).caused_by(error);
        written.await.map_err(std::io::Error::other).flatten().map_err(failed)
    }
}

fn steps(db: &Connection, run: i64) -> rusqlite::Result<Vec<StoredStep>> {
    db.prepare_cached("select name, record from steps where key between ? and ? order by key")?
        .query_map(keys(run), |row| Ok(StoredStep { name: row.get(0)?, record: row.get(1)? }))?
        .collect()
}
