//! [`ToolResult`]: the answer to a tool call.

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

/// The answer to a tool call.
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
    /// The answer to this call. To a call of a toolset's member it names the toolset again, as the API wants it.
    ///
    /// A failed call must say why in text: the API refuses an empty error (and any error block but text).
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

    /// The id of the call that this answers.
    pub fn tool_use_id(&self) -> &str {
        &self.tool_use_id
    }

    /// Whether the call failed.
    pub fn is_error(&self) -> bool {
        self.is_error.known().is_some_and(|failed| *failed)
    }

    /// What the tool gave; none where the result is empty.
    pub fn content(&self) -> Option<&ResultContent> {
        self.content.known()
    }

    /// The result's text; blocks that are no text are left out.
    pub fn text(&self) -> Cow<'_, str> {
        self.content().map_or(Cow::Borrowed(""), ResultContent::text)
    }

    pub(in crate::messages) fn blocks_mut(&mut self) -> &mut [ContentBlock] {
        self.content.known_mut().map_or(&mut [], ResultContent::blocks_mut)
    }

    pub(super) fn set_id(&mut self, id: String) {
        self.tool_use_id = id;
    }

    /// Makes it the answer to this call.
    pub(crate) fn set_call(&mut self, call: &ToolUse) {
        self.tool_use_id = call.id().into();
        self.toolset_name = call.toolset_name().map_or(Lenient::Absent, |name| Lenient::Known(name.into()));
    }

    /// Removes the middle of texts that are longer than this together. Returns whether anything was removed.
    ///
    /// `note` is the text in place of what was removed: of so many bytes, of a result that may have so many bytes.
    pub(crate) fn shorten(&mut self, most: usize, note: &dyn Fn(usize, usize) -> String) -> bool {
        match &mut self.content {
            Lenient::Known(content) => content.shorten(most, note),
            _ => false,
        }
    }

    /// Says something before the result.
    pub(crate) fn prepend(&mut self, note: &str) {
        if let Lenient::Known(content) = &mut self.content {
            content.prepend(note);
        }
    }

    /// What the API would refuse this result for, as what is said of it.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let blocks = self.content().map_or(&[][..], ResultContent::blocks);
        if blocks.iter().any(|block| block.as_text() == Some("")) {
            return Some("holds an empty text");
        }
        if !self.is_error() {
            return None;
        }
        let says_nothing = match &self.content {
            Lenient::Absent | Lenient::Null => true,
            Lenient::Known(ResultContent::Text(text)) => text.is_empty(),
            Lenient::Known(ResultContent::Blocks(blocks)) => blocks.is_empty(),
            Lenient::Other(_) => false,
        };
        if says_nothing {
            return Some("is an error that says nothing");
        }
        blocks.iter().any(|block| block.kind() != "text").then_some("is an error that holds more than text")
    }

    /// Leaves out images that the API does not take among many others.
    pub(crate) fn drop_large_images(&mut self) {
        if let Some(ResultContent::Blocks(blocks)) = self.content.known_mut() {
            for block in blocks.iter_mut().filter(|block| block.has_large_image()) {
                *block = ContentBlock::text("An image was left out, because it is too large among many others.");
            }
        }
    }

    /// Makes it a result that the API accepts.
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

    /// The toolset of the tool that was called, if it is a member of one.
    pub fn toolset_name(&self) -> Option<&str> {
        self.toolset_name.known().map(String::as_str)
    }
}
