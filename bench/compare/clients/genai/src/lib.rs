//! A tool loop for genai, which does not provide one.

use genai::Client;
use genai::chat::{ChatOptions, ChatRequest, Tool, ToolCall, ToolResponse};
use serde_json::json;

/// Returns the definition of the tool.
pub fn sums() -> Tool {
    Tool::new("sums").with_description("Adds a + b.").with_schema(json!({
        "type": "object",
        "properties": {
            "a": {"type": "integer", "description": "First thing to sum"},
            "b": {"type": "integer", "description": "Second thing to sum"},
        },
        "required": ["a", "b"],
        "additionalProperties": false,
    }))
}

/// Sends requests until the model answers, and runs `sums` if it is called.
pub async fn tool_loop(
    client: &Client,
    model: &str,
    mut request: ChatRequest,
    options: Option<&ChatOptions>,
) -> Result<String, Box<dyn std::error::Error>> {
    for _ in 0..10 {
        let response = client.exec_chat(model, request.clone(), options).await?;
        let calls = response.tool_calls();
        let results: Vec<_> = calls.iter().map(|call| ToolResponse::from_tool_call(call, run(call))).collect();
        if results.is_empty() {
            return response.into_first_text().ok_or("no answer".into());
        }
        let calls = response.into_assistant_message_for_tool_use().ok_or("no calls")?;
        request = request.append_message(calls).append_message(results);
    }
    Err("no answer after ten responses".into())
}

fn run(call: &ToolCall) -> String {
    let argument = |name| call.fn_arguments[name].as_i64();
    match (call.fn_name.as_str(), argument("a"), argument("b")) {
        ("sums", Some(a), Some(b)) => (a + b).to_string(),
        ("sums", ..) => "a and b must be integers".to_owned(),
        (name, ..) => format!("unknown tool {name}"),
    }
}
