//! [`Journal`]: the store of the results of a run's steps.

use super::call::JournalCall;
use super::record::Record;
use super::step::JournalStep;
use crate::chat::machine::EndReason;
use crate::error::Result;
use crate::task::BoxFuture;

/// Stores the result of each step of a run, so that another process can continue the run.
///
/// [`ToolLoop::journal`](crate::chat::ToolLoop::journal) takes it. A loop with a journal asks it for the record of each
/// step. The journal returns the stored record if there is one. Otherwise it runs the step and stores its record before
/// it returns it. All rules are in the loop: which steps there are, which of them may run again, and what happens at a
/// deadline. A journal only stores texts.
///
/// An implementation must follow these rules:
///
/// - A record that [is open](Record::is_open) is not stored: the call waits for a decision. The journal either returns
///   the record, and the loop ends with [`EndReason::Suspended`], or it waits until there is a decision and returns
///   [`Record::decision`].
/// - An error of a step is not stored. The journal returns it unchanged, and the loop returns it to the caller.
/// - A record is returned byte for byte as it was stored.
/// - Only one process at a time may use a run.
///
/// The methods are called in the order of the steps, although the steps of one response can run at the same time. An
/// engine that numbers steps by the order in which they are created must create them in the method, not in the future
/// that it returns.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Done."));
/// use claudette::journal::{Journal, JournalStep, Record};
/// use claudette::{BoxFuture, Chat, Result};
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// /// Keeps the records in memory. A real journal writes them to a disk.
/// #[derive(Default)]
/// struct InMemory(Mutex<HashMap<String, String>>);
///
/// impl Journal for &InMemory {
///     fn run_id(&self) -> &str {
///         "greeting-1"
///     }
///
///     fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
///         Box::pin(async move {
///             let id = step.id().to_string();
///             if let Some(stored) = self.0.lock().unwrap().get(&id) {
///                 return Ok(Record::from(stored.clone()));
///             }
///             let record = step.run().await?;
///             if !record.is_open() {
///                 self.0.lock().unwrap().insert(id, record.as_str().to_owned());
///             }
///             Ok(record)
///         })
///     }
/// }
///
/// # let client = claude.client("claude-sonnet-5-5");
/// let journal = InMemory::default();
/// for _ in 0..2 {
///     let mut chat = Chat::new(&client)?;
///     let run = chat.toolloop("Hello!").journal(&journal).await?;
///     assert_eq!(run.text(), "Done.");
/// }
/// assert_eq!(claude.requests().len(), 1, "the second run is replayed");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "durable")]
#[doc(alias = "checkpoint")]
#[doc(alias = "workflow")]
pub trait Journal: Send + Sync {
    /// Returns the id of the run. It must be unique, and the same in each process that continues the run. The
    /// idempotency keys of tool calls begin with it.
    fn run_id(&self) -> &str;

    /// Returns the record of a step. If it is not stored yet, this method runs the step and stores its record.
    ///
    /// # Errors
    /// Returns the error of the step, or an error of the journal. Both end the loop.
    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>>;

    /// Returns the record of a tool call. By default, the call runs in this process and has one or two steps
    /// ([`JournalCall::run`]). An engine that runs calls elsewhere sends [`JournalCall::to_remote`] there.
    ///
    /// # Errors
    /// Returns the error of a step, or an error of the journal. Both end the loop.
    fn call<'a>(&'a self, call: JournalCall<'a>) -> BoxFuture<'a, Result<Record>> {
        call.run(self)
    }

    /// Runs when the loop has ended without an error. The run is finished if the reason is
    /// [final](EndReason::is_final); otherwise, it can be continued.
    ///
    /// # Errors
    /// Returns an error of the journal. The loop returns it to the caller.
    fn end<'a>(&'a self, reason: &'a EndReason) -> BoxFuture<'a, Result<()>> {
        let _ = reason;
        Box::pin(async { Ok(()) })
    }

    /// Returns `true` if the run may continue although its prompt, tools, options or library version have changed since
    /// it began; `false` by default.
    fn allows_drift(&self) -> bool {
        false
    }
}

impl<'a> JournalCall<'a> {
    /// Runs the call in this process, as one or two steps of a journal. Both steps are created before this method
    /// returns.
    ///
    /// # Errors
    /// Returns the error of a step, or an error of the journal.
    pub fn run<J: Journal + ?Sized>(self, journal: &'a J) -> BoxFuture<'a, Result<Record>> {
        let Self { started, outcome, rule, .. } = self;
        let started = started.map(|step| (step.id().clone(), journal.step(step)));
        let outcome = journal.step(outcome);
        Box::pin(async move {
            if let Some((step, started)) = started {
                rule.note_started(&step, &started.await?)?;
            }
            outcome.await
        })
    }
}
