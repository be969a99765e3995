//! Thinking blocks that are sent back: they must be unchanged and in the right places.

use serde_json::Value;

use super::super::context::Conversation;
use super::super::signature;
use super::refusal::{Check, Refusal};
use super::request::Request;
use super::turns::{Block, Role, Turn};

pub(super) fn check(request: &Request<'_>, body: &Value, turns: &[Turn<'_>]) -> Check {
    let latest = turns.iter().rposition(|turn| turn.role == Role::Assistant);
    for (index, turn) in turns.iter().enumerate() {
        unchanged(turn, latest == Some(index))?;
    }
    same_conversation(request, body)?;
    match latest {
        Some(index) if request.manual_thinking() => starts_with_thinking(turns, index),
        _ => Ok(()),
    }
}

/// Checks that thinking blocks are unchanged. Only signatures of this server can be verified; an empty one is invalid.
fn unchanged(turn: &Turn<'_>, latest: bool) -> Check {
    let is_wrong = |block: &&Block<'_>| {
        let signature = block.str("signature");
        signature.is_empty() || signature::contradicts(signature, block.str("thinking"))
    };
    let changed = turn.of_kind("thinking").find(is_wrong);
    match changed.map(Block::place) {
        Some(place) if latest => Err(Refusal::new(format!(
            "{place}: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. \
             These blocks must remain as they were in the original response."
        ))),
        Some(place) => Err(Refusal::new(format!("{place}: Invalid `signature` in `thinking` block"))),
        None => Ok(()),
    }
}

/// Checks that nothing before a thinking block was changed, if the model binds thinking to its conversation.
fn same_conversation(request: &Request<'_>, body: &Value) -> Check {
    let binding = &body["thinking"]["block_binding"]["prefix_mismatch_behavior"];
    if !request.model.binds_thinking || binding == "drop_block" {
        return Ok(());
    }
    match Conversation::find_foreign_thinking(body) {
        Some((message, index)) => Err(Refusal::new(format!(
            "messages.{message}.content.{index}: Invalid `signature` in `thinking` block. The block is bound to a \
             different conversation. Remove the block, or set `thinking.block_binding.prefix_mismatch_behavior` to \
             \"drop_block\"."
        ))),
        None => Ok(()),
    }
}

/// Checks that the last assistant turn starts with thinking, if it contains tool calls or ends the conversation.
///
/// This rule applies only if thinking has its own budget.
fn starts_with_thinking(turns: &[Turn<'_>], latest: usize) -> Check {
    let turn = &turns[latest];
    let matters = latest + 1 == turns.len() || turn.of_kind("tool_use").next().is_some();
    match turn.blocks.first() {
        Some(block) if matters && !matches!(block.kind, "thinking" | "redacted_thinking") => {
            Err(Refusal::new(format!(
                "{}.type: Expected `thinking` or `redacted_thinking`, but found `{}`. When `thinking` is enabled, a \
                 final `assistant` message must start with a thinking block. To avoid this requirement, disable \
                 `thinking`.",
                block.place(),
                block.kind
            )))
        }
        _ => Ok(()),
    }
}
