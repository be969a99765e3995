//! [`UiRequest`]: the body that a front end posts.

use std::error::Error as StdError;
use std::fmt;

use claudette::{ContentBlock, Document, Image};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::data_url::DataUrl;

/// The body that a front end of the AI SDK posts.
///
/// A front end posts the whole conversation as it has it. Only three things are read from it: the parts of the last
/// message of the user, the decisions in the last message of the model, and the number of prompts. The server has the
/// conversation, so a forged past has no effect.
///
/// ```
/// use claudette_web::protocol::{UiAction, UiRequest};
///
/// let request = UiRequest::from_json(
///     br#"{"id": "3f6c2a9e8b1d4c70", "trigger": "submit-message", "messages": [
///         {"id": "m1", "role": "user", "parts": [{"type": "text", "text": "I'm Jeremy."}]}]}"#,
/// )?;
/// let UiAction::Prompt(prompt) = request.action else { panic!("not a prompt") };
/// assert_eq!(prompt.content[0].as_text(), Some("I'm Jeremy."));
///
/// let error = UiRequest::from_json(br#"{"id": "3f6c2a9e8b1d4c70", "messages": [{"role": "system", "parts": []}]}"#);
/// assert_eq!(error.unwrap_err().to_string(), "messages with the role `system` are not accepted");
/// # Ok::<(), claudette_web::protocol::UiRequestError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UiRequest {
    /// The id of the chat: at most 128 letters, digits, `_` and `-`.
    pub chat_id: String,
    /// The action of the user.
    pub action: UiAction,
    /// The number of messages of the user in the request.
    pub prompts: usize,
    /// `true` if the request contains only the last message, as with `prepareSendMessagesRequest`.
    pub is_single: bool,
}

/// The action of the user that a request reports.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum UiAction {
    /// The user sent a prompt, changed an earlier one, or asked for another answer to it.
    Prompt(UiPrompt),
    /// The user decided on tool calls.
    Decide {
        /// The id of the message that the calls belong to.
        message_id: String,
        /// The decisions.
        answers: Vec<ApprovalAnswer>,
    },
}

/// A prompt of the user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UiPrompt {
    /// The id of the message.
    pub message_id: String,
    /// The texts and files. There is at least one.
    pub content: Vec<ContentBlock>,
    /// `true` if the prompt replaces one that the server has: an edit, or another answer to the same prompt.
    pub replaces: bool,
}

/// The decision of the user on a tool call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApprovalAnswer {
    /// The [id](super::approval_id) of the approval.
    pub approval_id: String,
    /// `true` if the call may run.
    pub approved: bool,
    /// The reason, at most 2,000 characters.
    pub reason: Option<String>,
}

/// The reason that a request is not valid. Its text is for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UiRequestError(String);

impl fmt::Display for UiRequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for UiRequestError {}

const MAX_FILES: usize = 20;
const MAX_REASON: usize = 2_000;
const MAX_NAME: usize = 200;

#[derive(Deserialize)]
struct Body<'a> {
    id: String,
    #[serde(borrow)]
    messages: Vec<Sent<'a>>,
    #[serde(default)]
    trigger: Option<String>,
    #[serde(default, rename = "messageId")]
    message_id: Option<String>,
}

#[derive(Deserialize)]
struct Sent<'a> {
    #[serde(default)]
    id: Option<String>,
    role: String,
    /// Only the parts of the last message are read.
    #[serde(borrow)]
    parts: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum Part {
    Text {
        text: String,
    },
    File {
        media_type: String,
        url: String,
        filename: Option<String>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct AnswerPart {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    approval: Option<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    id: String,
    approved: Option<bool>,
    reason: Option<String>,
}

impl UiRequest {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// Returns a text for the user if the body is not a request of the SDK, if the id of the chat is not valid, if a
    /// message has the role `system`, or if the last message is empty or contains a file that is not an image, a PDF or
    /// text in a `data:` URL.
    pub fn from_json(body: &[u8]) -> Result<Self, UiRequestError> {
        let refuse = |text: &str| Err(UiRequestError(text.to_owned()));
        let Ok(body) = serde_json::from_slice::<Body<'_>>(body) else {
            return refuse("the body is not a chat request");
        };
        if !is_id(&body.id) {
            return refuse("the chat id must have 1 to 128 letters, digits, `_` or `-`");
        }
        for message in &body.messages {
            match message.role.as_str() {
                "user" | "assistant" => {}
                "system" => return refuse("messages with the role `system` are not accepted"),
                _ => return refuse("a message has an unknown role"),
            }
        }
        let Some(last) = body.messages.last() else { return refuse("the request has no messages") };
        let message_id = last.id.clone().filter(|id| is_id(id)).unwrap_or_default();
        let action = if last.role == "user" {
            let is_regenerate = body.trigger.as_deref() == Some("regenerate-message");
            UiAction::Prompt(UiPrompt {
                message_id,
                content: content_of(last.parts)?,
                replaces: is_regenerate || body.message_id.is_some(),
            })
        } else {
            UiAction::Decide { message_id, answers: answers_of(last.parts)? }
        };
        let prompts = body.messages.iter().filter(|message| message.role == "user").count();
        Ok(Self { chat_id: body.id, action, prompts, is_single: body.messages.len() == 1 })
    }
}

/// Returns `true` if a text can be the id of a chat or of a message.
pub(crate) fn is_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn content_of(parts: &RawValue) -> Result<Vec<ContentBlock>, UiRequestError> {
    let refused = |text: String| Err(UiRequestError(text));
    let Ok(parts) = serde_json::from_str::<Vec<Part>>(parts.get()) else {
        return refused("the parts of the last message cannot be read".to_owned());
    };
    let (mut content, mut files) = (Vec::new(), 0);
    for part in parts {
        match part {
            Part::Text { text } if text.trim().is_empty() => {}
            Part::Text { text } => content.push(ContentBlock::text(text)),
            Part::File { media_type, url, filename } => {
                files += 1;
                if files > MAX_FILES {
                    return refused(format!("a message can have at most {MAX_FILES} files"));
                }
                content.push(file_of(&media_type, &url, filename.as_deref())?);
            }
            Part::Other => return refused("a message of the user can contain only texts and files".to_owned()),
        }
    }
    if content.is_empty() {
        return refused("the message is empty".to_owned());
    }
    Ok(content)
}

fn file_of(media_type: &str, url: &str, filename: Option<&str>) -> Result<ContentBlock, UiRequestError> {
    let name: String = filename.unwrap_or("file").chars().filter(|char| !char.is_control()).take(MAX_NAME).collect();
    let refused = |why: &str| UiRequestError(format!("\"{name}\" cannot be sent: {why}"));
    let Some(data) = DataUrl::parse(url) else {
        return Err(refused("attach the file itself; links to files are not accepted"));
    };
    let kind = if media_type.is_empty() { data.media_type.as_str() } else { media_type }.to_ascii_lowercase();
    let of_core = |error: claudette::Error| {
        let text = error.to_string();
        refused(text.split_once("cannot be sent: ").map_or(text.as_str(), |(_, why)| why))
    };
    if kind.starts_with("image/") {
        return Image::from_bytes(&data.bytes).map(ContentBlock::from).map_err(of_core);
    }
    if kind.starts_with("text/") || matches!(kind.as_str(), "application/pdf" | "application/json") {
        let document = Document::from_bytes(&data.bytes).map_err(of_core)?;
        let title = filename.map(|_| name.clone()).filter(|name| !name.trim().is_empty());
        return Ok(match title {
            Some(title) => document.title(title).into(),
            None => document.into(),
        });
    }
    Err(refused("only images, PDFs and text files are accepted"))
}

fn answers_of(parts: &RawValue) -> Result<Vec<ApprovalAnswer>, UiRequestError> {
    let Ok(parts) = serde_json::from_str::<Vec<AnswerPart>>(parts.get()) else {
        return Err(UiRequestError("the parts of the last message cannot be read".to_owned()));
    };
    let answered = parts.into_iter().filter(|part| part.state.as_deref() == Some("approval-responded"));
    let answers = answered.filter_map(|part| {
        let Answer { id, approved, reason } = part.approval?;
        let reason = reason.map(|reason| reason.chars().take(MAX_REASON).collect());
        Some(ApprovalAnswer { approval_id: id, approved: approved?, reason })
    });
    Ok(answers.collect())
}
