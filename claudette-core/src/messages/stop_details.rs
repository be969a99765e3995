//! [`StopDetails`]: what more there is to say of a stop reason.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;

/// What more there is to say of a stop reason; recent models explain a refusal with it
/// ([Handling stop reasons](https://docs.claude.com/en/api/handling-stop-reasons)).
///
/// ```
/// use claudette::Response;
///
/// let response: Response = serde_json::from_str(
///     r#"{"content":[],"stop_reason":"refusal",
///         "stop_details":{"type":"refusal","category":"cyber","explanation":null}}"#,
/// )?;
/// let details = response.stop_details().unwrap();
/// assert_eq!((details.kind(), details.category(), details.explanation()), ("refusal", Some("cyber"), None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct StopDetails {
    r#type: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    category: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    explanation: Lenient<String>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(StopDetails);

impl StopDetails {
    /// The stop reason that is explained, as `refusal`.
    pub fn kind(&self) -> &str {
        &self.r#type
    }

    /// The policy that was applied, as `cyber` or `bio`, if the API says so.
    pub fn category(&self) -> Option<&str> {
        self.category.known().map(String::as_str)
    }

    /// The reason in words, if the API gives any.
    pub fn explanation(&self) -> Option<&str> {
        self.explanation.known().map(String::as_str)
    }

    /// A field that has no accessor here: `details.get("recommended_model")`.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.extra.get(field)
    }
}
