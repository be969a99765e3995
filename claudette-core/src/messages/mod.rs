//! The vocabulary of the Messages API: what stands on the wire, without any IO.

mod accumulate;
mod cache_control;
mod container;
mod content;
mod event;
mod field;
mod json;
mod message;
mod prompt;
mod request;
mod response;
mod stop_details;
mod tag;
mod usage;

pub use accumulate::{Accumulator, OutOfOrder};
pub use cache_control::CacheControl;
pub use container::Container;
pub use content::{
    Caller, CharLocation, Citation, CodeExecutionResult, ContainerUpload, ContentBlock, ContentBlockLocation, Document,
    Image, PageLocation, RedactedThinking, ResultContent, SearchResult, SearchResultLocation, ServerToolResult,
    ServerToolUse, Source, Text, Thinking, ToolReference, ToolResult, ToolUse, Unknown, WebFetchResult,
    WebSearchResult, WebSearchResultLocation,
};
pub use event::{
    CitationsDelta, ContentBlockDelta, ContentBlockStart, ContentBlockStop, Delta, InputJsonDelta, MessageDelta,
    MessageStart, MessageStop, SignatureDelta, StreamEvent, TextDelta, ThinkingDelta, UnknownDelta, UnknownEvent,
};
pub use message::{Content, Message, Role};
pub use prompt::{IntoMessage, Prompt, push_message};
pub(crate) use request::Params;
pub use request::{System, ToolChoice};
pub use response::{Response, StopReason};
pub use stop_details::StopDetails;
pub use usage::Usage;
