//! [`ToolError`]: the error of a tool call, which the model reads.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use super::end::End;
use crate::tool::texts;

/// The error of one tool call: a text for the model, which is never empty.
///
/// A tool can return any error that implements `Display`. Use this type for a tool with errors of several types: `?`
/// converts every [`std::error::Error`] and keeps the messages of its sources. This conversion is the reason why
/// `ToolError` does not implement `std::error::Error` itself.
///
/// ```
/// use claudette::ToolError;
///
/// fn parse(text: &str) -> Result<i64, ToolError> {
///     if text.is_empty() {
///         return Err(ToolError::new("`text` must not be empty"));
///     }
///     Ok(text.parse()?)
/// }
///
/// assert_eq!(parse("").unwrap_err().to_string(), "`text` must not be empty");
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
///
/// The model reads the error and can try again. If that is pointless, [`abort`](Self::abort) ends the run.
#[derive(Clone)]
pub struct ToolError {
    text: Box<str>,
    end: Option<End>,
}

impl ToolError {
    /// Creates an error with this text for the model.
    ///
    /// The text is formatted with the alternate form (`{:#}`), which is the whole chain of causes for an
    /// `anyhow::Error`.
    pub fn new(text: impl fmt::Display) -> Self {
        let mut written = String::new();
        // `format!` panics if `Display` fails; this keeps the text that was written until then.
        let _ = write!(written, "{text:#}");
        Self::from_text(written)
    }

    /// Creates an error that ends the run: the loop returns it to the caller, and makes no further request.
    ///
    /// The history stays valid: it contains the call with this text as its error. Other calls of the same response that
    /// are already running finish first.
    ///
    /// ```
    /// use claudette::ToolError;
    ///
    /// let error = ToolError::abort("the till is locked");
    /// assert!(error.is_abort());
    /// assert_eq!(error.text(), "the till is locked");
    /// ```
    pub fn abort(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error: Arc<dyn StdError + Send + Sync> = error.into().into();
        Self { end: Some(End::Abort(error.clone())), ..Self::from_chain(&*error) }
    }

    /// Returns `true` if the error ends the run.
    pub fn is_abort(&self) -> bool {
        matches!(self.end, Some(End::Abort(_)))
    }

    /// Returns the error of a call that waits, and continues from this state.
    pub(crate) fn suspend(text: &str, state: impl Any + Send + Sync) -> Self {
        Self { end: Some(End::Suspend(Arc::new(state))), ..Self::from_text(text.to_owned()) }
    }

    /// Returns the effect of the error on the loop, if it has one.
    pub(crate) fn into_end(self) -> Option<End> {
        self.end
    }

    /// Creates an error from the text of `error`, followed by the text of each source that adds something.
    pub(crate) fn from_chain<E: StdError + ?Sized>(error: &E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let more = cause.to_string();
            // Many errors repeat their source in their own text.
            if !text.contains(&more) {
                text.push_str(": ");
                text.push_str(&more);
            }
            source = cause.source();
        }
        Self::from_text(text)
    }

    /// Replaces an empty text, because the API refuses an empty error.
    fn from_text(text: String) -> Self {
        let text = if text.trim().is_empty() { texts::NO_MESSAGE.into() } else { text };
        Self { text: text.into(), end: None }
    }

    /// Returns the text that the model reads.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Shows the text. Of a very long text, only the beginning and the end are shown; control characters are escaped.
impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&brief(&self.text))
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_abort() { "ToolError::abort" } else { "ToolError" };
        f.debug_tuple(name).field(&brief(&self.text)).finish()
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for ToolError {
    fn from(error: E) -> Self {
        Self::from_chain(&error)
    }
}

/// Shortens a text that may be long or hostile for a log or an error: both ends remain, and control characters are
/// escaped.
pub(crate) fn brief(text: &str) -> Cow<'_, str> {
    const EACH_SIDE: usize = 500;
    visible(cut(text, EACH_SIDE))
}

/// Shortens a value or a name for use in a sentence: both ends remain, and control characters are escaped.
pub(crate) fn shorten(text: &str) -> String {
    const EACH_SIDE: usize = 300;
    visible(cut(text, EACH_SIDE)).into_owned()
}

/// Removes the middle of a text that is longer than twice this number of characters.
fn cut(text: &str, each_side: usize) -> Cow<'_, str> {
    // A text has at least as many bytes as characters. The code below reads no more of the text than it keeps.
    if text.len() <= 2 * each_side || text.chars().nth(2 * each_side).is_none() {
        return Cow::Borrowed(text);
    }
    let first = text.char_indices().nth(each_side).map_or(text.len(), |(place, _)| place);
    let last = text.char_indices().nth_back(each_side - 1).map_or(0, |(place, _)| place);
    format!("{} … {}", &text[..first], &text[last..]).into()
}

/// Escapes control characters, except for line feeds and tabs.
fn visible(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(is_hidden) {
        return text;
    }
    let escaped = text.chars().flat_map(|c| {
        let escape = is_hidden(c).then(|| c.escape_unicode()).into_iter().flatten();
        escape.chain((!is_hidden(c)).then_some(c))
    });
    escaped.collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Layer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_deref().map(|source| source as _)
        }
    }

    fn chain(texts: &[&'static str]) -> Layer {
        let (first, rest) = texts.split_first().expect("one text at least");
        Layer(first, (!rest.is_empty()).then(|| chain(rest).into()))
    }

    #[test]
    fn sources_are_part_of_the_text() {
        let error = ToolError::from(chain(&["no forecast", "station offline", "timed out"]));
        assert_eq!(error.text(), "no forecast: station offline: timed out");
    }

    #[test]
    fn a_source_is_not_repeated() {
        let error = ToolError::from(chain(&["no forecast: station offline", "station offline", "timed out"]));
        assert_eq!(error.text(), "no forecast: station offline: timed out");
    }

    #[test]
    fn an_empty_text_is_replaced() {
        let replaced = ToolError::new("");
        assert!(!replaced.text().trim().is_empty());
        assert_eq!(ToolError::from(chain(&[" "])).text(), replaced.text());
    }
}
