//! [`Handler`]: the answers to what a server sends by itself.

#![allow(deprecated)] // The protocol deprecates sampling, roots and logging; servers still use them.

use std::sync::Arc;

use rmcp::model::{
    ClientCapabilities, ClientConfig, CreateMessageRequestParams, CreateMessageResult, CustomRequest, CustomResult,
    ElicitRequestParams, ElicitResult, ElicitationCapability, ErrorCode, ErrorData, FormElicitationCapability,
    Implementation, ListRootsResult, LoggingLevel, LoggingMessageNotificationParam, ProgressNotificationParam,
    ProtocolVersion, RootsCapabilities, SamplingCapability, UrlElicitationCapability,
};
use rmcp::service::{NotificationContext, RequestContext};
use rmcp::{ClientHandler, RoleClient};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::options::Options;
use super::progress::ProgressTable;
use super::signals::Signals;
use crate::text::{clean, clean_line};

/// The answers of one connection to the requests and notifications of its server.
#[derive(Debug)]
pub(crate) struct Handler {
    options: Arc<Options>,
    signals: Arc<Signals>,
    progress: Arc<ProgressTable>,
}

impl Handler {
    pub(crate) fn new(options: Arc<Options>, signals: Arc<Signals>, progress: Arc<ProgressTable>) -> Self {
        Self { options, signals, progress }
    }
}

impl ClientHandler for Handler {
    fn get_info(&self) -> ClientConfig {
        // A capability is declared only if there is an answer.
        let mut capabilities = ClientCapabilities::default();
        if self.options.roots.is_some() {
            capabilities.roots = Some(RootsCapabilities::default());
        }
        if self.options.sampling.is_some() {
            capabilities.sampling = Some(SamplingCapability::default());
        }
        if self.options.elicit.is_some() {
            let elicitation = ElicitationCapability::new();
            capabilities.elicitation = Some(
                elicitation
                    .with_form(FormElicitationCapability::default())
                    .with_url(UrlElicitationCapability::default()),
            );
        }
        ClientConfig::new(capabilities, Implementation::new("claudette", env!("CARGO_PKG_VERSION")))
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
    }

    async fn create_message(
        &self,
        params: CreateMessageRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        self.typed("sampling/createMessage", &params).await
    }

    async fn list_roots(&self, _: RequestContext<RoleClient>) -> Result<ListRootsResult, ErrorData> {
        self.typed("roots/list", &json!({})).await
    }

    async fn create_elicitation(
        &self,
        params: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        self.typed("elicitation/create", &params).await
    }

    // Requests whose parameters `rmcp` cannot decode arrive here.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleClient>,
    ) -> Result<CustomResult, ErrorData> {
        let params = request.params.unwrap_or_default();
        let _asking = self.progress.asking();
        answer(&self.options, self.signals.server(), &request.method, &params).await.map(CustomResult::new)
    }

    async fn on_progress(&self, params: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.progress.report(&params.progress_token, params.progress, params.total, params.message.as_deref());
    }

    async fn on_logging_message(&self, params: LoggingMessageNotificationParam, _: NotificationContext<RoleClient>) {
        log(self.signals.server(), &params);
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.signals.tools_changed();
    }
}

impl Handler {
    async fn typed<T: DeserializeOwned>(&self, method: &str, params: &impl Serialize) -> Result<T, ErrorData> {
        let internal = |error: serde_json::Error| ErrorData::internal_error(error.to_string(), None);
        let params = serde_json::to_value(params).map_err(internal)?;
        let _asking = self.progress.asking();
        let result = answer(&self.options, self.signals.server(), method, &params).await?;
        serde_json::from_value(result).map_err(internal)
    }
}

/// Answers a request of a server: the ones that it sends in the legacy era, and the ones that a result asks for in the
/// modern era.
pub(crate) async fn answer(options: &Options, server: &str, method: &str, params: &Value) -> Result<Value, ErrorData> {
    match (method, &options.elicit, &options.sampling) {
        ("roots/list", ..) => Ok(json!({"roots": roots(options)})),
        ("elicitation/create", Some(elicit), _) => Ok(elicit.answer(server, params).await),
        ("elicitation/create", None, _) => Ok(json!({"action": "decline"})),
        ("sampling/createMessage", _, Some(sampling)) => {
            sampling.answer(server, params).await.map_err(|text| ErrorData::new(ErrorCode::INTERNAL_ERROR, text, None))
        }
        _ => Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("the client does not support {method}"), None)),
    }
}

fn roots(options: &Options) -> Vec<Value> {
    options.roots.iter().flatten().map(|uri| json!({"uri": uri})).collect()
}

/// Writes a log message of a server to `tracing`.
fn log(server: &str, params: &LoggingMessageNotificationParam) {
    let logger = clean_line(params.logger.as_deref().unwrap_or_default(), 100);
    let text = match &params.data {
        Value::String(text) => clean(text).into_owned(),
        data => clean(&data.to_string()).into_owned(),
    };
    match params.level {
        LoggingLevel::Debug => tracing::debug!(target: "claudette_mcp", server, %logger, "{text}"),
        LoggingLevel::Info | LoggingLevel::Notice => tracing::info!(target: "claudette_mcp", server, %logger, "{text}"),
        LoggingLevel::Warning => tracing::warn!(target: "claudette_mcp", server, %logger, "{text}"),
        _ => tracing::error!(target: "claudette_mcp", server, %logger, "{text}"),
    }
}
