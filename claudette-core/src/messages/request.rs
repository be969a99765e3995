//! [`Params`]: everything of a request but its messages and tools, and the types its setters take.

use serde::Serialize;
use serde_json::{Map, Value};

use super::cache_breakpoints::CacheBreakpoints;
use super::cache_control::CacheControl;
use super::cache_policy::CachePolicy;
use super::container_config::ContainerConfig;
use super::content::ContentBlock;
use super::extra::Extra;
use super::message::Content;
use super::open_enum::open_enum;
use super::thinking::{Effort, ThinkingConfig};
use crate::model::Model;

/// The fields that belong to one request ([Messages API](https://docs.claude.com/en/api/messages)).
///
/// System prompt, tools and messages are not here: they are encoded once and shared between requests.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Params {
    pub(crate) model: Model,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) top_k: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) stop_sequences: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool_choice: Option<ToolChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thinking: Option<ThinkingConfig>,
    #[serde(skip_serializing_if = "OutputConfig::is_empty")]
    pub(crate) output_config: OutputConfig,
    /// The mark that the API sets by itself: what comes of `cache`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache_control: Option<Box<CacheControl>>,
    /// What is to be marked; none where the client says it.
    #[serde(skip)]
    pub(crate) cache: Option<Box<CachePolicy>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) container: Option<ContainerConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service_tier: Option<ServiceTier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) speed: Option<Speed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inference_geo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) diagnostics: Option<Diagnostics>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) stream: bool,
    /// Fields by their names. One of these takes the place of the field above that has its name.
    #[serde(skip)]
    pub(crate) extra: Extra,
}

impl Params {
    pub(crate) fn new(model: Model) -> Self {
        Self {
            model,
            max_tokens: None,
            temperature: None,
            top_p: None,
            top_k: None,
            stop_sequences: Vec::new(),
            tool_choice: None,
            thinking: None,
            output_config: OutputConfig::default(),
            cache_control: None,
            cache: None,
            container: None,
            metadata: None,
            service_tier: None,
            speed: None,
            inference_geo: None,
            diagnostics: None,
            stream: false,
            extra: Extra::default(),
        }
    }

    /// Whether the reply may take so long that only a stream gets it through: the official SDKs expect an hour for
    /// 128,000 tokens, and no plain answer after ten minutes.
    pub(crate) fn is_long(&self) -> bool {
        const MOST: u32 = 21_333;
        self.max_tokens.is_some_and(|most| most > MOST)
    }

    /// Sets a field by its name. Which model is asked must be known here too: prices and rules depend on it.
    pub(crate) fn set(&mut self, field: String, value: Value) {
        match value.as_str() {
            Some(model) if field == "model" => self.model = model.into(),
            _ => drop(self.extra.insert(field, value)),
        }
    }

    /// The object that is sent, each name once.
    pub(crate) fn to_fields(&self) -> Map<String, Value> {
        let Ok(Value::Object(mut fields)) = serde_json::to_value(self) else {
            unreachable!("a struct with string keys is an object")
        };
        fields.extend(self.extra.clone().into_map());
        fields
    }

    /// Whether a field is set that only the older API version knows.
    pub(crate) fn samples(&self) -> bool {
        self.temperature.is_some()
            || self.top_p.is_some()
            || self.top_k.is_some()
            || ["temperature", "top_p", "top_k"].iter().any(|field| self.extra.contains_key(*field))
    }
}

/// What is asked of the reply as a whole.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct OutputConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) effort: Option<Effort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<OutputFormat>,
}

impl OutputConfig {
    fn is_empty(&self) -> bool {
        self.effort.is_none() && self.format.is_none()
    }
}

/// What the text of the reply must parse as.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum OutputFormat {
    JsonSchema { schema: Value },
}

/// Whom the request is for.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Metadata {
    pub(crate) user_id: String,
}

/// A question about the request itself.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Diagnostics {
    pub(crate) previous_message_id: String,
}

open_enum! {
    /// Whether capacity that was bought beforehand may be used
    /// ([Service tiers](https://docs.claude.com/en/api/service-tiers)).
    pub enum ServiceTier {
        /// Priority capacity if there is any left, else the standard one. The API's default.
        Auto = "auto",
        /// Standard capacity only.
        StandardOnly = "standard_only",
    }
}

open_enum! {
    /// How fast the reply is written, at which price. Few models have a fast mode.
    pub enum Speed {
        /// The usual speed. The API's default.
        Standard = "standard",
        /// Faster, at twice the price of tokens.
        Fast = "fast",
    }
}

/// Which tools the model may, must or must not call. Sent exactly as given.
///
/// ```
/// use claudette::ToolChoice;
///
/// let choice = ToolChoice::from("sums").sequential();
/// assert_eq!(
///     serde_json::to_string(&choice)?,
///     r#"{"type":"tool","name":"sums","disable_parallel_tool_use":true}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToolChoice {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    disable_parallel_tool_use: bool,
}

impl ToolChoice {
    /// The model decides.
    pub fn auto() -> Self {
        Self::of("auto")
    }

    /// The model must call a tool. The newest models refuse this.
    pub fn any() -> Self {
        Self::of("any")
    }

    /// The model must not call a tool.
    pub fn none() -> Self {
        Self::of("none")
    }

    /// The model must call the tool of this name. The newest models refuse this.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::of("tool") }
    }

    /// At most one call in a reply.
    pub fn sequential(self) -> Self {
        Self { disable_parallel_tool_use: true, ..self }
    }

    /// The same choice where a call is not demanded.
    pub(crate) fn without_force(self) -> Self {
        if self.is_forced() { Self { kind: "auto", name: None, ..self } } else { self }
    }

    /// Whether the model must call a tool.
    pub(crate) fn is_forced(&self) -> bool {
        matches!(self.kind, "any" | "tool")
    }

    fn of(kind: &'static str) -> Self {
        Self { kind, name: None, disable_parallel_tool_use: false }
    }
}

impl From<&str> for ToolChoice {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

/// The system prompt: text, or text blocks, which may have [cache marks](crate::CacheControl).
///
/// ```
/// use claudette::{CacheControl, System, Text};
///
/// let rules = Text::new("You know these orders: …").cache_control(CacheControl::ephemeral().ttl_1h());
/// let system: System = (rules, "Today is Monday.").into();
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct System(Content);

impl System {
    /// The API refuses empty text.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.blocks().iter().all(ContentBlock::is_blank)
    }

    pub(crate) fn marks(&self) -> CacheBreakpoints {
        CacheBreakpoints::of_blocks(self.0.blocks())
    }

    /// Puts a cache mark on its end.
    pub(crate) fn set_mark(&mut self, control: &CacheControl) {
        self.0.set_mark(control);
    }
}

impl<T: Into<Content>> From<T> for System {
    fn from(content: T) -> Self {
        Self(content.into())
    }
}
