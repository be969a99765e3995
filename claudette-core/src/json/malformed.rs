//! [`MalformedJson`]: why a text is no JSON, and where it ceases to be.

use std::fmt;

/// Text that is no JSON, or not all of it.
///
/// It names the problem and the first byte that has it, counted from the beginning of the whole text, however that was
/// cut.
///
/// ```
/// use claudette::json::PartialJson;
///
/// let mut json = PartialJson::new();
/// json.push(r#"{"tags": ["a"#)?;
/// let error = json.push(r#"", oops"#).unwrap_err();
/// assert_eq!(error.to_string(), "not JSON at byte 15: a value is expected");
/// assert_eq!(error.offset(), 15);
/// # Ok::<(), claudette::json::MalformedJson>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedJson {
    pub(crate) offset: usize,
    pub(crate) problem: &'static str,
}

impl MalformedJson {
    /// Where the text ceases to be JSON, in bytes from its beginning.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for MalformedJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not JSON at byte {}: {}", self.offset, self.problem)
    }
}

impl std::error::Error for MalformedJson {}
