//! [`RunJournal`]: the journal of one run.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use claudette::journal::{Journal as _, JournalStep, Record, StepKind};
use claudette::{BoxFuture, EndReason, Error, Result, ToolUse};

use crate::journal::Journal;
use crate::lease::{Lease, Lost};
use crate::owner::Owner;
use crate::run_info::RunStatus;
use crate::run_rows::{Acquired, Steps, find, steps, waiting};
use crate::writer::Writing;

/// The journal of one run; [`Journal::run`](crate::Journal::run) returns it.
///
/// It takes a lease for the run when the loop begins, and releases it when the loop ends or is dropped. A finished run
/// is only read.
#[must_use = "a journal does nothing without a loop: pass it to `ToolLoop::journal`"]
pub struct RunJournal {
    journal: Journal,
    id: String,
    allows_drift: bool,
    session: Mutex<Session>,
}

/// The stored steps and the lease of a run whose loop has begun.
#[derive(Default)]
struct Session {
    /// The stored steps that the loop has not asked for yet.
    stored: Steps,
    /// The steps whose calls waited for a decision when the loop began.
    waiting: HashSet<String>,
    /// `None` before the loop begins, and if the run is finished.
    lease: Option<Arc<Lease>>,
}

impl RunJournal {
    pub(crate) fn new(journal: Journal, id: String) -> Self {
        Self { journal, id, allows_drift: false, session: Mutex::default() }
    }

    /// Permits the run to continue although its prompt, tools, options or library version have changed since it began.
    /// Without it, the loop returns an error that names the differences.
    ///
    /// Use it to finish runs after an update of the program. Finished steps keep their results.
    pub fn allow_drift(mut self) -> Self {
        self.allows_drift = true;
        self
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the run, or reads its steps.
    async fn start(&self, step: JournalStep<'_>) -> Result<Record> {
        let name = step.id().to_string();
        let id = self.id.clone();
        let read = move |db: &rusqlite::Connection| {
            let Some(head) = find(db, &id)? else { return Ok(None) };
            let is_finished = head.status == RunStatus::Finished;
            Ok(Some((head, if is_finished { steps(db, head.key)? } else { Steps::new() })))
        };
        let found = self.journal.read(|| format!("run `{}` was not read", self.id), read).await?;
        let Some((head, stored)) = found else { return self.begin(&name, step).await };
        if head.status == RunStatus::Finished {
            *self.session() = Session { stored, ..Session::default() };
        } else {
            self.go_on(head.key).await?;
        }
        let record = self.session().stored.remove(&name);
        record.map(Record::from).ok_or_else(|| {
            Error::journal(format!(
                "the journal of run `{}` has no record of its step `{name}`: restore the journal from a backup",
                self.id
            ))
        })
    }

    async fn begin(&self, name: &str, step: JournalStep<'_>) -> Result<Record> {
        let record = step.run().await?;
        let (id, name, text) = (self.id.clone(), name.to_owned(), record.as_str().to_owned());
        let begin = move |writing: &Writing<'_>| writing.begin(&id, &name, &text);
        let what = || format!("run `{}` did not begin, and nothing was sent", self.id);
        let to_lease = self.journal.to_lease();
        let lease = self.journal.write_then(what, begin, |held| held.map(to_lease)).await?;
        let Some(lease) = lease else {
            return Err(Error::journal(format!(
                "another process has begun run `{}` at the same moment: run the same line again",
                self.id
            )));
        };
        self.session().lease = Some(Arc::new(lease));
        Ok(record)
    }

    /// Takes the lease of a run that is not finished, and reads its steps.
    async fn go_on(&self, key: i64) -> Result<()> {
        let what = || format!("run `{}` was not continued", self.id);
        // The lease of a loop of this process that was just dropped is released a moment later.
        let begun = Instant::now();
        let lease = loop {
            let to_lease = self.journal.to_lease();
            let acquire = move |writing: &Writing<'_>| writing.continue_run(key);
            match self.journal.write_then(what, acquire, |acquired| acquired.map(to_lease)).await? {
                Acquired::Held(lease) => break Some(lease),
                Acquired::Finished => break None,
                Acquired::InUse(owner) if owner.is_this_process() && begun.elapsed() < Duration::from_millis(300) => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Acquired::InUse(owner) => return Err(in_use(&format!("run `{}`", self.id), &owner)),
            }
        };
        let (stored, waiting) = self.journal.read(what, move |db| Ok((steps(db, key)?, waiting(db, key)?))).await?;
        *self.session() = Session { stored, waiting, lease: lease.map(Arc::new) };
        Ok(())
    }

    /// Runs a step that is not stored, and stores it.
    async fn run_live(&self, step: JournalStep<'_>) -> Result<Record> {
        let (name, kind) = (step.id().to_string(), step.kind());
        let (lease, was_waiting) = {
            let session = self.session();
            (session.lease.clone(), session.waiting.contains(&name))
        };
        let Some(lease) = lease else {
            return Err(Error::journal(format!(
                "run `{}` is finished, and its journal has no record of step `{name}`: use a new run id for a new prompt; \
                 if the program has changed, its finished runs cannot be replayed",
                self.id
            )));
        };
        let record = step.run().await?;
        let held = lease.held;
        let what = || format!("step `{name}` of run `{}` was not stored", self.id);
        if let StepKind::Approval(call) = kind
            && (was_waiting || record.is_open())
        {
            return self.store_approval(&lease, &name, call, record).await;
        }
        let (step, text) = (name.clone(), record.as_str().to_owned());
        let stored = self.journal.write(what, move |writing| writing.put_step(held, &step, &text)).await?;
        stored.map_err(|owner| self.lost(&name, owner))?;
        Ok(record)
    }

    /// Stores that a call waits for a decision, or that the program has decided on a call that has waited.
    async fn store_approval(&self, lease: &Lease, name: &str, call: &ToolUse, record: Record) -> Result<Record> {
        let what = || format!("step `{name}` of run `{}` was not stored", self.id);
        let (held, step) = (lease.held, name.to_owned());
        if record.is_open() {
            let (id, json) = (call.id().to_owned(), serde_json::to_string(call).unwrap_or_default());
            let wait = move |writing: &Writing<'_>| writing.put_pending(held, &step, &id, &json);
            let decision = self.journal.write(what, wait).await?.map_err(|owner| self.lost(name, owner))?;
            return Ok(decision.map_or(record, Record::from));
        }
        let text = record.as_str().to_owned();
        let decide = move |writing: &Writing<'_>| writing.put_own_decision(held, &step, &text);
        let stored = self.journal.write(what, decide).await?.map_err(|owner| self.lost(name, owner))?;
        if stored {
            return Ok(record);
        }
        Err(Error::journal(format!(
            "another process has decided on call `{}` (step `{name}` of run `{}`) at the same moment: run the same line \
             again to continue with its decision",
            call.id(),
            self.id
        )))
    }

    fn lost(&self, step: &str, owner: Lost) -> Error {
        let owner = owner.map_or_else(|| "another process".to_owned(), |owner| owner.to_string());
        Error::journal(format!(
            "step `{step}` of run `{}` was not stored, because {owner} has taken the run over while this process did not \
             respond: run the same line again when the run is free",
            self.id
        ))
    }

    async fn store_end(&self, reason: &EndReason) -> Result<()> {
        let Some(lease) = self.session().lease.clone() else { return Ok(()) };
        let status = match reason {
            EndReason::Suspended => RunStatus::Suspended,
            EndReason::Cancelled => RunStatus::Open,
            _ => RunStatus::Finished,
        };
        let (held, text) = (lease.held, format!("{reason:?}"));
        let what = || format!("the end of run `{}` was not stored", self.id);
        let ended = self.journal.write(what, move |writing| writing.end_run(held, status, &text)).await?;
        lease.end();
        self.session().lease = None;
        ended.map_err(|owner| self.lost("end", owner))
    }
}

/// Returns the error of a run or a chat that another process uses.
pub(crate) fn in_use(what: &str, owner: &Owner) -> Error {
    Error::journal(format!(
        "{what} is in use by {owner}: wait until it ends, or stop it; a process that has ended does not keep a lease"
    ))
}

impl claudette::journal::Journal for RunJournal {
    fn run_id(&self) -> &str {
        &self.id
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move {
            if let StepKind::Start = step.kind() {
                return self.start(step).await;
            }
            let stored = self.session().stored.remove(step.id().as_str());
            match stored {
                Some(record) => Ok(Record::from(record)),
                None => self.run_live(step).await,
            }
        })
    }

    fn end<'a>(&'a self, reason: &'a EndReason) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.store_end(reason))
    }

    fn allows_drift(&self) -> bool {
        self.allows_drift
    }
}

impl fmt::Debug for RunJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunJournal").field("id", &self.run_id()).field("journal", &self.journal).finish_non_exhaustive()
    }
}
