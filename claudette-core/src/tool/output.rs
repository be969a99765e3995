//! [`ToolOutput`]: what a tool gives back, and how any type becomes one.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::error::ToolError;
use crate::messages::{ContentBlock, Document, Image, Json, ResultContent, SearchResult, Text, ToolReference};

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
#[derive(Clone, Debug, PartialEq)]
pub struct ToolOutput {
    content: ResultContent,
    value: OutputValue,
    finishes: bool,
}

/// What the program keeps of an output.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum OutputValue {
    /// Nothing: the tool failed.
    None,
    /// The text that the model reads.
    Text,
    /// The value of which that text is the JSON.
    Shown,
    /// One that the model does not see.
    Kept(Json),
}

impl OutputValue {
    /// The value, if it does not depend on content that the model does not get; otherwise that content.
    pub(super) fn or_keep(self, content: &ResultContent) -> Self {
        match self {
            Self::Text | Self::Shown => Self::Kept(Json::of(content)),
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
    /// [`Stop::Tool`](crate::Stop::Tool). Other calls of the same reply come to their end before.
    pub fn finish(content: impl Into<ResultContent>) -> Self {
        Self { finishes: true, ..Self::new(content) }
    }

    /// A value as compact JSON.
    ///
    /// # Errors
    ///
    /// The value has no JSON form, as a map whose keys are structs.
    pub fn json(value: &(impl Serialize + ?Sized)) -> Result<Self, ToolError> {
        match serde_json::to_string(value) {
            Ok(json) => Ok(Self { value: OutputValue::Shown, ..Self::new(json) }),
            Err(error) => Err(no_json(&error)),
        }
    }

    /// Keeps a value for the program, which the model does not see: [`ToolOutcome::value`](crate::ToolOutcome::value).
    ///
    /// # Errors
    ///
    /// The value has no JSON form.
    pub fn with_value(mut self, value: &(impl Serialize + ?Sized)) -> Result<Self, ToolError> {
        let json = serde_json::value::to_raw_value(value).map_err(|error| no_json(&error))?;
        self.value = OutputValue::Kept(json.into());
        Ok(self)
    }

    /// What goes to the model.
    pub fn content(&self) -> &ResultContent {
        &self.content
    }

    /// The text; blocks that are no text are left out.
    pub fn text(&self) -> Cow<'_, str> {
        self.content.text()
    }

    pub(super) fn into_parts(self) -> (ResultContent, OutputValue, bool) {
        (self.content, self.value, self.finishes)
    }
}

fn no_json(error: &serde_json::Error) -> ToolError {
    ToolError::new(format_args!("the tool's result cannot be written as JSON: {error}"))
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

text_goes_verbatim!(String, &str, &String, Box<str>, Cow<'_, str>);

impl IntoToolOutput for Arc<str> {
    fn into_tool_output(self) -> ToolOutput {
        ToolOutput::new(&*self)
    }
}
