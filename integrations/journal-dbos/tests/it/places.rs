//! The places in which a journal can be used.

use claudette::testing::MockResponse;
use claudette::{Chat, ToolError, tool, tools};
use claudette_journal_dbos::{LiveProgress, journal, progress, workflow_error};
use serde_json::json;
use std::time::Duration;

use crate::world::{World, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_loop_of_a_workflow_has_a_run_of_its_own() {
    let Some(world) = World::new("two").await else { return };
    for text in ["One.", "Two."] {
        world.model.respond(MockResponse::tool_use("pay", json!({"n": 1})));
        world.model.respond(MockResponse::text(text));
    }
    let own = world.clone();
    let workflow = move |prompt: String| {
        let world = own.clone();
        async move {
            let mut chat = world.chat();
            let first = chat.toolloop(prompt).journal(journal()).await.map_err(workflow_error)?;
            let second = chat.toolloop("And again.").journal(journal()).await.map_err(workflow_error)?;
            Ok(format!("{} {} {}", first.text(), second.text(), chat.history().len()))
        }
    };
    let (dbos, agent) = world.launch_with("1", workflow).await;
    assert_eq!(start(&agent, "two-1").await.result().await.unwrap(), "One. Two. 8");
    assert_eq!(world.effects.counts().0, 2);
    dbos.shutdown().await;
}

/// Asks another agent.
#[tool(idempotent)]
async fn research(
    world: claudette::State<World>,
    /** With a journal */
    journaled: bool,
) -> Result<String, ToolError> {
    let mut chat = Chat::new(world.client()).map_err(|error| ToolError::new(error.to_string()))?;
    let work = chat.toolloop("Research.");
    let run = if journaled { work.journal(journal()).await } else { work.await };
    Ok(run.map_err(|error| ToolError::new(error.to_string()))?.text())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_inside_a_tool_has_no_journal() {
    let Some(world) = World::new("nested").await else { return };
    world.model.respond(MockResponse::tool_use("research", json!({"journaled": true})));
    world.model.respond(MockResponse::tool_use("research", json!({"journaled": false})));
    world.model.respond(MockResponse::text("Inner."));
    world.model.respond(MockResponse::text("Outer."));
    let own = world.clone();
    let workflow = move |prompt: String| {
        let world = own.clone();
        async move {
            let chat = Chat::builder(world.client()).tools(tools![research]).state(world.clone()).build();
            let mut chat = chat.map_err(workflow_error)?;
            Ok(chat.toolloop(prompt).journal(journal()).await.map_err(workflow_error)?.text())
        }
    };
    let (dbos, agent) = world.launch_with("1", workflow).await;
    assert_eq!(start(&agent, "nested-1").await.result().await.unwrap(), "Outer.");
    let requests = world.model.requests();
    let refused = requests[1].body()["messages"][2]["content"].to_string();
    assert!(refused.contains("called inside a DBOS step"), "{refused}");
    let answered = requests[3].body()["messages"][4]["content"].to_string();
    assert!(answered.contains("Inner."), "{answered}");
    dbos.shutdown().await;
}

#[tokio::test]
async fn outside_a_workflow_there_is_an_error_before_a_request() {
    let client = claudette::Client::builder("claude-sonnet-5-5").api_key("key").base_url("http://127.0.0.1:9").build();
    let mut chat = Chat::new(client.unwrap()).unwrap();
    let error = chat.toolloop("Hello").journal(journal()).await.unwrap_err();
    assert!(error.is_journal() && error.to_string().contains("outside a DBOS workflow"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_published_while_a_tool_runs() {
    let Some(mut world) = World::new("progress").await else { return };
    world.effects.delay = Duration::from_secs(2);
    world.model.respond(MockResponse::tool_use("pay", json!({"n": 7})));
    world.model.respond(MockResponse::text("Paid."));
    let client = world.database.client().await;
    let (own, writer) = (world.clone(), client.clone());
    let workflow = move |prompt: String| {
        let (world, client) = (own.clone(), writer.clone());
        async move {
            let mut chat = world.chat();
            let run = chat.toolloop(prompt).hook(LiveProgress::new(&client)).journal(journal()).await;
            Ok(run.map_err(workflow_error)?.text())
        }
    };
    let (dbos, agent) = world.launch_with("1", workflow).await;
    let handle = start(&agent, "progress-1").await;
    world.stored("progress-1", "tool#1.1:pay/started").await;
    let mut latest = None;
    for _ in 0..100 {
        latest = progress(&client, "progress-1").await.unwrap();
        if latest.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let latest = latest.unwrap();
    assert_eq!((latest.tool.as_str(), latest.text.as_str()), ("pay", "paying 7"));
    assert!(!world.database.steps("progress-1").iter().any(|(step, _)| step == "tool#1.1:pay"), "it still runs");
    assert_eq!(handle.result().await.unwrap(), "Paid.");
    dbos.shutdown().await;
}
