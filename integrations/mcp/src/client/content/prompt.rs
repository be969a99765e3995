//! The result of `prompts/get` as messages.

use claudette::Message;
use claudette::wire::ContentBlock;
use serde_json::Value;

use super::{Part, Reader};
use crate::{Error, Result};

/// Returns the messages of a prompt. Messages without content are left out.
///
/// # Errors
///
/// Returns a protocol error if the answer has no list of messages.
pub(crate) fn messages(server: &str, prompt: &str, result: &Value) -> Result<Vec<Message>> {
    let Some(Value::Array(messages)) = result.get("messages") else {
        return Err(Error::protocol(format!(
            "the server \"{server}\" answered the request for the prompt `{prompt}` without `messages`"
        )));
    };
    let mut reader = Reader::new(false);
    let read = |item: &Value| {
        let role = item.get("role").and_then(Value::as_str).unwrap_or_default();
        message(role, item.get("content")?, &mut reader)
    };
    Ok(messages.iter().filter_map(read).collect())
}

/// Returns one message, or `None` if it has no content. Any role except `assistant` becomes the user's.
///
/// A message of the assistant consists of text, because the API accepts neither images nor documents in it.
pub(crate) fn message(role: &str, content: &Value, reader: &mut Reader) -> Option<Message> {
    let parts = reader.content(content);
    if role == "assistant" {
        let texts: Vec<String> = parts.into_iter().map(Part::into_text).collect();
        let text = texts.join("\n");
        // The API refuses white space at the end of a message of the assistant.
        let text = text.trim_end();
        return (!text.is_empty()).then(|| Message::assistant(text));
    }
    let mut blocks: Vec<ContentBlock> = parts.into_iter().map(Part::into_block).collect();
    match blocks.len() {
        0 => None,
        1 => match blocks.remove(0) {
            ContentBlock::Text(text) => Some(Message::user(text.text())),
            block => Some(Message::user(block)),
        },
        _ => Some(Message::user(blocks)),
    }
}
