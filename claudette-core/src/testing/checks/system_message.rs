//! Messages of the role `system`: their settings, their blocks and their places.

use serde_json::Value;

use super::blocks;
use super::dialect::{Beta, Dialect};
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::request::Request;
use super::shape::{self, Fields, Shape};
use super::turns::{Block, Role, Turn};

/// Checks the fields of a system message.
pub(super) fn fields(message: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    const MESSAGE: Shape = Shape::new(&["role"]).optional(&["content", "output_config", "clear_at"]);
    const OUTPUT_CONFIG: Shape = Shape::new(&[]).optional(&["effort"]);
    MESSAGE.check(message, at, dialect)?;
    for (name, beta) in [("output_config", Beta::EffortChanges), ("clear_at", Beta::ClearAt)] {
        if message.contains_key(name) && !dialect.has(beta) {
            return Err(shape::unknown(&at.field(name)));
        }
    }
    let config = shape::given(message, "output_config");
    if let Some(config) = config {
        let at = at.field("output_config");
        let config = shape::object(config, &at)?;
        OUTPUT_CONFIG.check(config, &at, dialect)?;
        if let Some(effort) = shape::given(config, "effort") {
            shape::effort(effort, &at.field("effort"))?;
        }
    }
    if let Some(time) = shape::given(message, "clear_at") {
        shape::one_of(time, &at.field("clear_at"), &["next_user_message", "never"])?;
    }
    match shape::given(message, "content") {
        Some(content) => blocks::content(content, &at.field("content"), dialect),
        None if config.is_some() => Ok(()),
        None => Err(Refusal::at(at, "a `system` message must have `content` or `output_config`")),
    }
}

/// Returns `true` for a system message that only changes a setting.
pub(super) fn is_setting(message: &Value) -> bool {
    Role::of(message) == Role::System && message["content"].is_null()
}

/// Returns `true` if a system message may contain this block.
pub(super) fn may_hold(block: &Block<'_>, dialect: Dialect) -> bool {
    match block.kind {
        "text" => true,
        "tool_addition" | "tool_removal" => dialect.has(Beta::ToolChanges),
        _ => false,
    }
}

/// Checks that a `system` turn follows a user turn or a server tool result, and comes before an assistant turn.
pub(super) fn turns(request: &Request<'_>, turns: &[Turn<'_>]) -> Check {
    for (index, turn) in turns.iter().enumerate() {
        if turn.role != Role::System {
            continue;
        }
        if !request.model.system_role {
            return Err(Refusal::new("role 'system' is not supported on this model"));
        }
        let before = index.checked_sub(1).map(|index| &turns[index]);
        let follows = before.is_some_and(|turn| match turn.role {
            Role::User => true,
            Role::Assistant => turn.blocks.last().is_some_and(Block::is_server_result),
            Role::System => false,
        });
        let message = turn.blocks.first().map_or(0, |block| block.message);
        if !follows {
            return Err(Refusal::new(format!(
                "messages.{message}: role 'system' must follow a `user` message or an `assistant` message that ends \
                 in a server tool result"
            )));
        }
        if turns.get(index + 1).is_some_and(|turn| turn.role != Role::Assistant) {
            return Err(Refusal::new(format!(
                "messages.{message}: role 'system' must be last or be followed by an `assistant` message"
            )));
        }
    }
    Ok(())
}
