//! [`Container`]: where the code runs that the model executes on the server.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;

/// Where the code runs that the model executes on the server. Its id in a later request keeps the files that are in it
/// ([Code execution](https://docs.claude.com/en/docs/agents-and-tools/tool-use/code-execution-tool)).
///
/// ```
/// use claudette::Response;
///
/// let response: Response = serde_json::from_str(
///     r#"{"content":[],"container":{"id":"container_01","expires_at":"2026-11-22T10:00:00Z"}}"#,
/// )?;
/// let container = response.container().unwrap();
/// assert_eq!((container.id(), container.expires_at()), ("container_01", Some("2026-11-22T10:00:00Z")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Container {
    id: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    expires_at: Lenient<String>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(Container);

impl Container {
    /// The container's id, for the next request's `container`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When it and its files are gone, in RFC 3339, if the API says so.
    pub fn expires_at(&self) -> Option<&str> {
        self.expires_at.known().map(String::as_str)
    }

    /// A field that has no accessor here: `container.get("skills")`.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.extra.get(field)
    }
}
