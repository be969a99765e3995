//! [`RequestOptions`]: the settings of a request, except the conversation, the system prompt and the tools.

use std::fmt;
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::moved_fields::MovedFields;
use super::setters::request_setters;
use crate::catalog::{Model, Platform};
use crate::client::headers::{append_beta, set_header};
use crate::error::{Error, Result};
use crate::json::Extra;
use crate::messages::{
    CacheControl, CachePolicy, Compact, CompactionConfig, ContainerConfig, ContextEdit, Effort, Fallbacks,
    RemoteMcpServer, ServiceTier, Speed, TaskBudget, ThinkingConfig, ToolChoice,
};

/// The settings of a request: the fields of the
/// [Messages API](https://platform.claude.com/docs/en/api/messages/create), headers and time limits.
///
/// They are plain data. The builders of requests, chats and loops have the same setters, because each of them contains
/// options. The conversation, the system prompt and the tools are not part of the options, because they are large and
/// requests share them.
///
/// ```
/// use claudette::client::RequestOptions;
/// use std::time::Duration;
///
/// let options = RequestOptions::new("claude-sonnet-5-5").max_tokens(1_000).timeout(Duration::from_secs(30));
/// assert_eq!(options.max_tokens, Some(1_000));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct RequestOptions {
    /// The model that answers.
    pub model: Model,
    /// The maximum number of output tokens, thinking included.
    pub max_tokens: Option<u32>,
    /// The randomness of the response, 0 to 1.
    pub temperature: Option<f64>,
    /// The total probability of the most likely tokens that sampling is limited to, 0 to 1.
    pub top_p: Option<f64>,
    /// The number of the most likely tokens that sampling is limited to.
    pub top_k: Option<u32>,
    /// Texts that end the response.
    pub stop_sequences: Vec<String>,
    /// The choice of tools: which of them the model may, must or must not call.
    pub tool_choice: Option<ToolChoice>,
    /// The kind and the amount of thinking.
    pub thinking: Option<ThinkingConfig>,
    /// The effort of the model: how many tokens it spends on the response.
    pub effort: Option<Effort>,
    /// The number of tokens that the model plans the whole task with.
    pub task_budget: Option<TaskBudget>,
    /// The JSON schema that the text of the response must match.
    pub output_schema: Option<Value>,
    /// The parts of the request that the API caches; `None` for the setting of the client.
    pub cache: Option<CachePolicy>,
    /// The rules by which the API shortens a long conversation.
    pub context_edits: Vec<ContextEdit>,
    /// Makes this a request for a summary of the conversation, and for nothing else.
    pub compaction: Option<CompactionConfig>,
    /// The models that continue if the first one declines.
    pub fallbacks: Option<Fallbacks>,
    /// The container for code execution.
    pub container: Option<ContainerConfig>,
    /// The MCP servers that the API connects to.
    pub mcp_servers: Vec<RemoteMcpServer>,
    /// An opaque id of the end user.
    pub user_id: Option<String>,
    /// The capacity that the request may use.
    pub service_tier: Option<ServiceTier>,
    /// The speed at which the response is generated.
    pub speed: Option<Speed>,
    /// The region in which the model runs.
    pub inference_geo: Option<String>,
    /// The id of an earlier response, to ask why the request did not use its cache entry.
    pub previous_message_id: Option<String>,
    /// The time limit of one attempt; `None` for the setting of the client.
    pub timeout: Option<Duration>,
    /// The time limit of all attempts together.
    pub total_timeout: Option<Duration>,
    /// Fields that were set by name. Each replaces the typed field of the same name.
    pub(super) extra: Extra,
    pub(super) headers: HeaderMap,
    /// The error of the first header that is not valid; reported when the request is encoded.
    invalid_header: Option<String>,
}

impl RequestOptions {
    /// Returns options that set the model and nothing else.
    pub fn new(model: impl Into<Model>) -> Self {
        Self {
            model: model.into(),
            max_tokens: None,
            temperature: None,
            top_p: None,
            top_k: None,
            stop_sequences: Vec::new(),
            tool_choice: None,
            thinking: None,
            effort: None,
            task_budget: None,
            output_schema: None,
            cache: None,
            context_edits: Vec::new(),
            compaction: None,
            fallbacks: None,
            container: None,
            mcp_servers: Vec::new(),
            user_id: None,
            service_tier: None,
            speed: None,
            inference_geo: None,
            previous_message_id: None,
            timeout: None,
            total_timeout: None,
            extra: Extra::default(),
            headers: HeaderMap::new(),
            invalid_header: None,
        }
    }

    request_setters!(model);

    request_setters!(input);

    request_setters!(compaction);

    request_setters!(output);

    request_setters!(choice);

    request_setters!(delivery);

    fn options(&mut self) -> &mut Self {
        self
    }

    /// Returns the fields that were set by name. They replace typed fields of the same name.
    pub fn extra_fields(&self) -> &Map<String, Value> {
        &self.extra
    }

    /// Returns the fields of the API that are set. Headers and the tokens of MCP servers are not part of them, because
    /// they are secret and may change.
    pub(crate) fn to_value(&self) -> Value {
        let decided = Decided {
            max_tokens: self.max_tokens,
            tool_choice: self.tool_choice.as_ref(),
            cache_control: None,
            fallbacks: self.fallbacks_of_api(Platform::default()),
            container: self.container.as_ref(),
            stream: false,
        };
        let mut fields = Value::Object(Fields::new(self, &decided, &MovedFields::default()).with_extra(&self.extra));
        if let Some(fallbacks) = self.fallbacks.as_ref().filter(|fallbacks| fallbacks.are_in_client()) {
            fields["fallbacks_in_client"] = json!(fallbacks);
        }
        RemoteMcpServer::remove_tokens(&mut fields);
        fields
    }

    /// Sets a field by its name. The field `model` sets the typed model, because prices and rules depend on it.
    pub(crate) fn set_extra(&mut self, field: String, value: Value) {
        match value.as_str() {
            Some(model) if field == "model" => self.model = model.into(),
            _ => drop(self.extra.insert(field, value)),
        }
    }

    pub(crate) fn set_header(&mut self, name: &str, value: &str) {
        let set = set_header(&mut self.headers, name, value);
        self.note(set);
    }

    pub(crate) fn add_beta(&mut self, name: &str) {
        let set = append_beta(&mut self.headers, name);
        self.note(set);
    }

    fn note(&mut self, set: Result<()>) {
        if let Err(error) = set {
            self.invalid_header.get_or_insert(error.to_string());
        }
    }

    /// Checks the settings that the setters do not check.
    ///
    /// # Errors
    /// Misuse: a header is not valid, or a field was set by name that must be set in another way.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(reason) = &self.invalid_header {
            return Err(Error::misuse(reason));
        }
        for (field, instead) in [("messages", "give the conversation to `send`"), ("stream", "call `stream()`")] {
            if self.extra.contains_key(field) {
                return Err(Error::misuse(format!("`{field}` is not an extra field: {instead}")));
            }
        }
        self.refusal().map_or(Ok(()), |reason| Err(Error::misuse(reason)))
    }

    /// Returns the reason for which the API would refuse settings of long conversations, with any model.
    fn refusal(&self) -> Option<String> {
        if let Some(budget) = self.task_budget.filter(|budget| budget.total() < TaskBudget::LEAST) {
            return Some(format!(
                "a task budget of {} tokens is too small; use at least {}",
                budget.total(),
                TaskBudget::LEAST
            ));
        }
        if let Some(reason) = self.fallback_refusal() {
            return Some(reason);
        }
        let edits = &self.context_edits;
        if edits.iter().skip(1).any(ContextEdit::is_of_thinking) {
            return Some(
                "the edit that clears thinking must be the first context edit; add it before the others".into(),
            );
        }
        let low = edits.iter().filter(|edit| edit.is_compaction()).filter_map(ContextEdit::trigger);
        if let Some(low) = low.min().filter(|low| *low < Compact::LEAST_TRIGGER) {
            return Some(format!("a compaction cannot begin at {low} tokens; use at least {}", Compact::LEAST_TRIGGER));
        }
        let compaction = self.compaction.as_ref()?;
        if compaction.instructions().is_some_and(|text| text.chars().count() > CompactionConfig::LONGEST) {
            return Some(format!(
                "the instructions of a compaction may have at most {} characters",
                CompactionConfig::LONGEST
            ));
        }
        let with = if !edits.is_empty() {
            "context edits"
        } else if !self.stop_sequences.is_empty() {
            "stop sequences"
        } else if self.output_schema.is_some() {
            "an output schema"
        } else if self.tool_choice.as_ref().is_some_and(ToolChoice::is_forced) {
            "a `tool_choice` that forces a call"
        } else if self.task_budget.is_some_and(TaskBudget::has_remaining) {
            "the remaining tokens of a task budget"
        } else {
            return None;
        };
        Some(format!("a request that only compacts cannot have {with}; remove one of the two"))
    }

    /// Returns `true` if the response may take so long that it must be streamed. Like the official SDKs, this assumes
    /// one hour for 128,000 tokens, and at most ten minutes for a request without streaming.
    pub(super) fn is_long(&self) -> bool {
        const MOST: u32 = 21_333;
        self.timeout.is_none() && self.max_tokens.is_some_and(|most| most > MOST)
    }

    /// Returns `true` if a sampling parameter is set, which only the older version of the API supports.
    pub(super) fn samples(&self) -> bool {
        self.temperature.is_some()
            || self.top_p.is_some()
            || self.top_k.is_some()
            || ["temperature", "top_p", "top_k"].iter().any(|field| self.extra.contains_key(*field))
    }

    /// Returns `true` if both options lead to the same encoding of the system prompt and the tools.
    pub(crate) fn same_prefix(&self, other: &Self) -> bool {
        self.cache == other.cache && self.extra == other.extra
    }
}

/// Does not show headers, because they may contain credentials.
impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestOptions")
            .field("model", &self.model)
            .field("max_tokens", &self.max_tokens)
            .field("tool_choice", &self.tool_choice)
            .field("thinking", &self.thinking)
            .field("effort", &self.effort)
            .field("cache", &self.cache)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The fields of a request as they are sent, in the order of the API's reference.
#[derive(Serialize)]
pub(super) struct Fields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    anthropic_version: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    anthropic_beta: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    user_profile_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a Model>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u32>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<&'a ToolChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<&'a ThinkingConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<&'a CacheControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_management: Option<ContextManagement<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compaction: Option<&'a CompactionConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallbacks: Option<&'a Fallbacks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'a ContainerConfig>,
    #[serde(skip_serializing_if = "<[RemoteMcpServer]>::is_empty")]
    mcp_servers: &'a [RemoteMcpServer],
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'a ServiceTier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speed: Option<&'a Speed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inference_geo: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostics: Option<Diagnostics<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
}

#[derive(Serialize)]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'a Effort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_budget: Option<TaskBudget>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<OutputFormat<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum OutputFormat<'a> {
    JsonSchema { schema: &'a Value },
}

#[derive(Serialize)]
struct ContextManagement<'a> {
    edits: &'a [ContextEdit],
}

#[derive(Serialize)]
struct Metadata<'a> {
    user_id: &'a str,
}

#[derive(Serialize)]
struct Diagnostics<'a> {
    previous_message_id: &'a str,
}

/// The fields of a request that are decided when it is encoded.
pub(super) struct Decided<'a> {
    pub(super) max_tokens: Option<u32>,
    pub(super) tool_choice: Option<&'a ToolChoice>,
    /// The cache breakpoint that the API places automatically.
    pub(super) cache_control: Option<&'a CacheControl>,
    /// The fallbacks that the API carries out.
    pub(super) fallbacks: Option<&'a Fallbacks>,
    pub(super) container: Option<&'a ContainerConfig>,
    pub(super) stream: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn new(options: &'a RequestOptions, decided: &Decided<'a>, moved: &'a MovedFields) -> Self {
        let (effort, schema) = (options.effort.as_ref(), options.output_schema.as_ref());
        let (task_budget, edits) = (options.task_budget, &*options.context_edits);
        Self {
            anthropic_version: moved.version.as_deref(),
            anthropic_beta: &moved.betas,
            user_profile_id: moved.user_profile.as_deref(),
            model: (!moved.omits_model).then_some(&options.model),
            max_tokens: decided.max_tokens,
            temperature: options.temperature,
            top_p: options.top_p,
            top_k: options.top_k,
            stop_sequences: &options.stop_sequences,
            tool_choice: decided.tool_choice,
            thinking: options.thinking.as_ref(),
            output_config: (effort.is_some() || task_budget.is_some() || schema.is_some()).then(|| OutputConfig {
                effort,
                task_budget,
                format: schema.map(|schema| OutputFormat::JsonSchema { schema }),
            }),
            cache_control: decided.cache_control,
            context_management: (!edits.is_empty()).then_some(ContextManagement { edits }),
            compaction: options.compaction.as_ref(),
            fallbacks: decided.fallbacks,
            container: decided.container,
            mcp_servers: &options.mcp_servers,
            metadata: options.user_id.as_deref().map(|user_id| Metadata { user_id }),
            service_tier: options.service_tier.as_ref(),
            speed: options.speed.as_ref(),
            inference_geo: options.inference_geo.as_deref(),
            diagnostics: options.previous_message_id.as_deref().map(|id| Diagnostics { previous_message_id: id }),
            stream: decided.stream && !moved.omits_stream,
        }
    }

    /// Returns the object that is sent. A field that was set by name replaces the typed field of the same name.
    pub(super) fn with_extra(&self, extra: &Extra) -> Map<String, Value> {
        let Ok(Value::Object(mut fields)) = serde_json::to_value(self) else {
            unreachable!("a struct with string keys is an object")
        };
        fields.extend(extra.clone().into_map());
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Journals compare these values, so a new token must not change them.
    #[test]
    fn values_do_not_contain_tokens() {
        let server = |token: &str| RemoteMcpServer::new("a", "https://a.example").authorization_token(token);
        let options = RequestOptions::new("claude-sonnet-5-5");
        let typed = options.clone().mcp_server(server("secret")).to_value();
        assert_eq!(typed, options.clone().mcp_server(server("new")).to_value());
        assert_eq!(typed, options.clone().extra("mcp_servers", json!([server("secret")])).to_value());
        assert_eq!(typed["mcp_servers"], json!([{"type": "url", "url": "https://a.example", "name": "a"}]));
        assert_ne!(typed, options.mcp_server(RemoteMcpServer::new("b", "https://a.example")).to_value());
    }
}
