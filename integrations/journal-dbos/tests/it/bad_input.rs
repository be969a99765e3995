//! Records and programs that do not fit. Nothing is lost, and nothing runs twice.

use std::time::Duration;

use claudette::testing::MockResponse;
use claudette::{Chat, tools};
use claudette_journal_dbos::{RunError, journal, workflow_error};
use dbos::sysdb::types::WorkflowStatus;

use crate::world::{World, look, pay, start};

/// Runs a workflow up to its second request, which fails.
async fn interrupted(world: &World, id: &str) {
    world.respond_with_calls();
    world.model.respond(MockResponse::error(529, "overloaded_error", "Overloaded"));
    let (dbos, agent) = world.launch().await;
    start(&agent, id).await.result().await.unwrap_err();
    assert!(world.failure().await.contains("Interrupted"));
    dbos.shutdown().await;
}

/// Launches the program again, and waits for its result.
async fn relaunch(world: &World, id: &str) -> dbos::Result<String, RunError> {
    world.model.respond(MockResponse::text("Done."));
    let (dbos, _) = world.launch().await;
    let result = dbos.retrieve_workflow::<String, RunError>(id).unwrap().result().await;
    dbos.shutdown().await;
    result
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_prompt_or_a_missing_tool_is_an_error_that_names_it_and_keeps_the_run() {
    let Some(world) = World::new("drift").await else { return };
    interrupted(&world, "drift-1").await;
    let requests = world.model.requests().len();

    for (change, expected) in [("prompt", "began with another prompt"), ("tool", "began with the tool `pay`")] {
        let own = world.clone();
        let workflow = move |prompt: String| {
            let (world, is_prompt) = (own.clone(), change == "prompt");
            async move {
                let tools = if is_prompt { tools![pay, look] } else { tools![look] };
                let chat = Chat::builder(world.client()).tools(tools).state(world.effects.clone());
                let mut chat = chat.build().map_err(workflow_error)?;
                let prompt = if is_prompt { "Pay nothing.".to_owned() } else { prompt };
                let run = chat.toolloop(prompt).approve(async |_| claudette::Approval::Allow).journal(journal());
                Ok(run.await.map_err(workflow_error)?.text())
            }
        };
        let (dbos, _) = world.launch_with("1", workflow).await;
        let error = world.failure().await;
        assert!(
            error.contains("run `drift-1`") && error.contains(expected) && error.contains("allow_drift"),
            "{error}"
        );
        assert_eq!(world.status("drift-1").await, WorkflowStatus::Pending);
        dbos.shutdown().await;
    }
    assert_eq!(world.model.requests().len(), requests, "nothing was sent");

    // The right program continues it.
    assert_eq!(relaunch(&world, "drift-1").await.unwrap(), "Done.");
    assert_eq!(world.effects.counts(), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_corrupt_record_is_an_error_that_names_it_and_the_run_continues_after_a_repair() {
    let Some(world) = World::new("corrupt").await else { return };
    interrupted(&world, "corrupt-1").await;
    let output = "update dbos.operation_outputs set output = ";
    let row = " where workflow_uuid = 'corrupt-1' and function_name = 'tool#1.2:look'";
    let stored = world.database.sql(&format!("select output from dbos.operation_outputs {row}")).remove(0);
    for broken in ["{\"life\": \"", "{\"at\": 1}"] {
        world.database.sql(&format!("{output}'{broken}'{row}"));
        let (dbos, _) = world.launch().await;
        let error = world.failure().await;
        dbos.shutdown().await;
        assert!(error.contains("`tool#1.2:look`") && error.contains("`corrupt-1`"), "{error}");
        assert!(error.contains("from a backup"), "{error}");
        assert_eq!(world.status("corrupt-1").await, WorkflowStatus::Pending);
    }
    world.database.sql(&format!("{output}'{stored}'{row}"));
    assert_eq!(relaunch(&world, "corrupt-1").await.unwrap(), "Done.");
    assert_eq!(world.effects.counts(), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_the_run_until_there_is_space() {
    let Some(world) = World::new("full").await else { return };
    // Postgres reports a full disk with this code.
    world.database.sql(
        "create function full_disk() returns trigger language plpgsql as $$ begin \
         if new.function_name = 'tool#1.3:pay' and new.workflow_uuid = 'full-1' then \
         raise exception 'could not extend file: No space left on device' using errcode = '53100'; end if; \
         return new; end $$; \
         create trigger full_disk before insert on dbos.operation_outputs for each row execute function full_disk()",
    );
    world.respond_with_calls();
    world.model.respond(MockResponse::text("Done."));
    let (dbos, agent) = world.launch().await;
    let handle = start(&agent, "full-1").await;
    world.stored("full-1", "tool#1.2:look").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(world.status("full-1").await, WorkflowStatus::Pending);
    assert_eq!(world.model.requests().len(), 1);
    world.database.sql("drop trigger full_disk on dbos.operation_outputs; drop function full_disk");
    assert_eq!(handle.result().await.unwrap(), "Done.");
    assert_eq!(world.effects.counts(), (2, 1));
    let results = world.model.requests()[1].body()["messages"][2]["content"].to_string();
    assert!(results.contains("paid 3") && !results.contains("may have taken effect"), "{results}");
    dbos.shutdown().await;
}
