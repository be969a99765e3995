//! The data types of the Messages API. This module does no IO.

mod accumulate;
mod cache_breakpoints;
mod cache_control;
mod cache_policy;
mod compaction_config;
mod container;
mod container_config;
mod content;
mod context_edit;
mod event;
mod fallback_models;
mod fnv;
mod images;
mod joined_output;
mod message;
mod message_content;
mod model_info;
mod partial_response;
mod prompt;
mod remote_mcp_server;
mod request;
mod response;
mod response_message;
mod role;
mod stop_details;
mod stop_reason;
mod task_budget;
mod thinking;
mod tool_name;
mod trail;
mod usage;
mod validate;

pub use accumulate::{Accumulator, OutOfOrder};
pub(crate) use cache_breakpoints::CacheBreakpoints;
pub use cache_control::CacheControl;
pub use cache_policy::CachePolicy;
pub use compaction_config::CompactionConfig;
pub use container::Container;
pub use container_config::{ContainerConfig, Skill};
pub use content::{
    Block, Caller, CharLocation, Citation, CodeExecutionResult, Compaction, ContainerUpload, ContentBlock,
    ContentBlockLocation, Document, Fallback, Image, McpToolListing, McpToolResult, McpToolUse, PageLocation,
    RedactedThinking, ResultContent, SearchResult, SearchResultLocation, ServerToolResult, ServerToolUse, Source, Text,
    Thinking, ToolAddition, ToolCaller, ToolChange, ToolReference, ToolRemoval, ToolResult, ToolUse, Unknown,
    WebFetchResult, WebSearchResult, WebSearchResultLocation,
};
pub(crate) use content::{image_format, is_call_id};
pub use context_edit::{AppliedEdit, ClearThinking, ClearToolResults, Compact, ContextEdit};
pub use event::{
    CitationsDelta, CompactionDelta, ContentBlockDelta, ContentBlockStart, ContentBlockStop, Delta, InputJsonDelta,
    MessageDelta, MessageStart, MessageStop, SignatureDelta, StreamEvent, TextDelta, ThinkingDelta, UnknownDelta,
    UnknownEvent,
};
pub use fallback_models::{FallbackModel, Fallbacks};
pub(crate) use fnv::fnv;
pub(crate) use images::Images;
pub(crate) use joined_output::JoinedOutput;
pub use message::{ClearAt, Message};
pub(crate) use message::{pending_server_calls, turns};
pub use message_content::Content;
pub use model_info::{Lifecycle, ModelInfo};
pub use prompt::{IntoMessage, Prompt, push_message};
pub use remote_mcp_server::RemoteMcpServer;
pub(crate) use remote_mcp_server::name_problem as mcp_name_problem;
pub use request::{ServiceTier, Speed, System, ToolChoice};
pub use response::Response;
pub use role::Role;
pub use stop_details::StopDetails;
pub use stop_reason::StopReason;
pub use task_budget::TaskBudget;
pub use thinking::{Effort, ThinkingConfig, ThinkingDisplay, ThinkingKind};
pub(crate) use tool_name::{LongNames, wire_name, with_wire_names};
pub(crate) use trail::Trail;
pub use usage::{Iteration, IterationKind, Usage};
pub(crate) use validate::{
    Turn, Violation, all_turns, has_home, has_large_images_among_many, has_place, has_wrong_marks, has_wrong_summaries,
    is_void, orphan, violation_of,
};
