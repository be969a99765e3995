//! [`JoinedOutput`]: the output of models that continue each other, as a message.

use super::content::ContentBlock;
use super::message::{Message, pending_server_calls};

/// The output of models that continue each other because the client sends the request to the next one.
///
/// It is what the API has read and written: a model that continues reads the output before it without white space at the
/// end, and its thinking is bound to that. Therefore each request must contain the output in this form.
#[derive(Default)]
pub(crate) struct JoinedOutput {
    blocks: Vec<ContentBlock>,
    /// The white space that was removed at the end of the last model, until there is text to put it in front of.
    space: String,
}

impl JoinedOutput {
    /// Reads the content of a response, with a fallback block for each change of the model.
    pub(crate) fn of(content: &[ContentBlock]) -> Self {
        let mut output = Self::default();
        for block in content {
            match block {
                ContentBlock::Fallback(_) => output.decline(),
                ContentBlock::Text(text) if !text.text().is_empty() && !output.space.is_empty() => {
                    let mut text = text.clone();
                    text.text_mut().insert_str(0, &std::mem::take(&mut output.space));
                    output.blocks.push(ContentBlock::Text(text));
                }
                block => output.blocks.push(block.clone()),
            }
        }
        output
    }

    /// Prepares the output for the next model, because the current one has declined.
    pub(crate) fn decline(&mut self) {
        let is_text = |block: &ContentBlock| block.as_text().is_some_and(|text| !text.is_empty());
        // Without text, the next model begins again.
        if !self.blocks.iter().any(is_text) {
            self.blocks.clear();
            return;
        }
        let mut output = Message::assistant(std::mem::take(&mut self.blocks));
        // Calls are not answered, so they are not sent. Thinking cannot be the end of a message.
        output.retain(|block| !matches!(block, ContentBlock::ToolUse(_)));
        let unfinished = pending_server_calls(std::slice::from_ref(&output));
        output.drop_server_calls(&unfinished);
        self.blocks = std::mem::take(output.blocks_mut());
        while self.blocks.last().is_some_and(|block| block.is_thinking() || block.is_blank()) {
            self.blocks.pop();
        }
        if let Some(ContentBlock::Text(text)) = self.blocks.last_mut() {
            let text = text.text_mut();
            self.space.insert_str(0, &text[text.trim_end().len()..]);
            text.truncate(text.trim_end().len());
        }
    }

    /// Returns the text at the end of the output, with the white space after it.
    pub(crate) fn ending(&self) -> Option<String> {
        let text = self.blocks.last()?.as_text()?;
        Some(format!("{text}{}", self.space))
    }

    /// Returns the output as a message of the model.
    pub(crate) fn into_message(self) -> Message {
        Message::assistant(self.blocks)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn joined(content: &Value) -> Value {
        let content: Vec<ContentBlock> = serde_json::from_value(content.clone()).unwrap();
        json!(JoinedOutput::of(&content).blocks)
    }

    #[test]
    fn the_output_is_as_the_next_model_has_read_it() {
        let text = |text: &str| json!({"type": "text", "text": text});
        let thinking = |signature: &str| json!({"type": "thinking", "thinking": "", "signature": signature});
        let seam = || json!({"type": "fallback"});
        let call = json!({"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}});
        for (content, expected) in [
            (json!([text("a \n"), seam(), thinking("b"), text("b")]), json!([text("a"), thinking("b"), text(" \nb")])),
            (json!([text("a "), seam(), seam(), text("c")]), json!([text("a"), text(" c")])),
            (
                json!([text("a "), seam(), text("b "), seam(), thinking("c"), text("c")]),
                json!([text("a"), text(" b"), thinking("c"), text(" c")]),
            ),
            // Thinking at the end and calls are not sent. Without text, nothing is.
            (
                json!([thinking("a"), text("a"), thinking("a"), call, seam(), text("b")]),
                json!([thinking("a"), text("a"), text("b")]),
            ),
            (json!([thinking("a"), call, seam(), thinking("b"), call]), json!([thinking("b"), call])),
        ] {
            assert_eq!(joined(&content), expected, "{content}");
        }
    }
}
