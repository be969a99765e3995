//! [`ModelInfo`]: what the API says of a model.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;
use crate::json::open_enum;

/// What the API says of a model ([Models API](https://docs.claude.com/en/api/models)).
///
/// It serialises to the JSON that the server sent, fields that have no name here included.
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
    /// What there is and whether it is supported; nested, and likely to grow.
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    capabilities: Lenient<Value>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(ModelInfo);

impl ModelInfo {
    /// The model's exact name, as requests take it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The model's name for people to read.
    pub fn display_name(&self) -> Option<&str> {
        text(&self.display_name)
    }

    /// When the model was released (RFC 3339).
    pub fn created_at(&self) -> Option<&str> {
        text(&self.created_at)
    }

    /// Whether the model is here to stay.
    pub fn lifecycle(&self) -> Option<&Lifecycle> {
        self.lifecycle.known()
    }

    /// The family: `haiku`, `sonnet`, `opus`, …
    pub fn line(&self) -> Option<&str> {
        text(&self.line)
    }

    /// When the model was deprecated, if it was (RFC 3339).
    pub fn deprecated_at(&self) -> Option<&str> {
        text(&self.deprecated_at)
    }

    /// When the model will be gone, if that is settled (RFC 3339).
    pub fn retires_at(&self) -> Option<&str> {
        text(&self.retires_at)
    }

    /// The size of the context window in tokens.
    pub fn max_input_tokens(&self) -> Option<u64> {
        self.max_input_tokens.known().copied()
    }

    /// The most tokens that a response may have.
    pub fn max_tokens(&self) -> Option<u64> {
        self.max_tokens.known().copied()
    }

    /// Whether the model has a capability, by its path: `structured_outputs`, `effort.max`, `thinking.types.adaptive`;
    /// none if the API does not say.
    pub fn supports(&self, capability: &str) -> Option<bool> {
        let start = self.capabilities.known()?;
        capability.split('.').try_fold(start, |value, name| value.get(name))?.get("supported")?.as_bool()
    }

    /// A field that has no accessor here.
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
    /// Whether a model is here to stay.
    pub enum Lifecycle {
        /// It is.
        Active = "active",
        /// It works, and will be retired.
        Deprecated = "deprecated",
        /// Requests for it are refused.
        Retired = "retired",
    }
}
