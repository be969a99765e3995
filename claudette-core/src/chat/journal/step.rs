//! [`JournalStep`]: a step of a run that has a record.

use std::fmt;

use super::record::Record;
use crate::error::Result;
use crate::messages::ToolUse;
use crate::task::BoxFuture;
use crate::tool::StepId;

/// A step of a run, for [`Journal::step`](crate::journal::Journal::step): its name, and the work that makes its record.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Done."));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::journal::{Journal, JournalStep, Record};
/// use claudette::{BoxFuture, Result};
/// use std::sync::Mutex;
///
/// /// Stores nothing, and remembers the names of the steps.
/// #[derive(Default)]
/// struct Names(Mutex<Vec<String>>);
///
/// impl Journal for &Names {
///     fn run_id(&self) -> &str {
///         "greeting-1"
///     }
///
///     fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
///         self.0.lock().unwrap().push(step.id().to_string());
///         step.run()
///     }
/// }
///
/// let names = Names::default();
/// chat.toolloop("Hello!").journal(&names).await?;
/// assert_eq!(*names.0.lock().unwrap(), ["run", "request#1"]);
/// # Ok(())
/// # }
/// ```
#[must_use = "a step without a record has no result"]
pub struct JournalStep<'a> {
    id: StepId,
    kind: StepKind<'a>,
    work: Work<'a>,
}

/// Work that makes a record.
type Work<'a> = Box<dyn FnOnce() -> BoxFuture<'a, Result<Record>> + Send + 'a>;

/// The kind of a step, for journals that store more than records.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum StepKind<'a> {
    /// The run begins. This is always the first step.
    Start,
    /// A request to the model.
    Request,
    /// The approval of this call. The id of a call inside a sub-agent begins with the id of the call that runs the
    /// sub-agent: `toolu_1/toolu_2`.
    Approval(&'a ToolUse),
    /// This call is about to start. The record prevents a second start in another process.
    Started(&'a ToolUse),
    /// This call runs.
    Call(&'a ToolUse),
    /// Messages of the user are taken from the inbox of the loop.
    Inbox,
}

impl<'a> JournalStep<'a> {
    /// Creates a step that stores a result of the program itself, or that tests a journal.
    ///
    /// The first step of a run has the kind [`StepKind::Start`]. A run of the program's own can consist of this step
    /// alone.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("Oslo"));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// use claudette::journal::{JournalStep, Record, StepKind};
    ///
    /// // A journal runs the step, unless it has its record.
    /// let step = JournalStep::new("run".into(), StepKind::Start, || {
    ///     Box::pin(async { Record::new(&client.send("The capital of Norway?").await?.text()) })
    /// });
    /// let record = step.run().await?;
    /// assert_eq!(record.value::<String>()?, "Oslo");
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(
        id: StepId,
        kind: StepKind<'a>,
        work: impl FnOnce() -> BoxFuture<'a, Result<Record>> + Send + 'a,
    ) -> Self {
        Self { id, kind, work: Box::new(work) }
    }

    /// Returns the name of the step. Within a run, each name is used once.
    pub fn id(&self) -> &StepId {
        &self.id
    }

    /// Returns the kind of the step.
    pub fn kind(&self) -> StepKind<'a> {
        self.kind
    }

    /// Runs the step, and returns the record to store.
    pub fn run(self) -> BoxFuture<'a, Result<Record>> {
        (self.work)()
    }
}

impl fmt::Debug for JournalStep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JournalStep").field(&self.id).finish()
    }
}
