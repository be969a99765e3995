//! [`define`]: a listed tool as a tool of a chat.

use claudette::ToolDefinition;
use claudette::tooling::ToolAnnotations;
use serde_json::Value;

use super::listing::{Hints, ListedTool};
use super::schema::{ArgumentMap, mend};
use crate::text::{clean, clean_line};

/// The maximum size of an output schema as JSON.
const MOST_OUTPUT_BYTES: usize = 64 * 1024;
/// The maximum length of a title, in characters.
const LONGEST_TITLE: usize = 200;

/// A foreign tool, as the model and the program see it.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) definition: ToolDefinition,
    /// The way back to the arguments of the server.
    pub(crate) arguments: ArgumentMap,
    /// The server's claims about the effects of the tool.
    pub(crate) annotations: ToolAnnotations,
    /// The changes of the schemas, for the report.
    pub(crate) notes: Vec<String>,
}

/// Makes the definition of a listed tool, which the model calls `name`.
///
/// # Errors
///
/// The reason why the API would refuse the tool.
pub(crate) fn define(tool: &ListedTool, name: &str) -> Result<Definition, String> {
    let mended = mend(tool.input_schema.as_ref())?;
    let mut notes = mended.notes;
    let description = describe(tool, mended.rules.as_deref());
    let mut definition = ToolDefinition::new(name, description, &mended.schema);
    if let Some(schema) = &tool.output_schema {
        match output_problem(schema) {
            None => definition = definition.with_output_schema(schema),
            Some(problem) => notes.push(format!("the output schema is ignored: {problem}")),
        }
    }
    definition.check().map_err(|error| error.to_string())?;
    Ok(Definition { definition, arguments: mended.arguments, annotations: annotations(tool.annotations), notes })
}

/// Returns the title, the description and the rules of a tool, without hidden characters.
fn describe(tool: &ListedTool, rules: Option<&str>) -> String {
    let description = clean(tool.description.as_deref().unwrap_or_default()).trim().to_owned();
    let title = clean_line(tool.title.as_deref().unwrap_or_default(), LONGEST_TITLE);
    // A title such as "Read File Tool" for `read_file` says nothing new.
    let letters =
        |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
    let is_new = !letters(&title).is_empty()
        && letters(&title).trim_end_matches("tool") != letters(&tool.name).trim_end_matches("tool")
        && !letters(&description).starts_with(&letters(&title));
    let title = if is_new { &*title } else { "" };
    let parts = [title, description.as_str(), rules.unwrap_or_default()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Returns the reason why an output schema cannot be used.
fn output_problem(schema: &Value) -> Option<String> {
    if !schema.is_object() {
        return Some("it is not an object".to_owned());
    }
    let bytes = schema.to_string().len();
    (bytes > MOST_OUTPUT_BYTES).then(|| format!("it has {bytes} bytes, more than {MOST_OUTPUT_BYTES}"))
}

/// Returns the effects of a tool. A hint that is absent is unknown, so it is `false`, although the protocol says that an
/// unknown tool may be destructive. A tool that is read-only is not destructive.
fn annotations(hints: Hints) -> ToolAnnotations {
    let mut annotations = ToolAnnotations::default();
    if hints.destructive == Some(true) {
        annotations = annotations.destructive();
    }
    if hints.read_only == Some(true) {
        annotations = annotations.read_only();
    }
    if hints.idempotent == Some(true) {
        annotations = annotations.idempotent();
    }
    annotations
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::listing::read_page;

    fn defined(tool: &Value) -> Result<Definition, String> {
        define(&read_page(&json!({"tools": [tool]})).tools[0], "mcp__s__tool")
    }

    #[test]
    fn a_tool_is_defined() {
        let tool = defined(&json!({
            "name": "find", "title": "Find pages", "description": "Searches\u{200b} the wiki.\u{1b}[8m",
            "inputSchema": {"properties": {"page[size]": {"type": "integer"}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            "outputSchema": {"type": "object"},
            "annotations": {"readOnlyHint": true, "destructiveHint": true, "idempotentHint": "x"},
        }))
        .unwrap();
        assert_eq!(tool.definition.name(), "mcp__s__tool");
        assert_eq!(
            tool.definition.description(),
            "Find pages\n\nSearches the wiki.\n\nGive at least one of: `a`; `b`."
        );
        assert_eq!(tool.definition.output_schema().unwrap().get(), r#"{"type":"object"}"#);
        assert_eq!(tool.annotations, ToolAnnotations::default().read_only());
        assert_eq!(tool.arguments.iter().collect::<Vec<_>>(), [("page_size_", "page[size]")]);
        assert!(!tool.notes.is_empty());
    }

    #[test]
    fn a_title_without_news_is_left_out() {
        for (title, description, expected) in [
            ("Read File", "Reads it.", "Reads it."),
            ("Read File Tool", "Reads it.", "Reads it."),
            ("Reads", "Reads it.", "Reads it."),
            ("Reader", "", "Reader"),
            ("", "", ""),
            ("\u{202e}", " x ", "x"),
        ] {
            let tool = defined(&json!({"name": "read_file", "title": title, "description": description})).unwrap();
            assert_eq!(tool.definition.description(), expected);
        }
    }

    #[test]
    fn effects_are_what_the_server_says() {
        let effects = |hints: Value| defined(&json!({"name": "a", "annotations": hints})).unwrap().annotations;
        assert_eq!(effects(json!({})), ToolAnnotations::default());
        assert_eq!(effects(json!({"readOnlyHint": false})), ToolAnnotations::default());
        assert_eq!(effects(json!({"destructiveHint": true})), ToolAnnotations::default().destructive());
        assert_eq!(
            effects(json!({"destructiveHint": true, "idempotentHint": true})),
            ToolAnnotations::default().destructive().idempotent()
        );
    }

    #[test]
    fn an_unusable_tool_has_a_reason() {
        let reason = defined(&json!({"name": "a", "inputSchema": {"type": "array"}})).unwrap_err();
        assert_eq!(reason, "its input schema describes a value of the type \"array\", but MCP sends an object");
        let tool = defined(&json!({"name": "a", "outputSchema": [1]})).unwrap();
        assert!(
            tool.notes.contains(&"the output schema is ignored: it is not an object".to_owned()),
            "{:?}",
            tool.notes
        );
    }
}
