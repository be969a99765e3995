//! [`JournaledRun`]: the rules of a loop with a journal.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::call::{JournalCall, interrupted};
use super::call_record::CallRecord;
use super::fingerprint::Fingerprint;
use super::inbox_record::ChangeRecord;
use super::journal::Journal;
use super::record::{ApprovalRecord, Parts, Record, new_life, now, unreadable};
use super::remote_call::RemoteCall;
use super::step::{JournalStep, StepKind};
use crate::catalog::Spent;
use crate::chat::answer::Answer;
use crate::chat::approval::Approval;
use crate::chat::machine::{ChatState, EndReason};
use crate::chat::run_start::RunStart;
use crate::error::{Error, Result};
use crate::messages::{Message, Prompt, ToolUse};
use crate::task::BoxFuture;
use crate::tool::{Amount, StepId, ToolAnnotations, ToolOutcome};

/// One life of a run with a journal: from its start in a process to its end there.
///
/// The loop must make the same decisions in each life. So a decision never depends on the clock, only on the times in
/// the records.
pub(in crate::chat) struct JournaledRun<'a> {
    journal: Arc<dyn Journal + 'a>,
    life: String,
    /// The start of this life.
    begun: u64,
    progress: Mutex<Progress>,
}

/// The times and names of the records so far.
#[derive(Default)]
struct Progress {
    /// The time of the first record.
    started: u64,
    /// The time of the latest record.
    latest: u64,
    /// The time that the run has waited for decisions, which does not count towards the deadline.
    waited: u64,
    /// The number of times that a step has run in this life. A request is repeated if the deadline passes, and a call
    /// that was suspended continues.
    times: HashMap<StepId, u32>,
}

/// Times are in microseconds since 1970.
impl<'a> JournaledRun<'a> {
    pub(in crate::chat) fn new(journal: Arc<dyn Journal + 'a>) -> Self {
        Self { journal, life: new_life(), begun: now(), progress: Mutex::default() }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value of the first record.
#[derive(Serialize, Deserialize)]
struct Start {
    fingerprint: Fingerprint,
    /// For people who read the journal.
    prompt: Option<Prompt>,
}

/// A result of a step, or the deadline that passed before it.
pub(in crate::chat) enum Limit<T> {
    Reached,
    Before(T),
}

/// The result of the work of a step.
pub(in crate::chat) struct Worked<T> {
    value: T,
    /// `true` if the value waits for a decision, so it must not be stored.
    is_open: bool,
    /// The amount that the work has used of the budget of the run, if there is one.
    used: Option<Amount>,
}

impl<T> Worked<T> {
    pub(in crate::chat) fn new(value: T) -> Self {
        Self { value, is_open: false, used: None }
    }

    fn open(self, is_open: bool) -> Self {
        Self { is_open, ..self }
    }

    pub(in crate::chat) fn used(self, used: Option<Amount>) -> Self {
        Self { used, ..self }
    }
}

/// The result of a step, and its record.
pub(in crate::chat) struct Recorded<T> {
    pub(in crate::chat) value: T,
    /// The changes that a tool call has put into the inbox of the loop.
    pub(in crate::chat) changes: Vec<ChangeRecord>,
    /// The amount that the step has used of the budget, if another process has used it: this one has not counted it.
    pub(in crate::chat) used: Option<Amount>,
    /// The usage and cost of a call since it continues, if it was suspended before.
    pub(in crate::chat) own: Option<Box<Spent>>,
    pub(in crate::chat) is_replayed: bool,
    /// The error of the journal if it did not store the result.
    pub(in crate::chat) not_stored: Option<Error>,
}

impl<T> From<Answer<T>> for Recorded<T> {
    fn from(answer: Answer<T>) -> Self {
        let is_replayed = answer.is_replayed();
        let value = answer.into_value();
        Self { value, changes: Vec::new(), used: None, own: None, is_replayed, not_stored: None }
    }
}

impl<T> Recorded<T> {
    pub(in crate::chat) fn map<U>(self, map: impl FnOnce(T) -> U) -> Recorded<U> {
        let Self { value, changes, used, own, is_replayed, not_stored } = self;
        Recorded { value: map(value), changes, used, own, is_replayed, not_stored }
    }
}

impl JournaledRun<'_> {
    pub(in crate::chat) fn run_id(&self) -> &str {
        self.journal.run_id()
    }

    /// Begins the run, or a new life of it. `messages` are the messages of the chat; `None` if the run is replayed in
    /// another chat.
    ///
    /// # Errors
    /// Returns a misuse error if the run began with something else.
    pub(in crate::chat) async fn begin(&self, start: &RunStart<'_>, messages: Option<&[Message]>) -> Result<()> {
        let fingerprint = Fingerprint::of(start, messages);
        let own = Start { fingerprint: fingerprint.clone(), prompt: start.prompt.cloned() };
        let work = || -> BoxFuture<'_, Result<Worked<Start>>> { Box::pin(async move { Ok(Worked::new(own)) }) };
        let recorded = self.step("run".into(), StepKind::Start, work).await?;
        if let Some(error) = recorded.not_stored {
            return Err(error);
        }
        {
            let mut progress = self.progress();
            progress.started = progress.latest;
        }
        let differences = recorded.value.fingerprint.differences(&fingerprint);
        if differences.is_empty() || self.journal.allows_drift() {
            return Ok(());
        }
        Err(Error::drift(format!(
            "the run `{}` began with {}: run it with the same program, prompt and chat, use a new run id for a new \
             prompt, or call `allow_drift()` on the journal to continue it anyway",
            self.run_id(),
            differences.join(", ")
        )))
    }

    /// Returns the time that the run has taken up to the latest record.
    pub(in crate::chat) fn elapsed(&self) -> Duration {
        let progress = self.progress();
        Duration::from_micros(progress.latest.saturating_sub(progress.started).saturating_sub(progress.waited))
    }

    /// Returns the time since the latest record.
    pub(in crate::chat) fn since_latest(&self) -> Duration {
        Duration::from_micros(now().saturating_sub(self.progress().latest))
    }

    /// Notes the time of a record. `is_wait` is `true` for a decision from outside, for which the run has waited.
    fn note(&self, at: u64, is_wait: bool) {
        let mut progress = self.progress();
        let passed = at.saturating_sub(progress.latest);
        progress.latest += passed;
        progress.waited += if is_wait { passed } else { 0 };
    }

    /// Returns a name that was not used in this life: the name, or the name with a number. A suspended call that
    /// continues is another step, and so is a request that is repeated.
    pub(in crate::chat) fn unique(&self, id: StepId) -> StepId {
        let mut progress = self.progress();
        let times = progress.times.entry(id.clone()).or_default();
        *times += 1;
        if *times == 1 { id } else { format!("{id}~{times}").as_str().into() }
    }

    /// Runs a step, or replays it.
    pub(in crate::chat) fn step<'s, T>(
        &'s self,
        id: StepId,
        kind: StepKind<'s>,
        work: impl FnOnce() -> BoxFuture<'s, Result<Worked<T>>> + Send + 's,
    ) -> BoxFuture<'s, Result<Recorded<T>>>
    where
        T: Serialize + DeserializeOwned + Send + 's,
    {
        let id = self.unique(id);
        let made = Made::default();
        let (life, slot) = (self.life.clone(), made.clone());
        let step = JournalStep::new(id.clone(), kind, move || {
            Box::pin(async move {
                let Worked { value, is_open, used } = work().await?;
                Ok(slot.put(Parts { used, ..Parts::now(Some(life), value) }, is_open))
            })
        });
        let record = self.journal.step(step);
        Box::pin(async move { Ok(self.read(&id, record.await, &made)?.0) })
    }

    /// Runs a tool call, or replays it. `run` is called only if the call may run. The step has a name that was not used
    /// in this life ([`unique`](Self::unique)).
    pub(in crate::chat) fn call<'s>(
        &'s self,
        remote: RemoteCall,
        call: &'s ToolUse,
        annotations: ToolAnnotations,
        run: impl FnOnce() -> BoxFuture<'s, Result<CallRecord>> + Send + 's,
    ) -> BoxFuture<'s, Result<Recorded<ToolOutcome>>> {
        let made = Made::default();
        let (life, slot, id) = (self.life.clone(), made.clone(), remote.step.clone());
        let record = move |may_run: bool| -> BoxFuture<'s, Result<Record>> {
            Box::pin(async move {
                let record = if may_run { run().await? } else { CallRecord::not_run(interrupted(call)) };
                Ok(slot.put(record.into_parts(life), false))
            })
        };
        let record = self.journal.call(JournalCall::new(self.life.clone(), remote, call, annotations, record));
        Box::pin(async move {
            let (recorded, inner) = self.read(&id, record.await, &made)?;
            Ok(recorded.map(|outcome| match inner {
                Some(inner) => outcome.waiting(*inner),
                None => outcome,
            }))
        })
    }

    /// Asks for an approval, or replays it.
    pub(in crate::chat) async fn approval(
        &self,
        id: StepId,
        call: &ToolUse,
        ask: BoxFuture<'_, Limit<Result<Approval>>>,
    ) -> Result<Recorded<Limit<Approval>>> {
        let work = move || -> BoxFuture<'_, Result<Worked<ApprovalRecord<Approval>>>> {
            Box::pin(async move {
                Ok(match ask.await {
                    Limit::Reached => Worked::new(ApprovalRecord::Late),
                    Limit::Before(approval) => {
                        let approval = approval?;
                        let is_open = approval == Approval::Suspend;
                        Worked::new(ApprovalRecord::Approval(approval)).open(is_open)
                    }
                })
            })
        };
        let recorded = self.step(id, StepKind::Approval(call), work).await?;
        Ok(recorded.map(|record| match record {
            ApprovalRecord::Approval(approval) => Limit::Before(approval),
            ApprovalRecord::Late => Limit::Reached,
        }))
    }

    /// Returns the time of the deadline, in microseconds since 1970. It is the same in each life.
    pub(in crate::chat) fn deadline_at(&self, deadline: Duration) -> u64 {
        let deadline = u64::try_from(deadline.as_micros()).unwrap_or(u64::MAX);
        let progress = self.progress();
        progress.started.saturating_add(progress.waited).saturating_add(deadline)
    }

    /// Marks the run as ended.
    pub(in crate::chat) async fn end(&self, reason: &EndReason) -> Result<()> {
        self.journal.end(reason).await
    }

    /// Reads a record. If the step has run in this process, its value is still there.
    /// The second value is the state from which a tool call continues.
    fn read<T: DeserializeOwned>(
        &self,
        id: &StepId,
        record: Result<Record>,
        made: &Made<T>,
    ) -> Result<(Recorded<T>, Option<Box<ChatState>>)> {
        let made = made.take();
        let is_elsewhere = made.is_none();
        let (parts, not_stored) = match (record, made) {
            // The call was suspended, and the journal has waited for the decision.
            (Ok(record), Some((_, true))) if !record.is_open() => (self.parse(id, &record)?, None),
            (Ok(_), Some((parts, _))) => (parts, None),
            (Err(error), Some((parts, _))) => (parts, Some(error)),
            (record, None) => (self.parse(id, &record?)?, None),
        };
        let Parts { life, at, changes, used, own, inner, value } = parts;
        self.note(at, life.is_none());
        let is_replayed = life.as_ref() != Some(&self.life) && at < self.begun;
        let used = used.filter(|_| is_elsewhere);
        Ok((Recorded { value, changes, used, own, is_replayed, not_stored }, inner))
    }

    fn parse<T: DeserializeOwned>(&self, id: &StepId, record: &Record) -> Result<Parts<T>> {
        record.read().map_err(|error| unreadable(self.run_id(), id, error))
    }
}

/// The value that a step has made in this process, if it has run here, and whether it is open.
struct Made<T>(Arc<Mutex<Option<MadeHere<T>>>>);

type MadeHere<T> = (Parts<T>, bool);

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Made<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Serialize> Made<T> {
    /// Keeps a value, and returns its record.
    fn put(&self, parts: Parts<T>, is_open: bool) -> Record {
        let record = if is_open { Record::open(&parts) } else { Record::of(&parts) };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((parts, is_open));
        record
    }
}

impl<T> Made<T> {
    fn take(&self) -> Option<MadeHere<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
