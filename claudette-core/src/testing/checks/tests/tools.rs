//! Tools, strict schemas and `tool_choice`.

use super::*;

#[test]
fn tools() {
    let tools = |tools: Value| body(json!({ "tools": tools }));
    let schema = |schema: Value| tools(json!([{"name": "add", "input_schema": schema}]));
    let long = "x".repeat(129);
    assert_refused(vec![
        (tools(json!([tool("add"), tool("add")])), "tools: Tool names must be unique."),
        (tools(json!([tool("add up")])), "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"),
        (tools(json!([tool("add"), tool(&long)])), "tools.1.custom.name: String should have at most 128 characters"),
        (tools(json!([{"input_schema": {"type": "object"}}])), "tools.0.custom.name: Field required"),
        (
            tools(json!([{"name": "add", "input_schema": {"type": "object"}, "foo": 1}])),
            "tools.0.custom.foo: Extra inputs are not permitted",
        ),
        (
            tools(json!([{"type": "bash_20250124", "name": "bash", "input_schema": {}}])),
            "tools.0.bash_20250124.input_schema: Extra inputs are not permitted",
        ),
        (
            tools(json!([{"type": "web_search_20250305", "name": "search"}])),
            "tools.0.web_search_20250305.name: Input should be 'web_search'",
        ),
        (tools(json!([{"name": "add"}])), "tools.0.custom.input_schema: Field required"),
        (schema(json!({})), "tools.0.custom.input_schema.type: Field required"),
        (schema(json!({"type": "array"})), "tools.0.custom.input_schema.type: Input should be 'object'"),
        (schema(json!(true)), "tools.0.custom.input_schema: Input does not match the expected shape."),
        (
            schema(json!({"type": "object", "anyOf": [{}]})),
            "tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level",
        ),
        (
            schema(json!({"type": "object", "properties": {"a": {"type": "int"}}})),
            "tools.0.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12 \
             (https://json-schema.org/draft/2020-12). Learn more about tool use at \
             https://docs.claude.com/en/docs/tool-use.",
        ),
        (
            schema(json!({"type": "object", "properties": {"a b": {}}})),
            "tools.0.custom.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'",
        ),
        (
            tools(json!([{"name": "add", "input_schema": {"type": "object"}, "defer_loading": true}])),
            "All tools have defer_loading set. At least one tool must be non-deferred.",
        ),
        (
            tools(json!([tool("add"), {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25",
                                       "defer_loading": true}])),
            "Tool 'tool_search_tool_bm25' cannot have defer_loading=true, because it finds other tools.",
        ),
        (
            tools(json!([tool("add"), {"name": "mul", "input_schema": {"type": "object"}, "defer_loading": true,
                                       "cache_control": {"type": "ephemeral"}}])),
            "Tool 'mul' cannot have both defer_loading=true and cache_control set. Tools with defer_loading cannot \
             use prompt caching.",
        ),
    ]);
    let unknown = check(&tools(json!([{"type": "teleport_20260101", "name": "teleport"}])));
    let message = unknown.unwrap_err().message;
    assert!(message.starts_with("tools.0: Input tag 'teleport_20260101' found using 'type'"), "{message}");
}

#[test]
fn strict_schemas() {
    let format = |schema: Value| body(json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}}));
    let many: Vec<String> = (0..25).map(|n| format!("p{n}")).collect();
    let many: Value = many.iter().map(|name| (name.clone(), json!({"type": "string"}))).collect();
    assert_refused(vec![
        (
            format(json!({"type": "object", "properties": {}})),
            "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
        ),
        (
            strict(json!({"type": "object", "additionalProperties": true})),
            "tools.0.custom: For 'object' type, 'additionalProperties: true' is not supported. Please set \
             'additionalProperties' to false",
        ),
        (
            strict(json!({"type": "integer", "minimum": 1, "maximum": 5})),
            "tools.0.custom: For 'integer' type, properties maximum, minimum are not supported",
        ),
        (strict(json!({"oneOf": [{"type": "string"}]})), "tools.0.custom: Schema type 'oneOf' is not supported"),
        (
            strict(json!({"type": "array", "items": {"type": "string"}, "minItems": 2})),
            "tools.0.custom: For 'array' type, 'minItems' values other than 0 or 1 are not supported",
        ),
        (
            strict(json!({"type": "string", "pattern": "(?=x)"})),
            "tools.0.custom: Unsupported regex feature in pattern field: lookahead",
        ),
        (
            format(json!({"$ref": "#/$defs/Node", "$defs": {"Node": {
                "type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}},
                "required": ["next"], "additionalProperties": false,
            }}})),
            "output_config.format.schema: Invalid schema: Circular reference detected in schema definitions: Node -> \
             Node. Self-referencing or mutually-referencing definitions are not supported.",
        ),
        (
            format(json!({"anyOf": [{"$ref": "#/$defs/A"}], "$defs": {
                "A": {"anyOf": [{"$ref": "#/$defs/C"}, {"$ref": "#/$defs/B"}]},
                "B": {"anyOf": [{"$ref": "#/$defs/C"}, {"$ref": "#/$defs/A"}]},
                "C": {"type": "null"},
            }})),
            "output_config.format.schema: Invalid schema: Circular reference detected in schema definitions: A -> B -> \
             A. Self-referencing or mutually-referencing definitions are not supported.",
        ),
        (
            format(json!({"type": "object", "properties": many, "additionalProperties": false})),
            "Schema is too complex for compilation. Try reducing the number of tools or simplifying tool schemas.",
        ),
    ]);
}

#[test]
fn tool_choice() {
    let choice =
        |model: &str, choice: Value| body(json!({"model": model, "tools": [tool("add")], "tool_choice": choice}));
    let forced = "tool_choice: type \"tool\" and \"any\" are not supported for this model.";
    let mut thinking = choice("claude-haiku-4-5", json!({"type": "any"}));
    thinking["thinking"] = json!({"type": "enabled", "budget_tokens": 1024});
    assert_refused(vec![
        (body(json!({"tool_choice": {"type": "auto"}})), "tool_choice: may only be specified while providing tools"),
        (
            choice("claude-haiku-4-5", json!({"type": "tool", "name": "mul"})),
            "tool_choice: Tool 'mul' not found in provided tools",
        ),
        (choice("claude-haiku-4-5", json!({"type": "tool"})), "tool_choice.tool.name: Field required"),
        (
            choice("claude-haiku-4-5", json!({"type": "none", "disable_parallel_tool_use": true})),
            "tool_choice.none.disable_parallel_tool_use: Extra inputs are not permitted",
        ),
        (choice("claude-haiku-4-5", json!("auto")), "tool_choice: Input should be a valid dictionary"),
        (choice("claude-sonnet-5-5", json!({"type": "any"})), forced),
        (choice("claude-opus-5-5", json!({"type": "tool", "name": "add"})), forced),
        (thinking, "Thinking may not be enabled when tool_choice forces tool use."),
    ]);
    for model in ["claude-haiku-4-5", "claude-opus-4-6", "claude-opus-5", "claude-haiku-5-5"] {
        assert_eq!(check(&choice(model, json!({"type": "any"}))), Ok(()), "{model}");
    }
}
