//! [`Chunk`]: one piece of a UI message stream.

use std::ops::Not;

use serde::Serialize;
use serde_json::Value;

use super::source::{SourceDocument, SourceUrl};

/// The last frame of a stream. The client skips it.
pub const DONE: &str = "data: [DONE]\n\n";

/// One piece of the UI message stream of the AI SDK.
///
/// It serializes to the JSON object that the client of the SDK validates. An unknown `type` or a missing field ends the
/// client's stream with an error, so the variants contain only what the named versions of the SDK know.
///
/// ```
/// use claudette_web::protocol::Chunk;
///
/// let chunk = Chunk::TextDelta { id: "p1".into(), delta: "Hi".into() };
/// assert_eq!(chunk.to_frame(), "data: {\"type\":\"text-delta\",\"id\":\"p1\",\"delta\":\"Hi\"}\n\n");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Chunk {
    /// A message of the assistant begins, or continues under the same id.
    Start {
        /// The id of the message.
        #[serde(skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
        /// The metadata of the message.
        #[serde(skip_serializing_if = "Option::is_none")]
        message_metadata: Option<Value>,
    },
    /// A response of the model begins.
    StartStep,
    /// A response of the model and its tool calls are over.
    FinishStep,
    /// The client removes everything that this step has shown. Version 7 of the SDK.
    ResetStep,
    /// A text begins.
    TextStart {
        /// The id of the part.
        id: String,
    },
    /// A piece of a text.
    TextDelta {
        /// The id of the part.
        id: String,
        /// The piece.
        delta: String,
    },
    /// A text is complete.
    TextEnd {
        /// The id of the part.
        id: String,
    },
    /// Thinking begins.
    ReasoningStart {
        /// The id of the part.
        id: String,
    },
    /// A piece of thinking.
    ReasoningDelta {
        /// The id of the part.
        id: String,
        /// The piece.
        delta: String,
    },
    /// Thinking is complete.
    ReasoningEnd {
        /// The id of the part.
        id: String,
    },
    /// The model begins to write the arguments of a tool call.
    ToolInputStart {
        /// The id of the call.
        tool_call_id: String,
        /// The name of the tool.
        tool_name: String,
        /// `true` if the front end does not know the type of the tool.
        #[serde(skip_serializing_if = "Not::not")]
        dynamic: bool,
    },
    /// A piece of the arguments, as JSON text.
    ToolInputDelta {
        /// The id of the call.
        tool_call_id: String,
        /// The piece.
        input_text_delta: String,
    },
    /// The arguments are complete.
    ToolInputAvailable {
        /// The id of the call.
        tool_call_id: String,
        /// The name of the tool.
        tool_name: String,
        /// The arguments.
        input: Value,
        /// `true` if the front end does not know the type of the tool.
        #[serde(skip_serializing_if = "Not::not")]
        dynamic: bool,
        /// `true` if the API runs the tool.
        #[serde(skip_serializing_if = "Not::not")]
        provider_executed: bool,
        /// The names of the sub-agents and of the tool, if the call is inside sub-agents.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// The arguments are not a JSON object, or were not completed.
    ToolInputError {
        /// The id of the call.
        tool_call_id: String,
        /// The name of the tool.
        tool_name: String,
        /// The arguments as the model wrote them.
        input: Value,
        /// The error.
        error_text: String,
        /// `true` if the front end does not know the type of the tool.
        #[serde(skip_serializing_if = "Not::not")]
        dynamic: bool,
    },
    /// A call waits for a decision. Version 6 of the SDK.
    ToolApprovalRequest {
        /// The id of the approval, which the answer names.
        approval_id: String,
        /// The id of the call.
        tool_call_id: String,
    },
    /// The decision on a call. Version 7 of the SDK.
    ToolApprovalResponse {
        /// The id of the approval.
        approval_id: String,
        /// `true` if the call may run.
        approved: bool,
        /// The reason of a denial.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The output of a tool call.
    ToolOutputAvailable {
        /// The id of the call.
        tool_call_id: String,
        /// The output. A tool without an output has `null`.
        output: Value,
        /// `true` if the front end does not know the type of the tool.
        #[serde(skip_serializing_if = "Not::not")]
        dynamic: bool,
        /// `true` if the API ran the tool.
        #[serde(skip_serializing_if = "Not::not")]
        provider_executed: bool,
    },
    /// A tool call failed.
    ToolOutputError {
        /// The id of the call.
        tool_call_id: String,
        /// The error.
        error_text: String,
        /// `true` if the front end does not know the type of the tool.
        #[serde(skip_serializing_if = "Not::not")]
        dynamic: bool,
        /// `true` if the API ran the tool.
        #[serde(skip_serializing_if = "Not::not")]
        provider_executed: bool,
    },
    /// The user denied a call. Version 6 of the SDK.
    ToolOutputDenied {
        /// The id of the call.
        tool_call_id: String,
    },
    /// A web page that the answer cites.
    SourceUrl(SourceUrl),
    /// A document that the answer cites.
    SourceDocument(SourceDocument),
    /// A file, such as an image that a tool returned.
    File {
        /// A `data:` or `https:` URL.
        url: String,
        /// The media type.
        media_type: String,
    },
    /// Metadata of the message, merged with the earlier metadata.
    MessageMetadata {
        /// The metadata.
        message_metadata: Value,
    },
    /// The message is complete.
    Finish {
        /// The reason, in the words of the SDK.
        #[serde(skip_serializing_if = "Option::is_none")]
        finish_reason: Option<String>,
        /// The metadata of the message.
        #[serde(skip_serializing_if = "Option::is_none")]
        message_metadata: Option<Value>,
    },
    /// The run failed. The client does not read further chunks.
    Error {
        /// The text for the user.
        error_text: String,
    },
    /// The run was stopped.
    Abort {
        /// The reason. Version 6 of the SDK.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Data of the program.
    #[serde(untagged)]
    Data(DataChunk),
}

/// Data of the program, as a [`Chunk`] of the type `data-…`.
///
/// ```
/// use claudette_web::protocol::{Chunk, DataChunk};
/// use serde_json::json;
///
/// let chunk = Chunk::Data(DataChunk::transient("progress", json!({"text": "reading"})));
/// assert_eq!(
///     serde_json::to_value(&chunk).unwrap(),
///     json!({"type": "data-progress", "data": {"text": "reading"}, "transient": true})
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DataChunk {
    /// The type: `data-` and a name.
    pub r#type: String,
    /// A later chunk of the same type and id replaces this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The data.
    pub data: Value,
    /// `true` if the data does not become a part of the message.
    #[serde(skip_serializing_if = "Not::not")]
    pub transient: bool,
}

impl DataChunk {
    /// Creates data that is a part of the message.
    pub fn new(name: &str, data: Value) -> Self {
        Self { r#type: format!("data-{name}"), id: None, data, transient: false }
    }

    /// Creates data that the page gets once and does not keep.
    pub fn transient(name: &str, data: Value) -> Self {
        Self { transient: true, ..Self::new(name, data) }
    }
}

impl Chunk {
    /// Returns the chunk as a frame of server-sent events.
    #[allow(clippy::missing_panics_doc, reason = "all chunks have a JSON form")]
    pub fn to_frame(&self) -> String {
        let json = serde_json::to_string(self).expect("all chunks have a JSON form");
        format!("data: {json}\n\n")
    }

    /// Returns `true` if the client does not read chunks after this one.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Finish { .. } | Self::Error { .. } | Self::Abort { .. })
    }
}
