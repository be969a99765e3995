//! The order of messages, the pairing of calls and results, and thinking.

use super::*;

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
    let signature = crate::testing::signature::sign("Hm.", 0);
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

/// A beta may add types of blocks, but a known type stays in its place.
#[test]
fn a_beta_does_not_move_blocks_into_results() {
    let inside =
        |block: Value| answers(&["t"], json!([{"type": "tool_result", "tool_use_id": "t", "content": [block]}]));
    let thinking = json!({"type": "thinking", "thinking": "", "signature": "s"});
    let refusal = refusal_with("mcp-client-2026-09-15", &inside(thinking)).unwrap();
    assert!(refusal.contains("Input tag 'thinking' found"), "{refusal}");
    assert_eq!(refusal_with("next-2027-01-01", &inside(json!({"type": "next"}))), None);
}
