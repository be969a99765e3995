//! What clients see before a call.

use claudette::{ToolFn, Toolset, tool, tools};
use claudette_mcp::serve;
use rmcp::model::PaginatedRequestParams;
use serde_json::json;

use super::client::{connect, connect_in, eras};

#[derive(serde::Serialize, schemars::JsonSchema)]
struct Forecast {
    /// In degrees Celsius
    temperature: f64,
}

/// The weather in a city.
#[tool(read_only)]
fn weather(
    /// Name of the city
    city: &str,
) -> Forecast {
    Forecast { temperature: f64::from(u8::try_from(city.len()).unwrap()) }
}

/// Deletes a file.
#[tool(destructive, idempotent)]
fn delete(
    /// Path of the file
    path: &str,
) -> String {
    path.to_owned()
}

/// Returns the time.
#[tool]
fn now() -> String {
    "noon".to_owned()
}

#[tokio::test]
async fn tools_are_listed_in_both_eras() {
    for era in eras() {
        let serve = serve(tools![weather, delete, now])
            .name("town")
            .version("1.2.3")
            .title("The town")
            .instructions("Ask about the weather first.");
        let (client, _server) = connect_in(serve, era).await;
        let info = client.peer_info().unwrap();
        let server = info.server_info.clone().unwrap();
        assert_eq!((&*server.name, &*server.version, server.title.as_deref()), ("town", "1.2.3", Some("The town")));
        assert_eq!(info.instructions.as_deref(), Some("Ask about the weather first."));
        assert!(info.capabilities.tools.is_some());

        let listed = client.list_all_tools().await.unwrap();
        assert_eq!(
            json!(listed[0]),
            json!({
                "name": "weather",
                "description": "The weather in a city.",
                "inputSchema": {
                    "type": "object",
                    "properties": {"city": {"type": "string", "description": "Name of the city"}},
                    "required": ["city"],
                    "additionalProperties": false,
                },
                "outputSchema": {
                    "type": "object",
                    "properties": {"temperature": {"type": "number", "description": "In degrees Celsius"}},
                    "required": ["temperature"],
                },
                "annotations": {"readOnlyHint": true, "destructiveHint": false},
            })
        );
        assert_eq!(
            json!(listed[1].annotations),
            json!({"readOnlyHint": false, "destructiveHint": true, "idempotentHint": true})
        );
        assert_eq!((&listed[2].annotations, &listed[2].output_schema), (&None, &None));
        assert_eq!(listed.len(), 3);
    }
}

#[tokio::test]
async fn many_tools_and_long_names_are_on_one_page() {
    let name = |n: usize| format!("{}{n}", "a_very_long_name_for_a_tool_".repeat(4));
    let tool = |n| {
        ToolFn::raw(claudette::ToolDefinition::new(name(n), "", &json!({"type": "object"})), |_, _| async { "done" })
    };
    let tools: Toolset = (0..300).map(tool).collect();
    let (client, _server) = connect(serve(tools)).await;
    let page = client.list_tools(None).await.unwrap();
    assert_eq!((page.tools.len(), page.next_cursor), (300, None));
    assert_eq!(page.tools[7].name, name(7));
    assert_eq!(page.tools[7].description, None);
    let cursor = PaginatedRequestParams::default().with_cursor(Some("2".to_owned()));
    assert!(client.list_tools(Some(cursor)).await.is_err());
}

#[tokio::test]
async fn misuse_is_reported_before_anything_is_served() {
    /// Greets the user.
    #[tool]
    fn greet(greeting: claudette::State<String>) -> String {
        greeting.to_string()
    }

    let twice = || Toolset::default().with(tools![now]).with(tools![now]);
    for (serve, part) in [
        (serve(tools![greet]), "State<"),
        (serve(twice()), "`now`"),
        (serve(tools![now]).max_parallel(0), "max_parallel"),
    ] {
        let (read, write) = tokio::io::split(tokio::io::duplex(1).0);
        let error = serve.io(read, write).await.unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains(part), "{error}");
    }
}
