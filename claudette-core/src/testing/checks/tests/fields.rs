//! The fields of the body, the headers and the body itself.

use super::super::request::MAX_BODY;
use super::*;

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
        let body = serde_json::from_str(text);
        let body = body.as_ref();
        let containers = &Containers::default();
        let call = Call { endpoint: Endpoint::Messages, headers: &headers, size, body, containers };
        super::super::check(&call, &Rules::default()).map(drop).unwrap_err()
    };
    assert_eq!(check(0, "[]"), Refusal::new("body: Input should be a valid dictionary"));
    let broken = check(0, "{").message;
    assert!(broken.starts_with("The request body is not valid JSON: "), "{broken}");
    let large = check(MAX_BODY + 1, "{}");
    assert_eq!((large.status, large.kind), (413, "request_too_large"));
    let long = body(json!({"messages": [{"role": "user", "content": "word ".repeat(200_000)}]}));
    assert_eq!(super::check(&long), Err(Refusal::new("prompt is too long: 250007 tokens > 200000 maximum")));
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
