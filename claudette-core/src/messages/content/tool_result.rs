//! [`ToolResult`]: the result of a tool call.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::result_content::ResultContent;
use super::{ContentBlock, ToolUse};
use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;
use crate::json::tags;
use crate::messages::cache_control::cacheable;

tags! { ToolResultTag = "tool_result" }

/// The result of a tool call, as the model reads it
/// ([Tool results](https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls)).
///
/// A [`Chat`](crate::Chat) or a [`Toolset`](crate::Toolset) creates the results of the tools that it runs.
///
/// ```
/// use claudette::wire::ToolResult;
/// use claudette::{Message, ToolUse};
/// use serde_json::json;
///
/// let call = ToolUse::new("toolu_1", "sums", json!({"a": 1, "b": 2}));
/// let message = Message::user(ToolResult::new(&call, "3", false));
/// assert_eq!(
///     serde_json::to_string(&message.content()[0])?,
///     r#"{"type":"tool_result","tool_use_id":"toolu_1","content":"3"}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "tool_result")]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    r#type: ToolResultTag,
    tool_use_id: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    content: Lenient<ResultContent>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    is_error: Lenient<bool>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    toolset_name: Lenient<String>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(ToolResult);
cacheable!(ToolResult);

impl ToolResult {
    /// Creates the result of a call. If the tool is a member of a toolset, the result names the toolset too, as the API
    /// requires.
    ///
    /// If `is_error` is `true`, the content must be text that is not empty. The API refuses other error results.
    ///
    /// ```
    /// use claudette::wire::ToolResult;
    /// use claudette::ToolUse;
    /// use serde_json::json;
    ///
    /// let call = ToolUse::new("toolu_1", "sums", json!({"a": 1}));
    /// let result = ToolResult::new(&call, "argument `b` is missing", true);
    /// assert_eq!(result.tool_use_id(), "toolu_1");
    /// assert!(result.is_error());
    /// ```
    pub fn new(call: &ToolUse, content: impl Into<ResultContent>, is_error: bool) -> Self {
        Self {
            r#type: ToolResultTag,
            tool_use_id: call.id().into(),
            content: Lenient::Known(content.into()),
            is_error: if is_error { Lenient::Known(true) } else { Lenient::Absent },
            toolset_name: call.toolset_name().map_or(Lenient::Absent, |name| Lenient::Known(name.into())),
            extra: Extra::default(),
        }
    }

    /// Returns the id of the call that this block answers.
    pub fn tool_use_id(&self) -> &str {
        &self.tool_use_id
    }

    /// Returns `true` if the call failed.
    pub fn is_error(&self) -> bool {
        self.is_error.known().is_some_and(|failed| *failed)
    }

    /// Returns the content, or `None` if the result is empty.
    pub fn content(&self) -> Option<&ResultContent> {
        self.content.known()
    }

    /// Returns the text of the result. Blocks of other types are skipped.
    pub fn text(&self) -> Cow<'_, str> {
        self.content().map_or(Cow::Borrowed(""), ResultContent::text)
    }

    pub(in crate::messages) fn blocks_mut(&mut self) -> &mut [ContentBlock] {
        self.content.known_mut().map_or(&mut [], ResultContent::blocks_mut)
    }

    pub(super) fn set_id(&mut self, id: String) {
        self.tool_use_id = id;
    }

    /// Changes the call that this result answers.
    pub(crate) fn set_call(&mut self, call: &ToolUse) {
        self.tool_use_id = call.id().into();
        self.toolset_name = call.toolset_name().map_or(Lenient::Absent, |name| Lenient::Known(name.into()));
    }

    /// Removes the middle of texts if they have more than `most` bytes together. Returns `true` if anything was
    /// removed.
    ///
    /// `note` returns the replacement for the removed text. Its arguments are the number of removed bytes and `most`.
    pub(crate) fn shorten(&mut self, most: usize, note: &dyn Fn(usize, usize) -> String) -> bool {
        match &mut self.content {
            Lenient::Known(content) => content.shorten(most, note),
            _ => false,
        }
    }

    /// Inserts a note before the content.
    pub(crate) fn prepend(&mut self, note: &str) {
        if let Lenient::Known(content) = &mut self.content {
            content.prepend(note);
        }
    }

    /// Returns the reason for which the API would refuse this result, as a predicate ("contains an empty text").
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let blocks = self.content().map_or(&[][..], ResultContent::blocks);
        if blocks.iter().any(|block| block.as_text() == Some("")) {
            return Some("contains an empty text");
        }
        if !self.is_error() {
            return None;
        }
        let is_empty = match &self.content {
            Lenient::Absent | Lenient::Null => true,
            Lenient::Known(ResultContent::Text(text)) => text.is_empty(),
            Lenient::Known(ResultContent::Blocks(blocks)) => blocks.is_empty(),
            Lenient::Other(_) => false,
        };
        if is_empty {
            return Some("is an error without a message");
        }
        blocks.iter().any(|block| block.kind() != "text").then_some("is an error with content other than text")
    }

    /// Replaces images that are too large for a request with many images.
    pub(crate) fn drop_large_images(&mut self) {
        if let Some(ResultContent::Blocks(blocks)) = self.content.known_mut() {
            for block in blocks.iter_mut().filter(|block| block.has_large_image()) {
                *block = ContentBlock::text("An image was removed: it is too large for a request with many images.");
            }
        }
    }

    /// Changes the result so that the API accepts it.
    pub(crate) fn mend(&mut self) {
        let is_error = self.is_error();
        if let Some(ResultContent::Blocks(blocks)) = self.content.known_mut() {
            blocks.iter_mut().for_each(ContentBlock::mend);
            blocks.retain(|block| {
                let is_mended = block.refusal().is_none() && !block.is_foreign_in_result();
                is_mended && block.as_text() != Some("") && (!is_error || block.kind() == "text")
            });
        }
        if self.fault().is_some() {
            self.content = Lenient::Known("The call failed without a message.".into());
        }
    }

    /// Returns the name of the toolset that the called tool is a member of, if any.
    pub fn toolset_name(&self) -> Option<&str> {
        self.toolset_name.known().map(String::as_str)
    }
}
