//! [`prompts_of`]: the places of the prompts in a history.

use claudette::wire::Role;
use claudette::{ContentBlock, Message};

/// Returns the indices of the messages of a history that contain a prompt. A message of the user can contain tool
/// results as well.
pub(crate) fn prompts_of(history: &[Message]) -> impl Iterator<Item = usize> {
    let is_prompt = |message: &Message| {
        *message.role() == Role::User
            && message.content().iter().any(|block| !matches!(block, ContentBlock::ToolResult(_)))
    };
    history.iter().enumerate().filter(move |(_, message)| is_prompt(message)).map(|(index, _)| index)
}
