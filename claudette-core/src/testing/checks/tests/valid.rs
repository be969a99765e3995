//! Valid requests that look invalid.

use super::*;

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
