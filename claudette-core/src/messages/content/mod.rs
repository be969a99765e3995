//! The content blocks of messages.

mod block;
mod blocks;
mod caller;
mod citation;
mod container_upload;
mod content_block;
mod conversions;
mod damage;
mod document;
mod image;
pub(crate) mod image_format;
mod mcp_tool_listing;
mod mcp_tool_result;
mod mcp_tool_use;
mod refusal;
mod result_content;
mod search_result;
mod server_tool_result;
mod server_tool_use;
mod source;
mod text;
mod thinking;
mod tool_reference;
mod tool_result;
mod tool_use;
mod unknown;

pub use block::Block;
pub(crate) use blocks::Blocks;
pub use caller::Caller;
pub use citation::{
    CharLocation, Citation, ContentBlockLocation, PageLocation, SearchResultLocation, WebSearchResultLocation,
};
pub use container_upload::ContainerUpload;
pub use content_block::ContentBlock;
pub use document::Document;
pub use image::Image;
pub use mcp_tool_listing::McpToolListing;
pub use mcp_tool_result::McpToolResult;
pub use mcp_tool_use::McpToolUse;
pub use result_content::ResultContent;
pub(super) use result_content::text_or_blocks;
pub use search_result::SearchResult;
pub use server_tool_result::{CodeExecutionResult, ServerToolResult, WebFetchResult, WebSearchResult};
pub use server_tool_use::ServerToolUse;
pub use source::Source;
pub use text::Text;
pub use thinking::{RedactedThinking, Thinking};
pub use tool_reference::ToolReference;
pub use tool_result::ToolResult;
pub use tool_use::ToolUse;
pub(crate) use tool_use::is_call_id;
pub use unknown::Unknown;
