//! [`retry_later`]: runs a workflow again after the API was out of service.

use std::time::Duration;

use claudette::Error;

use crate::error::{RunError, may_pass, workflow_error};

/// Converts an error of a loop like [`workflow_error`]. If the run may succeed later, it waits and puts the workflow
/// back on a queue first, so that it continues without a new launch.
///
/// The retries of the [client](claudette::Client) bridge seconds; this function bridges hours. It waits inside
/// the workflow: during the delay, the workflow keeps its place in its queue. The finished steps are not repeated.
///
/// The workflow must not run in another process at this time. Like each resumed workflow, it loses the timeout of its
/// `StartOptions`.
///
/// ```no_run
/// use std::time::Duration;
///
/// use claudette_journal_dbos::{RunError, journal, retry_later};
///
/// async fn agent(mut chat: claudette::Chat, client: dbos::Client, prompt: String) -> dbos::Result<String, RunError> {
///     match chat.toolloop(prompt).journal(journal()).await {
///         Ok(run) => Ok(run.text()),
///         Err(error) => Err(retry_later(&client, Duration::from_mins(1), error).await),
///     }
/// }
/// ```
pub async fn retry_later(client: &dbos::Client, delay: Duration, error: Error) -> dbos::Error<RunError> {
    let workflow_id = dbos::workflow_id().filter(|_| may_pass(&error));
    let error = workflow_error(error);
    if let (dbos::Error::Interrupted { .. }, Some(workflow_id)) = (&error, workflow_id) {
        tokio::time::sleep(delay).await;
        let resumed: dbos::Result<dbos::WorkflowHandle<(), RunError>> = client.resume(&workflow_id).await;
        if let Err(error) = resumed {
            tracing::warn!(%workflow_id, %error, "the workflow was not resumed, and waits for the next launch");
        }
    }
    error
}
