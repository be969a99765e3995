//! Announcements of servers of the protocol versions since 2026-07-28, which a client has to ask for.

use std::sync::Arc;
use std::time::Duration;

use claudette_mcp::{McpServer, Protocol};
use mcp_tests::wait_until;
use rmcp::model::{
    ErrorData, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, SubscriptionFilter, Tool,
};
use rmcp::service::{RequestContext, SubscriptionContext, serve_server};
use rmcp::{RoleServer, ServerHandler};
use serde_json::Map;
use tokio::sync::watch;

/// A server whose number of tools the test sets.
struct Growing(watch::Receiver<usize>);

impl ServerHandler for Growing {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools =
            (0..*self.0.borrow()).map(|index| Tool::new(format!("tool_{index}"), "A tool.", Arc::new(Map::new())));
        Ok(ListToolsResult::with_all_items(tools.collect()))
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut count = self.0.clone();
        count.mark_unchanged();
        while count.changed().await.is_ok() {
            if context.sink().notify_tool_list_changed().await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_changed_list_is_announced_and_read_when_the_program_asks() {
    let (count, counted) = watch::channel(1);
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let serving = tokio::spawn(async move { serve_server(Growing(counted), theirs).await.unwrap().waiting().await });
    let (read, write) = tokio::io::split(ours);
    let server = McpServer::io(read, write).protocol(Protocol::Modern).await.unwrap();
    assert_eq!(server.tools().len(), 1);
    assert!(!server.is_stale());

    // The server announces a change only after the client has asked for announcements.
    let is_announced = async {
        loop {
            count.send(2).unwrap();
            if wait_until(Duration::from_millis(50), || server.is_stale()).await.is_some() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), is_announced).await.unwrap();
    assert_eq!(server.tools().len(), 1, "nothing changes by itself");
    let changes = server.refresh().await.unwrap();
    assert_eq!((changes.added(), server.tools().len()), (&["tool_1".to_owned()][..], 2));
    serving.abort();
}
