//! [`Block`]: the trait of all content block types.

use super::{
    Compaction, ContainerUpload, ContentBlock, Document, Fallback, Image, McpToolListing, McpToolResult, McpToolUse,
    RedactedThinking, SearchResult, ServerToolResult, ServerToolUse, Text, Thinking, ToolAddition, ToolReference,
    ToolRemoval, ToolResult, ToolUse, Unknown,
};

/// A type of content block. [`Response::find`](crate::Response::find) and [`Message::find`](crate::Message::find)
/// search for blocks of one type.
///
/// The type of each variant of [`ContentBlock`] implements this trait. Other types cannot implement it.
///
/// ```
/// use claudette::{Image, Message, Text};
///
/// let message = Message::user((Image::file_id("file_01"), "What is", "this?"));
/// assert_eq!(message.find::<Image>().unwrap().source().file_id(), Some("file_01"));
/// assert_eq!(message.find_all::<Text>().map(Text::text).collect::<Vec<_>>(), ["What is", "this?"]);
/// ```
pub trait Block: sealed::Sealed + Into<ContentBlock> + 'static {
    /// Returns the block as this type, or `None` if it has another type.
    fn of(block: &ContentBlock) -> Option<&Self>;
}

mod sealed {
    pub trait Sealed {}
}

/// Implements [`Block`] and the conversion into [`ContentBlock`] for each type.
macro_rules! blocks {
    ($($block:ident),+ $(,)?) => {$(
        impl sealed::Sealed for $block {}

        impl Block for $block {
            fn of(block: &ContentBlock) -> Option<&Self> {
                match block {
                    ContentBlock::$block(block) => Some(block),
                    _ => None,
                }
            }
        }

        impl From<$block> for ContentBlock {
            fn from(block: $block) -> Self {
                Self::$block(block)
            }
        }
    )+};
}

blocks!(
    Text,
    Image,
    Document,
    SearchResult,
    Thinking,
    RedactedThinking,
    ToolUse,
    ToolResult,
    ServerToolUse,
    ServerToolResult,
    McpToolUse,
    McpToolResult,
    McpToolListing,
    ContainerUpload,
    ToolReference,
    Compaction,
    Fallback,
    ToolAddition,
    ToolRemoval,
    Unknown,
);

impl ContentBlock {
    /// Returns the encrypted thinking, if this is a `redacted_thinking` block.
    pub fn as_redacted_thinking(&self) -> Option<&RedactedThinking> {
        Block::of(self)
    }

    /// Returns the image, if this is an image block.
    pub fn as_image(&self) -> Option<&Image> {
        Block::of(self)
    }

    /// Returns the document, if this is a document block.
    pub fn as_document(&self) -> Option<&Document> {
        Block::of(self)
    }

    /// Returns the search result, if this is a `search_result` block.
    pub fn as_search_result(&self) -> Option<&SearchResult> {
        Block::of(self)
    }

    /// Returns the tool call, if this is a call of one of the caller's tools.
    pub fn as_tool_use(&self) -> Option<&ToolUse> {
        Block::of(self)
    }

    /// Returns the tool result, if this is the result of one of the caller's tools.
    pub fn as_tool_result(&self) -> Option<&ToolResult> {
        Block::of(self)
    }

    /// Returns the tool call, if this is a call that the API runs.
    pub fn as_server_tool_use(&self) -> Option<&ServerToolUse> {
        Block::of(self)
    }

    /// Returns the result, if this is the result of a server tool.
    pub fn as_server_tool_result(&self) -> Option<&ServerToolResult> {
        Block::of(self)
    }

    /// Returns the tool call, if this is a call of an MCP server's tool that the API runs.
    pub fn as_mcp_tool_use(&self) -> Option<&McpToolUse> {
        Block::of(self)
    }

    /// Returns the result, if this is the result of an MCP server's tool that the API ran.
    pub fn as_mcp_tool_result(&self) -> Option<&McpToolResult> {
        Block::of(self)
    }

    /// Returns the listing, if this is an `mcp_tool_listing` block.
    pub fn as_mcp_tool_listing(&self) -> Option<&McpToolListing> {
        Block::of(self)
    }

    /// Returns the uploaded file, if this is a `container_upload` block.
    pub fn as_container_upload(&self) -> Option<&ContainerUpload> {
        Block::of(self)
    }

    /// Returns the tool reference, if this is a `tool_reference` block.
    pub fn as_tool_reference(&self) -> Option<&ToolReference> {
        Block::of(self)
    }

    /// Returns the summary, if this is a `compaction` block.
    pub fn as_compaction(&self) -> Option<&Compaction> {
        Block::of(self)
    }

    /// Returns the change of the model, if this is a `fallback` block.
    pub fn as_fallback(&self) -> Option<&Fallback> {
        Block::of(self)
    }

    /// Returns the addition, if this is a `tool_addition` block.
    pub fn as_tool_addition(&self) -> Option<&ToolAddition> {
        Block::of(self)
    }

    /// Returns the removal, if this is a `tool_removal` block.
    pub fn as_tool_removal(&self) -> Option<&ToolRemoval> {
        Block::of(self)
    }

    /// Returns the block as JSON, if this library does not know its type or cannot read it.
    pub fn as_unknown(&self) -> Option<&Unknown> {
        Block::of(self)
    }
}
