//! [`LiveProgress`]: progress messages of tools for readers in other processes.

use claudette::chat::Event;
use claudette::{Error, Hook, Result};
use dbos::sysdb::types::WorkflowFilter;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::watch;

/// The attribute of a workflow that has its latest progress message.
const PROGRESS: &str = "progress";

/// A progress message of a running tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProgressReport {
    /// The name of the tool.
    pub tool: String,
    /// The text of [`ToolContext::progress`](claudette::ToolContext::progress).
    pub text: String,
}

/// A hook that publishes the progress messages of the tools of a workflow. [`progress`] reads the latest one.
///
/// A DBOS event is a step of its workflow, so it cannot be set while another step runs. Therefore the message is stored
/// in the attribute `progress` of the workflow, next to its other attributes. At most one message at a time is written;
/// if the tools are faster than the database, the latest message replaces earlier ones.
///
/// To see which steps have finished, no hook is necessary: `client.list_workflow_steps(id)` lists them by name.
///
/// ```no_run
/// # async fn f(client: dbos::Client, mut chat: claudette::Chat) -> claudette::Result<()> {
/// use claudette_journal_dbos::{LiveProgress, journal};
///
/// // In the workflow:
/// chat.toolloop("Charge all open invoices.").hook(LiveProgress::new(&client)).journal(journal()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LiveProgress {
    latest: watch::Sender<Option<ProgressReport>>,
}

impl LiveProgress {
    /// Creates the hook for the current workflow. Outside a workflow, messages are not published.
    ///
    /// It spawns a task, which ends after the hook is dropped.
    pub fn new(client: &dbos::Client) -> Self {
        let (latest, messages) = watch::channel(None);
        if let Some(workflow_id) = dbos::workflow_id() {
            tokio::spawn(publish(client.clone(), workflow_id, messages));
        }
        Self { latest }
    }
}

impl Hook for LiveProgress {
    fn on_event(&self, event: &Event) {
        if let Event::Progress(progress) = event {
            let report = ProgressReport { tool: progress.call().name().to_owned(), text: progress.text().to_owned() };
            self.latest.send_replace(Some(report));
        }
    }

    fn wants_events(&self) -> bool {
        true
    }
}

async fn publish(client: dbos::Client, workflow_id: String, mut messages: watch::Receiver<Option<ProgressReport>>) {
    // The last message is still read after the sender is gone.
    while messages.changed().await.is_ok() {
        let report = messages.borrow_and_update().clone();
        if let Err(error) = write(&client, &workflow_id, report).await {
            tracing::warn!(workflow_id, %error, "a progress message was not published");
        }
    }
}

async fn write(client: &dbos::Client, workflow_id: &str, report: Option<ProgressReport>) -> Result<()> {
    let mut attributes = attributes(client, workflow_id).await?;
    attributes.insert(PROGRESS.to_owned(), serde_json::to_value(report).unwrap_or_default());
    client.update_workflow_attributes(workflow_id, Some(&attributes)).await.map_err(|error| {
        Error::journal(format!("the progress of workflow `{workflow_id}` could not be stored")).caused_by(error)
    })
}

/// Returns the latest progress message of a workflow, which [`LiveProgress`] has published.
///
/// # Errors
/// Returns a journal error if the database cannot be read.
///
/// ```no_run
/// # async fn f(client: &dbos::Client) -> claudette::Result<()> {
/// if let Some(progress) = claudette_journal_dbos::progress(client, "order-7").await? {
///     println!("{}: {}", progress.tool, progress.text);
/// }
/// # Ok(())
/// # }
/// ```
pub async fn progress(client: &dbos::Client, workflow_id: &str) -> Result<Option<ProgressReport>> {
    let mut attributes = attributes(client, workflow_id).await?;
    Ok(attributes.remove(PROGRESS).and_then(|report| serde_json::from_value(report).ok()))
}

async fn attributes(client: &dbos::Client, workflow_id: &str) -> Result<Map<String, Value>> {
    let filter = WorkflowFilter {
        workflow_ids: vec![workflow_id],
        load_input: false,
        load_output: false,
        ..WorkflowFilter::default()
    };
    let found = client.list_workflows(&filter).await.map_err(|error| {
        Error::journal(format!("the attributes of workflow `{workflow_id}` could not be read")).caused_by(error)
    })?;
    let attributes = found.into_iter().next().and_then(|workflow| workflow.attributes);
    Ok(attributes.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
