//! A run in several lives.

use std::time::Duration;

use claudette::testing::MockResponse;
use claudette_journal_dbos::RunError;

use crate::world::{Effects, World, resume, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_in_the_middle_of_a_call_interrupts_it() {
    let Some(mut world) = World::new("shutdown").await else { return };
    world.effects = Effects::slow(Duration::from_millis(500));
    world.respond_with_calls();
    let (dbos, agent) = world.launch().await;
    let handle = start(&agent, "shutdown-1").await;
    world.stored("shutdown-1", "tool#1.3:pay/started").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    dbos.shutdown().await;
    let error = handle.result().await.unwrap_err();
    assert!(matches!(error, dbos::Error::Interrupted { .. }), "{error:?}");
    assert_eq!(world.effects.counts(), (2, 1));

    // The same process recovers it: the marker of the first life counts.
    world.model.respond(MockResponse::text("I do not know."));
    let (dbos, _) = world.launch().await;
    let result = dbos.retrieve_workflow::<String, RunError>("shutdown-1").unwrap().result().await;
    assert_eq!(result.unwrap(), "I do not know.");
    assert_eq!(world.effects.counts(), (2, 2), "only the idempotent call ran again");
    let results = world.model.requests()[1].body()["messages"][2]["content"].to_string();
    assert_eq!(results.matches("may have taken effect").count(), 2, "{results}");
    dbos.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_run_do_not_repeat_a_call() {
    let Some(mut world) = World::new("rivals").await else { return };
    world.effects = Effects::slow(Duration::from_millis(1500));
    world.respond_with_calls();
    world.model.respond(MockResponse::text("Done."));
    world.model.respond(MockResponse::text("Done."));
    let (first, agent) = world.launch().await;
    let rival = world.clone();
    let (second, _) = world.launch_with("2", move |prompt| rival.clone().agent(prompt)).await;
    let handle = start(&agent, "rivals-1").await;
    world.stored("rivals-1", "tool#1.3:pay/started").await;
    // It still runs. Nothing prevents a second process from running it, too.
    let resumed = second.resume::<String, RunError>("rivals-1").await.unwrap();
    let stopped = world.failure().await;
    assert!(stopped.contains("StepAlreadyRecorded"), "{stopped}");
    let result = tokio::select! {
        result = resumed.result() => result,
        // Both have stopped each other.
        _ = world.failure() => resume(&second, "rivals-1").await,
    };
    assert_eq!(result.unwrap(), "Done.");
    assert_eq!(world.effects.counts().0, 2, "each call ran once");
    drop(handle);
    first.shutdown().await;
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finished_run_is_returned_without_a_request() {
    let Some(world) = World::new("again").await else { return };
    world.model.respond(MockResponse::text("Done."));
    let (dbos, agent) = world.launch().await;
    for _ in 0..2 {
        assert_eq!(start(&agent, "again-1").await.result().await.unwrap(), "Done.");
    }
    assert_eq!(world.model.requests().len(), 1);
    dbos.shutdown().await;
}
