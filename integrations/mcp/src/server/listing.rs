//! [`listed`]: a tool of ours as MCP clients see it.

use std::sync::Arc;

use claudette::tooling::ToolAnnotations;
use claudette::{Tool, ToolDefinition, Toolset};
use rmcp::model::{self, JsonObject};
use serde_json::value::RawValue;

/// Returns a tool as MCP clients see it.
pub(super) fn listed(tools: &Toolset, definition: &ToolDefinition) -> model::Tool {
    let description = Some(definition.description()).filter(|text| !text.is_empty());
    let mut tool = model::Tool::new_with_raw(
        definition.name().to_owned(),
        description.map(|text| text.to_owned().into()),
        Arc::new(object(definition.input_schema()).unwrap_or_default()),
    );
    tool.output_schema = output_schema(definition).map(Arc::new);
    tool.annotations = tools.get(definition.name()).map(Tool::annotations).and_then(hints);
    tool
}

/// Returns the schema of the structured content, if each result has one. The protocol permits only objects, and official
/// clients refuse a result without structured content if there is a schema.
fn output_schema(definition: &ToolDefinition) -> Option<JsonObject> {
    object(definition.output_schema()?).filter(|schema| schema.get("type").is_some_and(|kind| kind == "object"))
}

fn object(json: &RawValue) -> Option<JsonObject> {
    serde_json::from_str(json.get()).ok()
}

/// Returns the hints about the effects of a tool. Only what is known is sent: for a missing `destructiveHint`, clients
/// assume the worst, which is right for a tool of which nothing is known.
fn hints(known: ToolAnnotations) -> Option<model::ToolAnnotations> {
    if known == ToolAnnotations::default() {
        return None;
    }
    let mut hints = model::ToolAnnotations::new();
    if known.read_only {
        hints = hints.read_only(true).destructive(false);
    }
    if known.destructive {
        hints = hints.read_only(false).destructive(true);
    }
    if known.idempotent {
        hints = hints.idempotent(true);
    }
    Some(hints)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(known: ToolAnnotations) -> serde_json::Value {
        json!(hints(known))
    }

    #[test]
    fn hints_contain_only_what_is_known() {
        let unknown = ToolAnnotations::default();
        assert_eq!(of(unknown), json!(null));
        assert_eq!(of(unknown.read_only()), json!({"readOnlyHint": true, "destructiveHint": false}));
        assert_eq!(of(unknown.idempotent()), json!({"idempotentHint": true}));
        assert_eq!(
            of(unknown.destructive().idempotent()),
            json!({"readOnlyHint": false, "destructiveHint": true, "idempotentHint": true})
        );
    }

    #[test]
    fn only_an_object_is_structured_content() {
        let schema = |schema: serde_json::Value| {
            output_schema(&ToolDefinition::new("a", "", &json!({"type": "object"})).with_output_schema(&schema))
        };
        assert!(schema(json!({"type": "object"})).is_some());
        assert!(schema(json!({"type": "string"})).is_none());
        assert!(schema(json!({"anyOf": [{"type": "object"}, {"type": "null"}]})).is_none());
        assert!(schema(json!(true)).is_none());
    }
}
