//! Searches while tools come and go, references to tools that requests no longer list, and the searches of the API.

use claudette::chat::{ChatState, Inbox};
use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::{IntoTools, ToolSearch};
use claudette::wire::{ServerToolResult, ToolReference};
use claudette::{
    BuiltinTool, Chat, ContentBlock, Event, Run, State, ToolContext, ToolDefinition, ToolFn, Toolset, tool, tools,
};
use serde_json::json;

/// Returns the weather.
#[tool]
fn weather(
    /// Name of the city
    city: String,
) -> String {
    format!("sunny in {city}")
}

/// Counts the words of a text.
#[tool]
fn other(
    /// Any text
    text: String,
) -> usize {
    text.split_whitespace().count()
}

// Tools that come and go.

/// Reports the temperature of a city.
#[tool(defer_loading)]
fn thermometer(
    /// Name of the city
    city: String,
) -> String {
    format!("7 degrees in {city}")
}

/// Runs a loop in which the model searches once, and returns the names that it found.
async fn found_by_a_call(claude: &MockServer, chat: &mut Chat, query: &str) -> Vec<String> {
    claude.respond(MockResponse::tool_use("search_tools", json!({"query": query})));
    claude.respond(MockResponse::text("Found."));
    let run = chat.toolloop("Search.").await.unwrap();
    found_in(&run)
}

fn found_in(run: &Run) -> Vec<String> {
    let outcome = &run.steps()[0].outcomes()[0];
    assert!(!outcome.is_error(), "{}", outcome.text());
    outcome.value().unwrap_or_default()
}

const QUERY: &str = "weather or temperature in a city";

#[tokio::test]
async fn a_search_finds_the_tools_that_the_model_has_now() {
    let claude = MockServer::start().await.unwrap();
    // The first model gets the changes in system messages, and the second one another list of tools.
    for model in ["claude-opus-5-5", "claude-sonnet-4-5"] {
        let search = ToolSearch::over(tools![weather, other]);
        let mut chat = Chat::builder(claude.client(model)).tools(search).build().unwrap();
        assert_eq!(found_by_a_call(&claude, &mut chat, QUERY).await, ["weather"]);
        let mut fork = chat.fork();

        chat.add_tools(tools![thermometer]).unwrap();
        assert_eq!(found_by_a_call(&claude, &mut chat, QUERY).await.len(), 2);
        chat.remove_tools(["weather"]).unwrap();
        assert_eq!(found_by_a_call(&claude, &mut chat, QUERY).await, ["thermometer"]);
        claude.respond(MockResponse::tool_use("thermometer", json!({"city": "Oslo"})));
        claude.respond(MockResponse::text("Cold."));
        let run = chat.toolloop("How cold is it?").await.unwrap();
        assert_eq!(run.steps()[0].outcomes()[0].text(), "7 degrees in Oslo");

        assert_eq!(found_by_a_call(&claude, &mut fork, QUERY).await, ["weather"]);
        chat.add_tools(tools![weather].defer_loading(true)).unwrap();
        assert_eq!(found_by_a_call(&claude, &mut chat, QUERY).await.len(), 2);
        // A visible tool needs no search.
        chat.remove_tools(["weather", "thermometer"]).unwrap();
        chat.add_tools(tools![weather]).unwrap();
        assert!(found_by_a_call(&claude, &mut chat, QUERY).await.is_empty());
    }
}

#[tokio::test]
async fn a_search_in_a_restored_chat_finds_the_same_tools() {
    let claude = MockServer::start().await.unwrap();
    let search = ToolSearch::over(tools![weather, other]);
    let client = claude.client("claude-opus-5-5");
    let mut chat = Chat::builder(&client).tools(search.clone()).build().unwrap();
    found_by_a_call(&claude, &mut chat, QUERY).await;
    chat.remove_tools(["weather"]).unwrap();
    chat.add_tools(tools![thermometer]).unwrap();
    let stored = chat.state().to_json();
    let restored = |tools: Toolset| {
        let state = ChatState::from_json(&stored).unwrap();
        Chat::builder(&client).tools(tools).restore(state).build().unwrap()
    };
    let mut whole = restored(tools![thermometer].with(search.clone()));
    assert_eq!(found_by_a_call(&claude, &mut whole, QUERY).await, ["thermometer"]);
    // Without its function, a tool could not run.
    let mut without = restored(search.into_tools());
    assert!(found_by_a_call(&claude, &mut without, QUERY).await.is_empty());
    without.add_tools(tools![thermometer]).unwrap();
    assert_eq!(found_by_a_call(&claude, &mut without, QUERY).await, ["thermometer"]);
    without.rewind(0).unwrap();
    assert_eq!(found_by_a_call(&claude, &mut without, QUERY).await, ["weather"]);
}

#[tokio::test]
async fn a_sub_agent_searches_its_own_tools() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-opus-5-5");
    let search = ToolSearch::over(tools![weather, other]);
    let mut inner = Chat::builder(&client).tools(search.clone()).build().unwrap();
    found_by_a_call(&claude, &mut inner, QUERY).await;
    inner.remove_tools(["weather"]).unwrap();
    inner.add_tools(tools![thermometer]).unwrap();
    let agent = inner.into_tool("agent", "Measures.");
    let mut outer = Chat::builder(&client).tools(tools![].with(search).with(agent)).build().unwrap();
    claude.respond(MockResponse::tool_use("agent", json!({"prompt": "Measure."})));
    claude.respond(MockResponse::tool_use("search_tools", json!({"query": QUERY})));
    claude.respond(MockResponse::text("Found."));
    claude.respond(MockResponse::text("Done."));
    outer.toolloop("Measure.").await.unwrap();
    let requests = claude.requests();
    let results = requests[requests.len() - 2].body()["messages"].to_string();
    assert!(results.contains(r#""tool_name":"thermometer""#), "{results}");
    assert_eq!(found_by_a_call(&claude, &mut outer, QUERY).await, ["weather"]);
}

/// Brings the thermometer.
#[tool]
fn bring(inbox: State<Inbox>) {
    inbox.add_tools(tools![thermometer]);
}

#[tokio::test]
async fn a_search_finds_a_tool_that_came_while_the_loop_runs() {
    let claude = MockServer::start().await.unwrap();
    let tools = tools![bring].with(ToolSearch::over(tools![weather]));
    let (client, inbox) = (claude.client("claude-opus-5-5"), Inbox::new());
    let mut chat = Chat::builder(client).tools(tools).state(inbox.clone()).build().unwrap();
    claude.respond(MockResponse::tool_use("bring", json!({})));
    claude.respond(MockResponse::tool_use("search_tools", json!({"query": "temperature"})));
    claude.respond(MockResponse::text("Found."));
    let run = chat.toolloop("How cold is it?").inbox(&inbox).await.unwrap();
    assert_eq!(run.steps()[1].outcomes()[0].value::<Vec<String>>().unwrap(), ["thermometer"]);
}

#[tokio::test]
async fn a_search_leaves_the_tools_of_other_searches_alone() {
    let first = ToolSearch::over(tools![weather]);
    let second = ToolSearch::over(tools![other, thermometer]).name("find");
    let (tools, cx) = (tools![].with(first).with(second), ToolContext::default());
    for (search, found) in [("search_tools", "weather"), ("find", "thermometer")] {
        let outcome = tools.call(search, &json!({"query": QUERY}).to_string(), &cx).await;
        assert_eq!(outcome.value::<Vec<String>>().unwrap(), [found]);
    }
}

// References to tools that requests no longer list.

/// Finds tools that do not exist.
#[tool]
fn bad_search() -> Vec<ContentBlock> {
    vec![ToolReference::new("weather").into(), ToolReference::new("missing").into()]
}

#[tokio::test]
async fn a_reference_to_an_unknown_tool_is_an_error_result() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("bad_search", json!({})));
    claude.respond(MockResponse::text("It failed."));
    let tools = tools![bad_search].with(tools![weather].defer_loading(true));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build().unwrap();
    let run = chat.toolloop("Search.").await.unwrap();
    let outcome = &run.steps()[0].outcomes()[0];
    assert!(outcome.is_error());
    assert!(outcome.text().contains("refers to the tool `missing`, which does not exist"), "{}", outcome.text());
    assert_eq!(run.text(), "It failed.");
}

/// Returns the names in `tools` of the last request.
fn listed(claude: &MockServer) -> Vec<String> {
    let requests = claude.requests();
    let tools = requests.last().unwrap().body()["tools"].as_array().unwrap().clone();
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_found_tool_stays_listed_after_it_was_removed_or_replaced() {
    let claude = MockServer::start().await.unwrap();
    for model in ["claude-opus-5-5", "claude-sonnet-4-5"] {
        let search = ToolSearch::over(tools![weather, thermometer]);
        let mut chat = Chat::builder(claude.client(model)).tools(search).build().unwrap();
        found_by_a_call(&claude, &mut chat, "weather").await;

        chat.set_tools(tools![other]).unwrap();
        claude.respond(MockResponse::tool_use("weather", json!({"city": "Oslo"})));
        claude.respond(MockResponse::text("Gone."));
        let run = chat.toolloop("How is the weather?").await.unwrap();
        assert_eq!(listed(&claude), ["weather", "other"]);
        assert!(run.steps()[0].outcomes()[0].is_error());
        let names: Vec<_> = chat.tools().definitions().iter().map(ToolDefinition::name).collect();
        assert_eq!(names, ["other"]);

        // Without the messages that refer to it, it is not listed.
        chat.rewind(0).unwrap();
        chat.set_tools(tools![other]).unwrap();
        claude.respond(MockResponse::text("Hello."));
        chat.send("Hello").await.unwrap();
        assert_eq!(listed(&claude), ["other"]);
    }
}

#[tokio::test]
async fn a_removed_tool_does_not_come_back_with_a_rewind_or_a_new_definition() {
    let claude = MockServer::start().await.unwrap();
    let search = ToolSearch::over(tools![weather, other]);
    let mut chat = Chat::builder(claude.client("claude-sonnet-4-5")).tools(search).build().unwrap();
    found_by_a_call(&claude, &mut chat, "weather").await;
    let found = chat.history().len();
    chat.remove_tools(["weather"]).unwrap();
    claude.respond(MockResponse::text("Hello."));
    chat.send("Hello").await.unwrap();
    chat.rewind(found).unwrap();
    assert!(chat.tools().get("weather").is_none());
    assert!(found_by_a_call(&claude, &mut chat, "weather").await.is_empty());
    assert!(listed(&claude).contains(&"weather".to_owned()));
    let replaced = ToolDefinition::new("weather", "Makes the weather.", &json!({"type": "object"}));
    chat.add_tools(ToolFn::raw(replaced, |_, _| async { "snow" })).unwrap();
    claude.respond(MockResponse::text("Hello."));
    chat.send("Hello").await.unwrap();
    let requests = claude.requests();
    assert!(requests.last().unwrap().body()["tools"].to_string().contains("Makes the weather."));
}

#[tokio::test]
async fn a_restored_chat_without_a_found_tool_is_misuse() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let search = ToolSearch::over(tools![weather]);
    let mut chat = Chat::builder(&client).tools(search.clone()).build().unwrap();
    found_by_a_call(&claude, &mut chat, "weather").await;
    let restored = |tools: Toolset| Chat::builder(&client).tools(tools).restore(chat.state()).build();
    let error = restored(tools![other]).unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("found the tool `weather`"), "{error}");
    assert!(restored(search.into_tools()).is_ok());
}

// Searches of the API.

#[tokio::test]
async fn the_mock_server_searches_hidden_tools() {
    for search in [BuiltinTool::tool_search_bm25(), BuiltinTool::tool_search_regex()] {
        let claude = MockServer::auto_reply().await.unwrap();
        let tools = tools![other].with(tools![weather, thermometer].defer_loading(true)).with(search);
        let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build().unwrap();
        let run = chat.toolloop("What is the weather in Oslo?").await.unwrap();
        assert_eq!(run.steps()[0].outcomes()[0].text(), "sunny in Oslo");
        let content = claude.requests()[1].body()["messages"][1]["content"].clone();
        assert_eq!(
            (&content[0]["type"], &content[1]["type"]),
            (&json!("server_tool_use"), &json!("tool_search_tool_result"))
        );
        assert_eq!(content[1]["content"]["tool_references"][0]["tool_name"], "weather");
        // A visible tool needs no search.
        let run = chat.toolloop("Count the words of the text \"one two\".").await.unwrap();
        assert_eq!(run.steps()[0].outcomes()[0].name(), "other");
        assert!(run.steps()[0].response().content().iter().all(|block| block.kind() != "server_tool_use"));
    }
}

#[tokio::test]
async fn a_search_streams_and_finds_what_was_added() {
    let claude = MockServer::start().await.unwrap();
    let tools = tools![weather].defer_loading(true).with(BuiltinTool::tool_search_bm25());
    let mut chat = Chat::builder(claude.client("claude-opus-5-5")).tools(tools).build().unwrap();
    let found = async |chat: &mut Chat| {
        claude.respond(MockResponse::text("Found.").tool_search("temperature or weather in a city").thinking("Hm."));
        let mut events = chat.toolloop("Search.").stream();
        let mut names = Vec::new();
        while let Some(event) = events.next().await {
            if let Event::Response(response) = event.unwrap() {
                let results = response.content().iter().filter_map(ContentBlock::as_server_tool_result);
                names.extend(results.filter_map(ServerToolResult::tool_references).flatten());
            }
        }
        names.iter().map(|tool| tool.tool_name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&mut chat).await, ["weather"]);
    chat.add_tools(tools![thermometer]).unwrap();
    assert_eq!(found(&mut chat).await.len(), 2);
    chat.remove_tools(["weather"]).unwrap();
    assert_eq!(found(&mut chat).await, ["thermometer"]);
}

#[tokio::test]
async fn a_scripted_search_without_a_search_tool_is_a_mistake_of_the_test() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Found.").tool_search("weather"));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![weather]).build().unwrap();
    let error = chat.send("Search.").await.unwrap_err();
    assert!(error.to_string().contains("does not offer `tool_search_tool_bm25`"), "{error}");
}
