//! Names that are longer than the API accepts: the program uses the tool's own name, the API a shortened one.

use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{ToolChoice, ToolReference};
use claudette::{
    Approval, Chat, ContentBlock, Event, History, Message, Response, ToolDefinition, ToolUse, tool, tools,
};
use serde_json::{Value, json};

const LONG: &str = "mcp__the_company_wide_knowledge_base__search_all_documents_by_their_full_text";

/// Searches.
#[tool(name = "mcp__the_company_wide_knowledge_base__search_all_documents_by_their_full_text")]
async fn search(
    /// Search terms
    query: String,
) -> String {
    format!("nothing about {query}")
}

/// Returns the name that is sent to the API.
fn sent() -> String {
    let definition = ToolDefinition::new(LONG, "", &json!({"type": "object"}));
    let name = definition.wire_name().into_owned();
    assert!(name.len() == 64 && LONG.starts_with(&name[..55]), "{name}");
    name
}

/// Returns every name of a tool in a request.
fn names(body: &Value) -> Vec<String> {
    match body {
        Value::Object(fields) => {
            let own = ["name", "tool_name"].into_iter().filter_map(|key| fields.get(key)?.as_str().map(str::to_owned));
            own.chain(fields.values().flat_map(names)).collect()
        }
        Value::Array(all) => all.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

fn requests_have_only_the_sent_name(claude: &MockServer, requests: usize) {
    assert_eq!(claude.requests().len(), requests);
    for request in claude.requests() {
        assert!(!request.refused(), "{:?}", request.refusal());
        let names = names(request.body());
        assert!(!names.is_empty() && names.iter().all(|name| *name == sent()), "{names:?}");
    }
}

async fn server() -> MockServer {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use(sent(), json!({"query": "x"})));
    claude.respond(MockResponse::text("There is nothing."));
    claude
}

#[tokio::test]
async fn a_run_has_the_tools_own_name() {
    let claude = server().await;
    let mut chat = Chat::builder(claude.client("claude-haiku-4-5")).tools(tools![search]).build().unwrap();
    let asked = |call: ToolUse| async move {
        if call.name() == LONG { Approval::Allow } else { Approval::deny("an unknown name") }
    };
    let run = chat.toolloop("Search for x.").tool_choice(ToolChoice::named(LONG)).approve(asked).await.unwrap();
    assert_eq!(run.text(), "There is nothing.");
    let call = chat.history()[1].content()[0].as_tool_use().unwrap();
    assert_eq!(call.name(), LONG);
    requests_have_only_the_sent_name(&claude, 2);
}

#[tokio::test]
async fn events_have_the_tools_own_name() {
    let claude = server().await;
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![search]).build().unwrap();
    let mut events = chat.toolloop("Search for x.").stream();
    let (mut called, mut answered) = (Vec::new(), Vec::new());
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::ToolCall(call) => called.push(call.name().to_owned()),
            Event::ToolResult(outcome) => answered.push((outcome.name().to_owned(), outcome.text().into_owned())),
            _ => {}
        }
    }
    drop(events);
    assert_eq!(called, [LONG]);
    assert_eq!(answered, [(LONG.to_owned(), "nothing about x".to_owned())]);
    requests_have_only_the_sent_name(&claude, 2);
}

#[tokio::test]
async fn an_imported_history_is_sent_with_names_that_the_api_accepts() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Which one?"));
    let call = ToolUse::new("toolu_1", LONG, json!({"query": "x"}));
    let found = json!({"type": "tool_result", "tool_use_id": "toolu_1", "content": [ToolReference::new(LONG)]});
    let found: ContentBlock = serde_json::from_value(found).unwrap();
    let history = vec![Message::user("Search."), Message::assistant(ContentBlock::from(call)), Message::user(found)];
    let history = History::from(history);
    let chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![search]).history(history);
    let mut chat = chat.build().unwrap();
    chat.send("Go on.").await.unwrap();
    requests_have_only_the_sent_name(&claude, 1);
    assert!(serde_json::to_string(chat.history()).unwrap().contains(LONG));
}

#[tokio::test]
async fn a_response_that_the_program_reads_itself_can_be_answered() {
    let response = json!({
        "content": [{"type": "tool_use", "id": "toolu_1", "name": sent(), "input": {"query": "x"}}],
        "stop_reason": "tool_use",
    });
    let response: Response = serde_json::from_value(response).unwrap();
    let message = tools![search].answer(&response).await.unwrap();
    assert_eq!(message.content()[0].as_tool_result().unwrap().text(), "nothing about x");
}

#[tokio::test]
async fn a_request_has_the_tools_own_name() {
    let claude = server().await;
    let response = claude.client("claude-sonnet-5-5").send("Search for x.").tools(tools![search]).await.unwrap();
    assert_eq!(response.tool_uses().next().unwrap().name(), LONG);
    requests_have_only_the_sent_name(&claude, 1);
}

#[tokio::test]
async fn a_short_name_that_equals_a_shortened_one_is_reported() {
    let schema = json!({"type": "object"});
    let short = claudette::ToolFn::raw(ToolDefinition::new(sent(), "", &schema), |_, _| async { "" });
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let error = client.send("Search.").tools(tools![search].with(short)).await;
    assert!(claude.requests().is_empty());
    assert!(error.unwrap_err().to_string().contains(&sent()));
}
