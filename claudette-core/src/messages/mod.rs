//! The vocabulary of the Messages API: what stands on the wire, without any IO.

mod accumulate;
mod content;
mod event;
mod field;
mod json;
mod message;
mod prompt;
mod request;
mod response;
mod tag;
mod usage;

pub use accumulate::{Accumulator, OutOfOrder};
pub use content::{ContentBlock, RedactedThinking, ResultContent, Text, Thinking, ToolResult, ToolUse, Unknown};
pub use event::{
    CitationsDelta, ContentBlockDelta, ContentBlockStart, ContentBlockStop, Delta, InputJsonDelta, MessageDelta,
    MessageStart, MessageStop, SignatureDelta, StreamEvent, TextDelta, ThinkingDelta, UnknownDelta, UnknownEvent,
};
pub use message::{Content, Message, Role};
pub use prompt::{IntoMessage, Prompt, push_message};
pub(crate) use request::Params;
pub use request::{System, ToolChoice};
pub use response::{Response, StopReason};
pub use usage::Usage;
