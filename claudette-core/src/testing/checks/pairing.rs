//! The pairing of tool calls and their results.

use std::collections::HashSet;

use super::refusal::{Check, Refusal};
use super::turns::{Block, Role, Turn};

pub(super) fn check(turns: &[Turn<'_>]) -> Check {
    let mut called = HashSet::new();
    let mut served = HashSet::new();
    for (index, turn) in turns.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| &turns[index]);
        let after = turns.get(index + 1);
        match turn.role {
            Role::Assistant => {
                unique_ids(turn, &mut called)?;
                calls_answered(turn, after)?;
                results_expected(turn, &mut served)?;
                server_calls_finished(turn, after)?;
            }
            Role::User => results_wanted(turn, before)?,
            Role::System => {}
        }
    }
    Ok(())
}

fn unique_ids<'a>(turn: &Turn<'a>, called: &mut HashSet<&'a str>) -> Check {
    match turn.of_kind("tool_use").find(|block| !called.insert(block.str("id"))) {
        Some(block) => Err(Refusal::new(format!("{}: `tool_use` ids must be unique", block.place()))),
        None => Ok(()),
    }
}

/// Checks that every call has its result in the next turn, before any other block.
fn calls_answered(turn: &Turn<'_>, after: Option<&Turn<'_>>) -> Check {
    let answered: HashSet<&str> = after
        .filter(|turn| turn.role == Role::User)
        .into_iter()
        .flat_map(|turn| turn.blocks.iter().take_while(|block| is_result(block)))
        .map(|block| block.str("tool_use_id"))
        .collect();
    let open: Vec<&Block<'_>> = turn.of_kind("tool_use").filter(|block| !answered.contains(block.str("id"))).collect();
    let Some(first) = open.first() else {
        return Ok(());
    };
    let ids: Vec<&str> = open.iter().map(|block| block.str("id")).collect();
    Err(Refusal::new(format!(
        "messages.{}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` \
         block must have a corresponding `tool_result` block in the next message.",
        first.message,
        ids.join(", ")
    )))
}

/// Checks that every result belongs to a call of the previous turn, and is the only one for it.
fn results_wanted(turn: &Turn<'_>, before: Option<&Turn<'_>>) -> Check {
    let wanted: HashSet<&str> = before
        .filter(|turn| turn.role == Role::Assistant)
        .into_iter()
        .flat_map(|turn| turn.of_kind("tool_use"))
        .map(|block| block.str("id"))
        .collect();
    let mut seen = HashSet::new();
    for block in turn.of_kind("tool_result") {
        let (place, id) = (block.place(), block.str("tool_use_id"));
        if !wanted.contains(id) {
            return Err(Refusal::new(format!(
                "{place}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block \
                 must have a corresponding `tool_use` block in the previous message."
            )));
        }
        if !seen.insert(id) {
            return Err(Refusal::new(format!(
                "{place}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}"
            )));
        }
    }
    Ok(())
}

/// Checks that every result of a server tool comes after its call, which can be in an earlier turn.
fn results_expected<'a>(turn: &Turn<'a>, served: &mut HashSet<&'a str>) -> Check {
    for block in &turn.blocks {
        if matches!(block.kind, "server_tool_use" | "mcp_tool_use") {
            served.insert(block.str("id"));
        } else if block.is_server_result() && !served.contains(block.str("tool_use_id")) {
            let (place, kind, id) = (block.place(), block.kind, block.str("tool_use_id"));
            let call = match kind {
                "mcp_tool_result" => "mcp_tool_use",
                _ => "server_tool_use",
            };
            return Err(Refusal::new(format!(
                "{place}: unexpected `tool_use_id` found in `{kind}` blocks: {id}. Each `{kind}` block must have a \
                 corresponding `{call}` block before it."
            )));
        }
    }
    Ok(())
}

/// Checks that every call of a server tool has its result in the same turn, unless the server can continue the turn: at
/// the end of the conversation, or if only the results of other calls follow.
fn server_calls_finished(turn: &Turn<'_>, after: Option<&Turn<'_>>) -> Check {
    let resumable = match after {
        None => true,
        Some(after) => turn.of_kind("tool_use").next().is_some() && after.blocks.iter().all(is_result),
    };
    if resumable {
        return Ok(());
    }
    let finished: HashSet<&str> =
        turn.blocks.iter().filter(|block| block.is_server_result()).map(|block| block.str("tool_use_id")).collect();
    let open = turn.of_kind("server_tool_use").find(|block| !finished.contains(block.str("id")));
    let Some(block) = open else {
        return Ok(());
    };
    let (name, id) = (block.str("name"), block.str("id"));
    let result = match name {
        "tool_search_tool_regex" | "tool_search_tool_bm25" => "tool_search",
        name => name,
    };
    Err(Refusal::new(format!(
        "`{name}` tool use with id `{id}` was found without a corresponding `{result}_tool_result` block"
    )))
}

fn is_result(block: &Block<'_>) -> bool {
    block.kind == "tool_result"
}
