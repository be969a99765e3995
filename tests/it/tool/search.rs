//! Tools that are hidden until a search finds them.

use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::ToolSearch;
use claudette::{BuiltinTool, CacheControl, Chat, Toolset, tool, tools};
use serde_json::{Value, json};

/// Returns the weather.
#[tool]
fn weather(
    /// Name of the city
    city: String,
) -> String {
    format!("sunny in {city}")
}

fn sent(tools: &Toolset) -> Value {
    serde_json::from_str(tools.wire_json()).unwrap()
}

#[test]
fn a_set_is_deferred_where_the_api_accepts_it() {
    let all = tools![weather]
        .with(BuiltinTool::web_search())
        .with(BuiltinTool::mcp_toolset("calendar"))
        .with(BuiltinTool::tool_search_bm25())
        .with(BuiltinTool::computer_toolset());
    let hidden = sent(&all.clone().defer_loading(true));
    assert_eq!(hidden[0]["defer_loading"], true);
    assert_eq!(hidden[1]["defer_loading"], true);
    assert_eq!(hidden[2]["default_config"], json!({"defer_loading": true}));
    assert_eq!(hidden[3], json!({"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"}));
    assert_eq!(hidden[4], json!({"type": "computer_toolset_20260801"}));
    assert!(all.clone().defer_loading(true).check().is_ok());
    assert_eq!(sent(&all.defer_loading(false))[0]["defer_loading"], false);
}

#[test]
fn tools_that_are_added_later_are_visible() {
    let tools = tools![].with(BuiltinTool::web_search()).defer_loading(true).with(tools![weather]);
    assert_eq!(sent(&tools)[1].get("defer_loading"), None);
    assert!(tools.check().is_ok());
}

#[test]
fn a_hidden_tool_has_no_cache_breakpoint() {
    let tools = tools![]
        .with(BuiltinTool::web_search().cache_control(CacheControl::ephemeral()))
        .defer_loading(true)
        .with(BuiltinTool::tool_search_regex());
    assert!(tools.check().unwrap_err().to_string().contains("both `defer_loading` and `cache_control`"));
}

#[tokio::test]
async fn a_call_of_a_hidden_tool_runs() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("weather", json!({"city": "Oslo"})));
    claude.respond(MockResponse::text("Sunny."));
    let tools = tools![weather].defer_loading(true).with(BuiltinTool::tool_search_bm25());
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build().unwrap();
    let run = chat.toolloop("What is the weather in Oslo?").await.unwrap();
    assert_eq!(run.steps()[0].outcomes()[0].text(), "sunny in Oslo");
}

#[tokio::test]
async fn a_search_in_the_program_names_tools_that_then_run() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("search_tools", json!({"query": "forecast for a city"})));
    claude.respond(MockResponse::tool_use("weather", json!({"city": "Oslo"})));
    claude.respond(MockResponse::text("Sunny."));
    let tools = ToolSearch::over(tools![weather]);
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build().unwrap();
    let run = chat.toolloop("What is the weather in Oslo?").max_tool_output(20).await.unwrap();
    assert_eq!(run.steps()[1].outcomes()[0].text(), "sunny in Oslo");
    let body = claude.requests()[1].body().clone();
    assert_eq!(body["tools"][0]["defer_loading"], true);
    assert_eq!((&body["tools"][1]["name"], body["tools"][1].get("defer_loading")), (&json!("search_tools"), None));
    assert_eq!(
        body["messages"][2]["content"][0]["content"],
        json!([{"type": "tool_reference", "tool_name": "weather"}])
    );
}
