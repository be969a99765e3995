//! [`Fallbacks`]: the models that continue if the first one declines.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::request::Speed;
use super::thinking::{Effort, ThinkingConfig};

/// The models that continue a response if the first one declines
/// ([Refusals and fallback](https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback)).
///
/// It is created from a list of at most three models, in the order in which they are tried. The API changes the model
/// itself. On hosts whose API does not ([`Platform::supports`](crate::catalog::Platform::supports)), the client sends the request
/// to the next model; [`in_client`](Self::in_client) always does that.
///
/// If a fallback has answered, the following requests of a [`Chat`](crate::Chat) begin with it, because the first model
/// would probably decline again ([`ChatState::served_by`](crate::chat::ChatState::served_by)). This is not so for
/// [`Default`](Self::Default), where the API chooses the model each time.
///
/// ```
/// use claudette::wire::{Effort, FallbackModel, Fallbacks};
///
/// let fallbacks = Fallbacks::from([FallbackModel::new("claude-opus-5-5").effort(Effort::Low)]);
/// assert_eq!(
///     serde_json::to_string(&fallbacks)?,
///     r#"[{"model":"claude-opus-5-5","output_config":{"effort":"low"}}]"#,
/// );
/// assert_eq!(serde_json::to_string(&Fallbacks::Default)?, r#""default""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fallbacks {
    /// The models that the API chooses. Not all hosts have them.
    Default,
    /// These models. The client sends the request again if the host does not do so.
    Models(Vec<FallbackModel>),
    /// These models, to which the client sends the request again.
    InClient(Vec<FallbackModel>),
}

impl Fallbacks {
    /// The maximum number of models.
    pub(crate) const MOST: usize = 3;

    /// Returns fallbacks for which the client sends the request again, instead of the API.
    ///
    /// Each fallback is a request of its own: the original one with the fields of the
    /// [`FallbackModel`](FallbackModel::fields). A refusal before any output is not billed, and the client redeems the
    /// credit of other refusals if the API grants it. If a fallback fails, the next one is tried. If all of them fail or
    /// decline, the result is the refusal, which names an overloaded fallback as `recommended_model` in its
    /// [details](crate::wire::StopDetails::get).
    ///
    /// In a run with a [limit](crate::chat::ToolLoop::max_cost), a fallback is asked only if the limit covers its request.
    /// Otherwise it is skipped, and the refusal names it as `recommended_model` if no other model answers.
    ///
    /// The response starts with a [`Fallback`](crate::wire::Fallback) for each model that declined, and
    /// [`Usage::iterations`](crate::Usage::iterations) has the usage of each model. While a response is streamed,
    /// another model continues the text that the first one has written, if the API permits that; no text is repeated.
    ///
    /// These blocks are not sent back to the API.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::content(json!([])).stop_reason("refusal"));
    /// # claude.respond(MockResponse::text("Rust is memory-safe."));
    /// # let client = claude.client("claude-fable-5-2");
    /// use claudette::wire::Fallbacks;
    ///
    /// let request = client.send("Is Rust safe?").fallbacks(Fallbacks::in_client(["claude-opus-5-5"]));
    /// let response = request.await?;
    /// assert_eq!(response.text(), "Rust is memory-safe.");
    /// assert_eq!(response.content()[0].as_fallback().unwrap().to(), "claude-opus-5-5");
    /// # Ok(())
    /// # }
    /// ```
    pub fn in_client(models: impl IntoIterator<Item: Into<FallbackModel>>) -> Self {
        Self::InClient(models.into_iter().map(Into::into).collect())
    }

    /// Returns `true` if the client sends the request again.
    pub(crate) fn are_in_client(&self) -> bool {
        matches!(self, Self::InClient(_))
    }

    /// Returns the models, if they are named.
    pub(crate) fn models(&self) -> &[FallbackModel] {
        match self {
            Self::Default => &[],
            Self::Models(models) | Self::InClient(models) => models,
        }
    }

    pub(crate) fn models_mut(&mut self) -> &mut [FallbackModel] {
        match self {
            Self::Default => &mut [],
            Self::Models(models) | Self::InClient(models) => models,
        }
    }
}

impl<M: Into<FallbackModel>, const N: usize> From<[M; N]> for Fallbacks {
    fn from(models: [M; N]) -> Self {
        Self::Models(models.into_iter().map(Into::into).collect())
    }
}

impl<M: Into<FallbackModel>> From<Vec<M>> for Fallbacks {
    fn from(models: Vec<M>) -> Self {
        Self::Models(models.into_iter().map(Into::into).collect())
    }
}

impl Serialize for Fallbacks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Default => serializer.serialize_str("default"),
            Self::Models(models) | Self::InClient(models) => models.serialize(serializer),
        }
    }
}

/// A model that continues if the first one declines, and the settings that it does not take over from the request.
///
/// ```
/// use claudette::wire::FallbackModel;
///
/// let fallback = FallbackModel::new("claude-opus-5-5").max_tokens(4_000);
/// assert_eq!(serde_json::to_string(&fallback)?, r#"{"model":"claude-opus-5-5","max_tokens":4000}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FallbackModel(Map<String, Value>);

impl FallbackModel {
    /// Creates a fallback to a model with the settings of the request.
    pub fn new(model: impl Into<String>) -> Self {
        Self(Map::new()).with("model", model.into())
    }

    /// Sets the maximum number of output tokens, thinking included.
    pub fn max_tokens(self, most: u32) -> Self {
        self.with("max_tokens", most)
    }

    /// Sets how the model thinks.
    pub fn thinking(self, thinking: ThinkingConfig) -> Self {
        let thinking = serde_json::to_value(thinking).unwrap_or_default();
        self.with("thinking", thinking)
    }

    /// Sets the effort of the model.
    pub fn effort(self, effort: impl Into<Effort>) -> Self {
        self.with("output_config", json!({"effort": effort.into().as_str()}))
    }

    /// Sets the speed at which the response is generated.
    pub fn speed(self, speed: impl Into<Speed>) -> Self {
        self.with("speed", speed.into().as_str())
    }

    /// Creates a fallback from the fields that replace those of the request.
    pub(crate) fn of_fields(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// Returns the name of the model.
    pub fn model(&self) -> &str {
        self.0.get("model").and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns the fields that replace those of the request.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(crate) fn fields_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }

    fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0.insert(field.to_owned(), value.into());
        self
    }
}

impl From<&str> for FallbackModel {
    fn from(model: &str) -> Self {
        Self::new(model)
    }
}

impl From<String> for FallbackModel {
    fn from(model: String) -> Self {
        Self::new(model)
    }
}
