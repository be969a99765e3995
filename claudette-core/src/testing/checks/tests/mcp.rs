//! Blocks of MCP servers.

use super::*;

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
