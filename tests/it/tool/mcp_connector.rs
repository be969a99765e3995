//! The MCP connector of the API: servers and toolsets in requests, the beta, and blocks in conversations.

use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::McpToolConfig;
use claudette::wire::{McpToolListing, McpToolResult, McpToolUse, RemoteMcpServer};
use claudette::{BuiltinTool, CacheControl, Chat, Client, ContentBlock, Message, messages, tool, tools};
use serde_json::{Value, json};

const SERVERS: &str = "mcp-client-2025-11-20";
const LISTINGS: &str = "mcp-client-2026-09-15";

fn calendar() -> RemoteMcpServer {
    RemoteMcpServer::new("calendar", "https://mcp.example.com/mcp")
}

fn call(id: &str) -> Value {
    json!({"type": "mcp_tool_use", "id": id, "name": "search_events", "server_name": "calendar",
           "input": {"query": "sync", "n": 33_392_837_120_239_382_u64}})
}

fn result(id: &str) -> Value {
    json!({"type": "mcp_tool_result", "tool_use_id": id, "is_error": false,
           "content": [{"type": "text", "text": "Monday"}]})
}

fn listing() -> Value {
    json!({"type": "mcp_tool_listing", "mcp_server_name": "calendar", "tools": [
        {"name": "search_events", "description": "Finds events.", "input_schema": {"type": "object"}}]})
}

fn says(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn chat(claude: &MockServer) -> Chat {
    let client = claude.client("claude-sonnet-5-5");
    Chat::builder(client).mcp_server(calendar()).tools(BuiltinTool::mcp_toolset("calendar")).build().unwrap()
}

fn beta(claude: &MockServer) -> Option<String> {
    claude.requests().last().unwrap().header("anthropic-beta").map(str::to_owned)
}

fn sent(claude: &MockServer) -> Value {
    claude.requests().last().unwrap().body()["messages"].clone()
}

#[tokio::test]
async fn servers_and_toolsets_are_sent_as_the_api_takes_them() {
    let claude = MockServer::start().await.unwrap();
    let client: Client = claude.client("claude-sonnet-5-5");
    let toolset = BuiltinTool::mcp_toolset("calendar")
        .only(["search_events"])
        .member("list_events", true)
        .tool_config("list_events", McpToolConfig::default().defer_loading(true))
        .cache_control(CacheControl::ephemeral());
    claude.respond(MockResponse::text("Monday."));
    let request = client.send("When?").mcp_server(calendar().authorization_token("secret")).tools(toolset);
    request.await.unwrap();
    let body = claude.requests()[0].body().clone();
    assert_eq!(
        body["mcp_servers"],
        json!([{"type": "url", "url": "https://mcp.example.com/mcp", "name": "calendar",
                "authorization_token": "secret"}])
    );
    assert_eq!(
        body["tools"],
        json!([{"type": "mcp_toolset", "mcp_server_name": "calendar", "default_config": {"enabled": false},
                "configs": {"search_events": {"enabled": true}, "list_events": {"enabled": true, "defer_loading": true}},
                "cache_control": {"type": "ephemeral"}}])
    );
    assert!(!format!("{:?}", claude.requests()[0]).contains("secret"));
    assert_eq!(beta(&claude).as_deref(), Some(SERVERS));

    // Counting tokens takes the same fields.
    client.count_tokens("When?").mcp_server(calendar()).tools(BuiltinTool::mcp_toolset("calendar")).await.unwrap();
    assert_eq!(beta(&claude).as_deref(), Some(SERVERS));
    claude.assert_finished();
}

#[tokio::test]
async fn a_request_has_the_beta_that_it_needs_and_no_other() {
    let claude = MockServer::start().await.unwrap();
    let client: Client = claude.client("claude-sonnet-5-5");
    let toolset = || BuiltinTool::mcp_toolset("calendar");
    let pinned = || toolset().pinned_tools(listing()["tools"].clone());
    let with = |betas: &[&str], tool: BuiltinTool| {
        let request = client.send("When?").mcp_server(calendar()).tools(tool);
        betas.iter().fold(request, |request, beta| request.beta(*beta))
    };
    for (request, expected) in [
        (client.send("When?"), None),
        (client.send("When?").beta("compact-2026-01-12"), Some("compact-2026-01-12".to_owned())),
        (with(&[], toolset()), Some(SERVERS.to_owned())),
        (with(&["compact-2026-01-12"], toolset()), Some(format!("compact-2026-01-12,{SERVERS}"))),
        (with(&[SERVERS], toolset()), Some(SERVERS.to_owned())),
        (with(&[LISTINGS], toolset()), Some(LISTINGS.to_owned())),
        (with(&[], pinned()), Some(LISTINGS.to_owned())),
        (with(&[LISTINGS], pinned()), Some(LISTINGS.to_owned())),
        (with(&["mcp-client-2027-01-01"], pinned()), Some("mcp-client-2027-01-01".to_owned())),
        (with(&[SERVERS], pinned()), Some(format!("{SERVERS},{LISTINGS}"))),
    ] {
        claude.respond(MockResponse::text("Monday."));
        request.await.unwrap();
        assert_eq!(beta(&claude), expected);
    }

    // A beta of the client counts.
    let client = Client::builder("claude-sonnet-5-5").api_key("key").base_url(claude.url()).beta(LISTINGS);
    let client = client.build().unwrap();
    claude.respond(MockResponse::text("Monday."));
    client.send("When?").mcp_server(calendar()).tools(pinned()).await.unwrap();
    assert_eq!(beta(&claude).as_deref(), Some(LISTINGS));
    claude.assert_finished();
}

#[tokio::test]
async fn blocks_in_the_conversation_need_the_beta_too() {
    let claude = MockServer::start().await.unwrap();
    let client: Client = claude.client("claude-sonnet-5-5");
    let read = |blocks: Value| -> Vec<ContentBlock> { serde_json::from_value(blocks).unwrap() };
    let said = |blocks: Vec<ContentBlock>| messages!["When?", Message::assistant(blocks), "Sure?"];
    for (blocks, expected) in [
        (json!([says("Monday.")]), None),
        (json!([call("m"), result("m"), says("Monday.")]), Some(SERVERS)),
        (json!([listing(), call("m"), result("m"), says("Monday.")]), Some(LISTINGS)),
    ] {
        claude.respond(MockResponse::text("Yes."));
        client.send(said(read(blocks))).await.unwrap();
        assert_eq!(beta(&claude).as_deref(), expected);
    }
    claude.assert_finished();
}

#[tokio::test]
async fn blocks_of_a_response_are_sent_back_unchanged() {
    for streams in [false, true] {
        let claude = MockServer::start().await.unwrap();
        let blocks = json!([listing(), call("mcptoolu_1"), result("mcptoolu_1"), says("Monday.")]);
        claude.respond(MockResponse::content(blocks.clone()).chunked(5));
        claude.respond(MockResponse::text("Yes."));
        let mut chat = chat(&claude);
        if streams {
            let mut events = chat.send("When?").beta(LISTINGS).stream();
            while let Some(event) = events.next().await {
                event.unwrap();
            }
        } else {
            chat.send("When?").beta(LISTINGS).await.unwrap();
        }
        let response = chat.history()[1].clone();
        let (call, result) = (response.find::<McpToolUse>().unwrap(), response.find::<McpToolResult>().unwrap());
        assert_eq!((call.id(), result.tool_use_id()), ("mcptoolu_1", "mcptoolu_1"));
        assert_eq!(call.input().get(), r#"{"query":"sync","n":33392837120239382}"#);
        assert_eq!(response.find::<McpToolListing>().unwrap().tool_names(), ["search_events"]);

        // The listing keeps the beta on later requests.
        chat.send("Sure?").await.unwrap();
        assert_eq!(sent(&claude)[1]["content"], blocks);
        assert_eq!(beta(&claude).as_deref(), Some(LISTINGS));
        claude.assert_finished();
    }
}

/// Adds one.
#[tool]
fn one(
    /// To what
    to: i64,
) -> i64 {
    to + 1
}

#[tokio::test]
async fn calls_of_both_kinds_are_in_one_loop() {
    let claude = MockServer::start().await.unwrap();
    let own = json!({"type": "tool_use", "id": "toolu_1", "name": "one", "input": {"to": 1}});
    claude.respond(MockResponse::content(json!([call("m"), result("m"), own])).stop_reason("tool_use"));
    claude.respond(MockResponse::content(json!([call("n")])).stop_reason("pause_turn"));
    claude.respond(MockResponse::content(json!([result("n"), says("Two, on Monday.")])));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5"))
        .tools(tools![one].with(BuiltinTool::mcp_toolset("calendar")))
        .build()
        .unwrap();
    // Options of one loop apply to all of its requests.
    let run = chat.toolloop("Add one to 1, and when is the sync?").mcp_server(calendar()).await.unwrap();
    assert_eq!(run.text(), "Two, on Monday.");
    assert_eq!(run.steps()[0].outcomes().len(), 1, "only the caller's tool has an outcome");
    for request in claude.requests() {
        assert_eq!(request.header("anthropic-beta"), Some(SERVERS));
    }
    claude.assert_finished();
}

#[tokio::test]
async fn an_incomplete_call_is_removed() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::content(json!([says("Let me see."), call("m")])).stop_reason("max_tokens"));
    claude.respond(MockResponse::text("Monday."));
    let mut chat = chat(&claude);
    chat.send("When?").await.unwrap();
    chat.send("Shorter.").await.unwrap();
    assert_eq!(sent(&claude)[1]["content"], json!([says("Let me see.")]));
    claude.assert_finished();
}

#[tokio::test]
async fn what_the_api_would_refuse_is_not_sent() {
    let claude = MockServer::start().await.unwrap();
    let client: Client = claude.client("claude-sonnet-5-5");
    let toolset = BuiltinTool::mcp_toolset;
    let other = || RemoteMcpServer::new("mail", "https://mail.example.com/mcp");
    let send = || client.send("When?");
    let many = (0..21).map(|n| RemoteMcpServer::new(format!("s{n}"), "https://a.example"));
    let long = "x".repeat(256);
    for (request, expected) in vec![
        (
            send().tools(toolset("calender")).mcp_server(calendar()),
            "a toolset is for the MCP server \"calender\", which the request does not have (it has \"calendar\"); add it",
        ),
        (send().tools(toolset("calendar")), "which the request does not have (it has none)"),
        (
            send().mcp_server(calendar()),
            "the MCP server \"calendar\" has no toolset; add it with `.tools(BuiltinTool::mcp_toolset(\"calendar\"))`",
        ),
        (send().mcp_server(calendar()).mcp_server(calendar()), "two MCP servers have the name \"calendar\""),
        (
            send().mcp_server(calendar()).tools(toolset("calendar")).tools(toolset("calendar")),
            "the MCP server \"calendar\" has two toolsets, but the API accepts one",
        ),
        (
            send().mcp_server(RemoteMcpServer::new("a", "http://a.example?key=secret")).tools(toolset("a")),
            "the URL of the MCP server \"a\" does not begin with https://",
        ),
        (send().mcp_server(RemoteMcpServer::new("", "https://a.example")), "the name of an MCP server is empty"),
        (send().tools(toolset(&long)), "has 256 characters, but the API accepts at most 255"),
        (send().mcp_servers(many), "the request has 21 MCP servers, but the API accepts at most 20"),
        (send().tools(toolset("")), "does not name its server"),
        (send().tools(BuiltinTool::raw(json!({"type": "mcp_toolset"}))), "does not name its server"),
        (send().tools(toolset("a").version("20260101")), "the tool `mcp_toolset` does not have versions"),
        (send().tools(toolset("a").max_uses(1)), "the tool `mcp_toolset` does not have the option `max_uses`"),
        (send().tools(toolset("a").pinned_tools("search")), "the pinned tools of the MCP server \"a\" are not a list"),
        (send().tools(toolset("a").defer_loading(true)), "all tools have `defer_loading`"),
        (send().tools(BuiltinTool::bash().only(["a"])), "the tool `bash` does not have the option `default_config`"),
    ] {
        let error = request.await.unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains(expected), "{error}\n{expected}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    assert!(claude.requests().is_empty());

    // These are accepted.
    for request in [
        send().mcp_servers([calendar(), other()]).tools(toolset("mail")).tools(toolset("calendar")),
        send().mcp_server(other()).mcp_servers([calendar()]).tools(toolset("calendar")),
        send().mcp_server(calendar()).tools(toolset("calendar").defer_loading(true)).tools(tools![one]),
        send().mcp_server(calendar()).tools(
            toolset("calendar")
                .defer_loading(true)
                .tool_config("search_events", McpToolConfig::default().defer_loading(false)),
        ),
        // A message can define the toolset.
        send().mcp_server(calendar()).beta("inline-tools-2026-09-15"),
        // Servers that are set by name are not checked.
        send().extra("mcp_servers", json!([calendar()])).tools(toolset("calendar")),
    ] {
        claude.respond(MockResponse::text("Monday."));
        request.await.unwrap();
    }
    claude.assert_finished();
}

#[tokio::test]
async fn the_cost_of_a_loop_with_the_connector_cannot_be_limited() {
    let claude = MockServer::start().await.unwrap();
    let error = chat(&claude).toolloop("When?").max_cost(1.0).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("`mcp_toolset`"), "{error}");
    assert!(claude.requests().is_empty());
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Monday."));
    let client = Client::builder("claude-sonnet-5-5").api_key("key").base_url(claude.url()).log(true).build().unwrap();
    let server = calendar().authorization_token("secret");
    client.send("When?").mcp_server(server.clone()).tools(BuiltinTool::mcp_toolset("calendar")).await.unwrap();
    assert_eq!(claude.requests()[0].body()["mcp_servers"][0]["authorization_token"], "secret");
    assert_eq!(client.log()[0].request()["mcp_servers"][0]["name"], "calendar");
    assert!(!client.log()[0].request().to_string().contains("secret"));
    assert!(!format!("{server:?}").contains("secret"));
    let options = claudette::client::RequestOptions::new("claude-sonnet-5-5").mcp_server(server);
    assert!(!format!("{options:?}").contains("secret"));
}

#[tokio::test]
async fn the_mock_server_refuses_what_the_api_refuses() {
    let claude = MockServer::start().await.unwrap();
    let client: Client = claude.client("claude-sonnet-5-5");
    let toolset = || json!({"type": "mcp_toolset", "mcp_server_name": "calendar"});
    for (betas, servers, tool, expected) in [
        ("compact-2026-01-12", json!([calendar()]), toolset(), "mcp_servers: Extra inputs are not permitted"),
        (
            SERVERS,
            json!([calendar()]),
            json!({"type": "bash_20250124", "name": "bash"}),
            "is defined but not referenced",
        ),
        (SERVERS, json!([]), toolset(), "MCP server 'calendar' not found in mcp_servers."),
        (SERVERS, json!([calendar(), calendar()]), toolset(), "names must be unique"),
        (
            SERVERS,
            json!([{"type": "url", "url": "http://a.example", "name": "calendar"}]),
            toolset(),
            "mcp_servers.0.url: MCP server URL must start with 'https://'",
        ),
        (
            SERVERS,
            json!([calendar()]),
            json!({"type": "mcp_toolset", "mcp_server_name": "calendar", "tools": []}),
            "tools.0.mcp_toolset.tools: Extra inputs are not permitted",
        ),
        (
            SERVERS,
            json!([calendar()]),
            json!({"type": "mcp_toolset", "mcp_server_name": "calendar", "configs": {"a": {"enabled": 1}}}),
            "tools.0.mcp_toolset.configs.a.enabled: Input should be a valid boolean",
        ),
        (
            LISTINGS,
            json!([calendar()]),
            json!({"type": "mcp_toolset", "mcp_server_name": "calendar", "tools": [{"name": "a"}]}),
            "tools.0.mcp_toolset.tools.0.input_schema: Field required",
        ),
    ] {
        let request = client.send("When?").beta(betas).extra("mcp_servers", servers).extra("tools", json!([tool]));
        let error = request.await.unwrap_err();
        assert!(error.is_invalid_request() && error.to_string().contains(expected), "{error}\n{expected}");
    }
}
