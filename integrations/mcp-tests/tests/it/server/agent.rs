//! A whole chat as one tool.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, State, ToolContext, ToolUse, tool, tools};
use claudette_mcp::agent;
use rmcp::model::{CallToolRequest, ClientRequest};
use rmcp::service::PeerRequestOptions;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::client::{call, called, connect, params, text};

/// Returns the number of items in stock.
#[tool]
fn stock(
    cx: &ToolContext,
    calls: State<Arc<AtomicUsize>>,
    /// Name of the item
    item: &str,
) -> usize {
    cx.progress("counting");
    calls.fetch_add(1, Ordering::SeqCst);
    item.len()
}

fn conversation(result: &Value) -> String {
    result["structuredContent"]["conversation"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn it_answers_with_its_own_tools_and_continues() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
    claude.respond(MockResponse::text("There are 3."));
    claude.respond(MockResponse::text("Tea, as I said."));
    claude.respond(MockResponse::text("I do not know."));
    let chat =
        Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![stock].state(Arc::<AtomicUsize>::default()));
    let (client, _server) = connect(agent(chat)).await;

    let listed = client.list_all_tools().await.unwrap();
    assert_eq!((&*listed[0].name, listed.len()), ("ask", 1));
    assert_eq!(listed[0].output_schema.as_ref().unwrap()["required"], json!(["answer", "conversation"]));

    let first = called(&client, "ask", json!({"prompt": "How much tea is there?"})).await;
    assert_eq!(first["structuredContent"]["answer"], "There are 3.");
    let id = conversation(&first);
    assert_eq!(first["content"][0]["text"], format!("There are 3.\n\n(Conversation: {id})"));
    let heard = || client.service().0.lock().unwrap().iter().map(|(_, text)| text.clone()).collect::<Vec<_>>();
    timeout(Duration::from_secs(5), async {
        while heard().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    assert!(heard().contains(&"calls stock".to_owned()) && heard().contains(&"stock: counting".to_owned()));

    let second = called(&client, "ask", json!({"prompt": "Of what?", "conversation": id})).await;
    assert_eq!(
        (&second["structuredContent"]["answer"], conversation(&second)),
        (&json!("Tea, as I said."), id.clone())
    );
    assert_eq!(claude.requests()[2].body()["messages"].as_array().unwrap().len(), 5);

    let other = called(&client, "ask", json!({"prompt": "Of what?"})).await;
    assert_ne!(conversation(&other), id);
    assert_eq!(claude.requests()[3].body()["messages"].as_array().unwrap().len(), 1);
    claude.assert_finished();

    let unknown = call(&client, "ask", json!({"prompt": "Hi", "conversation": "0"})).await.unwrap();
    assert!(unknown.is_error == Some(true) && text(&unknown).contains("\"0\""), "{unknown:?}");
    let missing = call(&client, "ask", json!({})).await.unwrap();
    assert!(text(&missing).contains("`prompt`"), "{missing:?}");
}

#[tokio::test]
async fn the_client_sees_the_progress_of_sub_agents() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("clerk", json!({"prompt": "Count the tea."})));
    claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
    claude.respond(MockResponse::text("3"));
    claude.respond(MockResponse::text("There are 3."));
    let clerk =
        Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![stock].state(Arc::<AtomicUsize>::default()));
    let clerk = clerk.build().unwrap().into_tool("clerk", "Counts the stock.");
    let chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![].with(clerk));
    let (client, _server) = connect(agent(chat)).await;

    called(&client, "ask", json!({"prompt": "How much tea is there?"})).await;
    let heard = || client.service().0.lock().unwrap().iter().map(|(_, text)| text.clone()).collect::<Vec<_>>();
    let expected = ["calls clerk", "clerk: calls stock", "clerk: stock: counting"];
    let is_complete = || expected.iter().all(|text| heard().iter().any(|it| it == text));
    timeout(Duration::from_secs(5), async {
        while !is_complete() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{:?}", heard()));
}

#[tokio::test]
async fn an_error_of_the_api_leaves_the_conversation_intact() {
    let claude = MockServer::start().await.unwrap();
    let calls = Arc::<AtomicUsize>::default();
    let error = || MockResponse::error(400, "invalid_request_error", "the moon is full");
    claude.respond(error());
    claude.respond(MockResponse::text("Hello."));
    claude.respond(error());
    claude.respond(MockResponse::text("Again."));
    claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
    claude.respond(error());
    claude.respond(MockResponse::text("There were 3."));
    let chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![stock].state(calls.clone()));
    let (client, _server) = connect(agent(chat)).await;

    let failed = call(&client, "ask", json!({"prompt": "Hello"})).await.unwrap();
    assert!(failed.is_error == Some(true) && text(&failed).contains("the moon is full"), "{failed:?}");
    assert!(!text(&failed).contains("conversation"), "there is nothing to continue: {failed:?}");

    let id = conversation(&called(&client, "ask", json!({"prompt": "Hello"})).await);
    let next = |prompt: &str| json!({"prompt": prompt, "conversation": id});
    assert_eq!(called(&client, "ask", next("Lost")).await["isError"], true);
    assert_eq!(called(&client, "ask", next("More")).await["structuredContent"]["answer"], "Again.");
    let sent = claude.requests()[3].body()["messages"].to_string();
    assert!(sent.contains("More") && !sent.contains("Lost"), "{sent}");

    // What a tool has done is not forgotten.
    let failed = call(&client, "ask", next("How much tea?")).await.unwrap();
    assert!(text(&failed).contains(&id), "{failed:?}");
    assert_eq!(called(&client, "ask", next("And?")).await["structuredContent"]["answer"], "There were 3.");
    let sent = claude.requests()[6].body()["messages"].to_string();
    assert!(sent.contains("tool_result") && calls.load(Ordering::SeqCst) == 1, "{sent}");
    claude.assert_finished();
}

#[tokio::test]
async fn limits_and_approvals_apply() {
    let claude = MockServer::start().await.unwrap();
    let calls = Arc::<AtomicUsize>::default();
    claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
    claude.respond(MockResponse::text("I may not look."));
    claude.respond(MockResponse::text("One, two, th").stop_reason("max_tokens"));
    let chat = Chat::builder(claude.client("claude-sonnet-5-5"))
        .tools(tools![stock].state(calls.clone()))
        .approve(|_: ToolUse| async { Approval::Suspend });
    let (client, _server) = connect(agent(chat)).await;
    let result = called(&client, "ask", json!({"prompt": "How much tea is there?"})).await;
    assert_eq!(result["structuredContent"]["answer"], "I may not look.");
    assert!(claude.requests()[1].body()["messages"].to_string().contains("nobody can approve"));
    assert_eq!(calls.load(Ordering::SeqCst), 0);

    let cut = called(&client, "ask", json!({"prompt": "Count."})).await;
    assert_eq!(cut["structuredContent"]["answer"], "One, two, th");
    assert!(cut["structuredContent"]["incomplete"].as_str().unwrap().contains("tokens"), "{cut}");
    assert!(cut["content"][0]["text"].as_str().unwrap().contains("Incomplete"), "{cut}");
}

#[tokio::test]
async fn cancellation_ends_the_run_and_the_conversation_goes_on() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hello."));
    claude.respond(MockResponse::text("Too late.").delay(Duration::from_secs(60)));
    claude.respond(MockResponse::text("Here I am."));
    let (client, _server) = connect(agent(Chat::builder(claude.client("claude-sonnet-5-5")))).await;
    let id = conversation(&called(&client, "ask", json!({"prompt": "Hello"})).await);
    let next = |prompt: &str| json!({"prompt": prompt, "conversation": id});

    let request = ClientRequest::CallToolRequest(CallToolRequest::new(params("ask", next("Slow"))));
    let handle = client.send_cancellable_request(request, PeerRequestOptions::no_options()).await.unwrap();
    timeout(Duration::from_secs(5), async {
        while claude.requests().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    handle.cancel(None).await.unwrap();
    let result = timeout(Duration::from_secs(5), called(&client, "ask", next("Are you there?"))).await.unwrap();
    assert_eq!(result["structuredContent"]["answer"], "Here I am.");
    let sent = claude.requests()[2].body()["messages"].to_string();
    assert!(!sent.contains("Slow"), "{sent}");
}

#[tokio::test]
async fn calls_of_one_conversation_wait_for_each_other() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hello."));
    let (client, _server) = connect(agent(Chat::builder(claude.client("claude-sonnet-5-5")))).await;
    let id = conversation(&called(&client, "ask", json!({"prompt": "Hello"})).await);
    for n in 0..4 {
        claude.respond(MockResponse::text(format!("{n}")).delay(Duration::from_millis(20)));
    }
    let asks = (0..4).map(|n| called(&client, "ask", json!({"prompt": format!("{n}?"), "conversation": id})));
    futures_util::future::join_all(asks).await;
    let lengths: Vec<_> =
        claude.requests().iter().map(|request| request.body()["messages"].as_array().unwrap().len()).collect();
    assert_eq!(lengths, [1, 3, 5, 7, 9]);
}

#[tokio::test]
async fn a_chat_that_cannot_be_built_is_misuse() {
    let claude = MockServer::start().await.unwrap();
    let broken = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![stock]);
    let (read, write) = tokio::io::split(tokio::io::duplex(1).0);
    let error = agent(broken).name("x").io(read, write).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("State<"), "{error}");
}
