//! [`pending`] and [`decide`]: approvals by another process.

use std::time::{Duration, SystemTime};

use claudette::chat::CallRef;
use claudette::journal::Record;
use claudette::{Approval, Error, Result, ToolUse};
use dbos::sysdb::types::WorkflowStatus;
use serde::{Deserialize, Serialize};

/// The name of the event that lists the calls that wait for a decision.
pub(crate) const PENDING: &str = "claudette.pending";

/// Returns the topic of the decision on a call.
pub(crate) fn topic(run_id: &str, step: &str) -> String {
    format!("claudette.decision/{run_id}/{step}")
}

/// A tool call for whose decision a workflow waits.
///
/// The workflow publishes it as the event `claudette.pending`, a JSON array, which other languages can read, too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PendingApproval {
    /// The id of the run.
    pub run_id: String,
    /// The name of the step that waits, such as `approval#1.2`.
    pub step: String,
    /// The call.
    pub call: ToolUse,
    /// The deadline of the decision. The call is denied when it passes.
    pub until: SystemTime,
}

/// Returns the calls for whose decision a workflow waits.
///
/// # Errors
/// Returns a journal error if the database cannot be read.
///
/// ```no_run
/// # async fn f(client: &dbos::Client) -> claudette::Result<()> {
/// use claudette::Approval;
/// use claudette_journal_dbos::{decide, pending};
///
/// for waiting in pending(client, "order-7").await? {
///     println!("{} {}", waiting.call.name(), waiting.call.input());
///     decide(client, "order-7", &waiting.call, Approval::Allow).await?;
/// }
/// # Ok(())
/// # }
/// ```
pub async fn pending(client: &dbos::Client, workflow_id: &str) -> Result<Vec<PendingApproval>> {
    let pending: dbos::Result<Option<Vec<PendingApproval>>> =
        client.get_event(workflow_id, PENDING, Duration::ZERO).await;
    let read = pending.map_err(|error| {
        Error::journal(format!("the pending calls of workflow `{workflow_id}` could not be read")).caused_by(error)
    });
    Ok(read?.unwrap_or_default())
}

/// Decides on a call for which a workflow waits. The call is its id, or the [`ToolUse`] itself, which is then compared.
///
/// The decision is stored in the database. The workflow continues at once if it runs, and otherwise when it is
/// recovered. The first decision on a call counts; a second one before the workflow has continued is ignored.
///
/// # Errors
/// Returns a journal error if the workflow does not wait for a decision on this call, if the approval is not a decision,
/// or if the database cannot be written.
///
/// See [`pending`] for an example.
pub async fn decide<'c>(
    client: &dbos::Client,
    workflow_id: &str,
    call: impl Into<CallRef<'c>>,
    approval: Approval,
) -> Result<()> {
    let call = call.into();
    let record = Record::decision(&approval)?;
    let failed = |error| {
        Error::journal(format!("the decision for workflow `{workflow_id}` could not be stored: decide again"))
            .caused_by(error)
    };
    let status = client.workflow_status(workflow_id).await.map_err(failed)?;
    let Some(status) = status else {
        return Err(Error::journal(format!("workflow `{workflow_id}` does not exist: check its id and the database")));
    };
    if matches!(status, WorkflowStatus::Success | WorkflowStatus::Error | WorkflowStatus::Cancelled) {
        return Err(Error::journal(format!(
            "workflow `{workflow_id}` does not wait for a decision, because its status is {status}"
        )));
    }
    let pending = pending(client, workflow_id).await?;
    let Some(waiting) = pending.iter().find(|waiting| waiting.call.id() == call.id()) else {
        let ids: Vec<&str> = pending.iter().map(|waiting| waiting.call.id()).collect();
        return Err(Error::journal(format!(
            "workflow `{workflow_id}` does not wait for a decision on the call `{}`: it waits for {}",
            call.id(),
            if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
        )));
    };
    if !call.is_same(&waiting.call) {
        return Err(Error::journal(format!(
            "the call `{}` of workflow `{workflow_id}` has other arguments than the call that was decided on: list the \
             pending calls again",
            call.id()
        )));
    }
    let topic = topic(&waiting.run_id, &waiting.step);
    let decision: Box<serde_json::value::RawValue> = serde_json::from_str(record.as_str()).map_err(Error::other)?;
    let options = dbos::SendOptions { topic: Some(&topic), idempotency_key: Some(&topic), ..Default::default() };
    client.send_with(workflow_id, &decision, options).await.map_err(failed)
}
