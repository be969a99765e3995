//! The server `plain`, written by hand with rmcp, for the comparison of their speeds.

use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, Implementation, JsonObject,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::{RequestContext, serve_server};
use rmcp::transport::io::stdio_pipes;
use rmcp::{RoleServer, ServerHandler};
use serde::Deserialize;
use serde_json::{Value, json};

struct Raw(Tool);

#[derive(Deserialize)]
struct Sum {
    a: i64,
    b: i64,
}

impl ServerHandler for Raw {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("raw", "1.2.3"))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(vec![self.0.clone()]))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if request.name != "add" {
            return Err(ErrorData::invalid_params("unknown tool", None));
        }
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let sum: Sum =
            serde_json::from_value(arguments).map_err(|error| ErrorData::invalid_params(error.to_string(), None))?;
        Ok(CallToolResult::success(vec![ContentBlock::text((sum.a + sum.b).to_string())]).into())
    }
}

#[tokio::main]
async fn main() {
    let number = |text: &str| json!({"type": "integer", "description": text});
    let schema: JsonObject = serde_json::from_value(json!({
        "type": "object",
        "properties": {"a": number("First thing to sum"), "b": number("Second thing to sum")},
        "required": ["a", "b"],
        "additionalProperties": false,
    }))
    .expect("it is an object");
    let add = Tool::new("add", "Adds a + b.", Arc::new(schema));
    let raw = Raw(add.with_annotations(ToolAnnotations::new().read_only(true).destructive(false)));
    let running = serve_server(raw, stdio_pipes()).await.expect("a handshake");
    running.waiting().await.expect("it does not panic");
}
