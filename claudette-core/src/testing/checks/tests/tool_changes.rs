//! System messages that add and remove tools, and the tools that a search finds.

use super::*;

const INLINE: &str = "inline-tools-2026-09-15";
const REFERENCES: &str = "mid-conversation-tool-changes-2026-07-01";

fn define(name: &str) -> Value {
    json!({"type": "tool_addition", "tool": {"type": "tool_definition", "definition": tool(name)}})
}

fn add(name: &str) -> Value {
    json!({"type": "tool_addition", "tool": {"type": "tool_reference", "name": name}})
}

fn remove(name: &str) -> Value {
    json!({"type": "tool_removal", "tool": {"type": "tool_reference", "name": name}})
}

/// Returns a request with the tool `add`, and with several turns, each of which ends with a change.
fn changes(changes: &[Value]) -> Value {
    let mut messages = Vec::new();
    for change in changes {
        messages.extend([
            json!({"role": "user", "content": "Hi"}),
            json!({"role": "system", "content": [change]}),
            json!({"role": "assistant", "content": "Hello"}),
        ]);
    }
    messages.push(json!({"role": "user", "content": "Go on"}));
    body(json!({"model": "claude-opus-5-5", "messages": messages, "tools": [tool("add")]}))
}

/// Returns the code and the message with which a request is refused.
fn refusal(body: &Value) -> Option<(String, String)> {
    let headers = [("anthropic-beta", INLINE)];
    let refusal = check_with(body, &headers, &Rules::default(), Endpoint::Messages).err()?;
    let code = refusal.details.as_ref().and_then(|details| details["error_code"].as_str());
    Some((code.unwrap_or_default().to_owned(), refusal.message))
}

#[test]
fn tools_come_and_go_in_their_order() {
    for accepted in [
        vec![define("mul")],
        vec![define("mul"), remove("mul"), add("mul")],
        vec![remove("add"), add("add"), remove("add"), define("add")],
        vec![remove("add"), remove("add")],
    ] {
        assert_eq!(refusal(&changes(&accepted)), None, "{accepted:?}");
    }
    for (refused, code, message) in [
        (vec![define("add")], "tool_name_conflict", "messages.1.content.0: tool 'add' is already available"),
        (vec![define("mul"), define("mul")], "tool_name_conflict", "messages.4.content.0: tool 'mul' is already"),
        (vec![add("add")], "tool_name_conflict", "messages.1.content.0: tool 'add' is already available"),
        (vec![add("mul")], "tool_reference_unresolved", "messages.1.content.0: tool 'mul' is neither in `tools` nor"),
        (
            vec![remove("mul"), define("mul")],
            "tool_reference_unresolved",
            "messages.1.content.0: tool 'mul' is neither",
        ),
    ] {
        let (found, text) = refusal(&changes(&refused)).expect(message);
        assert!(found == code && text.starts_with(message), "{found}: {text}");
    }
    let many: Vec<Value> = (0..10_001).map(|n| tool(&format!("t{n}"))).collect();
    let (code, _) = refusal(&body(json!({"tools": many}))).unwrap();
    assert_eq!(code, "available_tools_limit_exceeded");
}

#[test]
fn a_compaction_block_continues_with_its_tools() {
    let block = json!({"type": "compaction", "content": "A summary.", "tool_changes": [remove("add"), define("mul")]});
    let after = |change: Value| {
        body(json!({"model": "claude-opus-5-5", "tools": [tool("add")], "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "system", "content": [define("old")]},
            {"role": "assistant", "content": [block]},
            {"role": "user", "content": "Go on"},
            {"role": "system", "content": [change]},
        ]}))
    };
    let code = |change: Value| {
        let headers = [("anthropic-beta", "inline-tools-2026-09-15, compact-2026-01-12")];
        let refusal = check_with(&after(change), &headers, &Rules::default(), Endpoint::Messages).err()?;
        Some(refusal.details.unwrap()["error_code"].as_str().unwrap().to_owned())
    };
    assert_eq!(code(remove("mul")), None);
    assert_eq!(code(add("add")), None);
    assert_eq!(code(define("mul")).as_deref(), Some("tool_name_conflict"));
    assert_eq!(code(remove("old")).as_deref(), Some("tool_reference_unresolved"));
}

#[test]
fn fields_and_betas_of_tool_changes() {
    let only_text = "messages.1: `system` messages may only hold `text` blocks";
    for (betas, change, expected) in [
        (REFERENCES, remove("add"), None),
        ("compact-2026-01-12", remove("add"), Some(only_text)),
        ("compact-2026-01-12", json!({"type": "image", "source": {"type": "url", "url": "u"}}), Some(only_text)),
        (
            REFERENCES,
            define("mul"),
            Some(
                "messages.1.content.0.tool_addition.tool: Input tag 'tool_definition' found using 'type' does not match \
                 any of the expected tags: 'mcp_tool_reference', 'mcp_toolset_reference', 'tool_reference'",
            ),
        ),
        (
            INLINE,
            json!({"type": "tool_removal", "tool": {"type": "tool_definition", "definition": tool("add")}}),
            Some(
                "messages.1.content.0.tool_removal.tool: Input tag 'tool_definition' found using 'type' does not match \
                 any of the expected tags: 'mcp_tool_reference', 'mcp_toolset_reference', 'tool_reference'",
            ),
        ),
        (
            INLINE,
            json!({"type": "tool_removal", "tool": {"type": "tool_reference", "tool_name": "add"}}),
            Some("messages.1.content.0.tool_removal.tool.tool_reference.tool_name: Extra inputs are not permitted"),
        ),
        (
            INLINE,
            json!({"type": "tool_addition", "tool": {"type": "tool_definition", "definition": {"name": "mul"}}}),
            Some(
                "messages.1.content.0.tool_addition.tool.tool_definition.definition.custom.input_schema: Field required",
            ),
        ),
        (
            INLINE,
            json!({"type": "tool_addition", "tool": {"type": "tool_definition", "definition": {
                "type": "browser_toolset_20260801",
            }}}),
            Some(
                "messages.1.content.0.tool_addition.tool.tool_definition.definition: tools of type \
                 'browser_toolset_20260801' cannot be added or removed",
            ),
        ),
        (
            INLINE,
            json!({"type": "tool_removal", "tool": {"type": "mcp_toolset_reference", "server_name": "s"}}),
            Some("messages.1.content.0: tool 's' is neither in `tools` nor defined before this message"),
        ),
    ] {
        assert_eq!(refusal_with(betas, &changes(std::slice::from_ref(&change))).as_deref(), expected, "{change}");
    }
    let mut in_a_prompt = changes(&[remove("add")]);
    in_a_prompt["messages"][1]["role"] = json!("user");
    let refusal = refusal_with(INLINE, &in_a_prompt);
    assert_eq!(refusal.as_deref(), Some("messages.1: `tool_removal` blocks can only be in `system` messages"));
}

#[test]
fn a_forced_choice_names_a_tool_in_effect() {
    let choose = |mut body: Value, name: &str| {
        body["model"] = json!("claude-opus-5");
        body["tool_choice"] = json!({"type": "tool", "name": name});
        refusal(&body).map(|(_, message)| message)
    };
    assert_eq!(choose(changes(&[define("mul")]), "mul"), None);
    let removed = choose(changes(&[remove("add")]), "add");
    assert_eq!(removed.as_deref(), Some("tool_choice: Tool 'add' not found in provided tools"));
}

#[test]
fn a_search_finds_only_tools_with_a_definition() {
    let hidden = json!({"name": "mul", "input_schema": {"type": "object"}, "defer_loading": true});
    let found = |name: &str| {
        let reference = json!({"type": "tool_reference", "tool_name": name});
        let mut body = answers(&["t"], json!([{"type": "tool_result", "tool_use_id": "t", "content": [reference]}]));
        body["tools"] = json!([tool("add"), hidden]);
        refusal(&body).map(|(_, message)| message)
    };
    assert_eq!(found("mul"), None);
    assert_eq!(found("div").as_deref(), Some("Tool reference 'div' has no corresponding tool definition"));
    let by_the_server = |name: &str| {
        let mut body = echoes(json!([
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "tool_search_tool_bm25", "input": {"query": "x"}},
            {"type": "tool_search_tool_result", "tool_use_id": "srvtoolu_1", "content": {
                "type": "tool_search_tool_search_result",
                "tool_references": [{"type": "tool_reference", "tool_name": name}],
            }},
        ]));
        body["tools"] = json!([{"type": "tool_search_tool_bm25", "name": "tool_search_tool_bm25"}, hidden]);
        refusal(&body).map(|(_, message)| message)
    };
    assert_eq!(by_the_server("mul"), None);
    assert_eq!(by_the_server("div").as_deref(), Some("Tool reference 'div' has no corresponding tool definition"));
}

#[test]
fn the_result_of_a_search_has_references_or_an_error() {
    let refused = |content: Value| {
        let mut body = echoes(json!([
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "tool_search_tool_bm25", "input": {"query": "x"}},
            {"type": "tool_search_tool_result", "tool_use_id": "srvtoolu_1", "content": content},
        ]));
        body["tools"] = json!([{"type": "tool_search_tool_bm25", "name": "tool_search_tool_bm25"}, tool("add")]);
        refusal(&body).map(|(_, message)| message)
    };
    let found = |references: Value| json!({"type": "tool_search_tool_search_result", "tool_references": references});
    let failed = |code: &str| json!({"type": "tool_search_tool_result_error", "error_code": code});
    let place = "messages.1.content.1.tool_search_tool_result.content";
    for content in
        [found(json!([])), found(json!([{"type": "tool_reference", "tool_name": "add"}])), failed("unavailable")]
    {
        assert_eq!(refused(content), None);
    }
    let message = refused(failed("broken")).unwrap();
    assert!(message.starts_with(&format!("{place}.tool_search_tool_result_error.error_code:")), "{message}");
    let message = refused(found(json!([{"type": "text", "text": "add"}]))).unwrap();
    assert!(message.starts_with(&format!("{place}.tool_search_tool_search_result.tool_references.0:")), "{message}");
    let message = refused(found(json!([{"type": "tool_reference", "name": "add"}]))).unwrap();
    assert!(message.ends_with(".tool_references.0.name: Extra inputs are not permitted"), "{message}");
    let message = refused(json!({"type": "tool_references"})).unwrap();
    assert!(message.starts_with(place), "{message}");
}
