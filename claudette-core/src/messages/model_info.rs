//! [`ModelInfo`]: the description of a model by the API.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;
use crate::json::open_enum;

/// The description of a model by the API ([Models API](https://platform.claude.com/docs/en/api/models-list)).
///
/// It serializes to the JSON that the server sent, including fields that this library does not know.
///
/// ```
/// use claudette::wire::{Lifecycle, ModelInfo};
///
/// let info: ModelInfo = serde_json::from_str(
///     r#"{"type":"model","id":"claude-sonnet-5-5","display_name":"Claude Sonnet 5.5","lifecycle":"active",
///         "max_tokens":128000,"capabilities":{"thinking":{"types":{"adaptive":{"supported":true}}}},"mood":"sunny"}"#,
/// )?;
/// assert_eq!(info.lifecycle(), Some(&Lifecycle::Active));
/// assert_eq!(info.supports("thinking.types.adaptive"), Some(true));
/// assert_eq!(info.supports("telepathy"), None);
/// assert_eq!(serde_json::to_value(&info)?["mood"], "sunny");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    id: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    display_name: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    created_at: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    lifecycle: Lenient<Lifecycle>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    line: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    deprecated_at: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    retires_at: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    max_input_tokens: Lenient<u64>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    max_tokens: Lenient<u64>,
    /// A nested object, to which the API adds capabilities over time.
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    capabilities: Lenient<Value>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(ModelInfo);

impl ModelInfo {
    /// Returns the exact name of the model, as used in requests.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the name of the model for display.
    pub fn display_name(&self) -> Option<&str> {
        text(&self.display_name)
    }

    /// Returns the release time (RFC 3339).
    pub fn created_at(&self) -> Option<&str> {
        text(&self.created_at)
    }

    /// Returns the stage of the model's life: active, deprecated or retired.
    pub fn lifecycle(&self) -> Option<&Lifecycle> {
        self.lifecycle.known()
    }

    /// Returns the model family, such as `haiku`, `sonnet` or `opus`.
    pub fn line(&self) -> Option<&str> {
        text(&self.line)
    }

    /// Returns the time at which the model was deprecated, if it was (RFC 3339).
    pub fn deprecated_at(&self) -> Option<&str> {
        text(&self.deprecated_at)
    }

    /// Returns the time at which the model is retired, if it is known (RFC 3339).
    pub fn retires_at(&self) -> Option<&str> {
        text(&self.retires_at)
    }

    /// Returns the size of the context window in tokens.
    pub fn max_input_tokens(&self) -> Option<u64> {
        self.max_input_tokens.known().copied()
    }

    /// Returns the maximum number of tokens in a response.
    pub fn max_tokens(&self) -> Option<u64> {
        self.max_tokens.known().copied()
    }

    /// Returns whether the model has a capability, given by its path, such as `structured_outputs`, `effort.max` or
    /// `thinking.types.adaptive`. `None` if the API does not report it.
    pub fn supports(&self, capability: &str) -> Option<bool> {
        let start = self.capabilities.known()?;
        capability.split('.').try_fold(start, |value, name| value.get(name))?.get("supported")?.as_bool()
    }

    /// Returns a field that has no method of its own, as in `info.get("capabilities")`.
    pub fn get(&self, field: &str) -> Option<&Value> {
        match field {
            "capabilities" => self.capabilities.known(),
            field => self.extra.get(field),
        }
    }
}

fn text(field: &Lenient<String>) -> Option<&str> {
    field.known().map(String::as_str)
}

open_enum! {
    /// The stage of a model's life
    /// ([Model deprecations](https://platform.claude.com/docs/en/about-claude/model-deprecations)).
    ///
    /// ```
    /// use claudette::wire::Lifecycle;
    ///
    /// assert_eq!(Lifecycle::from("deprecated"), Lifecycle::Deprecated);
    /// assert_eq!(Lifecycle::Active.as_str(), "active");
    /// ```
    pub enum Lifecycle {
        /// The model is available.
        Active = "active",
        /// The model is available, but will be retired.
        Deprecated = "deprecated",
        /// The API refuses requests for the model.
        Retired = "retired",
    }
}
