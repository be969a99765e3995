//! Converts a [`Response`] to a [`Message`].

use super::content::ContentBlock;
use super::joined_output::JoinedOutput;
use super::message::{Message, pending_server_calls};
use super::response::Response;

/// Converts a response into the message that is sent back to the API. The content is shared and unchanged, except if a
/// model declined and another one continued: calls of the model that declined are removed, because the API does not
/// accept results for them. If the client sent the request to the other model, the message is the
/// output that the API has read and written, without the blocks that mark the change.
impl From<&Response> for Message {
    fn from(response: &Response) -> Self {
        let blocks = response.blocks();
        let Some(seam) = blocks.iter().rposition(|block| matches!(block, ContentBlock::Fallback(_))) else {
            return Self::assistant(blocks.clone());
        };
        if response.is_continued_in_client() {
            return JoinedOutput::of(blocks).into_message();
        }
        let mut declined = Self::assistant(blocks[..=seam].to_vec());
        declined.retain(|block| !matches!(block, ContentBlock::ToolUse(_)));
        let unfinished = pending_server_calls(std::slice::from_ref(&declined));
        declined.drop_server_calls(&unfinished);
        declined.blocks_mut().extend_from_slice(&blocks[seam + 1..]);
        declined
    }
}

impl From<Response> for Message {
    fn from(response: Response) -> Self {
        Self::from(&response)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::content::ToolUse;
    use super::*;

    fn kept(marked: bool) -> Value {
        let response: Response = serde_json::from_value(json!({"fallback_in_client": marked, "content": [
            {"type": "thinking", "thinking": "", "signature": "a"},
            {"type": "text", "text": "a"},
            {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}},
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
            {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}},
            {"type": "thinking", "thinking": "", "signature": "b"},
            {"type": "tool_use", "id": "toolu_2", "name": "f", "input": {}}]}))
        .unwrap();
        let calls: Vec<&str> = response.tool_uses().map(ToolUse::id).collect();
        assert_eq!(calls, ["toolu_2"]);
        let message = Message::from(response);
        message.content().iter().map(|block| block.kind().to_owned()).collect()
    }

    #[test]
    fn calls_of_a_model_that_declined_are_removed() {
        assert_eq!(kept(false), json!(["thinking", "text", "fallback", "thinking", "tool_use"]));
        assert_eq!(kept(true), json!(["thinking", "text", "thinking", "tool_use"]));
    }
}
