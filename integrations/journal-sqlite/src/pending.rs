//! [`PendingCall`]: a tool call that waits for a decision, which any process can make.

use std::time::SystemTime;

use claudette::chat::CallRef;
use claudette::journal::Record;
use claudette::{Approval, Error, Result, ToolUse};
use rusqlite::{Connection, OptionalExtension as _};

use crate::database::{now, time};
use crate::journal::Journal;
use crate::lease::{Held, Lost};
use crate::run_rows::{find, keys};
use crate::writer::Writing;

/// A tool call of a suspended run that waits for a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingCall {
    call: ToolUse,
    step: String,
    since: i64,
}

impl PendingCall {
    /// Returns the call.
    pub fn call(&self) -> &ToolUse {
        &self.call
    }

    /// Returns the name of the step that asks for the decision.
    pub fn step(&self) -> &str {
        &self.step
    }

    /// Returns the time since which the call has waited.
    pub fn since(&self) -> SystemTime {
        time(self.since)
    }
}

/// The reason a decision was refused.
enum Refused {
    NoRun,
    NotWaiting(Vec<String>),
    Decided,
}

impl Journal {
    /// Returns the calls of a run that wait for a decision, in their order.
    ///
    /// # Errors
    /// Returns an error if the run does not exist.
    pub async fn pending(&self, run: &str) -> Result<Vec<PendingCall>> {
        let id = run.to_owned();
        let what = || format!("the pending calls of run `{run}` were not read");
        let found = self.read(what, move |db| find(db, &id)?.map(|head| read(db, head.key)).transpose()).await?;
        found.ok_or_else(|| no_run(run))
    }

    /// Decides on a call that waits. If the program then runs the line of the run again, the run continues with this
    /// decision. Any process can decide, also while the run is in use.
    ///
    /// `call` is the id of the call, or the call that the user has seen.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::tool_use("pay", json!({"amount": 1000})));
    /// # claude.respond(MockResponse::text("It is paid."));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// # let folder = std::env::temp_dir().join(format!("claudette-doc-decide-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let journal = claudette_journal_sqlite::Journal::open(folder.join("agent.db")).await?;
    /// use claudette::{Approval, Chat, EndReason, ToolUse, tool, tools};
    ///
    /// /// Pays an invoice.
    /// #[tool]
    /// fn pay(
    ///     /// Amount in USD
    ///     amount: u32,
    /// ) -> String {
    ///     format!("paid {amount}")
    /// }
    ///
    /// let approve = async |_: ToolUse| Approval::Suspend;
    /// let mut chat = Chat::builder(&client).tools(tools![pay]).build()?;
    /// let run = chat.toolloop("Pay it.").approve(approve).journal(journal.run("pay-7")).await?;
    /// assert_eq!(*run.end_reason(), EndReason::Suspended);
    ///
    /// // Later, for example in the handler of a web page:
    /// let waiting = journal.pending("pay-7").await?;
    /// assert_eq!(waiting[0].call().name(), "pay");
    /// journal.decide("pay-7", waiting[0].call(), Approval::Allow).await?;
    ///
    /// // The same line again, in the same or in another process:
    /// let mut chat = Chat::builder(&client).tools(tools![pay]).build()?;
    /// let run = chat.toolloop("Pay it.").approve(approve).journal(journal.run("pay-7")).await?;
    /// assert_eq!(run.text(), "It is paid.");
    /// # drop(journal);
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns an error if the run does not exist, if the call does not wait, was already decided or is another one, or
    /// if the decision is [`Approval::Suspend`].
    pub async fn decide<'c>(&self, run: &str, call: impl Into<CallRef<'c>>, approval: Approval) -> Result<()> {
        let seen: CallRef<'c> = call.into();
        let call = seen.id();
        let record = Record::decision(&approval).map_err(|error| {
            Error::journal(format!("the decision on call `{call}` of run `{run}` is not valid: {error}"))
        })?;
        // A stored call does not change.
        if self.pending(run).await?.iter().any(|it| it.call.id() == call && !seen.is_same(&it.call)) {
            return Err(Error::journal(format!(
                "call `{call}` of run `{run}` is not the call that was decided on: read it again with `pending`"
            )));
        }
        let (run_id, call_id) = (run.to_owned(), call.to_owned());
        let what = || format!("the decision on call `{call}` of run `{run}` was not stored");
        let decide = move |writing: &Writing<'_>| writing.put_decision(&run_id, &call_id, record.as_str());
        self.write(what, decide).await?.map_err(|refused| match refused {
            Refused::NoRun => no_run(run),
            Refused::Decided => Error::journal(format!("call `{call}` of run `{run}` was already decided")),
            Refused::NotWaiting(waiting) if waiting.is_empty() => Error::journal(format!(
                "call `{call}` of run `{run}` does not wait for a decision: no call of this run does"
            )),
            Refused::NotWaiting(waiting) => Error::journal(format!(
                "call `{call}` of run `{run}` does not wait for a decision; these calls do: {}",
                waiting.join(", ")
            )),
        })
    }
}

pub(crate) fn no_run(run: &str) -> Error {
    Error::journal(format!("the journal has no run `{run}`; `Journal::runs` lists the runs"))
}

fn read(db: &Connection, run: i64) -> rusqlite::Result<Vec<PendingCall>> {
    let mut select = db.prepare_cached(
        "select call, step, since from pending where run = ? and decided is null order by since, step",
    )?;
    let calls = select.query_map([run], |row| {
        let json: String = row.get(0)?;
        let call = serde_json::from_str(&json).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
        })?;
        Ok(PendingCall { call, step: row.get(1)?, since: row.get(2)? })
    })?;
    calls.collect()
}

impl Writing<'_> {
    /// Stores that a call waits for a decision. Returns the record of the decision if there is one already.
    pub(crate) fn put_pending(
        &self,
        held: Held,
        step: &str,
        call_id: &str,
        call: &str,
    ) -> rusqlite::Result<Result<Option<String>, Lost>> {
        if let Err(lost) = self.check(held)? {
            return Ok(Err(lost));
        }
        let (first, last) = keys(held.key);
        let decision: Option<String> = self
            .db
            .prepare_cached("select record from steps where key between ? and ? and name = ?")?
            .query_row((first, last, step), |row| row.get(0))
            .optional()?;
        if decision.is_none() {
            self.db
                .prepare_cached(
                    "insert into pending (run, step, call_id, call, since) values (?, ?, ?, ?, ?)
                     on conflict do nothing",
                )?
                .execute((held.key, step, call_id, call, now()))?;
        }
        Ok(Ok(decision))
    }

    /// Stores the decision of the program on a call that has waited. Returns `false` if another process was faster.
    pub(crate) fn put_own_decision(
        &self,
        held: Held,
        step: &str,
        record: &str,
    ) -> rusqlite::Result<Result<bool, Lost>> {
        if let Err(lost) = self.check(held)? {
            return Ok(Err(lost));
        }
        let decided = self
            .db
            .prepare_cached("update pending set decided = ? where run = ? and step = ? and decided is null")?
            .execute((now(), held.key, step))?;
        if decided > 0 {
            self.add_step(held.key, step, record)?;
        }
        Ok(Ok(decided > 0))
    }

    /// Stores a decision from outside the loop.
    fn put_decision(&self, run: &str, call: &str, record: &str) -> rusqlite::Result<Result<(), Refused>> {
        let Some(head) = find(self.db, run)? else { return Ok(Err(Refused::NoRun)) };
        let found: Option<(String, Option<i64>)> = self
            .db
            .prepare_cached("select step, decided from pending where run = ? and call_id = ?")?
            .query_row((head.key, call), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match found {
            None => {
                let waiting = read(self.db, head.key)?;
                Ok(Err(Refused::NotWaiting(waiting.into_iter().map(|it| it.call.id().to_owned()).collect())))
            }
            Some((_, Some(_))) => Ok(Err(Refused::Decided)),
            Some((step, None)) => {
                self.db.prepare_cached("update pending set decided = ? where run = ? and call_id = ?")?.execute((
                    now(),
                    head.key,
                    call,
                ))?;
                self.add_step(head.key, &step, record)?;
                Ok(Ok(()))
            }
        }
    }
}
