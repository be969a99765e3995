//! [`ToolOutput`]: what a tool gives back, and how any type becomes one.

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

/// The result of a tool: text or blocks for the model, and what the program keeps of it.
///
/// A tool may return anything that serialises. This type is for tools that choose at run time, that show the model less
/// than they give the program, or that end the loop; and for those written by hand.
///
/// ```
/// use claudette::{Image, ToolOutput};
///
/// assert_eq!(ToolOutput::new("sunny").text(), "sunny");
/// assert_eq!(ToolOutput::json(&vec![1, 2])?.text(), "[1,2]");
/// assert_eq!(ToolOutput::new((Image::file_id("file_01"), "sunny")).text(), "sunny");
///
/// // The model reads how many there are; the program gets them all.
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

/// What the program keeps of an output.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OutputValue {
    /// Nothing: the tool failed.
    None,
    /// The text that the model reads.
    Text,
    /// The value of which that text is the JSON.
    Shown,
    /// One that the model does not see.
    Kept(RawJson),
}

impl OutputValue {
    /// The value, if it does not depend on content that the model does not get; otherwise that content.
    pub(crate) fn or_keep(self, content: &ResultContent) -> Self {
        match self {
            Self::Text | Self::Shown => Self::Kept(RawJson::of(content)),
            kept @ (Self::None | Self::Kept(_)) => kept,
        }
    }
}

impl ToolOutput {
    /// Text, or blocks, as they are.
    pub fn new(content: impl Into<ResultContent>) -> Self {
        Self { content: content.into(), value: OutputValue::Text, finishes: false }
    }

    /// The result of a tool that ends the loop: nobody asks the model again, and the run stops with
    /// [`EndReason::Tool`](crate::EndReason::Tool). Other calls of the same response come to their end before.
    pub fn finish(content: impl Into<ResultContent>) -> Self {
        Self { finishes: true, ..Self::new(content) }
    }

    /// A value as compact JSON.
    ///
    /// # Errors
    ///
    /// The value has no JSON form, as a map whose keys are structs; it contains a number that is not finite, which JSON
    /// would turn into `null`; or it contains an image or a document, which the model cannot see in JSON.
    pub fn json(value: &(impl Serialize + ?Sized)) -> Result<Self, ToolError> {
        check_json(value, false)?;
        Self::written(value)
    }

    /// The JSON of a value that was looked at.
    pub(crate) fn written(value: &(impl Serialize + ?Sized)) -> Result<Self, ToolError> {
        Ok(Self { value: OutputValue::Shown, ..Self::new(write(value)?) })
    }

    /// Keeps a value for the program, which the model does not see: [`ToolOutcome::value`](crate::ToolOutcome::value).
    ///
    /// # Errors
    ///
    /// The value has no JSON form, or contains a number that is not finite.
    pub fn with_value(self, value: &(impl Serialize + ?Sized)) -> Result<Self, ToolError> {
        check_json(value, true)?;
        Ok(self.keeping(&write(value)?))
    }

    /// Keeps a value for the program, given as the JSON of a value that [`check_json`] has passed.
    pub(crate) fn keeping(mut self, json: &str) -> Self {
        self.value = OutputValue::Kept(RawJson::parse(json).unwrap_or_else(|_| RawJson::null()));
        self
    }

    /// What goes to the model.
    pub fn content(&self) -> &ResultContent {
        &self.content
    }

    /// The text; blocks that are no text are left out.
    pub fn text(&self) -> Cow<'_, str> {
        self.content.text()
    }

    pub(crate) fn into_parts(self) -> (ResultContent, OutputValue, bool) {
        (self.content, self.value, self.finishes)
    }
}

/// Long texts are cut, and of blocks only the kinds are shown.
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

/// A type that goes to the model in a form of its own, and not as JSON.
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
    /// What the model gets.
    fn into_tool_output(self) -> ToolOutput;
}

impl IntoToolOutput for ToolOutput {
    fn into_tool_output(self) -> ToolOutput {
        self
    }
}

/// An empty text.
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

        // Not for any list of what becomes a block: a list of texts goes as JSON, like any other list.
        impl IntoToolOutput for Vec<$block> {
            fn into_tool_output(self) -> ToolOutput {
                ToolOutput::new(self)
            }
        }
    )+};
}

blocks_go_as_blocks!(ContentBlock, Text, Image, Document, SearchResult, ToolReference);

/// JSON text.
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

        /// As the value it points to.
        impl<T: IntoToolOutput + Clone> IntoToolOutput for $pointer<T> {
            fn into_tool_output(self) -> ToolOutput {
                Self::unwrap_or_clone(self).into_tool_output()
            }
        }
    )+};
}

shared_text_goes_verbatim!(Arc, Rc);

/// As the value in it.
impl<T: IntoToolOutput> IntoToolOutput for Box<T> {
    fn into_tool_output(self) -> ToolOutput {
        (*self).into_tool_output()
    }
}

/// As the value, or an empty text.
impl<T: IntoToolOutput> IntoToolOutput for Option<T> {
    fn into_tool_output(self) -> ToolOutput {
        match self {
            Some(value) => value.into_tool_output(),
            // The program still reads that it was nothing.
            None => ToolOutput { value: OutputValue::Kept(RawJson::null()), ..ToolOutput::new("") },
        }
    }
}

macro_rules! paths_go_as_text {
    ($($path:ty),+) => {$(
        /// As text. What is not valid Unicode is shown as the replacement character.
        impl IntoToolOutput for $path {
            fn into_tool_output(self) -> ToolOutput {
                ToolOutput::new(self.to_string_lossy().into_owned())
            }
        }
    )+};
}

paths_go_as_text!(PathBuf, &Path, Cow<'_, Path>);
