//! [`RunInfo`]: what a journal knows about a run.

use std::path::Path;
use std::time::SystemTime;

use claudette::{Message, Result};
use rusqlite::{Connection, Row};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::database::time;
use crate::journal::Journal;
use crate::owner::{Owner, find_alive};
use crate::run_rows::keys;

/// The status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunStatus {
    /// The run has begun. If it has no [owner](RunInfo::owner), its process has ended.
    Open,
    /// The run waits for decisions on tool calls ([`Journal::pending`](crate::Journal::pending)).
    Suspended,
    /// The run is finished. It is only replayed.
    Finished,
}

impl RunStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Suspended => "suspended",
            Self::Finished => "finished",
        }
    }

    pub(crate) fn read(row: &Row<'_>, column: usize) -> rusqlite::Result<Self> {
        let name: String = row.get(column)?;
        Ok(match name.as_str() {
            "suspended" => Self::Suspended,
            "finished" => Self::Finished,
            _ => Self::Open,
        })
    }
}

/// A run in a journal: its prompt, its status and its last step.
#[derive(Clone, Debug)]
pub struct RunInfo {
    id: String,
    prompt: String,
    status: RunStatus,
    end_reason: Option<String>,
    started: i64,
    steps: i64,
    last_step: Option<(String, i64)>,
    owner: Option<Owner>,
}

impl RunInfo {
    /// Returns the id of the run.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the text of the prompt.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Returns the status.
    pub fn status(&self) -> RunStatus {
        self.status
    }

    /// Returns the name of the [`EndReason`](claudette::EndReason) with which the loop has ended the last time.
    pub fn end_reason(&self) -> Option<&str> {
        self.end_reason.as_deref()
    }

    /// Returns the time at which the run began.
    pub fn started(&self) -> SystemTime {
        time(self.started)
    }

    /// Returns the number of stored steps.
    pub fn steps(&self) -> usize {
        usize::try_from(self.steps).unwrap_or_default()
    }

    /// Returns the name of the last stored step, and its time.
    pub fn last_step(&self) -> Option<(&str, SystemTime)> {
        self.last_step.as_ref().map(|(name, at)| (name.as_str(), time(*at)))
    }

    /// Returns the process that runs it now.
    pub fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }
}

impl Journal {
    /// Returns the runs that are not finished, in the order in which they began. After a crash, continue those without
    /// an [owner](RunInfo::owner), except the suspended ones.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub async fn unfinished(&self) -> Result<Vec<RunInfo>> {
        self.list("select key from runs where status <> 'finished' order by key").await
    }

    /// Returns all runs, in the order in which they began.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub async fn runs(&self) -> Result<Vec<RunInfo>> {
        self.list("select key from runs order by key").await
    }

    async fn list(&self, query: &'static str) -> Result<Vec<RunInfo>> {
        let path = self.path().to_owned();
        let list = move |db: &Connection| {
            let runs: Vec<i64> =
                db.prepare_cached(query)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            runs.into_iter().map(|run| info(db, &path, run)).collect()
        };
        self.read(|| "the runs were not read".to_owned(), list).await
    }
}

fn info(db: &Connection, path: &Path, run: i64) -> rusqlite::Result<RunInfo> {
    let head = "select id, status, end_reason, started, owner from runs where key = ?";
    let (mut info, token) = db.prepare_cached(head)?.query_row([run], |row| {
        let info = RunInfo {
            id: row.get(0)?,
            prompt: String::new(),
            status: RunStatus::read(row, 1)?,
            end_reason: row.get(2)?,
            started: row.get(3)?,
            steps: 0,
            last_step: None,
            owner: None,
        };
        Ok((info, row.get::<_, Option<String>>(4)?))
    })?;
    info.owner = token.map(|token| find_alive(db, path, &token)).transpose()?.flatten();
    let (first, last) = keys(run);
    let count = "select count(*) from steps where key between ? and ?";
    info.steps = db.prepare_cached(count)?.query_row((first, last), |row| row.get(0))?;
    let step = |order: &str| -> rusqlite::Result<Option<(String, String)>> {
        let query = format!("select name, record from steps where key between ? and ? order by key {order} limit 1");
        let mut query = db.prepare_cached(&query)?;
        let mut rows = query.query_map((first, last), |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.next().transpose()
    };
    info.prompt = step("asc")?.map(|(_, record)| prompt(&record)).unwrap_or_default();
    info.last_step = step("desc")?.map(|(name, record)| (name, at(&record)));
    Ok(info)
}

/// The parts of a record that a list shows. A record that cannot be read must not hide the run.
#[derive(Deserialize)]
struct Parts<'r> {
    #[serde(default)]
    at: i64,
    #[serde(borrow)]
    value: &'r RawValue,
}

fn at(record: &str) -> i64 {
    serde_json::from_str(record).map_or(0, |parts: Parts<'_>| parts.at)
}

/// Returns the text of the prompt in the first record of a run.
fn prompt(record: &str) -> String {
    #[derive(Deserialize)]
    struct Start {
        #[serde(default)]
        prompt: Option<Vec<Message>>,
    }
    let Ok(parts) = serde_json::from_str::<Parts<'_>>(record) else { return String::new() };
    let Ok(start) = serde_json::from_str::<Start>(parts.value.get()) else { return String::new() };
    let texts: Vec<String> = start.prompt.unwrap_or_default().iter().map(Message::text).collect();
    texts.join("\n")
}
