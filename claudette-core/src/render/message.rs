//! [`Message::to_markdown`], and the transcript of a conversation.

use super::markdown::Markdown;
use crate::messages::Message;

impl Message {
    /// Returns the message as Markdown, like [`Response::to_markdown`](crate::Response::to_markdown) without the
    /// details.
    ///
    /// Images and documents are described in a few words, and long results are cut.
    ///
    /// ```
    /// use claudette::wire::ToolResult;
    /// use claudette::{Image, Message, ToolUse};
    /// use serde_json::json;
    ///
    /// let question = Message::user((Image::from_base64("image/png", "iVBORw0KGgo="), "What is this?"));
    /// assert_eq!(question.to_markdown(), "*image/png, 8 bytes*\n\nWhat is this?");
    ///
    /// let call = ToolUse::new("toolu_1", "sums", json!({"a": 1}));
    /// let answer = Message::user(ToolResult::new(&call, "argument `b` is missing", true));
    /// assert_eq!(answer.to_markdown(), "**Error** of `toolu_1`:\n\n```\nargument `b` is missing\n```");
    /// ```
    pub fn to_markdown(&self) -> String {
        let mut markdown = Markdown::of(std::iter::once(self.content()));
        markdown.content(self.content());
        markdown.finish()
    }
}

/// Returns a conversation as Markdown, with the role of each message as a heading.
pub(crate) fn transcript(messages: &[Message]) -> String {
    let mut markdown = Markdown::of(messages.iter().map(Message::content));
    for message in messages {
        markdown.heading(message.role());
        markdown.content(message.content());
    }
    markdown.finish()
}
