//! A plain client, and the server that it talks to.

use std::sync::{Arc, Mutex};

use claudette_mcp::Serve;
use rmcp::model::{CallToolRequestParams, CallToolResult, ClientConfig, JsonObject, ProgressNotificationParam};
use rmcp::service::{ClientLifecycleMode, NotificationContext, RunningService, serve_client_with_lifecycle};
use rmcp::{ClientHandler, RoleClient, ServiceError};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// A client that keeps the progress that it hears of.
#[derive(Clone, Default)]
pub(crate) struct Ears(pub(crate) Arc<Mutex<Vec<(f64, String)>>>);

impl ClientHandler for Ears {
    fn get_info(&self) -> ClientConfig {
        let config = ClientConfig::default();
        config.with_protocol_version(rmcp::model::ProtocolVersion::LATEST_WITH_INITIALIZE)
    }

    async fn on_progress(&self, progress: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.0.lock().unwrap().push((progress.progress, progress.message.unwrap_or_default()));
    }
}

pub(crate) type Client = RunningService<RoleClient, Ears>;

/// The two eras of the protocol.
pub(crate) fn eras() -> [ClientLifecycleMode; 2] {
    [
        ClientLifecycleMode::Initialize,
        ClientLifecycleMode::Discover { preferred_versions: vec![rmcp::model::ProtocolVersion::V_2026_07_28] },
    ]
}

/// Starts a server in this process and connects a client to it.
pub(crate) async fn connect(serve: Serve) -> (Client, JoinHandle<claudette_mcp::Result<()>>) {
    connect_in(serve, ClientLifecycleMode::Initialize).await
}

pub(crate) async fn connect_in(
    serve: Serve,
    era: ClientLifecycleMode,
) -> (Client, JoinHandle<claudette_mcp::Result<()>>) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (read, write) = tokio::io::split(theirs);
    let server = tokio::spawn(serve.io(read, write));
    let client = serve_client_with_lifecycle(Ears::default(), tokio::io::split(ours), era).await.unwrap();
    (client, server)
}

/// Returns the parameters of a call.
pub(crate) fn params(name: &str, arguments: Value) -> CallToolRequestParams {
    let arguments: JsonObject = serde_json::from_value(arguments).unwrap();
    CallToolRequestParams::new(name.to_owned()).with_arguments(arguments)
}

/// Calls a tool.
pub(crate) async fn call(client: &Client, name: &str, arguments: Value) -> Result<CallToolResult, ServiceError> {
    client.call_tool(params(name, arguments)).await
}

/// Calls a tool and returns the JSON of its result.
pub(crate) async fn called(client: &Client, name: &str, arguments: Value) -> Value {
    json!(call(client, name, arguments).await.unwrap())
}

/// Returns the text of a result.
pub(crate) fn text(result: &CallToolResult) -> String {
    result.content.iter().filter_map(|block| block.as_text()).map(|text| text.text.as_str()).collect()
}
