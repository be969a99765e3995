//! `tool_choice`: its form, and whether the model supports a forced choice.

use serde_json::Value;

use super::super::models::ForcedChoice;
use super::path::Path;
use super::programmatic;
use super::refusal::{Check, Refusal};
use super::request::Request;
use super::shape::{self, Shape};
use crate::testing::tool_table::ToolTable;

pub(super) fn check(request: &Request<'_>, body: &Value) -> Check {
    const AUTO: Shape = Shape::new(&["type"]).optional(&["disable_parallel_tool_use"]);
    const NONE: Shape = Shape::new(&["type"]);
    const NAMED: Shape = Shape::new(&["type", "name"]).optional(&["disable_parallel_tool_use"]);

    let Some(choice) = shape::given(request.body, "tool_choice") else {
        return Ok(());
    };
    let at = Path::BODY.field("tool_choice");
    let choice = shape::object(choice, &at)?;
    let tag = shape::tag(choice, &at)?;
    let inside = at.field(tag);
    match tag {
        "auto" | "any" => AUTO.check(choice, &inside, request.dialect)?,
        "none" => NONE.check(choice, &inside, request.dialect)?,
        "tool" => NAMED.check(choice, &inside, request.dialect)?,
        _ => {
            let known = ["any", "auto", "none", "tool"];
            return Err(shape::unknown_tag(tag, &at, &known));
        }
    }
    if let Some(value) = shape::given(choice, "disable_parallel_tool_use") {
        shape::boolean(value, &inside.field("disable_parallel_tool_use"))?;
    }

    let Ok(table) = ToolTable::of(body) else {
        // The messages are refused later.
        return Ok(());
    };
    let is_declared = shape::given(request.body, "tools").is_some_and(|tools| tools.get(0).is_some());
    if !is_declared && table.in_effect().next().is_none() {
        return Err(Refusal::at(&at, "may only be specified while providing tools"));
    }
    if tag == "tool" {
        let name = shape::string(&choice["name"], &inside.field("name"))?;
        if !table.in_effect().any(|tool| tool["name"] == name) {
            return Err(Refusal::at(&at, format_args!("Tool '{name}' not found in provided tools")));
        }
    }
    if matches!(tag, "any" | "tool") {
        forced(request)?;
    }
    programmatic::choice(choice, &table)
}

fn forced(request: &Request<'_>) -> Check {
    match request.model.forced_choice {
        ForcedChoice::Never => {
            Err(Refusal::new("tool_choice: type \"tool\" and \"any\" are not supported for this model."))
        }
        ForcedChoice::UnlessManualThinking if request.manual_thinking() => {
            Err(Refusal::new("Thinking may not be enabled when tool_choice forces tool use."))
        }
        ForcedChoice::UnlessManualThinking | ForcedChoice::Always => Ok(()),
    }
}
