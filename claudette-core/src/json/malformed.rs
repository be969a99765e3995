//! [`MalformedJson`]: an error in JSON text.

use std::fmt;

/// The error of [`PartialJson`](crate::json::PartialJson): text that is not JSON, or ends too early.
///
/// The error describes the problem and its position in bytes from the beginning of the whole text.
///
/// ```
/// use claudette::json::PartialJson;
///
/// let mut json = PartialJson::new();
/// json.push(r#"{"tags": ["a"#)?;
/// let error = json.push(r#"", oops"#).unwrap_err();
/// assert_eq!(error.to_string(), "invalid JSON at byte 15: expected a value");
/// assert_eq!(error.offset(), 15);
/// # Ok::<(), claudette::json::MalformedJson>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedJson {
    pub(crate) offset: usize,
    pub(crate) problem: &'static str,
}

impl MalformedJson {
    /// Returns the position of the error, in bytes from the beginning of the text.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for MalformedJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid JSON at byte {}: {}", self.offset, self.problem)
    }
}

impl std::error::Error for MalformedJson {}
