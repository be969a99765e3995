//! Tools that code of the model calls: their definitions, the callers of calls, and the messages that answer code.

use std::collections::HashSet;

use serde_json::Value;

use super::dialect::Dialect;
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::request::{Endpoint, Request};
use super::schema;
use super::shape::{self, Fields, Shape};
use super::turns::{Block, Role, Turn};
use crate::testing::containers::Containers;
use crate::testing::context::list;
use crate::testing::tool_table::ToolTable;

/// The callers of tools.
const CALLERS: [&str; 4] = ["direct", "code_execution_20250825", "code_execution_20260120", "code_execution_20260521"];

/// Checks the field `allowed_callers` of a tool, and what it excludes.
pub(super) fn definition(tool: &Fields, at: &Path<'_>) -> Check {
    let Some(callers) = shape::given(tool, "allowed_callers") else {
        return Ok(());
    };
    let inside = at.field("allowed_callers");
    for (index, caller) in shape::list(callers, &inside)?.iter().enumerate() {
        shape::one_of(caller, &inside.index(index), &CALLERS)?;
    }
    if !has_code(callers) {
        return Ok(());
    }
    if tool.get("strict").is_some_and(|strict| *strict == true) {
        return Err(Refusal::at(
            at,
            "`strict` is not supported together with a code execution tool in `allowed_callers`",
        ));
    }
    match tool.get("input_schema").and_then(schema::find_cycle) {
        Some(cycle) => Err(Refusal::at(at, format_args!("Circular $ref detected: {cycle}"))),
        None => Ok(()),
    }
}

/// Checks that the choice of tools does not force or limit calls, if code can call one of the tools.
pub(super) fn choice(choice: &Fields, table: &ToolTable<'_>) -> Check {
    if !table.in_effect().any(|tool| has_code(&tool["allowed_callers"])) {
        return Ok(());
    }
    let with = if matches!(shape::text(choice, "type"), "any" | "tool") {
        "a forced choice"
    } else if choice.get("disable_parallel_tool_use").is_some_and(|value| *value == true) {
        "`disable_parallel_tool_use`"
    } else {
        return Ok(());
    };
    Err(Refusal::new(format!("tool_choice: {with} is not supported together with programmatic tool calling")))
}

/// Checks the field `caller` of a call.
pub(super) fn caller(call: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    const DIRECT: Shape = Shape::new(&["type"]);
    const CODE: Shape = Shape::new(&["type", "tool_id"]);
    let Some(caller) = shape::given(call, "caller") else {
        return Ok(());
    };
    let at = at.field("caller");
    let caller = shape::object(caller, &at)?;
    let tag = shape::tag(caller, &at)?;
    let inside = at.field(tag);
    if tag == "direct" {
        return DIRECT.check(caller, &inside, dialect);
    }
    // A newer model can have a newer caller.
    if is_code(tag) {
        CODE.check(caller, &inside, dialect)?;
        shape::string(&caller["tool_id"], &inside.field("tool_id"))?;
    }
    Ok(())
}

/// Checks the calls that code makes, and the turns that answer them.
pub(super) fn turns(request: &Request<'_>, turns: &[Turn<'_>], containers: &Containers) -> Check {
    let mut running = HashSet::new();
    for (index, turn) in turns.iter().enumerate() {
        if turn.role != Role::Assistant {
            continue;
        }
        let mut is_called = false;
        for block in &turn.blocks {
            if block.kind == "server_tool_use" {
                running.insert(block.str("id"));
            }
            let Some(code) = code_of(block) else { continue };
            if !running.contains(code) {
                return Err(Refusal::new(format!(
                    "{}: `caller.tool_id` refers to {code}, but there is no `server_tool_use` block with this id before \
                     it",
                    block.place()
                )));
            }
            is_called |= block.kind == "tool_use";
        }
        if is_called && let Some(answer) = turns.get(index + 1) {
            answers(answer)?;
            if index + 2 >= turns.len() {
                waits(request)?;
            }
        }
    }
    match container_of(request.body) {
        Some(id) if containers.has_expired(id) => Err(Refusal::new(format!("container: Container {id} has expired."))),
        _ => Ok(()),
    }
}

/// Checks that a turn contains only results, of texts: code reads nothing else.
fn answers(turn: &Turn<'_>) -> Check {
    for block in &turn.blocks {
        if block.kind != "tool_result" {
            return Err(Refusal::new(format!(
                "{}: only `tool_result` blocks can answer the calls of code execution",
                block.place()
            )));
        }
        let content = block.get("content").map_or(&[][..], list);
        if let Some(other) = content.iter().find(|block| block["type"] != "text") {
            return Err(Refusal::new(format!(
                "{}: the result of a call of code execution can contain only text, not `{}`",
                block.place(),
                other["type"].as_str().unwrap_or_default()
            )));
        }
    }
    Ok(())
}

/// Checks that a request names the container in which code waits for its results.
fn waits(request: &Request<'_>) -> Check {
    if request.endpoint == Endpoint::Messages && container_of(request.body).is_none() {
        return Err(Refusal::new(
            "container_id is required when there are pending tool uses generated by code execution with tools.",
        ));
    }
    Ok(())
}

fn container_of(body: &Fields) -> Option<&str> {
    let container = shape::given(body, "container")?;
    container.as_str().or_else(|| container["id"].as_str())
}

/// Returns the id of the code that has made a call.
fn code_of<'a>(block: &Block<'a>) -> Option<&'a str> {
    let caller = block.get("caller")?;
    caller["type"].as_str().filter(|tag| is_code(tag))?;
    caller["tool_id"].as_str()
}

/// Returns `true` if code is one of the callers.
fn has_code(callers: &Value) -> bool {
    list(callers).iter().filter_map(Value::as_str).any(is_code)
}

fn is_code(caller: &str) -> bool {
    caller.starts_with("code_execution")
}
