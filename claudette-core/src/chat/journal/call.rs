//! [`JournalCall`]: a tool call of a run, which is not repeated after it has started. [`RemoteCall`]: the same as data.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::journal::Journal;
use super::record::{Parts, Record, now, unreadable};
use super::step::{JournalStep, StepKind, Work};
use crate::catalog::Model;
use crate::chat::machine::texts::{INTERRUPTED, TOO_LATE};
use crate::error::Result;
use crate::messages::ToolUse;
use crate::task::BoxFuture;
use crate::tool::{StepId, Tool, ToolAnnotations, ToolContext, ToolContextBuilder, ToolError, ToolOutcome, Toolset};

/// A tool call of a run, for [`Journal::call`].
///
/// A call has two records: one before the tool starts, and one with its outcome. If a process finds only the first, and
/// another life of the run has written it, the call may have taken effect. It does not run again, and the model reads
/// that it was interrupted. A [read-only or idempotent](ToolAnnotations) tool has only the second record, and runs again.
#[must_use = "a call without an outcome does not have a result"]
pub struct JournalCall<'a> {
    remote: RemoteCall,
    call: &'a ToolUse,
    started: Option<JournalStep<'a>>,
    outcome: JournalStep<'a>,
    rule: Arc<AtMostOnce>,
}

/// Decides whether a call may run.
struct AtMostOnce {
    /// The current life of the run.
    life: String,
    may_run: AtomicBool,
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
        let rule = Arc::new(AtMostOnce { life: life.clone(), may_run: AtomicBool::new(is_repeatable) });
        let started = (!is_repeatable).then(|| {
            let work: Work<'a> = Box::new(move || {
                let record = Record::of(&Parts { life: Some(life), at: now(), value: () });
                Box::pin(async move { Ok(record) })
            });
            let id: StepId = format!("{}/started", remote.step).as_str().into();
            JournalStep::new(id, StepKind::Started(call), work)
        });
        let checked = rule.clone();
        let work: Work<'a> = Box::new(move || record(checked.may_run.load(Ordering::Acquire)));
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

    /// Runs the call in this process, as one or two steps of a journal. Both steps are created before this method
    /// returns.
    ///
    /// # Errors
    /// Returns the error of a step, or an error of the journal.
    pub fn run<J: Journal + ?Sized>(self, journal: &'a J) -> BoxFuture<'a, Result<Record>> {
        let Self { remote, started, outcome, rule, .. } = self;
        let started = started.map(|step| (step.id().clone(), journal.step(step)));
        let outcome = journal.step(outcome);
        Box::pin(async move {
            if let Some((step, started)) = started {
                let record = started.await?.read::<()>();
                let life = record.map_err(|error| unreadable(&remote.run_id, &step, error))?.life;
                rule.may_run.store(life.as_ref() == Some(&rule.life), Ordering::Release);
            }
            outcome.await
        })
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

/// A tool call of a run as data, which another process can run.
///
/// An engine such as Restate runs each call as an invocation of its own. Its handler has its own [`Journal`], which
/// stores the steps of this call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoteCall {
    pub(in crate::chat) run_id: String,
    pub(in crate::chat) step: StepId,
    pub(in crate::chat) call: ToolUse,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::chat) model: Option<Model>,
    #[serde(default)]
    pub(in crate::chat) remaining_steps: u32,
    /// The timeout of a tool without a timeout of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::chat) timeout: Option<Duration>,
    /// The deadline of the run, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::chat) deadline: Option<u64>,
}

impl RemoteCall {
    /// Returns the id of the run.
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// Returns the name of the step.
    pub fn step(&self) -> &StepId {
        &self.step
    }

    /// Returns the call.
    pub fn tool_use(&self) -> &ToolUse {
        &self.call
    }

    /// Returns a builder of the context of the call, for example to set a sink for its progress.
    pub fn context(&self) -> ToolContextBuilder {
        let context = ToolContext::builder()
            .step(self.step.as_str())
            .idempotency_key(self.idempotency_key())
            .remaining_steps(self.remaining_steps);
        match &self.model {
            Some(model) => context.model(model.clone()),
            None => context,
        }
    }

    fn idempotency_key(&self) -> String {
        format!("{}/{}", self.run_id, self.step)
    }

    /// Runs the call with these tools, and returns the record of its outcome. Its steps are stored in `journal`.
    ///
    /// # Errors
    /// Returns the error of a step, or an error of the journal.
    pub fn run<'a, J: Journal + ?Sized>(
        &'a self,
        journal: &'a J,
        tools: &'a Toolset,
        cx: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Record>> {
        let annotations = tools.get(self.call.name()).map(Tool::annotations).unwrap_or_default();
        let life = super::journaled_run::new_life();
        let record = {
            let life = life.clone();
            move |may_run: bool| -> BoxFuture<'a, Result<Record>> {
                Box::pin(async move {
                    let value = if may_run { self.outcome(tools, cx).await } else { interrupted(&self.call) };
                    Ok(Record::of(&Parts { life: Some(life), at: now(), value }))
                })
            }
        };
        JournalCall::new(life, self.clone(), &self.call, annotations, record).run(journal)
    }

    async fn outcome(&self, tools: &Toolset, cx: &ToolContext) -> ToolOutcome {
        let left = self.deadline.map(|deadline| Duration::from_micros(deadline.saturating_sub(now())));
        if left == Some(Duration::ZERO) {
            return too_late(&self.call);
        }
        let deadline = crate::chat::clock::after(left);
        tools.run_within(self.call.clone(), cx, self.timeout, deadline).await
    }
}
