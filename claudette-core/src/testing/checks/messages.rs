//! The messages: their roles, empty content, and the places of blocks.

use serde_json::Value;

use super::dialect::Version;
use super::refusal::{Check, Refusal};
use super::request::{Request, Rules};
use super::shape;
use super::system_message;
use super::turns::{Block, Role, Turn};

/// Checks the messages and returns their turns.
pub(super) fn check<'a>(request: &Request<'a>, rules: &Rules) -> Result<Vec<Turn<'a>>, Refusal> {
    let messages = request.body["messages"].as_array();
    let messages = messages.map_or(&[][..], Vec::as_slice);
    let Some(first) = messages.first() else {
        return Err(Refusal::new("messages: at least one message is required"));
    };
    if rules.strict_first_user && Role::of(first) != Role::User {
        return Err(Refusal::new("messages: first message must use the \"user\" role"));
    }
    for (index, message) in messages.iter().enumerate() {
        let role = Role::of(message);
        let blocks = Block::all(index, message);
        let optional = role == Role::Assistant && index + 1 == messages.len() || system_message::is_setting(message);
        if blocks.is_empty() && !optional {
            return Err(Refusal::new(format!(
                "messages.{index}: all messages must have non-empty content except for the optional final \
                 assistant message"
            )));
        }
        texts(role, &blocks)?;
        places(request, role, &blocks)?;
    }
    let turns = Turn::all(messages);
    system_message::turns(request, &turns)?;
    // A conversation can be summarized at any place, but continued only after a user message.
    if request.body.get("compaction").is_none_or(Value::is_null) {
        ending(request, &turns)?;
    }
    citations(request, &turns)?;
    Ok(turns)
}

fn texts(role: Role, blocks: &[Block<'_>]) -> Check {
    let results = blocks.iter().filter_map(|block| block.get("content")?.as_array()).flatten();
    let mut inside = results.filter(|block| block["type"] == "text");
    let empty = |block: &&Block<'_>| block.kind == "text" && block.text.is_empty();
    if let Some(block) = blocks.iter().find(empty)
        && block.get("cache_control").is_some()
    {
        return Err(Refusal::new(format!("{}.text: cache_control cannot be set for empty text blocks", block.place())));
    }
    if blocks.iter().any(|block| empty(&block)) || inside.any(|block| block["text"] == "") {
        return Err(Refusal::new("messages: text content blocks must be non-empty"));
    }
    // Responses of the API contain blank texts between other blocks, and are sent back unchanged.
    let blank = match role {
        Role::Assistant => !blocks.is_empty() && blocks.iter().all(Block::is_blank_text),
        Role::User | Role::System => blocks.iter().any(Block::is_blank_text),
    };
    if blank {
        return Err(Refusal::new("messages: text content blocks must contain non-whitespace text"));
    }
    Ok(())
}

/// Checks that each block is allowed in a message of its role.
fn places(request: &Request<'_>, role: Role, blocks: &[Block<'_>]) -> Check {
    let newer = request.dialect.version == Version::V2026;
    for block in blocks {
        let home = match block.kind {
            "tool_result" => Role::User,
            "tool_use" | "thinking" | "redacted_thinking" | "server_tool_use" | "mcp_tool_use" | "mcp_tool_listing"
            | "compaction" => Role::Assistant,
            _ if block.is_server_result() => Role::Assistant,
            "tool_addition" | "tool_removal" => Role::System,
            _ => role,
        };
        let (message, kind) = (block.message, block.kind);
        let refusal = if role == Role::System && !system_message::may_hold(block, request.dialect) {
            format!("messages.{message}: `system` messages may only hold `text` blocks")
        } else if home == Role::User && role != home {
            format!("messages.{message}: `{kind}` blocks can only be in `user` messages")
        } else if home == Role::Assistant && role != home {
            format!("messages.{message}: `{kind}` blocks can only be in `assistant` messages")
        } else if home == Role::System && role != home {
            format!("messages.{message}: `{kind}` blocks can only be in `system` messages")
        } else if newer && role == Role::Assistant && kind == "document" {
            format!("{}: `document` blocks are not permitted in `assistant` messages", block.place())
        } else if newer && role == Role::User && cites(block) {
            format!("{}.text.citations: citations are not permitted in `user` messages", block.place())
        } else if role == Role::User && !request.dialect.beta && !IN_USER.contains(&kind) {
            format!(
                "{}: Input tag '{kind}' found using 'type' does not match any of the expected tags: '{}'",
                block.place(),
                IN_USER.join("', '")
            )
        } else {
            continue;
        };
        return Err(Refusal::new(refusal));
    }
    Ok(())
}

/// The types of blocks in user messages. Assistant messages can contain unknown types from newer models.
const IN_USER: [&str; 6] = ["container_upload", "document", "image", "search_result", "text", "tool_result"];

fn cites(block: &Block<'_>) -> bool {
    let citations = block.get("citations").and_then(Value::as_array);
    block.kind == "text" && citations.is_some_and(|citations| !citations.is_empty())
}

/// Checks a conversation that ends with an assistant message, which the model would continue.
fn ending(request: &Request<'_>, turns: &[Turn<'_>]) -> Check {
    let Some(turn) = turns.last().filter(|turn| turn.role == Role::Assistant) else {
        return Ok(());
    };
    let Some(last) = turn.blocks.last() else {
        return Ok(());
    };
    if last.kind == "text" && last.text.ends_with(char::is_whitespace) {
        return Err(Refusal::new("messages: final assistant content cannot end with trailing whitespace"));
    }
    // A paused turn is sent back unchanged; it is not a prefill.
    if !matches!(last.kind, "text" | "thinking" | "redacted_thinking") {
        return Ok(());
    }
    // The credit of a refusal permits that another model continues its output.
    let continues = shape::given(request.body, "fallback_credit_token").is_some();
    if !request.model.prefill && !continues {
        return Err(Refusal::new(
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        ));
    }
    if request.output_schema().is_some() {
        return Err(Refusal::new(
            "output_config.format: assistant message prefill is not supported with structured outputs",
        ));
    }
    Ok(())
}

/// Checks that citations are enabled for all documents or for none, and not together with an output schema.
fn citations(request: &Request<'_>, turns: &[Turn<'_>]) -> Check {
    let mut citing = turns
        .iter()
        .filter(|turn| turn.role == Role::User)
        .flat_map(|turn| turn.of_kind("document"))
        .map(|block| block.get("citations").is_some_and(|it| it["enabled"] == true));
    let Some(first) = citing.next() else {
        return Ok(());
    };
    if citing.any(|enabled| enabled != first) {
        return Err(Refusal::new("messages: citations must be enabled on all documents or on none"));
    }
    if first && request.output_schema().is_some() {
        return Err(Refusal::new("output_config.format: citations are not supported with structured outputs"));
    }
    Ok(())
}
