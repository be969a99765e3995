//! A database, a mock server, and a workflow.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, Client, State, ToolContext, tool, tools};
use claudette_journal_dbos::{RunError, journal, workflow_error};
use dbos::sysdb::types::WorkflowStatus;
use dbos::{DBOS, StartOptions, WorkflowHandle, WorkflowRef};
use serde_json::json;
use tokio::sync::OnceCell;

use crate::support::{self, Database};

/// The number of times that each tool ran, and the time that `pay` takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effects {
    pub(crate) pay: Arc<AtomicUsize>,
    pub(crate) look: Arc<AtomicUsize>,
    pub(crate) delay: Duration,
}

impl Effects {
    pub(crate) fn slow(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.pay.load(Ordering::SeqCst), self.look.load(Ordering::SeqCst))
    }
}

/// Pays an invoice.
#[tool]
pub(crate) async fn pay(
    cx: &ToolContext,
    effects: State<Effects>,
    /** Its number */
    n: u32,
) -> String {
    effects.pay.fetch_add(1, Ordering::SeqCst);
    cx.progress(format!("paying {n}"));
    tokio::time::sleep(effects.delay).await;
    format!("paid {n}")
}

/// Looks at an invoice.
#[tool(idempotent)]
pub(crate) async fn look(
    effects: State<Effects>,
    /** Its number */
    n: u32,
) -> String {
    effects.look.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(effects.delay).await;
    format!("saw {n}")
}

/// The database, the model and the tools of a test.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) model: MockServer,
    pub(crate) effects: Effects,
    pub(crate) app: String,
    pub(crate) suspends: bool,
    /// The errors of the workflows. A signal of DBOS is not stored as the result of a workflow.
    failures: Arc<Mutex<Vec<String>>>,
}

static DATABASE: OnceCell<Database> = OnceCell::const_new();

impl World {
    /// Returns the parts of a test with this name. Without a server, it prints a line.
    pub(crate) async fn new(name: &str) -> Option<Self> {
        let server = support::server()?;
        let database = DATABASE
            .get_or_init(async || {
                let database = Database::create(&server, "claudette_it");
                let dbos = database.dbos("schema", "schema");
                dbos.launch().await.unwrap();
                dbos.shutdown().await;
                database
            })
            .await;
        let model = MockServer::start().await.unwrap();
        let (effects, app) = (Effects::default(), name.to_owned());
        Some(Self { database: database.clone(), model, effects, app, suspends: false, failures: Arc::default() })
    }

    pub(crate) fn client(&self) -> Client {
        let client = Client::builder("claude-sonnet-5-5").api_key("key").base_url(self.model.url());
        client.max_retries(0).build().unwrap()
    }

    pub(crate) fn chat(&self) -> Chat {
        Chat::builder(self.client()).tools(tools![pay, look]).state(self.effects.clone()).build().unwrap()
    }

    /// Runs a loop with the tools.
    pub(crate) async fn agent(self, prompt: String) -> dbos::Result<String, RunError> {
        let mut chat = self.chat();
        let work = chat.toolloop(prompt).journal(journal().decision_timeout(DECISION_TIMEOUT));
        let suspends = self.suspends;
        let work = work.approve(move |_| async move { if suspends { Approval::Suspend } else { Approval::Allow } });
        Ok(work.await.map_err(workflow_error)?.text())
    }

    /// Launches a process with a workflow that runs [`World::agent`].
    pub(crate) async fn launch(&self) -> (DBOS, WorkflowRef<String, String, RunError>) {
        let world = self.clone();
        self.launch_with("1", move |prompt| world.clone().agent(prompt)).await
    }

    pub(crate) async fn launch_with<F, Fut>(
        &self,
        executor: &str,
        workflow: F,
    ) -> (DBOS, WorkflowRef<String, String, RunError>)
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = dbos::Result<String, RunError>> + Send + 'static,
    {
        let dbos = self.database.dbos(&self.app, executor);
        let failures = self.failures.clone();
        let agent = dbos.register_workflow("agent", move |prompt| {
            let (work, failures) = (workflow(prompt), failures.clone());
            async move { work.await.inspect_err(|error| failures.lock().unwrap().push(format!("{error:?}"))) }
        });
        let agent = agent.unwrap();
        dbos.launch().await.unwrap();
        (dbos, agent)
    }

    /// Waits for an error of a workflow.
    pub(crate) async fn failure(&self) -> String {
        for _ in 0..1000 {
            if let Some(failure) = self.failures.lock().unwrap().pop() {
                return failure;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no workflow failed");
    }

    /// Returns the status of a workflow.
    pub(crate) async fn status(&self, id: &str) -> WorkflowStatus {
        self.database.client().await.workflow_status(id).await.unwrap().unwrap()
    }

    /// Waits until a step of a workflow is stored.
    pub(crate) async fn stored(&self, id: &str, step: &str) {
        for _ in 0..500 {
            if self.database.steps(id).iter().any(|(name, _)| name == step) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{id} has no step {step}: {:?}", self.database.steps(id));
    }

    /// Queues a response with three parallel calls, and the answer.
    pub(crate) fn respond_with_calls(&self) {
        let calls = [("pay", json!({"n": 1})), ("look", json!({"n": 2})), ("pay", json!({"n": 3}))];
        self.model.respond(MockResponse::tool_uses(calls));
    }
}

/// The time for a decision in these tests.
pub(crate) const DECISION_TIMEOUT: Duration = Duration::from_secs(3);

/// Starts a workflow with an id.
pub(crate) async fn start(agent: &WorkflowRef<String, String, RunError>, id: &str) -> WorkflowHandle<String, RunError> {
    let options = StartOptions { workflow_id: Some(id), ..StartOptions::default() };
    agent.start_with("Pay all.".to_owned(), options).await.unwrap()
}

/// Puts a workflow back on a queue, and returns its result.
pub(crate) async fn resume(dbos: &DBOS, id: &str) -> dbos::Result<String, RunError> {
    dbos.resume::<String, RunError>(id).await.unwrap().result().await
}
