//! Tools that are hidden until a search finds them.

use claudette::chat::{ChatState, Inbox};
use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::{IntoTools, ToolSearch};
use claudette::wire::{ServerToolResult, ToolReference};
use claudette::{
    BuiltinTool, CacheControl, Chat, ContentBlock, Event, Run, State, ToolContext, ToolDefinition, Toolset, tool, tools,
};
use serde_json::{Value, json};

#[path = "../../fixtures/many_tools/mod.rs"]
mod many_tools;

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

#[tokio::test]
async fn queries_without_a_result_or_of_excessive_length_are_answered() {
    let (tools, cx) = (ToolSearch::over(tools![weather]).name("find").into_tools(), ToolContext::default());
    let search = async |query: &str| tools.call("find", &json!({"query": query}).to_string(), &cx).await;
    for query in ["", "the", "quantum chromodynamics"] {
        let outcome = search(query).await;
        assert!(!outcome.is_error() && outcome.text().starts_with("No tool was found."), "{query:?}: {outcome:?}");
    }
    assert!(!search(&"ä".repeat(500)).await.is_error());
    let outcome = search(&"x".repeat(501)).await;
    assert!(outcome.is_error() && outcome.text().contains("500"), "{}", outcome.text());
}

#[test]
fn only_described_tools_are_behind_the_search() {
    let all = tools![weather].with(BuiltinTool::bash()).with(BuiltinTool::tool_search_bm25());
    let sent = sent(&ToolSearch::over(all).into_tools());
    let deferred: Vec<_> = sent.as_array().unwrap().iter().map(|tool| tool.get("defer_loading").is_some()).collect();
    assert_eq!(deferred, [true, false, false, false]);
    assert_eq!(sent[3]["name"], "search_tools");
    assert_eq!(ToolSearch::over(tools![]).into_tools().len(), 0);
    let twice = ToolSearch::over(tools![weather]).into_tools().with(ToolSearch::over(tools![other]));
    assert!(twice.check().unwrap_err().to_string().contains("`search_tools`"));
}

/// Counts the words of a text.
#[tool]
fn other(
    /// Any text
    text: String,
) -> usize {
    text.split_whitespace().count()
}

#[test]
fn names_and_arguments_are_searched() {
    let schema = json!({"type": "object", "properties": {
        "accountIBAN": {"type": "string", "description": "The receiver's account"},
        "speed": {"enum": ["instant", "overnight"]},
    }});
    let transfer = ToolDefinition::new("bankTransferSEPA2", "", &schema);
    let search = ToolSearch::over(tools![weather, other].with(many_tools::Described(transfer))).max_results(1);
    for query in ["a TRANSFER", "banks", "sepa", "iban", "receiving accounts", "instantly", "overnight"] {
        assert_eq!(search.find(query), ["bankTransferSEPA2"], "{query}");
    }
    assert!(search.find("money").is_empty());
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
    chat.add_tools(many_tools::Described(replaced)).unwrap();
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
    let mut found = async |chat: &mut Chat| {
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

/// Returns the number of prompts for which the right tool is among the tools that a search finds, and prints the others.
fn found(search: &ToolSearch, prompts: &[(&str, &str)]) -> usize {
    let is_found = |(prompt, tool): &&(&str, &str)| {
        let found = search.find(prompt);
        let is_found = found.contains(tool);
        if !is_found {
            println!("{prompt}\n  {tool} is not in {found:?}");
        }
        is_found
    };
    prompts.iter().filter(is_found).count()
}

/// The synonyms and weights were chosen with all lists but the last one of each set, which were only counted. The right
/// tools of the lists are found for 49, 48, 49, 47, 48 and 49 prompts, and for 47 of the last list. Those of the other
/// tools are found for 44 and 45, and for 41 and 41 among all 700 tools.
#[test]
fn prompts_find_their_tools() {
    let (tools, others) = (many_tools::tools(), many_tools::other_tools());
    assert_eq!((tools.len(), others.len()), (500, 200));
    let all = tools.clone().with(others.clone());
    assert!(all.check().is_ok());
    let (lists, other_lists) = (many_tools::prompts(), many_tools::other_prompts());
    assert_found(&ToolSearch::over(tools), &lists, [49, 48, 49, 47, 48, 49, 47]);
    assert_found(&ToolSearch::over(others), &other_lists, [44, 45]);
    assert_found(&ToolSearch::over(all), &other_lists, [41, 41]);
}

/// Checks that no fewer tools are found for each list, with at most eight tools for a prompt on average.
fn assert_found<const N: usize>(search: &ToolSearch, lists: &[many_tools::Prompts; N], least: [usize; N]) {
    let (prompts, tools) = (|| lists.iter().flatten(), search.clone().into_tools());
    assert!(prompts().all(|(_, tool)| tools.get(tool).is_some()));
    assert!(lists.iter().all(|list| list.len() == 50));
    let count = lists.each_ref().map(|list| found(search, list));
    println!("{count:?}");
    assert!(count.iter().zip(&least).all(|(count, least)| count >= least), "{count:?}");
    let results: usize = prompts().map(|(prompt, _)| search.find(prompt).len()).sum();
    assert!(results <= 8 * prompts().count(), "{results}");
}

// The cost of 500 tools.

/// Estimates the tokens of what the model reads: one for four bytes. A hidden tool counts from the request after its
/// search.
fn tokens(request: &Value) -> usize {
    let messages = request["messages"].to_string();
    let is_read = |tool: &&Value| {
        tool["defer_loading"] != true || messages.contains(&json!({"tool_name": tool["name"]}).to_string()[1..])
    };
    let tools: usize =
        request["tools"].as_array().unwrap().iter().filter(is_read).map(|tool| tool.to_string().len()).sum();
    (tools + messages.len()) / 4
}

/// The query of a search, the tool that the model then calls, and its arguments.
type Call = (&'static str, &'static str, Value);

fn calls() -> [Call; 3] {
    let mail = json!({"recipients": ["jo@example.com"], "subject": "Room", "text": "It is booked."});
    [
        ("list calendar events", "calendar_list_events", json!({"from": "2026-12-01", "to": "2026-12-02"})),
        ("list meeting rooms", "calendar_list_rooms", json!({})),
        ("send an email", "mail_send_message", mail),
    ]
}

/// Runs a loop with three calls. `respond` returns the responses of the model with one call, and with the search before
/// it. Returns a row of the table.
async fn row(name: &str, tools: Toolset, respond: impl Fn(Call) -> Vec<MockResponse>) -> String {
    let claude = MockServer::start().await.unwrap();
    let responses = calls().into_iter().flat_map(respond).chain([MockResponse::text("Done.")]);
    responses.for_each(|response| claude.respond(response));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build().unwrap();
    let run = chat.toolloop("Tell Jo which room is free tomorrow.").await.unwrap();
    assert_eq!(run.text(), "Done.");
    let requests = claude.requests();
    let all: usize = requests.iter().map(|request| tokens(request.body())).sum();
    let (bytes, first) = (requests[0].bytes().len(), tokens(requests[0].body()));
    format!("| {name} | {} | {bytes} | {first} | {all} |", requests.len())
}

#[tokio::test]
async fn the_guide_has_the_cost_of_500_tools() {
    let all = many_tools::tools();
    let search = ToolSearch::over(all.clone());
    let by_the_api = |(query, tool, input): Call| vec![MockResponse::tool_use(tool, input).tool_search(query)];
    let in_the_program = |(query, tool, input): Call| {
        vec![MockResponse::tool_use("search_tools", json!({"query": query})), MockResponse::tool_use(tool, input)]
    };
    let hidden = all.clone().defer_loading(true).with(BuiltinTool::tool_search_bm25());
    let rows = [
        row("all visible", all, |(_, tool, input)| vec![MockResponse::tool_use(tool, input)]).await,
        row("hidden, `tool_search_bm25`", hidden, by_the_api).await,
        row("hidden, `ToolSearch`", search.clone().into_tools(), in_the_program).await,
    ];
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/claudette-core/docs/many-tools.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(&rows.join("\n")), "the table is out of date:\n{}", rows.join("\n"));
}
