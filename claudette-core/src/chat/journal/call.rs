//! [`JournalCall`]: a tool call of a run, which is not repeated after it has started.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::record::{Parts, Record, unreadable};
use super::remote_call::RemoteCall;
use super::step::{JournalStep, StepKind};
use crate::chat::machine::texts::{INTERRUPTED, TOO_LATE};
use crate::error::Result;
use crate::messages::ToolUse;
use crate::task::BoxFuture;
use crate::tool::{StepId, ToolAnnotations, ToolError, ToolOutcome};

/// A tool call of a run, for [`Journal::call`](crate::journal::Journal::call).
///
/// A call has two records: one before the tool starts, and one with its outcome. If a process finds only the first, and
/// another life of the run has written it, the call may have taken effect. It does not run again, and the model reads
/// that it was interrupted. A [read-only or idempotent](ToolAnnotations) tool has only the second record, and runs again.
///
/// If calls inside a [sub-agent](crate::chat::AgentTool) wait for a decision, the second record contains the state of the
/// sub-agent. After the decisions, the call continues as another call, whose name ends in a number: `tool#1.1:clerk~2`.
#[must_use = "a call without an outcome does not have a result"]
pub struct JournalCall<'a> {
    remote: RemoteCall,
    call: &'a ToolUse,
    pub(super) started: Option<JournalStep<'a>>,
    pub(super) outcome: JournalStep<'a>,
    pub(super) rule: Arc<AtMostOnce>,
}

/// Decides whether a call may run.
pub(super) struct AtMostOnce {
    run_id: String,
    /// The current life of the run.
    life: String,
    may_run: AtomicBool,
}

impl AtMostOnce {
    /// Permits the call if this life has written the record of its start.
    ///
    /// # Errors
    /// Returns an error if the record cannot be read.
    pub(super) fn note_started(&self, step: &StepId, started: &Record) -> Result<()> {
        let parts = started.read::<()>().map_err(|error| unreadable(&self.run_id, step, error))?;
        self.may_run.store(parts.life.as_ref() == Some(&self.life), Ordering::Release);
        Ok(())
    }
}

impl<'a> JournalCall<'a> {
    /// Creates a call. `run` makes the record of its outcome, if the call may run.
    pub(super) fn new(
        life: String,
        remote: RemoteCall,
        call: &'a ToolUse,
        annotations: ToolAnnotations,
        record: impl FnOnce(bool) -> BoxFuture<'a, Result<Record>> + Send + 'a,
    ) -> Self {
        let is_repeatable = annotations.idempotent || annotations.read_only;
        let may_run = AtomicBool::new(is_repeatable);
        let rule = Arc::new(AtMostOnce { run_id: remote.run_id.clone(), life: life.clone(), may_run });
        let started = (!is_repeatable).then(|| {
            let work = move || -> BoxFuture<'a, Result<Record>> {
                let record = Record::of(&Parts::now(Some(life), ()));
                Box::pin(async move { Ok(record) })
            };
            let id: StepId = format!("{}/started", remote.step).as_str().into();
            JournalStep::new(id, StepKind::Started(call), work)
        });
        let checked = rule.clone();
        let work = move || record(checked.may_run.load(Ordering::Acquire));
        let outcome = JournalStep::new(remote.step.clone(), StepKind::Call(call), work);
        Self { remote, call, started, outcome, rule }
    }

    /// Returns the name of the step.
    pub fn id(&self) -> &StepId {
        &self.remote.step
    }

    /// Returns the call.
    pub fn tool_use(&self) -> &'a ToolUse {
        self.call
    }

    /// Returns the call as data, for an engine that runs it in another place. The data is the same in each replay.
    pub fn to_remote(&self) -> RemoteCall {
        self.remote.clone()
    }
}

impl fmt::Debug for JournalCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JournalCall").field(self.id()).finish()
    }
}

/// Returns the outcome of a call that began in an earlier life of the run.
pub(super) fn interrupted(call: &ToolUse) -> ToolOutcome {
    ToolOutcome::refused(call.clone(), ToolError::new(INTERRUPTED))
}

/// Returns the outcome of a call that had not started at the deadline of the run.
pub(in crate::chat) fn too_late(call: &ToolUse) -> ToolOutcome {
    ToolOutcome::refused(call.clone(), ToolError::new(TOO_LATE))
}
