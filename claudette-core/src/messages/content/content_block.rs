//! [`ContentBlock`]: one block of a message.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::container_upload::ContainerUploadTag;
use super::document::DocumentTag;
use super::image::ImageTag;
use super::search_result::SearchResultTag;
use super::server_tool_result;
use super::server_tool_use::ServerToolUseTag;
use super::text::TextTag;
use super::thinking::{RedactedThinkingTag, ThinkingTag};
use super::tool_reference::ToolReferenceTag;
use super::tool_result::ToolResultTag;
use super::tool_use::ToolUseTag;
use super::{
    ContainerUpload, Document, Image, RedactedThinking, SearchResult, ServerToolResult, ServerToolUse, Text, Thinking,
    ToolReference, ToolResult, ToolUse, Unknown,
};
use crate::json::RawJson;
use crate::json::known;
use crate::json::{JsonCursor, whole};
use crate::json::{kind_at, kind_of};
use crate::messages::cache_control::CacheControl;

/// One block of a message's content.
///
/// A block that came from the API goes back to it unchanged: fields that have no name here stay in the block, and a
/// block of a type that has none is kept whole as [`ContentBlock::Unknown`]
/// ([Messages API](https://docs.claude.com/en/api/messages), versioning policy: new variants may appear at any time).
///
/// ```
/// use claudette::ContentBlock;
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
    /// A picture.
    Image(Image),
    /// A text or a PDF.
    Document(Document),
    /// Something that the caller's own search found.
    SearchResult(SearchResult),
    /// The model's thinking, signed by the API.
    Thinking(Thinking),
    /// Thinking that the API keeps encrypted.
    RedactedThinking(RedactedThinking),
    /// A call of one of the caller's tools.
    ToolUse(ToolUse),
    /// The answer to a [`ToolUse`].
    ToolResult(ToolResult),
    /// A call of a server tool: the API runs it.
    ServerToolUse(ServerToolUse),
    /// What a server tool gave.
    ServerToolResult(ServerToolResult),
    /// A file for the server's code execution.
    ContainerUpload(ContainerUpload),
    /// A tool that a search found; inside a [`ToolResult`].
    ToolReference(ToolReference),
    /// A block of any other type, as it came.
    Unknown(Unknown),
}

impl ContentBlock {
    /// Reads a block, where there is JSON.
    pub(crate) fn read(json: &mut JsonCursor<'_>) -> Option<Self> {
        // What nearly every block is, is read in one go.
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

    /// Reads the block that a stream begins. A call may lack its arguments, which the stream brings later.
    pub(crate) fn begin(json: &mut JsonCursor<'_>) -> Option<Self> {
        Some(match Self::read(json)? {
            Self::ToolUse(mut call) if call.input().get() == "null" => {
                call.set_input("{}");
                Self::ToolUse(call)
            }
            Self::Unknown(mut block)
                if [ToolUseTag::NAME, ServerToolUseTag::NAME].contains(&block.kind())
                    && block.field("input").is_none() =>
            {
                block.set("input", RawJson::empty_object());
                Self::known(block.json().get()).unwrap_or(Self::Unknown(block))
            }
            block => block,
        })
    }

    /// The block, if it is of a type and in a shape that have a name here. A known type in another shape is as unknown as a
    /// new type: kept, not refused.
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
            ContainerUploadTag::NAME => Self::ContainerUpload(known(json)?),
            ToolReferenceTag::NAME => Self::ToolReference(known(json)?),
            kind if server_tool_result::KINDS.contains(&kind) => Self::ServerToolResult(known(json)?),
            _ => return None,
        })
    }

    /// Whether blocks of this type have a variant of their own.
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
            ContainerUploadTag::NAME,
            ToolReferenceTag::NAME,
        ]
        .contains(&kind)
            || server_tool_result::KINDS.contains(&kind)
    }

    /// A text block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Text::new(text))
    }

    /// The block's `type` on the wire; empty if it has none.
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
            Self::ContainerUpload(_) => ContainerUploadTag::NAME,
            Self::ToolReference(_) => ToolReferenceTag::NAME,
            Self::Unknown(block) => block.kind(),
        }
    }

    /// The text in this block, if it is a text block.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(block) => Some(block.text()),
            _ => None,
        }
    }

    /// The thinking in this block, if it is thinking that can be read.
    pub fn as_thinking(&self) -> Option<&str> {
        match self {
            Self::Thinking(block) => Some(block.thinking()),
            _ => None,
        }
    }

    /// The cache mark on this block, if it has one that can be told.
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
            Self::ContainerUpload(block) => block.mark(),
            Self::ToolReference(block) => block.mark(),
            Self::Thinking(_) | Self::RedactedThinking(_) | Self::Unknown(_) => None,
        }
    }

    /// Whether this block can have a cache mark.
    pub(crate) fn takes_mark(&self) -> bool {
        !matches!(self, Self::Thinking(_) | Self::RedactedThinking(_) | Self::ToolReference(_) | Self::Unknown(_))
            && self.as_text() != Some("")
    }

    /// Puts a cache mark on this block, unless it has one. Whether it has one now: thinking and empty text take none.
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
            Self::ContainerUpload(block) => block.set_mark(control),
            Self::Thinking(_) | Self::RedactedThinking(_) | Self::ToolReference(_) | Self::Unknown(_) => return false,
        }
        true
    }

    /// Removes the cache marks on this block and in it.
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
            Self::ContainerUpload(block) => block.remove_mark(),
            Self::ToolReference(block) => block.remove_mark(),
            Self::Unknown(block) => block.replace("cache_control", RawJson::null()),
            Self::Thinking(_) | Self::RedactedThinking(_) => {}
        }
    }

    /// Takes the text out of a text block: the block as it is when a stream begins it.
    pub(crate) fn take_text(&mut self) -> Option<String> {
        match self {
            Self::Text(block) => Some(block.take_text()),
            _ => None,
        }
    }

    /// Sets a call's arguments from text that was streamed in pieces.
    pub(crate) fn set_input(&mut self, text: &str) {
        match self {
            Self::ToolUse(call) => call.set_input(text),
            Self::ServerToolUse(call) => call.set_input(text),
            // Calls of MCP servers, and of what comes tomorrow, stream their arguments like any other.
            Self::Unknown(block) => {
                if let Ok(input) = RawJson::parse(text) {
                    block.set("input", input);
                }
            }
            _ => {}
        }
    }

    /// Gives the call or the result in this block another id.
    pub(crate) fn set_call_id(&mut self, id: String) {
        match self {
            Self::ToolUse(call) => call.set_id(id),
            Self::ToolResult(result) => result.set_id(id),
            _ => {}
        }
    }

    /// Takes back the arguments of a call whose text is still to come, or goes on: until it is whole, it is not run.
    pub(crate) fn unset_input(&mut self) {
        if let Self::ToolUse(call) = self {
            call.set_input("");
        }
    }

    /// Makes this block one that the API accepts by itself, if that is possible without leaving it out.
    pub(crate) fn mend(&mut self) {
        match self {
            Self::ToolUse(call) => call.mend_input(),
            Self::ServerToolUse(call) if !call.has_arguments() => call.set_input("{}"),
            Self::ToolResult(result) => result.mend(),
            Self::Unknown(block) if block.kind() == ToolUseTag::NAME => {
                // A call without arguments, as some servers write one.
                let text = |name: &str| text_in(block, name);
                if let (Some(id), Some(name), None) = (text("id"), text("name"), block.field("input")) {
                    *self = ToolUse::from_text(id, name, "{}").into();
                }
            }
            _ => {}
        }
    }

    /// The id of the call of one of the caller's tools in this block.
    pub(crate) fn client_call(&self) -> Option<String> {
        match self {
            Self::ToolUse(call) => Some(call.id().to_owned()),
            Self::Unknown(block) if block.kind() == ToolUseTag::NAME => text_in(block, "id"),
            _ => None,
        }
    }

    /// The id of the call that the API, or an MCP server for it, runs in this block.
    pub(crate) fn server_call(&self) -> Option<String> {
        match self {
            Self::ServerToolUse(call) => Some(call.id().to_owned()),
            Self::Unknown(block) if ["server_tool_use", "mcp_tool_use"].contains(&block.kind()) => text_in(block, "id"),
            _ => None,
        }
    }

    /// The id of the call whose result is in this block, whoever ran it.
    pub(crate) fn answered_call(&self) -> Option<String> {
        match self {
            Self::ServerToolResult(result) => Some(result.tool_use_id().to_owned()),
            Self::ToolResult(result) => Some(result.tool_use_id().to_owned()),
            Self::Unknown(block) => text_in(block, "tool_use_id"),
            _ => None,
        }
    }

    /// Whether the answer of one of the caller's tools is in this block.
    pub(crate) fn is_result(&self) -> bool {
        self.kind() == ToolResultTag::NAME
    }

    /// Whether the answer of a tool that ran elsewhere is in this block, be it of a type that has no name here.
    pub(crate) fn is_server_result(&self) -> bool {
        !self.is_result() && self.kind().ends_with("_tool_result")
    }

    /// Whether this is thinking, readable or not.
    pub(crate) fn is_thinking(&self) -> bool {
        [ThinkingTag::NAME, RedactedThinkingTag::NAME].contains(&self.kind())
    }

    /// Whether this is text without a cache mark: what nearly every block is, and nothing about it needs to be checked but
    /// whether it is blank.
    pub(crate) fn is_plain_text(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_plain())
    }

    /// Whether this is a text block that shows nothing: the API refuses a turn of nothing else.
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
            Self::ContainerUpload(block) => block.serialize(serializer),
            Self::ToolReference(block) => block.serialize(serializer),
            // As the tags of the others: it tells a block from any other JSON.
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
