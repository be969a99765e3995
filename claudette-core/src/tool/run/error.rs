//! [`ToolError`]: why a tool failed, told to the model.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use crate::tool::texts;

/// The failure of one tool call: a text for the model, never empty.
///
/// A tool may return any error that can be displayed; this type is for tools whose errors have many types. `?` turns
/// every [`std::error::Error`] into one and keeps what its sources say. For that it is none itself.
///
/// ```
/// use claudette::ToolError;
///
/// fn parse(text: &str) -> Result<i64, ToolError> {
///     if text.is_empty() {
///         return Err(ToolError::new("give me a number"));
///     }
///     Ok(text.parse()?)
/// }
///
/// assert_eq!(parse("").unwrap_err().to_string(), "give me a number");
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
///
/// The model reads the error and may do better. Where nothing is to be bettered, [`abort`](Self::abort) ends the run.
#[derive(Clone)]
pub struct ToolError {
    text: Box<str>,
    abort: Option<Arc<dyn StdError + Send + Sync>>,
}

impl ToolError {
    /// The failure that the model shall read about.
    ///
    /// The alternate form (`{:#}`) is what is sent: for `anyhow::Error` that is the whole chain of causes.
    pub fn new(text: impl fmt::Display) -> Self {
        let mut written = String::new();
        // `format!` would panic if the error's `Display` failed; what it has written until then is better than nothing.
        let _ = write!(written, "{text:#}");
        Self::from_text(written)
    }

    /// A failure that ends the run: the loop gives it to the caller as an error, and does not ask the model again.
    ///
    /// The history stays one to go on with: there the call has failed with this text. Other calls that were running come
    /// to their end before.
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
        Self { abort: Some(error.clone()), ..Self::from_chain(&*error) }
    }

    /// Whether it ends the run.
    pub fn is_abort(&self) -> bool {
        self.abort.is_some()
    }

    /// What ends the run, if it does.
    pub(crate) fn into_abort(self) -> Option<Arc<dyn StdError + Send + Sync>> {
        self.abort
    }

    /// The error's text, and that of every source that adds something to it.
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

    /// The API refuses an error result that says nothing.
    fn from_text(text: String) -> Self {
        let text = if text.trim().is_empty() { texts::NO_MESSAGE.into() } else { text };
        Self { text: text.into(), abort: None }
    }

    /// What the model reads.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The text; of a very long one the beginning and the end, and control characters are shown as escapes.
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

/// A text that may be long or hostile, for a person to read: both ends of it, without control characters.
pub(crate) fn brief(text: &str) -> Cow<'_, str> {
    const EACH_SIDE: usize = 500;
    visible(cut(text, EACH_SIDE))
}

/// A value or a name of any size as a part of a sentence: both ends of it, without control characters.
pub(crate) fn shorten(text: &str) -> String {
    const EACH_SIDE: usize = 300;
    visible(cut(text, EACH_SIDE)).into_owned()
}

/// Both ends of a text that is longer than twice this number of characters.
fn cut(text: &str, each_side: usize) -> Cow<'_, str> {
    // Bytes are no fewer than characters, and nothing below looks at more of the text than it keeps.
    if text.len() <= 2 * each_side || text.chars().nth(2 * each_side).is_none() {
        return Cow::Borrowed(text);
    }
    let first = text.char_indices().nth(each_side).map_or(text.len(), |(place, _)| place);
    let last = text.char_indices().nth_back(each_side - 1).map_or(0, |(place, _)| place);
    format!("{} … {}", &text[..first], &text[last..]).into()
}

/// The text with its control characters as escapes; the ends of lines and tabs stay.
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
    fn sources_are_told() {
        let error = ToolError::from(chain(&["no forecast", "station offline", "timed out"]));
        assert_eq!(error.text(), "no forecast: station offline: timed out");
    }

    #[test]
    fn a_source_that_was_told_already_is_not_repeated() {
        let error = ToolError::from(chain(&["no forecast: station offline", "station offline", "timed out"]));
        assert_eq!(error.text(), "no forecast: station offline: timed out");
    }

    #[test]
    fn no_text_is_replaced() {
        let replaced = ToolError::new("");
        assert!(!replaced.text().trim().is_empty());
        assert_eq!(ToolError::from(chain(&[" "])).text(), replaced.text());
    }
}
