//! [`StructuredStream`]: a value of a type while the model writes it.

use std::fmt;
use std::future::poll_fn;

use serde_json::Value;

use super::answer::Structured;
use super::chunk::Chunk;
use super::wrapping::beginning;
use crate::error::{Error, Result};
use crate::json::PartialJson;
use crate::task::BoxFuture;
use crate::task::{Generator, Yielded, Yielder};

/// A value of a type while the model writes it: partial values, and then the complete one.
///
/// If an answer is not valid, the model is asked again, and the partial value starts again. The requests run only while
/// the stream is read.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
/// struct Poem {
///     title: String,
///     lines: Vec<String>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text(r#"{"title":"Rain","lines":["It rains.","It pours."]}"#).chunked(9));
/// # let client = claude.client("claude-sonnet-5-5");
/// let mut stream = client.structured::<Poem>("A poem about rain.").stream();
/// let mut count = 0;
/// while let Some(partial) = stream.next().await {
///     let partial = partial?;
///     let lines = partial.value()["lines"].as_array().map_or(0, Vec::len);
///     assert!(lines >= count, "the value only grows");
///     count = lines;
/// }
/// let poem = stream.finish().await?.value;
/// assert_eq!(poem.lines.len(), 2);
/// # Ok(())
/// # }
/// ```
#[must_use = "the requests run only while the stream is read"]
pub struct StructuredStream<'a, T> {
    work: Generator<'a, Chunk, Result<Structured<T>>>,
    json: PartialJson,
    /// `true` if the object has begun. Text before it is a code fence or prose.
    begun: bool,
    is_wrapped: bool,
    value: Option<Structured<T>>,
}

impl<'a, T> StructuredStream<'a, T> {
    pub(super) fn new(work: impl FnOnce(Yielder<Chunk>) -> BoxFuture<'a, Result<Structured<T>>>) -> Self {
        Self { work: Generator::new(work), json: PartialJson::new(), begun: false, is_wrapped: false, value: None }
    }

    /// Returns the partial value each time there is more of it, and `None` after it is complete.
    ///
    /// # Errors
    /// Returns the errors of [`Client::structured`](crate::Client::structured).
    pub async fn next(&mut self) -> Option<Result<Partial<'_>>> {
        while let Some(given) = poll_fn(|cx| self.work.poll(cx)).await {
            match given {
                Yielded::Value(Chunk::Begin { is_wrapped }) => {
                    (self.json, self.begun, self.is_wrapped) = (PartialJson::new(), false, is_wrapped);
                }
                // Text that is not JSON, or that follows the value, is not returned.
                Yielded::Value(Chunk::Text(text)) => {
                    let begins = if self.begun { Some(0) } else { beginning(&text) };
                    let Some(begins) = begins else { continue };
                    self.begun = true;
                    let was_complete = self.json.is_complete();
                    let is_json = self.json.push(&text[begins..]).is_ok();
                    if is_json || !was_complete && self.json.is_complete() {
                        return Some(Ok(Partial { json: &self.json, is_wrapped: self.is_wrapped }));
                    }
                }
                Yielded::End(Ok(value)) => self.value = Some(value),
                Yielded::End(Err(error)) => return Some(Err(error)),
            }
        }
        None
    }

    /// Reads to the end, and returns the value with the response that contains it.
    ///
    /// # Errors
    /// Returns the errors of [`next`](Self::next).
    pub async fn finish(mut self) -> Result<Structured<T>> {
        while self.next().await.transpose()?.is_some() {}
        self.value.ok_or_else(|| Error::misuse("the stream already failed, so it does not have a value"))
    }
}

impl<T> fmt::Debug for StructuredStream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StructuredStream").field("json", &self.json).finish_non_exhaustive()
    }
}

/// A partial value, while the model writes it.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text(r#"{"value":["red","green","blue"]}"#).chunked(4));
/// # let client = claude.client("claude-sonnet-5-5");
/// let mut stream = client.structured::<Vec<String>>("Three colors?").stream();
/// while let Some(partial) = stream.next().await {
///     let partial = partial?;
///     if partial.is_finished("/0") {
///         assert_eq!(partial.value()[0], "red");
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Partial<'a> {
    json: &'a PartialJson,
    is_wrapped: bool,
}

impl<'a> Partial<'a> {
    /// Returns the part of the value that has arrived, or `null` before it begins; see [`PartialJson::value`].
    pub fn value(&self) -> &'a Value {
        const NOTHING: &Value = &Value::Null;
        match self.json.value() {
            value if self.is_wrapped => value.get("value").unwrap_or(NOTHING),
            value => value,
        }
    }

    /// Returns `true` if the part at this JSON Pointer is complete; see [`PartialJson::is_finished`]. Examples of
    /// pointers are `/lines/0`, and the empty string for the whole value.
    pub fn is_finished(&self, pointer: &str) -> bool {
        if self.is_wrapped {
            self.json.is_finished(&format!("/value{pointer}"))
        } else {
            self.json.is_finished(pointer)
        }
    }
}
