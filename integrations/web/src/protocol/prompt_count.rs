//! [`prompts_of`]: the places of the prompts in a history.

use claudette::wire::Role;
use claudette::{ContentBlock, Message};

/// Returns the indices of the messages of a history that contain a prompt.
pub(crate) fn prompts_of(history: &[Message]) -> impl Iterator<Item = usize> {
    history.iter().enumerate().filter(|(_, message)| has_prompt(message)).map(|(index, _)| index)
}

/// Returns `true` if a message contains a prompt. A message of the user can contain tool results as well.
pub(crate) fn has_prompt(message: &Message) -> bool {
    let is_result = |block: &ContentBlock| matches!(block, ContentBlock::ToolResult(_));
    *message.role() == Role::User && !message.content().iter().all(is_result)
}
