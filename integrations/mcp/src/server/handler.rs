//! [`Handler`]: answers the requests of one client.

use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorData, ListToolsResult, PaginatedRequestParams, ServerConfig, Tool,
};
use rmcp::service::{NotificationContext, RequestContext};
use rmcp::{RoleServer, ServerHandler};

use super::call::call;
use super::offer::Offer;

/// Answers the requests of one client.
#[derive(Clone)]
pub(super) struct Handler(Arc<Offer>);

impl Handler {
    pub(super) fn new(offer: Arc<Offer>) -> Self {
        Self(offer)
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        self.0.config.clone()
    }

    /// Lists all tools on one page, because some clients read no other.
    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        one_page(request)?;
        Ok(ListToolsResult::with_all_items(self.0.listed.clone()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.0.find(name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        call(&self.0, request, context).await.map(Into::into)
    }

    async fn on_initialized(&self, _: NotificationContext<RoleServer>) {
        tracing::debug!(target: "claudette_mcp", "a client has connected");
    }
}

/// Checks that a request does not ask for another page: a list is never divided.
fn one_page(request: Option<PaginatedRequestParams>) -> Result<(), ErrorData> {
    match request.and_then(|request| request.cursor) {
        Some(_) => Err(ErrorData::invalid_params("unknown cursor: the list has one page", None)),
        None => Ok(()),
    }
}
