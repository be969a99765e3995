//! [`UiMessage`]: a message as the front end keeps it.

use std::ops::Not;

use serde::Serialize;
use serde_json::Value;

use super::chunk::DataChunk;
use super::source::{SourceDocument, SourceUrl};

/// A message as a front end of the AI SDK keeps it.
///
/// The router returns the messages of a chat in this form, so that a page shows the conversation after a reload.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UiMessage {
    /// The id of the message.
    pub id: String,
    /// The author of the message.
    pub role: UiRole,
    /// The metadata, such as usage and cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// The parts, in order.
    pub parts: Vec<UiPart>,
}

/// The author of a [`UiMessage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum UiRole {
    /// The user.
    User,
    /// The model.
    Assistant,
}

/// A part of a [`UiMessage`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum UiPart {
    /// A response of the model begins.
    StepStart,
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// Thinking.
    Reasoning {
        /// The thinking.
        text: String,
    },
    /// A file.
    File {
        /// The media type.
        media_type: String,
        /// A `data:` or `https:` URL.
        url: String,
        /// The name of the file.
        #[serde(skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// A web page that the answer cites.
    SourceUrl(SourceUrl),
    /// A document that the answer cites.
    SourceDocument(SourceDocument),
    /// A tool call.
    #[serde(untagged)]
    Tool(Box<ToolPart>),
    /// Data, such as a report that the conversation was made smaller.
    #[serde(untagged)]
    Data(DataChunk),
}

/// A tool call in a [`UiMessage`], with its output or the decision that it waits for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolPart {
    /// `dynamic-tool`, or `tool-` and the name of the tool.
    pub r#type: String,
    /// The name of the tool, if the type does not contain it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_name: Option<String>,
    /// The names of the sub-agents and of the tool, if the call is inside sub-agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The id of the call. That of a call inside sub-agents begins with the ids of the calls that run them.
    pub tool_call_id: String,
    /// `input-available`, `approval-requested`, `output-available`, `output-error` or `output-denied`.
    pub state: &'static str,
    /// The arguments.
    pub input: Value,
    /// The output, in the state `output-available`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// The error, in the state `output-error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_text: Option<String>,
    /// The approval: its `id`, and `approved` after the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Value>,
    /// `true` if the API runs the tool.
    #[serde(skip_serializing_if = "Not::not")]
    pub provider_executed: bool,
}
