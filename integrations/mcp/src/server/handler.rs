//! [`Handler`]: answers the requests of one client.
// The protocol has deprecated logging and subscriptions, but clients of all versions before 2026-07-28 use them.
#![allow(deprecated)]

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use claudette::ToolError;
use futures_util::FutureExt as _;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CompleteRequestMethod, CompleteRequestParams, CompleteResult,
    CompletionInfo, ConstString, ErrorData, GetPromptRequestMethod, GetPromptRequestParams, GetPromptResponse,
    GetPromptResult, ListPromptsRequestMethod, ListPromptsResult, ListResourceTemplatesRequestMethod,
    ListResourceTemplatesResult, ListResourcesRequestMethod, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ReadResourceRequestMethod, ReadResourceRequestParams, ReadResourceResponse,
    ReadResourceResult, Reference, ServerConfig, SetLevelRequestParams, SubscribeRequestMethod, SubscribeRequestParams,
    Tool, UnsubscribeRequestParams,
};
use rmcp::service::{NotificationContext, RequestContext};
use rmcp::{RoleServer, ServerHandler};
use serde_json::Value;

use super::call::call;
use super::offer::Offer;
use super::session::Session;

/// Answers the requests of one client.
#[derive(Clone)]
pub(super) struct Handler {
    offer: Arc<Offer>,
    session: Session,
}

impl Handler {
    pub(super) fn new(offer: Arc<Offer>) -> Self {
        Self { offer, session: Session::default() }
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        self.offer.config.clone()
    }

    /// Lists all tools on one page, because some clients read no other.
    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        one_page(request)?;
        Ok(ListToolsResult::with_all_items(self.offer.listed.clone()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.offer.find(name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let level = self.session.level(&context);
        // The future of each request is as large as the largest of all requests, and it is moved several times.
        Box::pin(call(&self.offer, request, context, level)).await.map(Into::into)
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        offers::<ListResourcesRequestMethod>(!self.offer.resources.is_empty())?;
        one_page(request)?;
        let plain = self.offer.resources.iter().filter(|(_, template)| template.is_plain());
        Ok(ListResourcesResult::with_all_items(plain.map(|(resource, _)| resource.listed()).collect()))
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        offers::<ListResourceTemplatesRequestMethod>(!self.offer.resources.is_empty())?;
        one_page(request)?;
        let templates = self.offer.resources.iter().filter(|(_, template)| !template.is_plain());
        Ok(ListResourceTemplatesResult::with_all_items(
            templates.map(|(resource, _)| resource.listed_template()).collect(),
        ))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        offers::<ReadResourceRequestMethod>(!self.offer.resources.is_empty())?;
        let (resource, params) = self.offer.resource(&request.uri).ok_or_else(|| not_found(&request.uri))?;
        let contents = guarded(|| resource.read(request.uri, params)).await?;
        Ok(ReadResourceResult::new(vec![contents]).into())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        offers::<SubscribeRequestMethod>(!self.offer.resources.is_empty())?;
        let (resource, _) = self.offer.resource(&request.uri).ok_or_else(|| not_found(&request.uri))?;
        // Without a receiver the resource never changes, so there is nothing to tell.
        let Some(changes) = resource.changed() else { return Ok(()) };
        if self.session.subscribe(request.uri, changes, context.peer) {
            Ok(())
        } else {
            Err(ErrorData::invalid_request("too many subscriptions", None))
        }
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.session.unsubscribe(&request.uri);
        Ok(())
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        offers::<ListPromptsRequestMethod>(!self.offer.prompts.is_empty())?;
        one_page(request)?;
        Ok(ListPromptsResult::with_all_items(self.offer.prompts.iter().map(super::McpPrompt::listed).collect()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        offers::<GetPromptRequestMethod>(!self.offer.prompts.is_empty())?;
        let prompt = self
            .offer
            .prompt(&request.name)
            .ok_or_else(|| ErrorData::invalid_params(format!("there is no prompt `{}`", request.name), None))?;
        let text = |value: Value| match value {
            Value::String(text) => text,
            value => value.to_string(),
        };
        let arguments = request.arguments.unwrap_or_default().into_iter();
        let arguments: BTreeMap<_, _> = arguments.map(|(name, value)| (name, text(value))).collect();
        if let Some(missing) = prompt.missing(&arguments) {
            return Err(ErrorData::invalid_params(missing, None));
        }
        Ok(GetPromptResult::new(guarded(|| prompt.get(arguments)).await?).into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        offers::<CompleteRequestMethod>(self.offer.config.capabilities.completions.is_some())?;
        let prompt = match &request.r#ref {
            Reference::Prompt(prompt) => self.offer.prompt(&prompt.name),
            _ => None,
        };
        let complete = |prompt: &super::McpPrompt| prompt.complete(&request.argument.name, &request.argument.value);
        Ok(CompleteResult::new(prompt.map_or_else(CompletionInfo::default, complete)))
    }

    async fn set_level(&self, request: SetLevelRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.session.set_level(request.level.into());
        Ok(())
    }

    async fn on_initialized(&self, _: NotificationContext<RoleServer>) {
        tracing::debug!(target: "claudette_mcp", "a client has connected");
    }
}

/// Checks that the server offers what a request is for.
fn offers<M: ConstString>(is_offered: bool) -> Result<(), ErrorData> {
    if is_offered { Ok(()) } else { Err(ErrorData::method_not_found::<M>()) }
}

/// Checks that a request does not ask for another page: a list is never divided.
fn one_page(request: Option<PaginatedRequestParams>) -> Result<(), ErrorData> {
    match request.and_then(|request| request.cursor) {
        Some(_) => Err(ErrorData::invalid_params("unknown cursor: the list has one page", None)),
        None => Ok(()),
    }
}

fn not_found(uri: &str) -> ErrorData {
    ErrorData::resource_not_found(format!("there is no resource `{uri}`"), None)
}

/// Runs a function of the program. A panic becomes an error, because a request whose handler panics is never answered.
async fn guarded<T, Fut>(run: impl FnOnce() -> Fut) -> Result<T, ErrorData>
where
    Fut: Future<Output = Result<T, ToolError>>,
{
    let panicked = |_| ErrorData::internal_error("the server has failed: it panicked", None);
    let running = Box::pin(AssertUnwindSafe(async { run().await }).catch_unwind());
    let result = running.await.map_err(panicked)?;
    result.map_err(|error| ErrorData::internal_error(error.text().to_owned(), None))
}
