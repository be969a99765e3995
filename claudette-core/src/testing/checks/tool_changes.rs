//! System messages that add and remove tools, and the results of tool searches: the tools that they name.

use serde_json::{Value, json};

use super::dialect::{Beta, Dialect, Mcp};
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::shape::{self, Shape};
use super::tools;
use crate::testing::context::list;
use crate::testing::tool_table::{Fault, FaultKind, ToolTable};

/// The largest number of tools that the model can have.
const MAX_TOOLS: usize = 10_000;

/// Checks the changes, and that the model has, or does not have, the tools that the messages name.
pub(super) fn check(body: &Value, dialect: Dialect) -> Check {
    let at = Path::BODY.field("messages");
    for (index, message) in list(&body["messages"]).iter().enumerate() {
        let at = at.index(index);
        let at = at.field("content");
        for (index, change) in list(&message["content"]).iter().enumerate() {
            let at = at.index(index);
            if let Some(tag @ ("tool_addition" | "tool_removal")) = change["type"].as_str() {
                fields(change, tag, &at.field(tag), dialect)?;
            }
        }
    }
    let table = ToolTable::of(body).map_err(|fault| refusal(&fault))?;
    let tools = table.in_effect().count();
    if tools > MAX_TOOLS {
        return Err(Refusal::new(format!("tools: {tools} tools are available, but at most {MAX_TOOLS} are supported"))
            .details(json!({ "error_code": "available_tools_limit_exceeded" })));
    }
    Ok(())
}

/// Checks the fields of a `tool_addition` or `tool_removal` block.
fn fields(change: &Value, tag: &str, at: &Path<'_>, dialect: Dialect) -> Check {
    const REFERENCE: Shape = Shape::new(&["type", "name"]);
    const MCP_TOOL: Shape = Shape::new(&["type", "server_name", "name"]);
    const MCP_TOOLSET: Shape = Shape::new(&["type", "server_name"]);
    const DEFINITION: Shape = Shape::new(&["type", "definition"]);
    let at = at.field("tool");
    let tool = shape::object(&change["tool"], &at)?;
    let kind = shape::tag(tool, &at)?;
    let inside = at.field(kind);
    let can_define = tag == "tool_addition" && dialect.has(Beta::InlineTools);
    let (shape, names): (Shape, &[&str]) = match kind {
        "tool_reference" => (REFERENCE, &["name"]),
        "mcp_tool_reference" => (MCP_TOOL, &["server_name", "name"]),
        "mcp_toolset_reference" => (MCP_TOOLSET, &["server_name"]),
        "tool_definition" if can_define => (DEFINITION, &[]),
        _ => {
            let references = ["mcp_tool_reference", "mcp_toolset_reference", "tool_reference", "tool_definition"];
            let known = if can_define { &references[..] } else { &references[..3] };
            return Err(shape::unknown_tag(kind, &at, known));
        }
    };
    shape.check(tool, &inside, dialect)?;
    for name in names {
        shape::string(&tool[*name], &inside.field(name))?;
    }
    match tool.get("definition") {
        Some(definition) => can_be_added(definition, &inside.field("definition"), dialect),
        None => Ok(()),
    }
}

/// Checks the definition of a tool in a message.
fn can_be_added(definition: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    tools::definition(definition, at, dialect)?;
    tools::can_be_deferred(definition)?;
    let kind = definition["type"].as_str().unwrap_or_default();
    if kind == "mcp_toolset" && dialect.mcp < Mcp::Listings {
        return Err(Refusal::at(at, "an `mcp_toolset` in a message requires the `mcp-client-2026-09-15` beta header"));
    }
    if kind.starts_with("computer_toolset") || kind.starts_with("browser_toolset") {
        return Err(Refusal::at(at, format_args!("tools of type '{kind}' cannot be added or removed")));
    }
    Ok(())
}

fn refusal(Fault { message, index, name, kind }: &Fault<'_>) -> Refusal {
    let place = format!("messages.{message}.content.{index}");
    let (code, text) = match kind {
        FaultKind::Conflict => ("tool_name_conflict", "is already available"),
        FaultKind::Unresolved => ("tool_reference_unresolved", "is neither in `tools` nor defined before this message"),
        FaultKind::NotDefined => {
            return Refusal::new(format!("Tool reference '{name}' has no corresponding tool definition"));
        }
    };
    Refusal::new(format!("{place}: tool '{name}' {text}")).details(json!({ "error_code": code }))
}
