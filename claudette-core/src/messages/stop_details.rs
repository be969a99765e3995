//! [`StopDetails`]: details of a stop reason.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;

/// Details of a stop reason. Recent models explain a refusal with it
/// ([Handling stop reasons](https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons)).
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
    /// Returns the stop reason that the details belong to, such as `refusal`.
    pub fn kind(&self) -> &str {
        &self.r#type
    }

    /// Returns the policy that was applied, such as `cyber` or `bio`, if the API sent it.
    pub fn category(&self) -> Option<&str> {
        self.category.known().map(String::as_str)
    }

    /// Returns an explanation in words, if the API sent one.
    pub fn explanation(&self) -> Option<&str> {
        self.explanation.known().map(String::as_str)
    }

    /// Returns the token with which a fallback to another model costs less. It is valid for five minutes.
    pub(crate) fn fallback_credit_token(&self) -> Option<&str> {
        self.extra.get("fallback_credit_token")?.as_str()
    }

    /// Returns `true` if the other model may continue the output of this response.
    pub(crate) fn has_prefill_claim(&self) -> bool {
        self.extra.get("fallback_has_prefill_claim").is_some_and(|claim| *claim == true)
    }

    /// Sets the model that could answer later, in the details of a refusal. Older models send a refusal without details.
    pub(super) fn recommend(details: &mut Lenient<Box<Self>>, model: Option<&str>) {
        if details.known().is_none() {
            let kind = "refusal".to_owned();
            let (category, explanation, extra) = (Lenient::Absent, Lenient::Absent, Extra::default());
            *details = Lenient::Known(Box::new(Self { r#type: kind, category, explanation, extra }));
        }
        if let Some(details) = details.known_mut() {
            details.extra.insert("recommended_model".to_owned(), model.into());
        }
    }

    /// Returns a field that has no method of its own, as in `details.get("recommended_model")`.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.extra.get(field)
    }
}
