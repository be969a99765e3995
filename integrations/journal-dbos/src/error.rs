//! [`RunError`], and the conversions between the errors of claudette and of DBOS.

use std::error::Error as StdError;
use std::fmt;

use claudette::Error;
use claudette::tooling::StepId;
use dbos::sysdb;
use serde::{Deserialize, Serialize};

/// The error of a run that ends its workflow. DBOS stores it as the result of the workflow.
///
/// DBOS stores errors as JSON. So this type has the text of the error, its status, and the name that the API gave it.
/// [`workflow_error`] makes it.
///
/// ```
/// use claudette_journal_dbos::RunError;
///
/// let error = RunError::from(&claudette::Error::other("the till is locked"));
/// assert!(error.to_string().contains("the till is locked"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunError {
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_type: Option<String>,
}

impl RunError {
    /// Returns the HTTP status of the response, if the API refused the request.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Returns the name that the API gave the error, such as `invalid_request_error`.
    pub fn error_type(&self) -> Option<&str> {
        self.error_type.as_deref()
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for RunError {}

impl From<&Error> for RunError {
    fn from(error: &Error) -> Self {
        Self { message: with_causes(error), status: error.status(), error_type: error.error_type().map(str::to_owned) }
    }
}

/// Converts an error of a loop into the error of its workflow.
///
/// DBOS stores the error of a workflow as its final result, except for its own control signals: then the workflow stays
/// `PENDING`, and its finished steps are replayed when it is recovered. The conversion keeps as many runs as possible
/// alive:
///
/// | Error of the loop | Result |
/// |---|---|
/// | a control signal of DBOS (cancelled, shutdown, database) | the original signal |
/// | a record that cannot be read, a program that did not begin the run | [`dbos::Error::SystemDatabase`] with the text: `PENDING` until the row or the program is repaired |
/// | connection, timeout, overload, rate limit, failed server, credentials, billing | [`dbos::Error::Interrupted`]: `PENDING` until the next launch, or until [`retry_later`](crate::retry_later) |
/// | any other error, such as a request that the API refuses | [`RunError`]: the workflow ends as `ERROR` |
///
/// A workflow that ended as `ERROR` keeps its steps. `dbos.fork(..)` continues a copy of it from the step that failed.
///
/// ```
/// use claudette_journal_dbos::{RunError, journal, workflow_error};
///
/// async fn agent(prompt: String) -> dbos::Result<String, RunError> {
///     # let client = claudette::testing::MockServer::start().await.map_err(workflow_error)?.client("claude-sonnet-5-5");
///     let mut chat = claudette::Chat::new(client).map_err(workflow_error)?;
///     let run = chat.toolloop(prompt).journal(journal()).await.map_err(workflow_error)?;
///     Ok(run.text())
/// }
///
/// // The connection broke: the workflow stays pending.
/// let error = workflow_error(claudette::Error::connection("connection reset"));
/// assert!(matches!(error, dbos::Error::Interrupted { .. }));
///
/// // The program itself gave up: the workflow has failed.
/// let error = workflow_error(claudette::Error::other("no such customer"));
/// assert!(matches!(error, dbos::Error::Application(RunError { .. })));
/// ```
pub fn workflow_error(error: Error) -> dbos::Error<RunError> {
    workflow_error_as(error)
}

/// Converts an error of a loop into the error of a workflow with an error type of its own.
///
/// See [`workflow_error`].
///
/// ```
/// use claudette_journal_dbos::{RunError, workflow_error_as};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Serialize, Deserialize)]
/// enum OrderError {
///     SoldOut,
///     Agent(RunError),
/// }
///
/// impl From<RunError> for OrderError {
///     fn from(error: RunError) -> Self {
///         Self::Agent(error)
///     }
/// }
///
/// let error = workflow_error_as::<OrderError>(claudette::Error::other("no such customer"));
/// assert!(matches!(error, dbos::Error::Application(OrderError::Agent(_))));
/// ```
#[allow(clippy::needless_pass_by_value, reason = "the argument of `map_err`")]
pub fn workflow_error_as<E: From<RunError>>(error: Error) -> dbos::Error<E> {
    if let Some(control) = find_engine_error(&error).and_then(control) {
        return control;
    }
    // A deployment of the wrong program must not end all of its runs.
    if error.is_journal() || error.is_drift() {
        return dbos::Error::SystemDatabase(sysdb::Error::Malformed(with_causes(&error)));
    }
    if may_pass(&error) {
        let workflow_id = dbos::workflow_id().unwrap_or_default();
        tracing::warn!(workflow_id, error = with_causes(&error), "the run is interrupted and stays PENDING");
        return dbos::Error::Interrupted { workflow_id };
    }
    dbos::Error::Application(E::from(RunError::from(&error)))
}

/// Returns `true` if the run may succeed later without any change to it.
pub(crate) fn may_pass(error: &Error) -> bool {
    error.is_connection()
        || error.is_timeout()
        || error.is_truncated()
        || error.is_rate_limited()
        || error.is_overloaded()
        || error.is_server_error()
        || error.is_authentication()
        || error.is_billing()
}

/// Returns the error of DBOS that caused this error.
fn find_engine_error(error: &Error) -> Option<&dbos::Error<RunError>> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(engine) = cause.downcast_ref() {
            return Some(engine);
        }
        source = cause.source();
    }
    None
}

/// Returns the control signal in an error of DBOS.
fn control<E>(error: &dbos::Error<RunError>) -> Option<dbos::Error<E>> {
    match error {
        dbos::Error::Interrupted { workflow_id } => Some(dbos::Error::Interrupted { workflow_id: workflow_id.clone() }),
        dbos::Error::WorkflowCancelled { workflow_id } => {
            Some(dbos::Error::WorkflowCancelled { workflow_id: workflow_id.clone() })
        }
        dbos::Error::SystemDatabase(error) => Some(dbos::Error::SystemDatabase(error.clone())),
        _ => None,
    }
}

/// Returns an error of DBOS in a step as an error of the journal.
#[cold]
pub(crate) fn step_error(run: &str, step: &StepId, error: dbos::Error<RunError>) -> Error {
    use sysdb::Error as Database;

    let what = match &error {
        dbos::Error::SystemDatabase(Database::UnexpectedStep { recorded, .. }) => format!(
            "run `{run}` has recorded the step `{recorded}` in place of `{step}`: continue it with the program that \
             began it (`app_version`), or fork the workflow from an earlier step"
        ),
        dbos::Error::SystemDatabase(Database::StepAlreadyRecorded { .. }) => format!(
            "another process has recorded the step `{step}` of run `{run}`: it continues the run, and this process stops; \
             do not resume a workflow that is still running"
        ),
        dbos::Error::SystemDatabase(Database::WorkflowCancelled { .. }) | dbos::Error::WorkflowCancelled { .. } => {
            format!("run `{run}` was cancelled before the step `{step}`: resume the workflow to continue it")
        }
        dbos::Error::Interrupted { .. } => format!(
            "run `{run}` was interrupted in the step `{step}`: launch the program again, or resume the workflow"
        ),
        dbos::Error::Deserialization { .. } => format!(
            "the record of the step `{step}` of run `{run}` cannot be read: restore its row of `operation_outputs` from \
             a backup, or delete this row and all later ones of the workflow to run these steps again"
        ),
        _ => {
            format!("DBOS could not run the step `{step}` of run `{run}`: resume the workflow after the cause is gone")
        }
    };
    Error::journal(what).caused_by(error)
}

/// Returns the message of an error and of its causes.
fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += ": ";
        text += &cause.to_string();
        source = cause.source();
    }
    text
}
