//! [`Journal`]: the records of a loop as steps of a DBOS workflow.

use std::time::Duration;

use claudette::journal::{JournalStep, Record, StepKind};
use claudette::{BoxFuture, Error, Result};

use crate::error::RunError;
use crate::step::{RecordedStep, SUSPENDED};

/// Stores the records of a loop as steps of the DBOS workflow that runs it.
///
/// Create it with [`journal`], inside the workflow.
#[derive(Clone, Debug)]
pub struct Journal {
    pub(crate) run_id: String,
    pub(crate) workflow_id: String,
    pub(crate) decision_timeout: Duration,
    allows_drift: bool,
    /// The reason if this journal cannot store steps.
    misplaced: Option<&'static str>,
}

/// Steps in another place would not be stored, without any sign of it. So a journal there is an error.
const OUTSIDE: &str = "`journal()` was called outside a DBOS workflow, so nothing would be stored: call it in the \
                       function of a registered workflow, and not in a task that this function spawns";
const INSIDE_STEP: &str = "`journal()` was called inside a DBOS step, for example in a tool of another loop: the steps \
                           of a step are not stored; run the inner loop without a journal, because the outer journal \
                           stores its result";

/// Returns a journal that stores the records of a loop as steps of the current DBOS workflow.
///
/// The id of the run is the id of the workflow. If the workflow has made other durable calls before, the number of
/// these calls follows (`order-7/4`), so that each loop of a workflow has an id of its own, which is the same in each
/// replay.
///
/// DBOS numbers the steps of a workflow in the order in which they are created. So a workflow runs one loop at a time.
/// Loops that run at the same time belong into workflows of their own, which the workflow starts and awaits.
///
/// ```no_run
/// use claudette::Chat;
/// use claudette_journal_dbos::{RunError, journal, workflow_error};
///
/// async fn agent(prompt: String) -> dbos::Result<String, RunError> {
///     let mut chat = Chat::new("claude-sonnet-5-5").map_err(workflow_error)?;
///     let run = chat.toolloop(prompt).journal(journal()).await.map_err(workflow_error)?;
///     Ok(run.text())
/// }
///
/// # async fn start() -> dbos::Result<(), RunError> {
/// # let config = dbos::Config::new("agents", "postgres://localhost/agents");
/// let dbos = dbos::DBOS::new(config);
/// let agent = dbos.register_workflow("agent", agent).map_err(dbos::Error::lift)?;
/// dbos.launch().await.map_err(dbos::Error::lift)?;
/// println!("{}", agent.start("Say hello.".to_owned()).await?.result().await?);
/// # Ok(())
/// # }
/// ```
pub fn journal() -> Journal {
    let workflow_id = dbos::workflow_id();
    // A step that is created and dropped has a number, and the number is the same in each replay.
    let number = dbos::step::<(), RunError, _, _>("claudette", || async { Ok(()) }).step_id();
    let misplaced = match (&workflow_id, number) {
        (None, _) => Some(OUTSIDE),
        (Some(_), None) => Some(INSIDE_STEP),
        (Some(_), Some(_)) => None,
    };
    let workflow_id = workflow_id.unwrap_or_default();
    let run_id = match number {
        None | Some(0) => workflow_id.clone(),
        Some(number) => format!("{workflow_id}/{number}"),
    };
    Journal { run_id, workflow_id, decision_timeout: DECISION_TIMEOUT, allows_drift: false, misplaced }
}

/// The default of [`Journal::decision_timeout`].
const DECISION_TIMEOUT: Duration = Duration::from_hours(24);

impl Journal {
    /// Sets how long the workflow waits for a decision on a suspended call; 24 hours by default.
    ///
    /// The deadline is stored, so it stays the same if the process ends and another one continues. When it passes, the
    /// call is denied, and the model reads the reason.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use claudette_journal_dbos::journal;
    ///
    /// let journal = journal().decision_timeout(Duration::from_hours(1));
    /// # drop(journal);
    /// ```
    pub fn decision_timeout(mut self, timeout: Duration) -> Self {
        self.decision_timeout = timeout;
        self
    }

    /// Allows a run to continue although its prompt, tools, options or library version have changed since it began.
    ///
    /// The order of the steps must still be the same: DBOS compares the name of each step with the stored one.
    ///
    /// ```
    /// use claudette::journal::Journal as _;
    /// use claudette_journal_dbos::journal;
    ///
    /// assert!(journal().allow_drift().allows_drift());
    /// ```
    pub fn allow_drift(mut self) -> Self {
        self.allows_drift = true;
        self
    }
}

impl claudette::journal::Journal for Journal {
    fn run_id(&self) -> &str {
        &self.run_id
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        if let Some(misplaced) = self.misplaced {
            return Box::pin(async move { Err(Error::journal(misplaced)) });
        }
        let (id, kind) = (step.id().clone(), step.kind());
        // Created here, because DBOS numbers the steps in the order in which they are created.
        let recorded = RecordedStep::new(self, step);
        Box::pin(async move {
            let text = recorded.text().await?;
            match kind {
                StepKind::Approval(call) if text == SUSPENDED => self.wait(&id, call).await,
                _ => Ok(Record::from(text)),
            }
        })
    }

    fn allows_drift(&self) -> bool {
        self.allows_drift
    }
}
