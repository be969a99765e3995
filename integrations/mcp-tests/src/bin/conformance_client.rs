//! A client for the conformance suite: it connects to the URL that it gets as its last argument and calls each tool.

use claudette::{ToolContext, tools};
use claudette_mcp::{ElicitationAnswer, McpServer};
use serde_json::{Map, Value, json};

#[tokio::main]
async fn main() -> claudette::Result<()> {
    let url = std::env::args().next_back().unwrap_or_default();
    // The values of the answer are the defaults of the schema.
    let server = McpServer::http(url).on_elicitation(|_| async { ElicitationAnswer::Accept(json!({})) }).await?;
    let tools = tools![].with(server.tools());
    for definition in tools.definitions() {
        let schema: Value = serde_json::from_str(definition.input_schema().get()).unwrap_or_default();
        let arguments: Map<String, Value> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.clone(), sample(schema)))
            .collect();
        let arguments = Value::Object(arguments).to_string();
        let outcome = tools.call(definition.name(), &arguments, &ToolContext::default()).await;
        eprintln!("{}({arguments}) → {}", definition.name(), outcome.text());
    }
    server.close().await;
    Ok(())
}

/// Returns a value that matches a simple schema.
fn sample(schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("number" | "integer") => json!(3),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("text"),
    }
}
