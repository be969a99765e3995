//! [`ToolOutput`]: the output of a tool, and the conversion of values to it.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::error::{ToolError, brief};
use super::scout::{check_json, write};
use crate::json::RawJson;
use crate::messages::{ContentBlock, Document, Image, ResultContent, SearchResult, Text, ToolReference};

/// The output of a tool: text or blocks for the model, and a value for the program.
///
/// A tool can return any value that serializes. Use this type if the kind of output is decided at run time, if the
/// model reads less than the program gets, if the tool ends the loop, or if you implement [`Tool`](crate::Tool)
/// yourself.
///
/// ```
/// use claudette::{Image, ToolOutput};
///
/// assert_eq!(ToolOutput::new("sunny").text(), "sunny");
/// assert_eq!(ToolOutput::json(&vec![1, 2])?.text(), "[1,2]");
/// assert_eq!(ToolOutput::new((Image::file_id("file_01"), "sunny")).text(), "sunny");
///
/// // The model reads the number of rows, and the program gets all of them.
/// let output = ToolOutput::new("3 rows").with_value(&["a", "b", "c"])?;
/// assert_eq!(output.text(), "3 rows");
/// # Ok::<(), claudette::ToolError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct ToolOutput {
    content: ResultContent,
    value: OutputValue,
    finishes: bool,
}

/// The value for the program.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OutputValue {
    /// No value, because the tool failed.
    None,
    /// The text that the model reads.
    Text,
    /// A value whose JSON is the text that the model reads.
    Shown,
    /// A value that the model does not see.
    Kept(RawJson),
}

impl OutputValue {
    /// Replaces a value that depends on the content with the content itself, because the content is not sent.
    pub(crate) fn or_keep(self, content: &ResultContent) -> Self {
        match self {
            Self::Text | Self::Shown => Self::Kept(RawJson::of(content)),
            kept @ (Self::None | Self::Kept(_)) => kept,
        }
    }
}

impl ToolOutput {
    /// Creates an output from text or content blocks.
    pub fn new(content: impl Into<ResultContent>) -> Self {
        Self { content: content.into(), value: OutputValue::Text, finishes: false }
    }

    /// Creates an output that ends the loop: no further request is made, and the run ends with
    /// [`EndReason::Tool`](crate::EndReason::Tool). Other calls of the same response finish first.
    ///
    /// ```
    /// use claudette::{Chat, EndReason, ToolOutput, tool, tools};
    /// # use claudette::testing::{MockResponse, MockServer};
    ///
    /// /// Hands over to a person.
    /// #[tool]
    /// fn hand_over() -> ToolOutput {
    ///     ToolOutput::finish("A person takes over.")
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::tool_use("hand_over", serde_json::json!({})));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let mut chat = Chat::builder(&client).tools(tools![hand_over]).build()?;
    /// let run = chat.toolloop("I want to talk to a person.").await?;
    /// assert_eq!(run.end_reason(), &EndReason::Tool);
    /// # Ok(())
    /// # }
    /// ```
    pub fn finish(content: impl Into<ResultContent>) -> Self {
        Self { finishes: true, ..Self::new(content) }
    }

    /// Creates an output from a value, as compact JSON.
    ///
    /// # Errors
    ///
    /// Returns an error if the value has no JSON form (such as a map whose keys are structs), if it contains a number
    /// that is not finite, which JSON would turn into `null`, or if it contains an image or a document, which the model
    /// cannot see in JSON.
    pub fn json(value: &(impl Serialize + ?Sized)) -> Result<Self, ToolError> {
        check_json(value, false)?;
        Self::written(value)
    }

    /// Creates an output from the JSON of a value that was checked.
    pub(crate) fn written(value: &(impl Serialize + ?Sized)) -> Result<Self, ToolError> {
        Ok(Self { value: OutputValue::Shown, ..Self::new(write(value)?) })
    }

    /// Adds a value for the program, which the model does not see. [`ToolOutcome::value`](crate::ToolOutcome::value)
    /// returns it.
    ///
    /// # Errors
    ///
    /// Returns an error if the value has no JSON form or contains a number that is not finite.
    pub fn with_value(self, value: &(impl Serialize + ?Sized)) -> Result<Self, ToolError> {
        check_json(value, true)?;
        Ok(self.keeping(&write(value)?))
    }

    /// Adds a value for the program, given as JSON that [`check_json`] accepted.
    pub(crate) fn keeping(mut self, json: &str) -> Self {
        self.value = OutputValue::Kept(RawJson::parse(json).unwrap_or_else(|_| RawJson::null()));
        self
    }

    /// Returns the content that is sent to the model.
    pub fn content(&self) -> &ResultContent {
        &self.content
    }

    /// Returns the text. Blocks that are not text are omitted.
    pub fn text(&self) -> Cow<'_, str> {
        self.content.text()
    }

    pub(crate) fn into_parts(self) -> (ResultContent, OutputValue, bool) {
        (self.content, self.value, self.finishes)
    }
}

/// Shows long texts shortened, and only the kinds of blocks.
impl fmt::Debug for ToolOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<&str> = self.content.blocks().iter().take(20).map(ContentBlock::kind).collect();
        f.debug_struct("ToolOutput")
            .field("text", &brief(&self.text()))
            .field("blocks", &kinds)
            .field("finishes", &self.finishes)
            .finish_non_exhaustive()
    }
}

/// A type that defines its own form for the model, instead of JSON.
///
/// ```
/// use claudette::tooling::IntoToolOutput;
/// use claudette::ToolOutput;
///
/// struct Table(Vec<[&'static str; 2]>);
///
/// impl IntoToolOutput for Table {
///     fn into_tool_output(self) -> ToolOutput {
///         let rows: Vec<String> = self.0.iter().map(|[a, b]| format!("| {a} | {b} |")).collect();
///         ToolOutput::new(rows.join("\n"))
///     }
/// }
///
/// assert_eq!(Table(vec![["Oslo", "7 °C"]]).into_tool_output().text(), "| Oslo | 7 °C |");
/// ```
pub trait IntoToolOutput {
    /// Converts the value to an output.
    fn into_tool_output(self) -> ToolOutput;
}

impl IntoToolOutput for ToolOutput {
    fn into_tool_output(self) -> ToolOutput {
        self
    }
}

/// Converts to an empty text.
impl IntoToolOutput for () {
    fn into_tool_output(self) -> ToolOutput {
        ToolOutput::new("")
    }
}

macro_rules! blocks_go_as_blocks {
    ($($block:ident),+) => {$(
        impl IntoToolOutput for $block {
            fn into_tool_output(self) -> ToolOutput {
                ToolOutput::new(self)
            }
        }

        // Not for lists of every type that converts to a block: a list of strings is JSON, like any other list.
        impl IntoToolOutput for Vec<$block> {
            fn into_tool_output(self) -> ToolOutput {
                ToolOutput::new(self)
            }
        }
    )+};
}

blocks_go_as_blocks!(ContentBlock, Text, Image, Document, SearchResult, ToolReference);

/// Converts to JSON text.
impl IntoToolOutput for Value {
    fn into_tool_output(self) -> ToolOutput {
        ToolOutput { value: OutputValue::Shown, ..ToolOutput::new(self.to_string()) }
    }
}

macro_rules! text_goes_verbatim {
    ($($type:ty),+) => {$(
        impl IntoToolOutput for $type {
            fn into_tool_output(self) -> ToolOutput {
                ToolOutput::new(String::from(self))
            }
        }
    )+};
}

text_goes_verbatim!(String, &str, &String, Box<str>, Cow<'_, str>, char);

macro_rules! shared_text_goes_verbatim {
    ($($pointer:ident),+) => {$(
        impl IntoToolOutput for $pointer<str> {
            fn into_tool_output(self) -> ToolOutput {
                ToolOutput::new(&*self)
            }
        }

        /// Converts the value it points to.
        impl<T: IntoToolOutput + Clone> IntoToolOutput for $pointer<T> {
            fn into_tool_output(self) -> ToolOutput {
                Self::unwrap_or_clone(self).into_tool_output()
            }
        }
    )+};
}

shared_text_goes_verbatim!(Arc, Rc);

/// Converts the value in the box.
impl<T: IntoToolOutput> IntoToolOutput for Box<T> {
    fn into_tool_output(self) -> ToolOutput {
        (*self).into_tool_output()
    }
}

/// Converts the value, or `None` to an empty text.
impl<T: IntoToolOutput> IntoToolOutput for Option<T> {
    fn into_tool_output(self) -> ToolOutput {
        match self {
            Some(value) => value.into_tool_output(),
            // The program reads `null`.
            None => ToolOutput { value: OutputValue::Kept(RawJson::null()), ..ToolOutput::new("") },
        }
    }
}

macro_rules! paths_go_as_text {
    ($($path:ty),+) => {$(
        /// Converts to text. Parts that are not valid Unicode become the replacement character.
        impl IntoToolOutput for $path {
            fn into_tool_output(self) -> ToolOutput {
                ToolOutput::new(self.to_string_lossy().into_owned())
            }
        }
    )+};
}

paths_go_as_text!(PathBuf, &Path, Cow<'_, Path>);
