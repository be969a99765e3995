//! Whole chats with bad servers. The mock server refuses what the API refuses.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Event, tools};
use claudette_mcp::McpServers;
use mcp_tests::own_names;
use serde_json::json;

use super::dirty;

#[tokio::test]
async fn one_good_and_nine_bad_tools_make_a_request_that_is_accepted() {
    let server = dirty("nine").await.unwrap();
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("mcp__dirty__echo", json!({"text": "hi"})));
    claude.respond(MockResponse::text("It said hi."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(server.tools()).build().unwrap();
    let run = chat.toolloop("Say hi.").await.unwrap();
    assert_eq!(run.text(), "It said hi.");
    claude.assert_finished();
    let request = &claude.requests()[0];
    assert!(!request.refused(), "{:?}", request.refusal());
    let sent = request.body()["tools"].as_array().unwrap();
    let listed = own_names(&server).len();
    assert_eq!(sent.len(), listed);
    assert!(listed >= 8, "{}", server.report());
    // Each of the ten tools is either there, or left out with the reason.
    let report = server.report().to_string();
    for own in
        ["echo", "schema_true", "any_of", "ref_root", "external_ref", "array_root", "draft_4", "bad_keys", "bomb_refs"]
    {
        let there = own_names(&server).iter().any(|own| own == own);
        assert!(there || report.contains(own), "{own}: {report}");
    }
}

#[tokio::test]
async fn every_list_that_is_wrong_makes_a_request_that_is_accepted() {
    for fault in
        ["bad-names", "escapes", "hundreds", "bomb-refs", "different-twice", "junk", "long-description", "nulls"]
    {
        let server = dirty(fault).max_tools(60).await.unwrap();
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::text("Hello."));
        let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(server.tools()).build().unwrap();
        let run = chat.toolloop("Hello").await;
        assert!(run.is_ok(), "{fault}: {run:?}");
        claude.assert_finished();
    }
}

#[tokio::test]
async fn a_server_that_dies_in_a_run_leaves_a_run_that_ends() {
    let server = dirty("die").await.unwrap();
    let claude = MockServer::start().await.unwrap();
    claude
        .respond(MockResponse::tool_uses([("mcp__dirty__bad", json!({})), ("mcp__dirty__echo", json!({"text": "x"}))]));
    claude.respond(MockResponse::tool_use("mcp__dirty__echo", json!({"text": "again"})));
    claude.respond(MockResponse::text("The server died once."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(server.tools()).build().unwrap();
    let run = chat.toolloop("Go.").await.unwrap();
    assert_eq!(run.text(), "The server died once.");
    assert!(run.steps()[0].outcomes()[0].is_error());
    assert_eq!(run.steps()[1].outcomes()[0].text(), "again");
    claude.assert_finished();
}

#[tokio::test]
async fn progress_becomes_events() {
    let server = dirty("progress").await.unwrap();
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("mcp__dirty__bad", json!({})));
    claude.respond(MockResponse::text("Done."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(server.tools()).build().unwrap();
    let mut events = chat.toolloop("Go.").stream();
    let mut progress = Vec::new();
    while let Some(event) = events.next().await {
        if let Event::Progress(step) = event.unwrap() {
            progress.push(step.text().to_owned());
        }
    }
    assert_eq!(progress.len(), 3, "{progress:?}");
}
#[tokio::test]
async fn one_server_that_fails_does_not_take_the_others_along() {
    let folder = mcp_tests::Folder::new();
    let path = folder.path().join("mcp.json");
    let program = env!("CARGO_BIN_EXE_dirty");
    let config = json!({"mcpServers": {
        "good": {"command": program, "args": ["none"]},
        "crashes": {"command": program, "args": ["crash"], "env": {"TOKEN": "hunter2"}},
        "missing": {"command": "no-such-program-b7"},
        "off": {"command": program, "args": ["none"], "disabled": true},
    }});
    std::fs::write(&path, config.to_string()).unwrap();
    let servers = McpServers::from_config(&path).await.unwrap();
    let tools = tools![].with(servers.tools());
    assert_eq!(tools.len(), 2);
    assert!(tools.get("mcp__good__echo").is_some());
    let report = servers.report().to_string();
    assert!(report.contains("crashes") && report.contains("left-pad") && report.contains("missing"), "{report}");
    assert!(!format!("{report}{servers:?}").contains("hunter2"));
    servers.close().await;
}
