//! [`Block`]: the types of blocks, by which messages can be searched.

use super::{
    ContainerUpload, ContentBlock, Document, Image, RedactedThinking, SearchResult, ServerToolResult, ServerToolUse,
    Text, Thinking, ToolReference, ToolResult, ToolUse, Unknown,
};

/// A type of block, by which a response or a message can be searched:
/// [`Response::find`](crate::Response::find), [`Message::find`](crate::Message::find).
///
/// Each variant of [`ContentBlock`] has one; no other type can be.
///
/// ```
/// use claudette::{Image, Message, Text};
///
/// let message = Message::user((Image::file_id("file_01"), "What is", "this?"));
/// assert_eq!(message.find::<Image>().unwrap().source().file_id(), Some("file_01"));
/// assert_eq!(message.find_all::<Text>().map(Text::text).collect::<Vec<_>>(), ["What is", "this?"]);
/// ```
pub trait Block: sealed::Sealed + Into<ContentBlock> + 'static {
    /// The block, if it is of this type.
    fn of(block: &ContentBlock) -> Option<&Self>;
}

mod sealed {
    pub trait Sealed {}
}

/// Each type of block is a block.
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
    ContainerUpload,
    ToolReference,
    Unknown,
);

impl ContentBlock {
    /// The encrypted thinking in this block, if it is some.
    pub fn as_redacted_thinking(&self) -> Option<&RedactedThinking> {
        Block::of(self)
    }

    /// The picture in this block, if it is one.
    pub fn as_image(&self) -> Option<&Image> {
        Block::of(self)
    }

    /// The document in this block, if it is one.
    pub fn as_document(&self) -> Option<&Document> {
        Block::of(self)
    }

    /// What the caller's own search found, if this block is that.
    pub fn as_search_result(&self) -> Option<&SearchResult> {
        Block::of(self)
    }

    /// The tool call in this block, if it is one of a tool of the caller's.
    pub fn as_tool_use(&self) -> Option<&ToolUse> {
        Block::of(self)
    }

    /// The answer of a tool of the caller's in this block, if it is one.
    pub fn as_tool_result(&self) -> Option<&ToolResult> {
        Block::of(self)
    }

    /// The tool call in this block, if it is one that the API runs.
    pub fn as_server_tool_use(&self) -> Option<&ServerToolUse> {
        Block::of(self)
    }

    /// What a server tool gave, if this block is that.
    pub fn as_server_tool_result(&self) -> Option<&ServerToolResult> {
        Block::of(self)
    }

    /// The file for the server's code execution in this block, if it is one.
    pub fn as_container_upload(&self) -> Option<&ContainerUpload> {
        Block::of(self)
    }

    /// The tool that a search found, if this block is one.
    pub fn as_tool_reference(&self) -> Option<&ToolReference> {
        Block::of(self)
    }

    /// This block, if it is of a type or a shape that has no name here.
    pub fn as_unknown(&self) -> Option<&Unknown> {
        Block::of(self)
    }
}
