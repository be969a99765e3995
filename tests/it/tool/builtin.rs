//! Builtin tools: their definitions in requests, and conversations with their pending calls.

use claudette::testing::{MockResponse, MockServer};
use claudette::wire::ToolChoice;
use claudette::{BuiltinTool, Chat, Client, ContentBlock, Document, Image, ToolFn, tool, tools};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::texts::says;

/// Adds one.
#[tool]
fn one(
    /// To what
    to: i64,
) -> i64 {
    to + 1
}

/// Returns a picture of the sea.
#[tool]
fn sea() -> Vec<Image> {
    vec![Image::from_base64("image/png", "iVBORw0KGgo=")]
}

fn chat(claude: &MockServer) -> Chat {
    let search = BuiltinTool::web_search().max_uses(3).blocked_domains(["example.com"]);
    Chat::builder(claude.client("claude-sonnet-5-5")).tools(search).tools(tools![one, sea]).build().unwrap()
}

fn search() -> Value {
    json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "rust"}})
}

fn found() -> Value {
    json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
        {"type": "web_search_result", "url": "https://a.example", "title": "A", "encrypted_content": "eA=="}]})
}

fn sent(claude: &MockServer) -> Value {
    claude.requests().last().unwrap().body()["messages"].clone()
}

#[tokio::test]
async fn builtin_tools_are_sent_with_other_tools() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::content(json!([search(), found(), {"type": "text", "text": "A."}])));
    let mut chat = chat(&claude);
    let response = chat.send("What is new?").await.unwrap();
    assert_eq!(response.server_tool_uses().count(), 1);
    assert_eq!(
        claude.requests()[0].body()["tools"][0],
        json!({
            "type": "web_search_20260318", "name": "web_search", "max_uses": 3, "blocked_domains": ["example.com"]
        })
    );
    assert_eq!(claude.requests()[0].body()["tools"][1]["name"], "one");

    // A builtin tool can be sent alone, and the API accepts the definition of each one.
    let client: Client = claude.client("claude-sonnet-5-5");
    for tool in [
        BuiltinTool::web_search().version("20250305"),
        BuiltinTool::web_fetch().citations(true).max_content_tokens(9).use_cache(true),
        BuiltinTool::code_execution(),
        BuiltinTool::tool_search_regex(),
        BuiltinTool::tool_search_bm25(),
        BuiltinTool::bash(),
        BuiltinTool::text_editor().max_characters(9),
        BuiltinTool::memory(),
        BuiltinTool::computer_toolset(),
        BuiltinTool::browser_toolset().member("find", false),
        BuiltinTool::raw(json!({"type": "web_search_20250305", "name": "web_search"})),
    ] {
        claude.respond(MockResponse::text("Yes."));
        client.send("Do you see it?").tools(tool).tool_choice(ToolChoice::auto()).await.unwrap();
    }
    claude.assert_finished();
}

/// A part of the documented arguments of the memory tool.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "command", rename_all = "snake_case")]
enum Memory {
    View { path: String },
    Rename { old_path: String, new_path: String },
}

async fn remember(call: Memory) -> Result<String, &'static str> {
    match call {
        Memory::View { path } => Ok(format!("{path} is empty")),
        Memory::Rename { old_path, new_path } if old_path == new_path => Err("they are the same"),
        Memory::Rename { old_path, new_path } => Ok(format!("Successfully renamed {old_path} to {new_path}")),
    }
}

#[tokio::test]
async fn tools_that_the_api_only_defines_can_be_run_by_the_program() {
    let claude = MockServer::start().await.unwrap();
    let call = |arguments: Value| ("memory", arguments);
    claude.respond(MockResponse::tool_uses([
        call(json!({"command": "view", "path": "/memories"})),
        call(json!({"command": "rename", "old_path": "a", "new_path": "a"})),
        call(json!({"command": "rename", "old_path": "a"})),
        call(json!({"command": "delete", "path": "a"})),
    ]));
    claude.respond(MockResponse::text("Nothing there."));
    let tool = BuiltinTool::memory().strict(true).run(remember);
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![one].with(tool)).build().unwrap();
    let run = chat.toolloop("What do you remember?").await.unwrap();
    let texts: Vec<_> = run.steps()[0].outcomes().iter().map(|outcome| outcome.text().into_owned()).collect();
    assert_eq!(texts[..2], ["/memories is empty", "they are the same"]);
    assert!(texts[2].contains("`new_path`") && says(&texts[3], &["`command`", "\"delete\""]), "{texts:?}");
    assert_eq!(
        claude.requests()[0].body()["tools"][1],
        json!({"type": "memory_20250818", "name": "memory", "strict": true})
    );
    claude.assert_finished();

    // The definition is the same, whether the program runs the tool or not.
    let options = |tool: BuiltinTool| tool.input_examples([json!({"restart": true})]).defer_loading(true);
    let defined = tools![one].with(options(BuiltinTool::bash()));
    let run: ToolFn = options(BuiltinTool::bash()).run(remember);
    let changed = BuiltinTool::bash().run(remember);
    let changed = changed.define(|it| it.input_examples([json!({"restart": true})]).defer_loading(true));
    for tool in [run, changed] {
        assert_eq!(tools![one].with(tool).wire_json(), defined.wire_json());
    }
}

#[tokio::test]
async fn a_function_for_a_server_tool_is_misuse() {
    let claude = MockServer::start().await.unwrap();
    for (tool, expected) in [
        (BuiltinTool::web_search(), "the tool `web_search_20260318` (tests/it/tool/builtin.rs"),
        (BuiltinTool::computer_toolset(), "the tool `computer_toolset_20260801` (tests/it/tool/builtin.rs"),
        (BuiltinTool::mcp_toolset("calendar"), "the tool `mcp_toolset` (tests/it/tool/builtin.rs"),
        (BuiltinTool::bash().max_uses(1), "the tool `bash` does not have the option `max_uses`"),
        (BuiltinTool::bash().defer_loading(true), "all tools have `defer_loading`"),
    ] {
        let error = claude.client("claude-sonnet-5-5").send("Hi.").tools(tool.run(remember)).await.unwrap_err();
        assert!(error.is_misuse() && error.to_string().starts_with(expected), "{error}");
    }
    let eager = BuiltinTool::bash().run(remember).define(|bash| bash.eager_input_streaming(true));
    let error = claude.client("claude-sonnet-5-5").send("Hi.").tools(eager).await.unwrap_err();
    assert!(error.to_string().contains("the option `eager_input_streaming`"), "{error}");
    let twice = tools![].with(BuiltinTool::bash()).with(BuiltinTool::bash().run(remember));
    let error = claude.client("claude-sonnet-5-5").send("Hi.").tools(twice).await.unwrap_err();
    assert!(error.to_string().contains("the API's own `bash_20250124` and tests/it/tool/builtin.rs"), "{error}");
    assert!(claude.requests().is_empty());
}

#[tokio::test]
async fn options_that_the_api_would_refuse_are_not_sent() {
    let claude = MockServer::start().await.unwrap();
    let both = BuiltinTool::web_search().allowed_domains(["a.example"]).blocked_domains(["b.example"]);
    let error = claude.client("claude-sonnet-5-5").send("Hi.").tools(both).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("choose one"), "{error}");
    assert!(claude.requests().is_empty());
}

#[tokio::test]
async fn a_pending_server_call_is_followed_only_by_results() {
    let claude = MockServer::start().await.unwrap();
    let call = json!({"type": "tool_use", "id": "toolu_1", "name": "one", "input": {"to": 1}});
    claude.respond(MockResponse::content(json!([search(), call])).stop_reason("tool_use"));
    claude.respond(MockResponse::content(json!([found(), {"type": "text", "text": "Two."}])));
    claude.respond(MockResponse::text("Gladly."));
    let mut chat = chat(&claude);
    chat.send("Search, and add one to 1.").await.unwrap();
    let error = chat.send("And be quick.").await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("`resume()`"), "{error}");
    chat.resume().await.unwrap();
    assert_eq!(sent(&claude)[2]["content"].as_array().unwrap().len(), 1);
    chat.send("Again.").await.unwrap();
    assert_eq!(sent(&claude)[3]["content"], json!([found(), {"type": "text", "text": "Two."}]));
    claude.assert_finished();
}

#[tokio::test]
async fn the_final_prompt_is_not_added_to_results_for_a_pending_server_call() {
    let claude = MockServer::start().await.unwrap();
    let call = json!({"type": "tool_use", "id": "toolu_1", "name": "one", "input": {"to": 1}});
    claude.respond(MockResponse::content(json!([search(), call])).stop_reason("tool_use"));
    claude.respond(MockResponse::content(json!([found(), {"type": "text", "text": "Two."}])));
    let run = chat(&claude).toolloop("Go.").max_steps(2).final_prompt("Sum up.").await.unwrap();
    assert_eq!(run.text(), "Two.");
    claude.assert_finished();
}

#[tokio::test]
async fn an_incomplete_server_call_is_removed() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(
        MockResponse::content(json!([{"type": "text", "text": "Let me see."}, search()])).stop_reason("max_tokens"),
    );
    claude.respond(MockResponse::text("Rust."));
    let mut chat = chat(&claude);
    chat.send("What is new?").await.unwrap();
    chat.send("Shorter.").await.unwrap();
    assert_eq!(sent(&claude)[1]["content"], json!([{"type": "text", "text": "Let me see."}]));
    claude.assert_finished();
}

#[tokio::test]
async fn a_result_for_a_toolset_names_the_toolset() {
    let claude = MockServer::start().await.unwrap();
    let call =
        json!({"type": "tool_use", "id": "toolu_1", "name": "screenshot", "toolset_name": "computer", "input": {}});
    claude.respond(MockResponse::content(json!([call])).stop_reason("tool_use"));
    claude.respond(MockResponse::text("I cannot see."));
    let client = claude.client("claude-sonnet-5-5");
    let mut chat = Chat::builder(client).tools(BuiltinTool::computer_toolset()).build().unwrap();
    chat.toolloop("Look.").await.unwrap();
    let result = &sent(&claude)[2]["content"][0];
    assert_eq!((&result["toolset_name"], &result["is_error"]), (&json!("computer"), &json!(true)));
    assert_eq!(sent(&claude)[1]["content"], json!([call]));
    claude.assert_finished();
}

#[tokio::test]
async fn images_and_documents_are_sent_and_returned() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sea", json!({})));
    claude.respond(MockResponse::text("Blue."));
    let mut chat = chat(&claude);
    let prompt = (Document::pdf(b"%PDF-1.7").title("waves.pdf"), Image::url("https://a.example/cat.png"), "Compare.");
    chat.toolloop(prompt).await.unwrap();
    let messages = sent(&claude);
    assert_eq!(messages[0]["content"][0]["source"]["data"], "JVBERi0xLjc=");
    assert_eq!(messages[2]["content"][0]["content"][0]["source"]["media_type"], "image/png");
    assert!(matches!(chat.history()[0].content()[1], ContentBlock::Image(_)));
    claude.assert_finished();
}
