//! [`Container`]: the container for code execution on the server.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;

/// The container in which the model executed code on the server. A later request can reuse it, with its files, by its
/// id ([Code execution](https://platform.claude.com/docs/en/agents-and-tools/tool-use/code-execution-tool)).
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
    /// Returns the id of the container, for the `container` option of the next request.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the time at which the container and its files expire, in RFC 3339, if the API sent it.
    pub fn expires_at(&self) -> Option<&str> {
        self.expires_at.known().map(String::as_str)
    }

    /// Returns a field that has no method of its own, as in `container.get("skills")`.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.extra.get(field)
    }
}
