//! One minimal invalid request for each rule, with the exact error, and valid requests that look invalid.

// The tests are tables of values.
#![allow(clippy::needless_pass_by_value, clippy::too_many_lines, clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use hyper::header::HeaderValue;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::request::{Call, Endpoint, MAX_BODY, Rules};

/// Checks a body with the default headers and rules.
fn check(body: &Value) -> Result<(), Refusal> {
    check_with(body, &[], &Rules::default(), Endpoint::Messages)
}

fn check_with(
    body: &Value,
    headers: &[(&'static str, &'static str)],
    rules: &Rules,
    endpoint: Endpoint,
) -> Result<(), Refusal> {
    let usual = [("x-api-key", "key"), ("anthropic-version", "2026-10-21")];
    let mut map = HeaderMap::new();
    for (name, value) in usual.iter().chain(headers) {
        map.insert(*name, HeaderValue::from_static(value));
    }
    // An empty value removes the header.
    for (name, _) in headers.iter().filter(|(_, value)| value.is_empty()) {
        map.remove(*name);
    }
    let call = Call { endpoint, headers: &map, size: 0, body: &Ok(body.clone()) };
    super::check(&call, rules).map(drop)
}

/// Returns a small valid body with some fields set, or removed if they are null.
fn body(fields: Value) -> Value {
    let mut body = json!({
        "model": "claude-haiku-4-5",
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    let Value::Object(fields) = fields else {
        panic!("not an object");
    };
    for (name, value) in fields {
        if value.is_null() {
            body.as_object_mut().unwrap().shift_remove(&name);
        } else {
            body[name] = value;
        }
    }
    body
}

/// Returns a body with these messages.
fn messages(messages: Value) -> Value {
    body(json!({ "messages": messages }))
}

/// Returns a body whose only message has this content.
fn says(content: Value) -> Value {
    messages(json!([{ "role": "user", "content": content }]))
}

/// Returns a body with an assistant message of this content between two user messages.
fn echoes(content: Value) -> Value {
    messages(json!([
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": content},
        {"role": "user", "content": "Go on"},
    ]))
}

/// Returns a body with tool calls, followed by a user message of this content.
fn answers(ids: &[&str], content: Value) -> Value {
    let calls: Vec<Value> = ids.iter().map(|id| call(id)).collect();
    messages(json!([
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": calls},
        {"role": "user", "content": content},
    ]))
}

fn call(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": "add", "input": {}})
}

fn result(id: &str) -> Value {
    json!({"type": "tool_result", "tool_use_id": id, "content": "5"})
}

fn tool(name: &str) -> Value {
    json!({"name": name, "input_schema": {"type": "object"}})
}

/// Returns a body with a strict tool that has this one property.
fn strict(property: Value) -> Value {
    let schema = json!({
        "type": "object", "properties": {"x": property}, "required": ["x"], "additionalProperties": false,
    });
    body(json!({"tools": [{"name": "add", "strict": true, "input_schema": schema}]}))
}

#[track_caller]
fn assert_refused(cases: Vec<(Value, &str)>) {
    for (body, message) in cases {
        let refusal = check(&body).expect_err(&format!("{body} should be refused: {message}"));
        assert_eq!(refusal, Refusal::new(message), "{body}");
    }
}

#[test]
fn fields() {
    assert_refused(vec![
        (body(json!({"foo": 1})), "foo: Extra inputs are not permitted"),
        (body(json!({"mcp_servers": []})), "mcp_servers: Extra inputs are not permitted"),
        (
            messages(json!([{"role": "user", "content": "Hi", "name": "Ann"}])),
            "messages.0.name: Extra inputs are not permitted",
        ),
        (
            echoes(json!([{"type": "tool_use", "id": "t", "name": "add", "input": {}, "foo": 1}])),
            "messages.1.content.0.tool_use.foo: Extra inputs are not permitted",
        ),
        (
            echoes(json!([{"type": "thinking", "thinking": "", "signature": "s", "cache_control": null}])),
            "messages.1.content.0.thinking.cache_control: Extra inputs are not permitted",
        ),
        (
            says(json!([{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral", "scope": "x"}}])),
            "messages.0.content.0.text.cache_control.ephemeral.scope: Extra inputs are not permitted",
        ),
        (
            body(json!({"system": [{"type": "text", "text": "Hi", "foo": 1}]})),
            "system.0.foo: Extra inputs are not permitted",
        ),
        (
            body(json!({"output_config": {"format": {"type": "json_schema", "schema": {}, "name": "x"}}})),
            "output_config.format.name: Extra inputs are not permitted",
        ),
        (body(json!({"max_tokens": null})), "max_tokens: Field required"),
        (body(json!({"model": null})), "model: Field required"),
        (body(json!({"messages": null})), "messages: Field required"),
        (messages(json!([{"content": "Hi"}])), "messages.0.role: Field required"),
        (messages(json!([{"role": "user"}])), "messages.0.content: Field required"),
        (says(json!([{"text": "Hi"}])), "messages.0.content.0.type: Field required"),
        (
            echoes(json!([{"type": "thinking", "thinking": "Hm."}])),
            "messages.1.content.0.thinking.signature: Field required",
        ),
        (
            says(json!([{"type": "tool_result", "content": "5"}])),
            "messages.0.content.0.tool_result.tool_use_id: Field required",
        ),
        // Types.
        (body(json!({"max_tokens": "9"})), "max_tokens: Input should be a valid integer"),
        (body(json!({"max_tokens": 1.5})), "max_tokens: Input should be a valid integer"),
        (body(json!({"max_tokens": -1})), "max_tokens: Input should be greater than or equal to 0"),
        (body(json!({"messages": "Hi"})), "messages: Input should be a valid list"),
        (body(json!({"messages": ["Hi"]})), "messages.0: Input should be a valid dictionary"),
        (says(json!(5)), "messages.0.content: Input should be a valid list"),
        (body(json!({"stream": "yes"})), "stream: Input should be a valid boolean"),
        (body(json!({"stop_sequences": [""]})), "stop_sequences: each stop sequence must be non-empty"),
        (body(json!({"stop_sequences": ["\n"]})), "stop_sequences: each stop sequence must contain non-whitespace"),
        (body(json!({"service_tier": "priority"})), "service_tier: Input should be 'auto' or 'standard_only'"),
        (
            body(json!({"cache_control": {"type": "persistent"}})),
            "cache_control: Input tag 'persistent' found using 'type' does not match any of the expected tags: \
             'ephemeral'",
        ),
        (body(json!({"system": [{"type": "text", "text": ""}]})), "system: text content blocks must be non-empty"),
        (
            messages(json!([{"role": "tool", "content": "Hi"}])),
            "messages.0.role: Input should be 'user' or 'assistant'",
        ),
    ]);
}

#[test]
fn models() {
    let unknown = check(&body(json!({"model": "claude-3-opus-20240229"})));
    assert_eq!(unknown, Err(Refusal::not_found("model: claude-3-opus-20240229")));

    let thinking = |model: &str, thinking: Value, effort: &str| {
        body(json!({
            "model": model, "max_tokens": 9000, "thinking": thinking, "output_config": {"effort": effort},
        }))
    };
    let instead = "Use \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior.";
    assert_refused(vec![
        (
            body(json!({"max_tokens": 200_000, "model": "claude-opus-5"})),
            "max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens for claude-opus-5",
        ),
        (
            body(json!({"thinking": {"type": "enabled", "budget_tokens": 2000}})),
            "`max_tokens` must be greater than `thinking.budget_tokens`.",
        ),
        (
            body(json!({"thinking": {"type": "enabled", "budget_tokens": 1000}})),
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ),
        (body(json!({"thinking": {"type": "enabled"}})), "thinking.enabled.budget_tokens: Field required"),
        (body(json!({"max_tokens": 0, "stream": true})), "max_tokens: 0 is not supported together with `stream`"),
        // Thinking.
        (body(json!({"thinking": {"type": "adaptive"}})), "adaptive thinking is not supported on this model"),
        (
            thinking("claude-opus-5-5", json!({"type": "enabled", "budget_tokens": 2000}), "high"),
            &format!("\"thinking.type.enabled\" is not supported for this model. {instead}"),
        ),
        (
            thinking("claude-opus-5-5", json!({"type": "disabled"}), "high"),
            &format!("\"thinking.type.disabled\" is not supported for this model. {instead}"),
        ),
        (
            thinking("claude-sonnet-5-5", json!({"type": "disabled"}), "high"),
            "To turn thinking off on this model, send \"thinking\": {\"type\": \"between_tools\"} instead of \
             {\"type\": \"disabled\"}.",
        ),
        (
            thinking("claude-opus-5-5", json!({"type": "between_tools"}), "high"),
            "\"thinking.type.between_tools\" is not supported for this model.",
        ),
        // Effort.
        (
            thinking("claude-haiku-5-5", json!({"type": "disabled"}), "xhigh"),
            "output_config.effort 'xhigh' is not supported when thinking is disabled on this model. Use effort 'high' \
             or below, or enable thinking.",
        ),
        (body(json!({"output_config": {"effort": "low"}})), "This model does not support the effort parameter."),
        (
            body(json!({"output_config": {"effort": "extreme"}})),
            "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'",
        ),
        (body(json!({"temperature": 1.0})), "temperature: Extra inputs are not permitted"),
        (body(json!({"top_k": null, "top_p": 1})), "top_p: Extra inputs are not permitted"),
    ]);
}

#[test]
fn sampling_in_the_older_version() {
    let older = |fields| {
        let headers = [("anthropic-version", "2023-06-01")];
        check_with(&body(fields), &headers, &Rules::default(), Endpoint::Messages)
    };
    let thinking = json!({"type": "enabled", "budget_tokens": 1024});
    for (fields, message) in [
        (json!({"temperature": 1.5}), "temperature: Input should be less than or equal to 1"),
        (
            json!({"temperature": 0.5, "top_p": 0.9}),
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        ),
        (
            json!({"temperature": 0.5, "thinking": thinking}),
            "`temperature` may only be set to 1 when thinking is enabled.",
        ),
        (json!({"temperature": 0.5, "model": "claude-opus-4-7"}), "`temperature` is deprecated for this model."),
        (json!({"top_k": 5, "model": "claude-opus-5-5"}), "`top_k` is deprecated for this model."),
    ] {
        assert_eq!(older(fields.clone()), Err(Refusal::new(message)), "{fields}");
    }
    for fields in [
        json!({"temperature": 0.5, "top_k": 5}),
        json!({"temperature": 1, "thinking": thinking}),
        json!({"temperature": 1, "top_p": 0.99, "model": "claude-opus-4-7"}),
    ] {
        assert_eq!(older(fields.clone()), Ok(()), "{fields}");
    }
}

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

#[test]
fn structure() {
    let system = |model: &str, roles: &[&str]| {
        let message = |role: &&str| json!({"role": role, "content": "Hi"});
        let messages: Vec<Value> = roles.iter().map(message).collect();
        body(json!({"model": model, "messages": messages}))
    };
    let ends_in = |model: &str, text: &str| {
        body(json!({"model": model, "messages": [
            {"role": "user", "content": "Hello"}, {"role": "assistant", "content": text},
        ]}))
    };
    let document = |citations: bool| {
        json!({
            "type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"},
            "citations": {"enabled": citations},
        })
    };
    assert_refused(vec![
        (messages(json!([])), "messages: at least one message is required"),
        (system("claude-opus-4-7", &["user", "system"]), "role 'system' is not supported on this model"),
        (
            system("claude-opus-4-8", &["system", "user"]),
            "messages.0: role 'system' must follow a `user` message or an `assistant` message that ends in a server \
             tool result",
        ),
        (
            system("claude-opus-4-8", &["user", "system", "user"]),
            "messages.1: role 'system' must be last or be followed by an `assistant` message",
        ),
        (
            says(json!("")),
            "messages.0: all messages must have non-empty content except for the optional final assistant message",
        ),
        (
            echoes(json!([])),
            "messages.1: all messages must have non-empty content except for the optional final assistant message",
        ),
        (says(json!([{"type": "text", "text": ""}])), "messages: text content blocks must be non-empty"),
        (says(json!(" \n")), "messages: text content blocks must contain non-whitespace text"),
        (
            says(json!([{"type": "text", "text": "Hi"}, {"type": "text", "text": "\n\n"}])),
            "messages: text content blocks must contain non-whitespace text",
        ),
        (
            echoes(json!([{"type": "text", "text": "\n\n"}])),
            "messages: text content blocks must contain non-whitespace text",
        ),
        (
            ends_in("claude-haiku-4-5", "The answer is "),
            "messages: final assistant content cannot end with trailing whitespace",
        ),
        (
            ends_in("claude-sonnet-4-6", "The answer is"),
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        ),
        (echoes(json!([result("t")])), "messages.1: `tool_result` blocks can only be in `user` messages"),
        (says(json!([call("t")])), "messages.0: `tool_use` blocks can only be in `assistant` messages"),
        (
            says(json!([{"type": "thinking", "thinking": "", "signature": "s"}])),
            "messages.0: `thinking` blocks can only be in `assistant` messages",
        ),
        (
            says(json!([{"type": "txt", "text": "Hi"}])),
            "messages.0.content.0: Input tag 'txt' found using 'type' does not match any of the expected tags: \
             'container_upload', 'document', 'image', 'search_result', 'text', 'tool_result'",
        ),
        (
            echoes(json!([document(false)])),
            "messages.1.content.0: `document` blocks are not permitted in `assistant` messages",
        ),
        (
            says(json!([{"type": "text", "text": "Hi", "citations": [{}]}])),
            "messages.0.content.0.text.citations: citations are not permitted in `user` messages",
        ),
        (
            says(json!([document(true), document(false)])),
            "messages: citations must be enabled on all documents or on none",
        ),
    ]);
    let strict = Rules { strict_first_user: true, ..Rules::default() };
    let model_first = system("claude-haiku-4-5", &["assistant", "user"]);
    assert_eq!(
        check_with(&model_first, &[], &strict, Endpoint::Messages),
        Err(Refusal::new("messages: first message must use the \"user\" role"))
    );
    assert_eq!(check(&model_first), Ok(()));
}

/// Returns an image block with the header of a GIF of this size.
fn gif(width: u16, height: u16) -> Value {
    let bytes = [&b"GIF89a"[..], &width.to_le_bytes(), &height.to_le_bytes(), b"\0\0\0;"].concat();
    image("image/gif", &STANDARD.encode(bytes))
}

fn image(media_type: &str, data: &str) -> Value {
    json!({"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}})
}

#[test]
fn images() {
    let mismatch = |place: &str| {
        format!(
            "{place}.image.source.base64: The image was specified using the image/png media type, but the image appears \
             to be a image/jpeg image"
        )
    };
    let jpeg = || image("image/png", "/9j/4AAQ");
    assert_refused(vec![
        (says(json!([jpeg()])), &mismatch("messages.0.content.0")),
        (
            answers(&["t"], json!([{"type": "tool_result", "tool_use_id": "t", "content": [jpeg()]}])),
            &mismatch("messages.2.content.0.tool_result.content.0"),
        ),
        (
            says(json!([{"type": "document", "source": {"type": "content", "content": [jpeg()]}}])),
            &mismatch("messages.0.content.0.document.source.content.0"),
        ),
        (says(json!([image("image/gif", "R0lGOD*")])), "messages.0.content.0.image.source.base64: invalid base64 data"),
        (
            says(json!([image("image/gif", &"A".repeat(12_504_100))])),
            "messages.0.content.0.image.source.base64: image exceeds 10 MB maximum: 12504100 bytes > 10485760 bytes",
        ),
    ]);

    let too_large = |body: Value, limit: &str, longest: u64, places: &[&str]| {
        let paths: Vec<String> = places.iter().map(|place| format!("{place}.image.source.base64.data")).collect();
        let what = format!("{}: At least one of the image dimensions exceed max allowed size{limit}", paths[0]);
        let details = json!({
            "error_code": "image_dimensions_too_large", "max_side_length_pixels": longest, "paths": paths,
        });
        assert_eq!(check(&body), Err(Refusal::new(format!("{what}: {longest} pixels")).details(details)));
    };
    let shown = json!([{"type": "tool_result", "tool_use_id": "t", "content": [gif(1, 1), gif(8001, 1)]}]);
    too_large(says(json!([gif(8000, 8001)])), "", 8000, &["messages.0.content.0"]);
    too_large(answers(&["t"], shown), "", 8000, &["messages.2.content.0.tool_result.content.1"]);
    let many = |mut sides: Vec<u16>, more: usize| {
        sides.resize(sides.len() + more, 1);
        says(sides.into_iter().map(|side| gif(1, side)).collect())
    };
    assert_eq!(check(&many(vec![2001, 8000], 18)), Ok(()));
    assert_eq!(check(&many(vec![2000, 2000], 19)), Ok(()));
    let places = ["messages.0.content.0", "messages.0.content.2"];
    too_large(many(vec![2001, 2000, 8000], 18), " for many-image requests", 2000, &places);
}

#[test]
fn pairing() {
    let unanswered = |index: usize, ids: &str| {
        format!(
            "messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: {ids}. Each \
             `tool_use` block must have a corresponding `tool_result` block in the next message."
        )
    };
    let unexpected = |place: &str, id: &str| {
        format!(
            "{place}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have \
             a corresponding `tool_use` block in the previous message."
        )
    };
    let pattern = "String should match pattern '^[a-zA-Z0-9_-]+$'";
    let search = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}});
    let found = json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []});
    let open = "`web_search` tool use with id `srvtoolu_1` was found without a corresponding `web_search_tool_result` \
                block";
    let text = json!({"type": "text", "text": "Hi"});
    assert_refused(vec![
        (answers(&["t", "u", "v"], json!([result("u")])), &unanswered(1, "t, v")),
        (answers(&["t"], json!("Hi")), &unanswered(1, "t")),
        (
            messages(json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [call("t")]}])),
            &unanswered(1, "t"),
        ),
        (says(json!([result("t")])), &unexpected("messages.0.content.0", "t")),
        (answers(&["t"], json!([result("t"), result("u")])), &unexpected("messages.2.content.1", "u")),
        (
            answers(&["t"], json!([result("t"), result("t")])),
            "messages.2.content.1: each tool_use must have a single result. Found multiple `tool_result` blocks with \
             id: t",
        ),
        (answers(&["t", "t"], json!([result("t")])), "messages.1.content.1: `tool_use` ids must be unique"),
        (answers(&["t.1"], json!([result("t.1")])), &format!("messages.1.content.0.tool_use.id: {pattern}")),
        (answers(&["t"], json!([result("")])), &format!("messages.2.content.0.tool_result.tool_use_id: {pattern}")),
        (
            echoes(json!([{"type": "tool_use", "id": "t", "name": "add", "input": "{}"}])),
            "messages.1.content.0.tool_use.input: Input should be a valid dictionary",
        ),
        (answers(&["t"], json!([text, result("t")])), &unanswered(1, "t")),
        (answers(&["t", "u"], json!([result("t"), text, result("u")])), &unanswered(1, "u")),
        (echoes(json!([search])), open),
        (
            messages(json!([
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": [search, call("t")]},
                {"role": "user", "content": [result("t"), text]},
            ])),
            open,
        ),
        (
            echoes(json!([found, search])),
            "messages.1.content.0: unexpected `tool_use_id` found in `web_search_tool_result` blocks: srvtoolu_1. Each \
             `web_search_tool_result` block must have a corresponding `server_tool_use` block before it.",
        ),
        (
            answers(&["t"], json!([{"type": "tool_result", "tool_use_id": "t", "is_error": true}])),
            "messages.2.content.0.tool_result: content cannot be empty if `is_error` is true",
        ),
        (
            answers(
                &["t"],
                json!([{"type": "tool_result", "tool_use_id": "t", "is_error": true, "content": [
                    {"type": "image", "source": {"type": "url", "url": "https://example.com"}},
                ]}]),
            ),
            "messages.2.content.0.tool_result: all content must be type 'text' if 'is_error' is true",
        ),
    ]);
}

#[test]
fn thinking() {
    let signature = super::super::signature::sign("Hm.", 0);
    let echo = json!({"type": "thinking", "thinking": "Hm!", "signature": signature});
    let mut manual = answers(&["t"], json!([result("t")]));
    manual["thinking"] = json!({"type": "enabled", "budget_tokens": 1024});
    assert_refused(vec![
        (
            echoes(json!([echo])),
            "messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be \
             modified. These blocks must remain as they were in the original response.",
        ),
        (
            messages(json!([
                {"role": "assistant", "content": [echo]}, {"role": "user", "content": "Hm?"},
                {"role": "assistant", "content": "Hm."}, {"role": "user", "content": "Hm?"},
            ])),
            "messages.0.content.0: Invalid `signature` in `thinking` block",
        ),
        (
            manual,
            "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When \
             `thinking` is enabled, a final `assistant` message must start with a thinking block. To avoid this \
             requirement, disable `thinking`.",
        ),
    ]);
}

#[test]
fn cache_breakpoints() {
    let text = |ttl: &str| json!({"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral", "ttl": ttl}});
    let five = || text("5m");
    let automatic = |content: Value, ttl: &str| {
        let mut body = says(content);
        body["cache_control"] = json!({"type": "ephemeral", "ttl": ttl});
        body
    };
    let plain = json!({"type": "text", "text": "Hi"});
    let maximum = "A maximum of 4 blocks with cache_control may be provided. Found 5.";
    assert_refused(vec![
        (says(json!([five(), five(), five(), five(), five()])), maximum),
        (automatic(json!([five(), five(), five(), five(), plain]), "5m"), maximum),
        (automatic(json!([five()]), "1h"), "cache_control: the last block has a cache_control with a different ttl"),
        (
            says(json!([{"type": "text", "text": "", "cache_control": {"type": "ephemeral"}}])),
            "messages.0.content.0.text: cache_control cannot be set for empty text blocks",
        ),
        (
            says(json!([text("1h"), five(), text("1h")])),
            "messages.0.content.2.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' \
             cache_control block. Note that blocks are processed in the following order: `tools`, `system`, \
             `messages`.",
        ),
        (
            says(json!([text("2h")])),
            "messages.0.content.0.text.cache_control.ephemeral.ttl: Input should be '5m' or '1h'",
        ),
    ]);
    let fitting = [
        says(json!([text("1h"), five(), five(), five()])),
        automatic(json!([five(), five(), five(), five()]), "5m"),
        automatic(json!([five(), five(), five(), plain]), "1h"),
    ];
    for body in fitting {
        assert_eq!(check(&body), Ok(()), "{body}");
    }
}

#[test]
fn headers() {
    let plain = body(json!({}));
    let with = |headers: &[(&'static str, &'static str)], rules: &Rules| {
        check_with(&plain, headers, rules, Endpoint::Messages)
    };
    let any = Rules::default();
    let demanding = Rules { api_key: Some("right".to_owned()), ..Rules::default() };
    let missing = Err(Refusal::unauthorized("x-api-key header is required"));
    let invalid = Err(Refusal::unauthorized("invalid x-api-key"));
    assert_eq!(with(&[("x-api-key", "")], &any), missing);
    assert_eq!(with(&[("x-api-key", ""), ("authorization", "Basic x")], &any), missing);
    assert_eq!(with(&[("x-api-key", ""), ("authorization", "Bearer x")], &any), Ok(()));
    assert_eq!(with(&[("x-api-key", "wrong")], &demanding), invalid);
    assert_eq!(with(&[("x-api-key", "right")], &demanding), Ok(()));
    assert_eq!(with(&[("authorization", "Bearer right")], &demanding), invalid);
    assert_eq!(with(&[("anthropic-version", "")], &any), Err(Refusal::new("anthropic-version: header is required")));
    assert_eq!(
        with(&[("anthropic-version", "2024-01-01")], &any),
        Err(Refusal::new("anthropic-version: \"2024-01-01\" is not a valid version"))
    );
    assert_eq!(
        with(&[("anthropic-beta", "mcp-client-2025-11-20,everything")], &any),
        Err(Refusal::new("Unexpected value(s) `everything` for the `anthropic-beta` header."))
    );
    assert_eq!(with(&[("anthropic-beta", "mcp-client-2025-11-20, compact-2026-01-12")], &any), Ok(()));
}

#[test]
fn bodies() {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_static("key"));
    headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    let check = |size: usize, text: &str| {
        let call = Call { endpoint: Endpoint::Messages, headers: &headers, size, body: &serde_json::from_str(text) };
        super::check(&call, &Rules::default()).map(drop).unwrap_err()
    };
    assert_eq!(check(0, "[]"), Refusal::new("body: Input should be a valid dictionary"));
    let broken = check(0, "{").message;
    assert!(broken.starts_with("The request body is not valid JSON: "), "{broken}");
    let large = check(MAX_BODY + 1, "{}");
    assert_eq!((large.status, large.kind), (413, "request_too_large"));
    let long = body(json!({"messages": [{"role": "user", "content": "word ".repeat(200_000)}]}));
    assert_eq!(super::tests::check(&long), Err(Refusal::new("prompt is too long: 250007 tokens > 200000 maximum")));
}

#[test]
fn token_counts_accept_fewer_fields_and_the_same_messages() {
    let count = |body: Value| check_with(&body, &[], &Rules::default(), Endpoint::CountTokens);
    assert_eq!(count(body(json!({"max_tokens": null}))), Ok(()));
    assert_eq!(count(body(json!({}))), Err(Refusal::new("max_tokens: Extra inputs are not permitted")));
    assert_eq!(
        count(body(json!({"max_tokens": null, "messages": []}))),
        Err(Refusal::new("messages: at least one message is required"))
    );
}

#[test]
fn unusual_but_valid_requests_are_accepted() {
    let turn = |first: Value, second: Value| {
        messages(json!([
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [call("t"), call("u")]},
            {"role": "user", "content": first},
            {"role": "user", "content": second},
        ]))
    };
    let empty = |content: Value| json!({"type": "tool_result", "tool_use_id": "t", "content": content});
    let search = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}});
    let found = json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [],
                       "caller": {"type": "direct"}});
    let thought = json!({"type": "thinking", "thinking": "Hm.", "signature": "of another server"});
    let text = json!({"type": "text", "text": "Hi"});
    let ends_in = |model: &str, content: Value| {
        body(json!({"model": model, "messages": [
            {"role": "user", "content": "Hi"}, {"role": "assistant", "content": content},
        ]}))
    };
    let legal = [
        body(json!({})),
        says(json!([text, text])),
        // Results without content, and text after results.
        answers(&["t"], json!([{"type": "tool_result", "tool_use_id": "t"}])),
        answers(&["t"], json!([empty(json!("")), text])),
        answers(&["t"], json!([empty(json!([]))])),
        answers(&["t"], json!([empty(json!(null))])),
        answers(
            &["t"],
            json!([{"type": "tool_result", "tool_use_id": "t", "is_error": false, "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
                {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
            ]}]),
        ),
        // Neighbouring messages of one role are one turn, and results can be in any order.
        turn(json!([result("u")]), json!([result("t"), text])),
        messages(json!([{"role": "user", "content": "Hi"}, {"role": "user", "content": "Ho"}])),
        // Texts around and between calls, including blank ones, and a block of an unknown type.
        messages(json!([
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [
                thought, {"type": "text", "text": "\n\n"}, text, call("t"), text,
                {"type": "hologram", "pixels": 5},
            ]},
            {"role": "user", "content": [result("t")]},
        ])),
        // A call with a caller.
        messages(json!([
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "t", "name": "add", "input": {}, "caller": {"type": "direct"}},
            ]},
            {"role": "user", "content": [result("t")]},
        ])),
        // The last assistant message may be empty.
        ends_in("claude-opus-5-5", json!([])),
        ends_in("claude-opus-5-5", json!("")),
        // A prefill, if the model supports it, and paused turns, which are not prefills.
        ends_in("claude-haiku-4-5", json!("The answer is")),
        ends_in("claude-opus-5-5", json!([text, search])),
        ends_in("claude-opus-5-5", json!([search, found])),
        // A search that the server finishes later, and one with its result.
        messages(json!([
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [search, call("t")]},
            {"role": "user", "content": [result("t")]},
            {"role": "assistant", "content": [found, text]},
            {"role": "user", "content": "Ho"},
        ])),
        echoes(json!([search, found, text])),
        // Tools of all kinds, and a strict tool.
        body(json!({"tools": [
            tool("add"), {"type": "bash_20250124", "name": "bash"},
            {"type": "web_search_20260318", "name": "web_search", "max_uses": 3},
            {"type": "computer_toolset_20260801", "configs": {}},
            {"type": "tool_search_tool_regex", "name": "tool_search_tool_regex"},
        ]})),
        strict(json!({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]})),
        // Every kind of thinking that a model supports, and the other options.
        body(json!({"thinking": {"type": "enabled", "budget_tokens": 1024}})),
        body(json!({"model": "claude-haiku-4-5-20251001", "thinking": {"type": "disabled"}})),
        body(json!({"model": "claude-sonnet-5-5", "thinking": {"type": "between_tools"},
                    "output_config": {"effort": "high"}})),
        body(json!({"model": "claude-opus-5-5", "thinking": {"type": "adaptive", "display": "summarized"},
                    "output_config": {"effort": "max"}})),
        body(json!({"max_tokens": 0})),
        body(json!({
            "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
            "stop_sequences": ["END"], "stream": true, "metadata": {"user_id": "u"}, "service_tier": "auto",
            "cache_control": {"type": "ephemeral"}, "container": "c", "inference_geo": "us",
        })),
        body(json!({"model": "claude-opus-4-8", "messages": [
            {"role": "user", "content": "Hi"}, {"role": "system", "content": "In Spanish."},
            {"role": "assistant", "content": "Hola"}, {"role": "user", "content": "Ho"},
        ]})),
    ];
    for body in legal {
        assert_eq!(check(&body), Ok(()), "{body}");
    }

    let any = Rules { any_model: true, ..Rules::default() };
    let unknown = body(json!({"model": "claude-9", "max_tokens": 999_999}));
    assert_eq!(check_with(&unknown, &[], &any, Endpoint::Messages), Ok(()));
    let beta = [("anthropic-beta", "mcp-client-2025-11-20")];
    let servers = body(json!({"mcp_servers": []}));
    assert_eq!(check_with(&servers, &beta, &Rules::default(), Endpoint::Messages), Ok(()));
}

#[test]
fn blocks_of_mcp_servers() {
    let call = json!({"type": "mcp_tool_use", "id": "m", "name": "find", "server_name": "s", "input": {}});
    let result = json!({"type": "mcp_tool_result", "tool_use_id": "m", "is_error": false, "content": "Found."});
    let listing = |tools: Value| json!({"type": "mcp_tool_listing", "mcp_server_name": "s", "tools": tools});
    let tools = || listing(json!([{"name": "find", "description": null, "input_schema": {}}]));
    let check = |beta: &'static str, body: &Value| {
        let (betas, rules) = ([("anthropic-beta", beta)], Rules::default());
        check_with(body, &betas, &rules, Endpoint::Messages).map_err(|refusal| refusal.message)
    };
    let (calls, listings) = (echoes(json!([call, result])), echoes(json!([tools(), call, result])));
    for (beta, body, expected) in [
        ("mcp-client-2025-11-20", calls.clone(), None),
        ("mcp-client-2026-09-15", listings.clone(), None),
        ("compact-2026-01-12", calls, Some("messages.1.content.0: Input tag 'mcp_tool_use' found using 'type'")),
        ("mcp-client-2025-11-20", listings, Some("messages.1.content.0: Input tag 'mcp_tool_listing'")),
        (
            "mcp-client-2025-11-20",
            echoes(json!([result])),
            Some("messages.1.content.0: unexpected `tool_use_id` found in `mcp_tool_result` blocks: m"),
        ),
        (
            "mcp-client-2026-09-15",
            echoes(json!([listing(json!([{"name": "find"}]))])),
            Some("messages.1.content.0.mcp_tool_listing.tools.0.input_schema: Field required"),
        ),
        (
            "mcp-client-2026-09-15",
            says(json!([tools()])),
            Some("messages.0: `mcp_tool_listing` blocks can only be in `assistant` messages"),
        ),
    ] {
        let refusal = check(beta, &body).err();
        let is_expected = match (&refusal, expected) {
            (Some(refusal), Some(expected)) => refusal.starts_with(expected),
            (refusal, expected) => refusal.is_none() && expected.is_none(),
        };
        assert!(is_expected, "{refusal:?}\n{expected:?}");
    }
}
