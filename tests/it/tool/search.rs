//! Tools that are hidden until a search finds them.

use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::{IntoTools, ToolSearch};
use claudette::{BuiltinTool, CacheControl, Chat, ToolContext, ToolDefinition, Toolset, tool, tools};
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

/// The seventh list, and the second list for the other tools, were not used to choose synonyms and weights, only counted.
///
/// When they were written, before any change for them, the right tool was found for 43 prompts of the eighth list, for 37 of the
/// third list for the other tools, and for 42 of the ninth list. Afterwards, general words were added.
#[test]
fn prompts_find_their_tools() {
    let (tools, others) = (many_tools::tools(), many_tools::other_tools());
    assert_eq!((tools.len(), others.len()), (500, 200));
    let all = tools.clone().with(others.clone());
    assert!(all.check().is_ok());
    let (lists, other_lists) = (many_tools::prompts(), many_tools::other_prompts());
    assert_found(&ToolSearch::over(tools), &lists, [49, 49, 49, 48, 48, 49, 47, 50, 47]);
    assert_found(&ToolSearch::over(others), &other_lists, [45, 45, 48]);
    assert_found(&ToolSearch::over(all), &other_lists, [42, 42, 42]);
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
