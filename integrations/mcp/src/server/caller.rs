//! [`McpCaller`]: the client that made a tool call.
// The protocol has deprecated sampling and logging, but clients of all versions before 2026-07-28 use them.
#![allow(deprecated)]

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rmcp::model::{
    ClientCapabilities, ClientResult, ContentBlock, CreateMessageRequestParams, ElicitRequest, ElicitRequestParams,
    ElicitationAction, ElicitationSchema, LoggingMessageNotificationParam, Resource, SamplingMessage, ServerRequest,
};
use rmcp::service::{Peer, RequestContext};
use rmcp::{RoleServer, ServiceError};
use serde::Serialize;
use serde_json::{Map, Value};

use super::log_level::LogLevel;
use crate::error::{Error, Result};
use crate::text::clean_line;

/// The client that made a tool call, for tools that are offered only to MCP clients.
///
/// A tool takes it as `caller: State<McpCaller>`; the server provides it. A tool that is also used in a chat takes a
/// [`ToolContext`](claudette::ToolContext) and calls `cx.state::<McpCaller>()`, which is `None` in a chat.
///
/// ```
/// use claudette::{State, tool, tools};
/// use claudette_mcp::{Elicited, Error, LogLevel, McpCaller};
/// use serde_json::json;
///
/// /// Deletes all notes.
/// #[tool(destructive)]
/// async fn delete_all(caller: State<McpCaller>) -> Result<String, Error> {
///     caller.log(LogLevel::Info, "asking the user").await;
///     let schema = json!({"type": "object", "properties": {"sure": {"type": "boolean"}}, "required": ["sure"]});
///     Ok(match caller.elicit("Delete all notes?", &schema).await? {
///         Elicited::Accepted(answer) if answer["sure"] == true => "All notes are deleted.".to_owned(),
///         _ => "The user did not agree. Nothing is deleted.".to_owned(),
///     })
/// }
///
/// # fn start() -> claudette_mcp::Serve {
/// claudette_mcp::serve(tools![delete_all])
/// # }
/// # start();
/// ```
#[derive(Clone)]
pub struct McpCaller(Arc<Caller>);

struct Caller {
    /// The request. It is read only when a tool asks, because most tools do not.
    request: Option<RequestContext<RoleServer>>,
    /// The lowest level that the client wants in its log.
    level: Option<LogLevel>,
    /// The name of the server, under which messages are logged.
    server: Arc<str>,
    attached: Mutex<Vec<ContentBlock>>,
}

/// The answer to [`McpCaller::elicit`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Elicited {
    /// The user has filled in the form. The values are not compared with the schema.
    Accepted(Map<String, Value>),
    /// The user has declined.
    Declined,
    /// The user has closed the form without a decision.
    Cancelled,
}

impl McpCaller {
    pub(super) fn new(request: RequestContext<RoleServer>, level: Option<LogLevel>, server: &Arc<str>) -> Self {
        Self::of(Some(request), level, server.clone())
    }

    /// Returns a caller that is nobody. With it, the check of a toolset finds the state that each call will have.
    pub(super) fn nobody() -> Self {
        Self::of(None, None, "".into())
    }

    fn of(request: Option<RequestContext<RoleServer>>, level: Option<LogLevel>, server: Arc<str>) -> Self {
        Self(Arc::new(Caller { request, level, server, attached: Mutex::default() }))
    }

    /// Returns the content that the tool has attached.
    pub(super) fn take_attached(&self) -> Vec<ContentBlock> {
        std::mem::take(&mut *self.0.attached.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the name of the client, as the client gives it.
    pub fn name(&self) -> Option<String> {
        Some(self.0.request.as_ref()?.client_info()?.name)
    }

    /// Returns the version of the client, as the client gives it.
    pub fn version(&self) -> Option<String> {
        Some(self.0.request.as_ref()?.client_info()?.version)
    }

    /// Sends a message to the log of the client, if the client wants messages of this level. Errors are ignored.
    pub async fn log(&self, level: LogLevel, message: impl Into<String>) {
        if let Some(request) = &self.0.request
            && self.0.level.is_some_and(|lowest| level >= lowest)
        {
            let message = LoggingMessageNotificationParam::new(level.into(), Value::String(message.into()));
            let _ = request.peer.notify_logging_message(message.with_logger(&*self.0.server)).await;
        }
    }

    /// Shows a form to the user of the client and waits for the answer.
    ///
    /// `schema` is a JSON Schema of `"type": "object"`, whose properties are texts, numbers, booleans, or a choice of
    /// texts. Do not ask for passwords and the like.
    ///
    /// # Errors
    ///
    /// The schema is not such a schema, or the client does not support questions or is gone. From protocol version
    /// 2026-07-28 on, a server cannot ask during a call.
    pub async fn elicit(&self, message: impl Into<String>, schema: &impl Serialize) -> Result<Elicited> {
        let schema = serde_json::to_value(schema).and_then(serde_json::from_value::<ElicitationSchema>);
        let schema = schema.map_err(|error| {
            Error::misuse("the schema of a question must be a flat object of texts, numbers and booleans")
                .caused_by(error)
        })?;
        let peer = self.peer("questions", |can| can.elicitation.is_some())?;
        let params = ElicitRequestParams::FormElicitationParams {
            meta: None,
            message: message.into(),
            requested_schema: schema,
        };
        let request = ServerRequest::ElicitRequest(ElicitRequest::new(params));
        let ClientResult::ElicitResult(result) =
            peer.send_request(request).await.map_err(|error| self.failed("the question", error))?
        else {
            return Err(Error::protocol(format!("{} gave no valid answer to the question", self.shown())));
        };
        Ok(match (result.action, result.content) {
            (ElicitationAction::Accept, Some(Value::Object(values))) => Elicited::Accepted(values),
            (ElicitationAction::Accept, _) => Elicited::Accepted(Map::new()),
            (ElicitationAction::Decline, _) => Elicited::Declined,
            _ => Elicited::Cancelled,
        })
    }

    /// Asks the model of the client and returns its text. The user of the client pays for it and can refuse.
    ///
    /// # Errors
    ///
    /// The client does not support this, refuses it, or is gone. From protocol version 2026-07-28 on, a server cannot
    /// ask during a call.
    pub async fn sample(&self, prompt: impl Into<String>, max_tokens: u32) -> Result<String> {
        let peer = self.peer("sampling", |can| can.sampling.is_some())?;
        let prompt = vec![SamplingMessage::user_text(prompt)];
        let answer = peer.create_message(CreateMessageRequestParams::new(prompt, max_tokens)).await;
        let answer = answer.map_err(|error| self.failed("the prompt", error))?;
        let texts = answer.message.content.iter().filter_map(|block| block.as_text()).map(|text| text.text.as_str());
        Ok(texts.collect())
    }

    /// Adds a sound to the result of the call. `media_type` is for example `audio/wav`.
    pub fn attach_audio(&self, media_type: impl Into<String>, bytes: impl AsRef<[u8]>) {
        self.attach(ContentBlock::audio(BASE64_STANDARD.encode(bytes), media_type));
    }

    /// Adds a link to the result of the call, which the client can read or show. `name` is for people.
    pub fn attach_link(&self, uri: impl Into<String>, name: impl Into<String>) {
        self.attach(ContentBlock::resource_link(Resource::new(uri, name)));
    }

    fn attach(&self, block: ContentBlock) {
        self.0.attached.lock().unwrap_or_else(PoisonError::into_inner).push(block);
    }

    fn peer(&self, what: &str, is_supported: impl FnOnce(&ClientCapabilities) -> bool) -> Result<&Peer<RoleServer>> {
        let unsupported = || Error::protocol(format!("{} does not support {what}", self.shown()));
        let request = self.0.request.as_ref().ok_or_else(unsupported)?;
        match request.client_capabilities() {
            Some(can) if is_supported(&can) => Ok(&request.peer),
            _ => Err(unsupported()),
        }
    }

    fn failed(&self, what: &str, error: ServiceError) -> Error {
        let client = self.shown();
        match error {
            ServiceError::McpError(error) => {
                Error::server(format!("{client} did not answer {what}: {}", clean_line(&error.message, 500)))
            }
            _ => Error::closed(format!("{client} went away before it answered {what}")).caused_by(error),
        }
    }

    fn shown(&self) -> String {
        self.name().map_or_else(|| "the client".to_owned(), |name| format!("the client `{}`", clean_line(&name, 100)))
    }
}

impl fmt::Debug for McpCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpCaller")
            .field("name", &self.name())
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}
