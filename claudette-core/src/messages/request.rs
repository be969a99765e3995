//! [`Params`]: everything of a request but its messages and tools, and the types its setters take.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::content::ContentBlock;
use crate::model::Model;

/// The fields that belong to one request.
///
/// System prompt, tools and messages are not here: they are encoded once and shared between requests.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Params {
    pub(crate) model: Model,
    pub(crate) max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) stop_sequences: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool_choice: Option<ToolChoice>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) stream: bool,
    #[serde(flatten)]
    pub(crate) extra: Map<String, Value>,
}

/// Reasoning and a long answer fit, and a plain call with it ends within the API's ten minutes.
const MAX_TOKENS: u32 = 16_384;

impl Params {
    pub(crate) fn new(model: Model) -> Self {
        Self {
            model,
            max_tokens: MAX_TOKENS,
            temperature: None,
            stop_sequences: Vec::new(),
            tool_choice: None,
            stream: false,
            extra: Map::new(),
        }
    }

    /// Whether the reply may take so long that only a stream gets it through: the official SDKs expect an hour for
    /// 128,000 tokens, and no plain answer after ten minutes.
    pub(crate) fn is_long(&self) -> bool {
        const MOST: u32 = 21_333;
        self.max_tokens > MOST
    }

    /// Whether a field is set that only the older API version knows.
    pub(crate) fn samples(&self) -> bool {
        self.temperature.is_some() || ["top_p", "top_k"].iter().any(|field| self.extra.contains_key(*field))
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

    fn of(kind: &'static str) -> Self {
        Self { kind, name: None, disable_parallel_tool_use: false }
    }
}

impl From<&str> for ToolChoice {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

/// The system prompt: text, or text blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct System(Repr);

#[derive(Clone, Debug, PartialEq)]
enum Repr {
    Text(String),
    Blocks(Vec<ContentBlock>),
}

impl System {
    /// The API refuses empty text.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.0 {
            Repr::Text(text) => text.trim().is_empty(),
            Repr::Blocks(blocks) => blocks.is_empty(),
        }
    }
}

impl From<&str> for System {
    fn from(text: &str) -> Self {
        Self(Repr::Text(text.into()))
    }
}

impl From<String> for System {
    fn from(text: String) -> Self {
        Self(Repr::Text(text))
    }
}

impl From<Vec<ContentBlock>> for System {
    fn from(blocks: Vec<ContentBlock>) -> Self {
        Self(Repr::Blocks(blocks))
    }
}

impl Serialize for System {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Text(text) => text.serialize(serializer),
            Repr::Blocks(blocks) => blocks.serialize(serializer),
        }
    }
}
