//! [`KillAt`]: a journal that kills its own process at the boundary of a step.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use claudette::chat::{Answer, NextApproval, NextCall, NextRequest, StepId};
use claudette::client::RequestPlan;
use claudette::journal::{Journal, JournalStep, Record};
use claudette::{Approval, BoxFuture, EndReason, Hook, Response, Result, ToolOutcome, ToolUse};

/// The moment at which the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// After the loop has this number of records, which are stored.
    Stored(usize),
    /// After this number of requests, approvals and calls was done in this process, before the last of them is stored.
    Done(usize),
}

/// Kills this process with `SIGKILL` at the boundary of a step.
///
/// It is a [`Journal`] around the real one ([`wrap`](Self::wrap)), and also a [`Hook`], which runs inside the steps. It
/// does not fit a journal that runs calls elsewhere.
#[derive(Clone, Debug)]
pub struct KillAt {
    moment: Moment,
    stored: Arc<AtomicUsize>,
    done: Arc<AtomicUsize>,
}

impl KillAt {
    /// Returns a killer for this moment. Add it as a hook, and wrap the journal.
    pub fn new(moment: Moment) -> Self {
        Self { moment, stored: Arc::default(), done: Arc::default() }
    }

    /// Returns a journal that kills the process at the moment.
    pub fn wrap<J: Journal>(&self, journal: J) -> Killing<J> {
        Killing { journal, kill: self.clone() }
    }

    fn done(&self) {
        let done = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        if self.moment == Moment::Done(done) {
            kill_this_process();
        }
    }

    fn stored(&self) {
        let stored = self.stored.fetch_add(1, Ordering::SeqCst) + 1;
        if self.moment == Moment::Stored(stored) {
            kill_this_process();
        }
    }
}

fn kill_this_process() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    // The signal may arrive a little later.
    loop {
        std::thread::park();
    }
}

/// A journal that kills its process; [`KillAt::wrap`] makes it.
#[derive(Debug)]
pub struct Killing<J> {
    journal: J,
    kill: KillAt,
}

impl<J: Journal> Journal for Killing<J> {
    fn run_id(&self) -> &str {
        self.journal.run_id()
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        let record = self.journal.step(step);
        Box::pin(async move {
            let record = record.await;
            self.kill.stored();
            record
        })
    }

    fn end<'a>(&'a self, reason: &'a EndReason) -> BoxFuture<'a, Result<()>> {
        self.journal.end(reason)
    }

    fn allows_drift(&self) -> bool {
        self.journal.allows_drift()
    }
}

impl Hook for KillAt {
    fn around_request<'a>(
        &'a self,
        _: &'a StepId,
        plan: &'a RequestPlan<'a>,
        next: NextRequest<'a>,
    ) -> BoxFuture<'a, Result<Answer<Response>>> {
        Box::pin(async move {
            let response = next.run(plan).await;
            self.done();
            response
        })
    }

    fn around_approval<'a>(
        &'a self,
        _: &'a StepId,
        _: &'a ToolUse,
        next: NextApproval<'a>,
    ) -> BoxFuture<'a, Result<Answer<Approval>>> {
        Box::pin(async move {
            let approval = next.run().await;
            self.done();
            approval
        })
    }

    fn around_call<'a>(
        &'a self,
        _: &'a StepId,
        _: &'a ToolUse,
        next: NextCall<'a>,
    ) -> BoxFuture<'a, Result<Answer<ToolOutcome>>> {
        Box::pin(async move {
            let outcome = next.run().await;
            self.done();
            outcome
        })
    }

    fn wants_events(&self) -> bool {
        false
    }
}
