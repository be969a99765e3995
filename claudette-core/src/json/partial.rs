//! [`PartialJson`]: a JSON value that grows with its text, without IO.

use std::fmt;
use std::iter::successors;
use std::ptr;

use serde_json::Value;

use super::malformed::MalformedJson;
use super::partial_reader::{Reader, last};
use crate::display::Brief;

/// A JSON value whose text is still arriving, such as the arguments of a streamed tool call.
///
/// The value is available at any time: a string grows letter by letter, a list item by item. A value that could still
/// change completely is not included yet. A number appears after the character that follows it, because `4` may become
/// `42`. The words `true`, `false` and `null` appear when they are complete. A member of an object appears when its
/// value begins.
///
/// Each state is therefore a prefix of the next: strings, lists and objects only grow, and a
/// [finished](Self::is_finished) value does not change. The only exception is a repeated key, which JSON allows: as in
/// [`serde_json`], the last value is used. It takes the position of the last key.
///
/// Text is read only once, in pieces of any size. The total cost is the cost of reading the whole text, plus one step
/// for each open list or object and piece. Access to the value is free.
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
/// assert_eq!(*json.value(), json!({"city": "Paris"})); // without the number: more digits may follow
/// assert!(json.is_finished("/city"));
///
/// json.push("102650}")?;
/// assert!(json.is_complete());
/// assert_eq!(json.finish()?, json!({"city": "Paris", "population": 2_102_650}));
/// # Ok::<(), claudette::json::MalformedJson>(())
/// ```
#[doc(alias = "incremental")]
#[doc(alias = "streaming")]
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
    /// Creates an empty value.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next piece of the text. A piece may end at any position: inside an escape, a number or a word.
    ///
    /// # Errors
    /// Returns an error if the text is not JSON by the rules of [`serde_json`], which does not accept unpaired
    /// surrogates, numbers out of range, and more than 127 nested lists and objects. The value keeps the part before
    /// the error. Further pieces return the same error.
    ///
    /// ```
    /// let mut json = claudette::json::PartialJson::new();
    /// json.push(r#"["a", 0"#)?;
    /// assert!(json.push("7").is_ok()); // `07` is not a number, but its end is not known yet
    /// assert_eq!(json.push("]").unwrap_err().offset(), 6);
    /// assert_eq!(json.value()[0], "a");
    /// # Ok::<(), claudette::json::MalformedJson>(())
    /// ```
    pub fn push(&mut self, text: &str) -> Result<(), MalformedJson> {
        self.reader.push(text, &mut self.value)
    }

    /// Returns the value received so far, or `null` before it begins.
    ///
    /// Access by reference is free. A type whose fields are all optional can be deserialized from the value too. This
    /// reads the whole value each time, so doing it after each piece has a quadratic cost.
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

    /// Returns `true` if the value is complete. White space may still follow.
    ///
    /// A number outside a list or object is complete after white space, or after [`finish`](Self::finish).
    pub fn is_complete(&self) -> bool {
        self.reader.is_complete()
    }

    /// Returns `true` if the value at a [JSON Pointer](https://www.rfc-editor.org/rfc/rfc6901), such as
    /// `/items/3/name`, exists and will not change. The empty pointer refers to the whole value.
    ///
    /// Only the innermost open value and the values that contain it are unfinished. The cost is that of the lookup,
    /// independent of the size of the value.
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

    /// Returns the text received so far. Deserialize the final value from it, because it keeps every digit of numbers.
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

    /// Ends the text and returns the whole value.
    ///
    /// # Errors
    /// Returns an error if the text is incomplete or not JSON.
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

    /// Returns the values that may still change, from the outermost to the innermost.
    fn unfinished(&self) -> impl Iterator<Item = &Value> {
        successors(Some(&self.value), |value| last(value)).take(self.reader.unfinished())
    }
}
