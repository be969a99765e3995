//! [`ToolOutput`]: what a tool gives back, and how any type becomes one.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::error::ToolError;
use crate::messages::{ContentBlock, Document, Image, ResultContent, SearchResult, Text, ToolReference};

/// The result of a tool: text or blocks for the model.
///
/// A tool may return anything that serialises; this type is for tools that choose at run time, and for those written
/// by hand.
///
/// ```
/// use claudette::{Image, ToolOutput};
///
/// assert_eq!(ToolOutput::new("sunny").text(), "sunny");
/// assert_eq!(ToolOutput::json(&vec![1, 2])?.text(), "[1,2]");
/// assert_eq!(ToolOutput::new((Image::file_id("file_01"), "sunny")).text(), "sunny");
/// # Ok::<(), claudette::ToolError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ToolOutput {
    content: ResultContent,
}

impl ToolOutput {
    /// Text, or blocks, as they are.
    pub fn new(content: impl Into<ResultContent>) -> Self {
        Self { content: content.into() }
    }

    /// A value as compact JSON.
    ///
    /// # Errors
    ///
    /// The value has no JSON form, as a map whose keys are structs.
    pub fn json(value: &(impl Serialize + ?Sized)) -> Result<Self, ToolError> {
        match serde_json::to_string(value) {
            Ok(json) => Ok(Self::new(json)),
            Err(error) => Err(ToolError::new(format_args!("the tool's result cannot be written as JSON: {error}"))),
        }
    }

    /// What goes to the model.
    pub fn content(&self) -> &ResultContent {
        &self.content
    }

    /// The text; blocks that are no text are left out.
    pub fn text(&self) -> Cow<'_, str> {
        self.content.text()
    }

    pub(super) fn into_content(self) -> ResultContent {
        self.content
    }
}

/// A type that goes to the model in a form of its own, and not as JSON.
///
/// ```
/// use claudette::{IntoToolOutput, ToolOutput};
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

/// Nothing to say: an empty text.
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
        ToolOutput::new(self.to_string())
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

text_goes_verbatim!(String, &str, &String, Box<str>, Cow<'_, str>);

impl IntoToolOutput for Arc<str> {
    fn into_tool_output(self) -> ToolOutput {
        ToolOutput::new(&*self)
    }
}
