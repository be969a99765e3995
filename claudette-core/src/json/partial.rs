//! [`PartialJson`]: a JSON value that grows with its text. No IO.

use std::fmt;
use std::iter::successors;
use std::ptr;

use serde_json::Value;

use super::malformed::MalformedJson;
use super::partial_reader::{Reader, last};
use crate::display::Brief;

/// A JSON value whose text is still being written.
///
/// What is there can be shown at once: a string grows letter by letter, a list item by item. What could still turn into
/// something else is not there yet: `4` may become `42`, so a number comes when the text has gone on behind it, and
/// `true`, `false` and `null` when they are spelt out. A member comes when its value begins.
///
/// So each value is a prefix of the next: strings, lists and objects only grow, and what
/// [is finished](Self::is_finished) stays as it is. The one exception is a key that comes twice, which JSON does not
/// forbid: as [`serde_json`] has it, the last one wins, and it stands where it came.
///
/// Text is read once, however it is cut: the cost of all pieces together is that of reading the whole, and for each
/// piece a step per list or object that is open. Looking at the value costs nothing.
///
/// ```
/// use claudette::json::PartialJson;
/// use serde_json::json;
///
/// let mut json = PartialJson::new();
/// json.push(r#"{"city": "Par"#)?;
/// assert_eq!(json.value()["city"], "Par");
/// assert!(!json.is_finished("/city"));
///
/// json.push(r#"is", "population": 2"#)?;
/// assert_eq!(*json.value(), json!({"city": "Paris"})); // no number yet: more digits may come
/// assert!(json.is_finished("/city"));
///
/// json.push("102650}")?;
/// assert!(json.is_complete());
/// assert_eq!(json.finish()?, json!({"city": "Paris", "population": 2_102_650}));
/// # Ok::<(), claudette::json::MalformedJson>(())
/// ```
#[derive(Clone, Default)]
pub struct PartialJson {
    value: Value,
    reader: Reader,
}

impl fmt::Debug for PartialJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PartialJson").field(&Brief(&self.value)).finish()
    }
}

impl PartialJson {
    /// A value of which nothing has come.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the next piece of the text, which may be cut anywhere: in an escape, a number, a word.
    ///
    /// # Errors
    /// The text is no JSON by the rules of [`serde_json`], which takes no lone surrogates, no number out of range and no
    /// more than 127 lists and objects within each other. The value keeps what came before, and each later piece meets
    /// the same error.
    ///
    /// ```
    /// let mut json = claudette::json::PartialJson::new();
    /// json.push(r#"["a", 0"#)?;
    /// assert!(json.push("7").is_ok()); // `07` is no number; where it ends is not known yet
    /// assert_eq!(json.push("]").unwrap_err().offset(), 6);
    /// assert_eq!(json.value()[0], "a");
    /// # Ok::<(), claudette::json::MalformedJson>(())
    /// ```
    pub fn push(&mut self, text: &str) -> Result<(), MalformedJson> {
        self.reader.push(text, &mut self.value)
    }

    /// The value as far as it has come; `null` before it begins.
    ///
    /// Take what you need by reference, which is free. A type that makes do without any of its fields can be read too,
    /// but each time from the beginning: done for each piece, it costs the square of the whole.
    ///
    /// ```
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Draft<'a> {
    ///     title: Option<&'a str>,
    ///     pages: Option<u32>,
    /// }
    ///
    /// let mut json = claudette::json::PartialJson::new();
    /// json.push(r#"{"title": "The Whale", "pages": 6"#)?;
    /// assert_eq!(json.value()["title"], "The Whale");
    ///
    /// let draft = Draft::deserialize(json.value())?;
    /// assert_eq!((draft.title, draft.pages), (Some("The Whale"), None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Whether all of the value is there. White space may follow.
    ///
    /// A number that stands alone is complete when white space follows, or by [`finish`](Self::finish).
    pub fn is_complete(&self) -> bool {
        self.reader.is_complete()
    }

    /// Whether the place that a [JSON Pointer](https://www.rfc-editor.org/rfc/rfc6901) names is there and will not
    /// change, as in `/items/3/name`; the empty one names the whole.
    ///
    /// What is not finished is what the text has not left: the whole, in it a member or an item, and so on down to the
    /// string that is being written. The cost is that of looking the place up, whatever the size of the value.
    ///
    /// ```
    /// let mut json = claudette::json::PartialJson::new();
    /// json.push(r#"{"items": ["one", "tw"#)?;
    /// assert!(json.is_finished("/items/0"));
    /// assert!(!json.is_finished("/items/1"));
    /// assert!(!json.is_finished("/items"));
    /// assert!(!json.is_finished("/title"));
    /// # Ok::<(), claudette::json::MalformedJson>(())
    /// ```
    pub fn is_finished(&self, pointer: &str) -> bool {
        let place = self.value.pointer(pointer);
        place.is_some_and(|place| !self.unfinished().any(|open| ptr::eq(open, place)))
    }

    /// The text so far: what a type is read from in the end, for it has every digit as it was written.
    ///
    /// ```
    /// let mut json = claudette::json::PartialJson::new();
    /// json.push("[1.")?;
    /// json.push("10]")?;
    /// let [price]: [f64; 1] = serde_json::from_str(json.text())?;
    /// assert_eq!(price, 1.1);
    /// assert_eq!(json.text(), "[1.10]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn text(&self) -> &str {
        self.reader.text()
    }

    /// The whole value: no text follows.
    ///
    /// # Errors
    /// The text ends before the value does, or was no JSON.
    ///
    /// ```
    /// let mut json = claudette::json::PartialJson::new();
    /// json.push("4")?;
    /// json.push("2")?;
    /// assert_eq!(json.finish()?, 42);
    /// # Ok::<(), claudette::json::MalformedJson>(())
    /// ```
    pub fn finish(mut self) -> Result<Value, MalformedJson> {
        self.reader.end(&mut self.value)?;
        Ok(self.value)
    }

    /// The places that may still change, each within the one before.
    fn unfinished(&self) -> impl Iterator<Item = &Value> {
        successors(Some(&self.value), |value| last(value)).take(self.reader.unfinished())
    }
}
