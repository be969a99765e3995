//! [`ContentBlock`]: one block of a message.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::compaction::CompactionTag;
use super::container_upload::ContainerUploadTag;
use super::document::DocumentTag;
use super::fallback::FallbackTag;
use super::image::ImageTag;
use super::mcp_tool_listing::McpToolListingTag;
use super::mcp_tool_result::McpToolResultTag;
use super::mcp_tool_use::McpToolUseTag;
use super::search_result::SearchResultTag;
use super::server_tool_result;
use super::server_tool_use::ServerToolUseTag;
use super::text::TextTag;
use super::thinking::{RedactedThinkingTag, ThinkingTag};
use super::tool_change::{ToolAdditionTag, ToolRemovalTag};
use super::tool_reference::ToolReferenceTag;
use super::tool_result::ToolResultTag;
use super::tool_use::ToolUseTag;
use super::{
    Compaction, ContainerUpload, Document, Fallback, Image, McpToolListing, McpToolResult, McpToolUse,
    RedactedThinking, SearchResult, ServerToolResult, ServerToolUse, Text, Thinking, ToolAddition, ToolReference,
    ToolRemoval, ToolResult, ToolUse, Unknown,
};
use crate::json::RawJson;
use crate::json::known;
use crate::json::{JsonCursor, whole};
use crate::json::{kind_at, kind_of};
use crate::messages::cache_control::CacheControl;

/// One block of a message's content.
///
/// A block from the API is sent back unchanged. Fields that this library does not know stay in the block. A block of an
/// unknown type is kept whole as [`ContentBlock::Unknown`], because the versioning policy of the
/// [Messages API](https://platform.claude.com/docs/en/api/messages/create) allows new types at any time.
///
/// ```
/// use claudette::ContentBlock;
///
/// let block = ContentBlock::text("Hello");
/// assert_eq!(block.as_text(), Some("Hello"));
///
/// let block: ContentBlock = serde_json::from_str(r#"{"type":"hologram","depth":3}"#)?;
/// assert_eq!(block.kind(), "hologram");
/// assert_eq!(serde_json::to_string(&block)?, r#"{"type":"hologram","depth":3}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ContentBlock {
    /// Text that the model or the user wrote.
    Text(Text),
    /// An image.
    Image(Image),
    /// A document: plain text, a PDF, or blocks.
    Document(Document),
    /// A result of the caller's own search.
    SearchResult(SearchResult),
    /// The model's thinking, signed by the API.
    Thinking(Thinking),
    /// Thinking that the API encrypted.
    RedactedThinking(RedactedThinking),
    /// A call of one of the caller's tools.
    ToolUse(ToolUse),
    /// The result of a [`ToolUse`].
    ToolResult(ToolResult),
    /// A call of a server tool, which the API runs.
    ServerToolUse(ServerToolUse),
    /// The result of a server tool.
    ServerToolResult(ServerToolResult),
    /// A call of an MCP server's tool, which the API runs.
    McpToolUse(McpToolUse),
    /// The result of an [`McpToolUse`].
    McpToolResult(McpToolResult),
    /// The tools that an MCP server listed.
    McpToolListing(McpToolListing),
    /// An uploaded file for code execution on the server.
    ContainerUpload(ContainerUpload),
    /// A tool found by a tool search, inside a [`ToolResult`].
    ToolReference(ToolReference),
    /// A summary in place of the messages before it.
    Compaction(Compaction),
    /// The point at which another model continued the response.
    Fallback(Fallback),
    /// A tool that the model can call from here on, in a system message.
    ToolAddition(ToolAddition),
    /// A tool that the model can no longer call from here on, in a system message.
    ToolRemoval(ToolRemoval),
    /// A block of any other type, kept as JSON.
    Unknown(Unknown),
}

impl ContentBlock {
    /// Reads the block at the cursor. JSON that is not a known block becomes [`Unknown`](Self::Unknown).
    pub(crate) fn read(json: &mut JsonCursor<'_>) -> Option<Self> {
        // Fast path: nearly every block is text or a tool call.
        let start = *json;
        let usual = match kind_at(*json).as_deref() {
            Some(TextTag::NAME) => Text::read(json).map(Self::Text),
            Some(ToolUseTag::NAME) => ToolUse::read(json).map(Self::ToolUse),
            _ => None,
        };
        usual.or_else(|| {
            *json = start;
            let json = json.value()?;
            Self::known(json).or_else(|| known::<Box<RawValue>>(json).map(|json| Self::Unknown(json.into())))
        })
    }

    /// Reads the block of a `content_block_start` event. A tool call may lack its arguments, because they follow in
    /// later events.
    pub(crate) fn begin(json: &mut JsonCursor<'_>) -> Option<Self> {
        Some(match Self::read(json)? {
            Self::ToolUse(mut call) if call.input().get() == "null" => {
                call.set_input("{}");
                Self::ToolUse(call)
            }
            Self::Unknown(mut block)
                if [ToolUseTag::NAME, ServerToolUseTag::NAME, McpToolUseTag::NAME].contains(&block.kind())
                    && block.field("input").is_none() =>
            {
                block.set("input", RawJson::empty_object());
                Self::known(block.json().get()).unwrap_or(Self::Unknown(block))
            }
            block => block,
        })
    }

    /// Reads a block of a known type. Returns `None` if the type is unknown or the block does not have the expected
    /// fields; the caller then keeps it as [`Unknown`](Self::Unknown).
    fn known(json: &str) -> Option<Self> {
        Some(match kind_of(json).as_ref() {
            TextTag::NAME => Self::Text(whole(json, Text::read)?),
            ImageTag::NAME => Self::Image(known(json)?),
            DocumentTag::NAME => Self::Document(known(json)?),
            SearchResultTag::NAME => Self::SearchResult(known(json)?),
            ThinkingTag::NAME => Self::Thinking(known(json)?),
            RedactedThinkingTag::NAME => Self::RedactedThinking(known(json)?),
            ToolUseTag::NAME => Self::ToolUse(whole(json, ToolUse::read)?),
            ToolResultTag::NAME => Self::ToolResult(known(json)?),
            ServerToolUseTag::NAME => Self::ServerToolUse(known(json)?),
            McpToolUseTag::NAME => Self::McpToolUse(known(json)?),
            McpToolResultTag::NAME => Self::McpToolResult(known(json)?),
            McpToolListingTag::NAME => Self::McpToolListing(known(json)?),
            ContainerUploadTag::NAME => Self::ContainerUpload(known(json)?),
            ToolReferenceTag::NAME => Self::ToolReference(known(json)?),
            CompactionTag::NAME => Self::Compaction(known(json)?),
            FallbackTag::NAME => Self::Fallback(known(json)?),
            ToolAdditionTag::NAME => Self::ToolAddition(known(json)?),
            ToolRemovalTag::NAME => Self::ToolRemoval(known(json)?),
            kind if server_tool_result::KINDS.contains(&kind) => Self::ServerToolResult(known(json)?),
            _ => return None,
        })
    }

    /// Returns `true` if blocks of this type have their own variant.
    pub(super) fn is_known_kind(kind: &str) -> bool {
        [
            TextTag::NAME,
            ImageTag::NAME,
            DocumentTag::NAME,
            SearchResultTag::NAME,
            ThinkingTag::NAME,
            RedactedThinkingTag::NAME,
            ToolUseTag::NAME,
            ToolResultTag::NAME,
            ServerToolUseTag::NAME,
            McpToolUseTag::NAME,
            McpToolResultTag::NAME,
            McpToolListingTag::NAME,
            ContainerUploadTag::NAME,
            ToolReferenceTag::NAME,
            CompactionTag::NAME,
            FallbackTag::NAME,
            ToolAdditionTag::NAME,
            ToolRemovalTag::NAME,
        ]
        .contains(&kind)
            || server_tool_result::KINDS.contains(&kind)
    }

    /// Creates a text block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Text::new(text))
    }

    /// Returns the `type` of the block in JSON, or an empty string if it has none.
    pub fn kind(&self) -> &str {
        match self {
            Self::Text(_) => TextTag::NAME,
            Self::Image(_) => ImageTag::NAME,
            Self::Document(_) => DocumentTag::NAME,
            Self::SearchResult(_) => SearchResultTag::NAME,
            Self::Thinking(_) => ThinkingTag::NAME,
            Self::RedactedThinking(_) => RedactedThinkingTag::NAME,
            Self::ToolUse(_) => ToolUseTag::NAME,
            Self::ToolResult(_) => ToolResultTag::NAME,
            Self::ServerToolUse(_) => ServerToolUseTag::NAME,
            Self::ServerToolResult(block) => block.kind(),
            Self::McpToolUse(_) => McpToolUseTag::NAME,
            Self::McpToolResult(_) => McpToolResultTag::NAME,
            Self::McpToolListing(_) => McpToolListingTag::NAME,
            Self::ContainerUpload(_) => ContainerUploadTag::NAME,
            Self::ToolReference(_) => ToolReferenceTag::NAME,
            Self::Compaction(_) => CompactionTag::NAME,
            Self::Fallback(_) => FallbackTag::NAME,
            Self::ToolAddition(_) => ToolAdditionTag::NAME,
            Self::ToolRemoval(_) => ToolRemovalTag::NAME,
            Self::Unknown(block) => block.kind(),
        }
    }

    /// Returns the text, if this is a text block.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(block) => Some(block.text()),
            _ => None,
        }
    }

    /// Returns the thinking, if this is a `thinking` block. It is empty if the API does not show the thinking.
    pub fn as_thinking(&self) -> Option<&str> {
        match self {
            Self::Thinking(block) => Some(block.thinking()),
            _ => None,
        }
    }

    /// Returns the cache breakpoint on this block, if any. The `cache_control` of an unknown block is not considered.
    pub(crate) fn mark(&self) -> Option<&Value> {
        match self {
            Self::Text(block) => block.mark(),
            Self::Image(block) => block.mark(),
            Self::Document(block) => block.mark(),
            Self::SearchResult(block) => block.mark(),
            Self::ToolUse(block) => block.mark(),
            Self::ToolResult(block) => block.mark(),
            Self::ServerToolUse(block) => block.mark(),
            Self::ServerToolResult(block) => block.mark(),
            Self::McpToolUse(block) => block.mark(),
            Self::McpToolResult(block) => block.mark(),
            Self::ContainerUpload(block) => block.mark(),
            Self::ToolReference(block) => block.mark(),
            Self::Compaction(block) => block.mark(),
            Self::ToolAddition(block) => block.mark(),
            Self::ToolRemoval(block) => block.mark(),
            Self::Thinking(_)
            | Self::RedactedThinking(_)
            | Self::McpToolListing(_)
            | Self::Fallback(_)
            | Self::Unknown(_) => None,
        }
    }

    /// Returns `true` if this block can have a cache breakpoint.
    pub(crate) fn takes_mark(&self) -> bool {
        !matches!(
            self,
            Self::Thinking(_)
                | Self::RedactedThinking(_)
                | Self::McpToolListing(_)
                | Self::ToolReference(_)
                | Self::Fallback(_)
                | Self::Unknown(_)
        ) && self.as_text() != Some("")
    }

    /// Sets a cache breakpoint on this block, unless it already has one. Returns `false` if the block cannot have one,
    /// for example because it is thinking or empty text.
    pub(crate) fn set_mark(&mut self, control: &CacheControl) -> bool {
        if self.mark().is_some() {
            return true;
        }
        let control = control.clone();
        match self {
            Self::Text(block) if block.text().is_empty() => return false,
            Self::Text(block) => block.set_mark(control),
            Self::Image(block) => block.set_mark(control),
            Self::Document(block) => block.set_mark(control),
            Self::SearchResult(block) => block.set_mark(control),
            Self::ToolUse(block) => block.set_mark(control),
            Self::ToolResult(block) => block.set_mark(control),
            Self::ServerToolUse(block) => block.set_mark(control),
            Self::ServerToolResult(block) => block.set_mark(control),
            Self::McpToolUse(block) => block.set_mark(control),
            Self::McpToolResult(block) => block.set_mark(control),
            Self::ContainerUpload(block) => block.set_mark(control),
            Self::Compaction(block) => block.set_mark(control),
            Self::ToolAddition(block) => block.set_mark(control),
            Self::ToolRemoval(block) => block.set_mark(control),
            Self::Thinking(_)
            | Self::RedactedThinking(_)
            | Self::McpToolListing(_)
            | Self::ToolReference(_)
            | Self::Fallback(_)
            | Self::Unknown(_) => return false,
        }
        true
    }

    /// Removes the cache breakpoints on this block and on the blocks inside it.
    pub(crate) fn remove_marks(&mut self) {
        match self {
            Self::Text(block) => block.remove_mark(),
            Self::Image(block) => block.remove_mark(),
            Self::Document(block) => {
                block.blocks_mut().iter_mut().for_each(Self::remove_marks);
                block.remove_mark();
            }
            Self::SearchResult(block) => {
                block.blocks_mut().iter_mut().for_each(Self::remove_marks);
                block.remove_mark();
            }
            Self::ToolUse(block) => block.remove_mark(),
            Self::ToolResult(block) => {
                block.blocks_mut().iter_mut().for_each(Self::remove_marks);
                block.remove_mark();
            }
            Self::ServerToolUse(block) => block.remove_mark(),
            Self::ServerToolResult(block) => block.remove_mark(),
            Self::McpToolUse(block) => block.remove_mark(),
            Self::McpToolResult(block) => block.remove_mark(),
            Self::ContainerUpload(block) => block.remove_mark(),
            Self::ToolReference(block) => block.remove_mark(),
            Self::Compaction(block) => block.remove_mark(),
            Self::ToolAddition(block) => block.remove_mark(),
            Self::ToolRemoval(block) => block.remove_mark(),
            Self::Unknown(block) => block.replace("cache_control", RawJson::null()),
            Self::Thinking(_) | Self::RedactedThinking(_) | Self::McpToolListing(_) | Self::Fallback(_) => {}
        }
    }

    /// Takes the text out of a text block, which leaves the block as it is in a `content_block_start` event.
    pub(crate) fn take_text(&mut self) -> Option<String> {
        match self {
            Self::Text(block) => Some(block.take_text()),
            _ => None,
        }
    }

    /// Sets the arguments of a tool call from text that was streamed in pieces.
    pub(crate) fn set_input(&mut self, text: &str) {
        match self {
            Self::ToolUse(call) => call.set_input(text),
            Self::ServerToolUse(call) => call.set_input(text),
            Self::McpToolUse(call) => call.set_input(text),
            // Calls of future types stream their arguments in the same way.
            Self::Unknown(block) => {
                if let Ok(input) = RawJson::parse(text) {
                    block.set("input", input);
                }
            }
            _ => {}
        }
    }

    /// Changes the id of the tool call or tool result in this block.
    pub(crate) fn set_call_id(&mut self, id: String) {
        match self {
            Self::ToolUse(call) => call.set_id(id),
            Self::ToolResult(result) => result.set_id(id),
            _ => {}
        }
    }

    /// Makes the arguments of a tool call invalid while their text is incomplete, so that the call is not run.
    pub(crate) fn unset_input(&mut self) {
        if let Self::ToolUse(call) = self {
            call.set_input("");
        }
    }

    /// Changes this block so that the API accepts it, if that is possible without removing it. Rules that involve other
    /// blocks are not considered.
    pub(crate) fn mend(&mut self) {
        match self {
            Self::ToolUse(call) => call.mend_input(),
            Self::ServerToolUse(call) if !call.has_arguments() => call.set_input("{}"),
            Self::McpToolUse(call) if !call.has_arguments() => call.set_input("{}"),
            Self::ToolResult(result) => result.mend(),
            Self::Unknown(block) if block.kind() == ToolUseTag::NAME => {
                // Some servers omit the arguments of a call that has none.
                let text = |name: &str| text_in(block, name);
                if let (Some(id), Some(name), None) = (text("id"), text("name"), block.field("input")) {
                    *self = ToolUse::from_text(id, name, "{}").into();
                }
            }
            _ => {}
        }
    }

    /// Returns the id of the tool call, if this is a call of one of the caller's tools.
    pub(crate) fn client_call(&self) -> Option<String> {
        match self {
            Self::ToolUse(call) => Some(call.id().to_owned()),
            Self::Unknown(block) if block.kind() == ToolUseTag::NAME => text_in(block, "id"),
            _ => None,
        }
    }

    /// Returns the id of the tool call, if the API or an MCP server runs it.
    pub(crate) fn server_call(&self) -> Option<String> {
        match self {
            Self::ServerToolUse(call) => Some(call.id().to_owned()),
            Self::McpToolUse(call) => Some(call.id().to_owned()),
            Self::Unknown(block) if [ServerToolUseTag::NAME, McpToolUseTag::NAME].contains(&block.kind()) => {
                text_in(block, "id")
            }
            _ => None,
        }
    }

    /// Returns the id of the tool call that this block answers, for any kind of result.
    pub(crate) fn answered_call(&self) -> Option<String> {
        match self {
            Self::ServerToolResult(result) => Some(result.tool_use_id().to_owned()),
            Self::McpToolResult(result) => Some(result.tool_use_id().to_owned()),
            Self::ToolResult(result) => Some(result.tool_use_id().to_owned()),
            Self::Unknown(block) => text_in(block, "tool_use_id"),
            _ => None,
        }
    }

    /// Returns `true` if this is the result of one of the caller's tools.
    pub(crate) fn is_result(&self) -> bool {
        self.kind() == ToolResultTag::NAME
    }

    /// Returns `true` if this is the result of a tool that the API or an MCP server ran, including unknown types.
    pub(crate) fn is_server_result(&self) -> bool {
        !self.is_result() && self.kind().ends_with("_tool_result")
    }

    /// Returns `true` if this is thinking, readable or encrypted.
    pub(crate) fn is_thinking(&self) -> bool {
        [ThinkingTag::NAME, RedactedThinkingTag::NAME].contains(&self.kind())
    }

    /// Returns `true` if this is text without a cache breakpoint or unknown fields. Nearly every block is, and the only
    /// rule for such a block is that it must not be blank.
    pub(crate) fn is_plain_text(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_plain())
    }

    /// Returns `true` if this block adds or removes a tool.
    pub(crate) fn changes_tools(&self) -> bool {
        matches!(self, Self::ToolAddition(_) | Self::ToolRemoval(_))
    }

    /// Returns `true` if this is a summary that replaces everything before it.
    pub(crate) fn is_summary(&self) -> bool {
        matches!(self, Self::Compaction(block) if block.has_effect())
    }

    /// Returns `true` if this is a summary that the API signed, so it must be the first block of a conversation.
    pub(crate) fn is_signed_summary(&self) -> bool {
        matches!(self, Self::Compaction(block) if block.is_signed())
    }

    /// Returns `true` if this is a text block without visible text. The API refuses a turn that contains only such
    /// blocks.
    pub(crate) fn is_blank(&self) -> bool {
        self.as_text().is_some_and(|text| text.trim().is_empty())
    }
}

fn text_in(block: &Unknown, field: &str) -> Option<String> {
    serde_json::from_str(block.field(field)?.text()).ok()
}

impl Serialize for ContentBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(block) => block.serialize(serializer),
            Self::Image(block) => block.serialize(serializer),
            Self::Document(block) => block.serialize(serializer),
            Self::SearchResult(block) => block.serialize(serializer),
            Self::Thinking(block) => block.serialize(serializer),
            Self::RedactedThinking(block) => block.serialize(serializer),
            Self::ToolUse(block) => block.serialize(serializer),
            Self::ToolResult(block) => block.serialize(serializer),
            Self::ServerToolUse(block) => block.serialize(serializer),
            Self::ServerToolResult(block) => block.serialize(serializer),
            Self::McpToolUse(block) => block.serialize(serializer),
            Self::McpToolResult(block) => block.serialize(serializer),
            Self::McpToolListing(block) => block.serialize(serializer),
            Self::ContainerUpload(block) => block.serialize(serializer),
            Self::ToolReference(block) => block.serialize(serializer),
            Self::Compaction(block) => block.serialize(serializer),
            Self::Fallback(block) => block.serialize(serializer),
            Self::ToolAddition(block) => block.serialize(serializer),
            Self::ToolRemoval(block) => block.serialize(serializer),
            // Like the tags of the other types, the name distinguishes a block from other JSON.
            Self::Unknown(block) => serializer.serialize_newtype_struct("$claudette::unknown", block),
        }
    }
}

impl<'de> Deserialize<'de> for ContentBlock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self::known(raw.get()).unwrap_or_else(|| Self::Unknown(raw.into())))
    }
}
