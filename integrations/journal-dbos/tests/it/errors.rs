//! Errors of the API and of DBOS.

use std::time::Duration;

use claudette::testing::MockResponse;
use claudette_journal_dbos::{journal, retry_later, workflow_error};
use dbos::sysdb::types::WorkflowStatus;

use crate::world::{World, resume, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overloaded_api_leaves_the_run_pending_and_finished_steps_are_replayed() {
    let Some(world) = World::new("overloaded").await else { return };
    world.respond_with_calls();
    world.model.respond(MockResponse::error(529, "overloaded_error", "Overloaded"));
    let (dbos, agent) = world.launch().await;
    let error = start(&agent, "overloaded-1").await.result().await.unwrap_err();
    assert!(matches!(&error, dbos::Error::Interrupted { workflow_id } if workflow_id == "overloaded-1"), "{error:?}");
    assert_eq!(world.status("overloaded-1").await, WorkflowStatus::Pending);
    assert_eq!(world.effects.counts(), (2, 1));

    world.model.respond(MockResponse::text("All paid."));
    assert_eq!(resume(&dbos, "overloaded-1").await.unwrap(), "All paid.");
    assert_eq!(world.effects.counts(), (2, 1), "the parallel calls are replayed");
    assert_eq!(world.model.requests().len(), 3);
    dbos.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_continues_by_itself_after_the_api_is_back() {
    let Some(world) = World::new("retry").await else { return };
    world.respond_with_calls();
    world.model.respond(MockResponse::error(529, "overloaded_error", "Overloaded"));
    world.model.respond(MockResponse::text("All paid."));
    let (client, own) = (world.database.client().await, world.clone());
    let (dbos, agent) = world
        .launch_with("1", move |prompt| {
            let (world, client) = (own.clone(), client.clone());
            async move {
                match world.chat().toolloop(prompt).journal(journal()).await {
                    Ok(run) => Ok(run.text()),
                    Err(error) => Err(retry_later(&client, Duration::from_millis(100), error).await),
                }
            }
        })
        .await;
    let error = start(&agent, "retry-1").await.result().await.unwrap_err();
    assert!(matches!(error, dbos::Error::Interrupted { .. }), "{error:?}");
    let text: dbos::Result<String, claudette_journal_dbos::RunError> =
        dbos.retrieve_workflow("retry-1").unwrap().result().await;
    assert_eq!(text.unwrap(), "All paid.");
    assert_eq!(world.effects.counts(), (2, 1));
    dbos.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_request_ends_the_workflow_and_a_fork_continues_it() {
    let Some(world) = World::new("refused").await else { return };
    world.respond_with_calls();
    world.model.respond(MockResponse::error(400, "invalid_request_error", "too many images"));
    let (dbos, agent) = world.launch().await;
    let error = start(&agent, "refused-1").await.result().await.unwrap_err();
    let dbos::Error::Application(error) = error else { panic!("{error:?}") };
    assert_eq!((error.status(), error.error_type()), (Some(400), Some("invalid_request_error")));
    assert!(error.to_string().contains("too many images"), "{error}");
    assert_eq!(world.status("refused-1").await, WorkflowStatus::Error);
    let steps = world.database.steps("refused-1");
    assert!(!steps.iter().any(|(step, _)| step == "request#2"), "an error is not stored as a step: {steps:?}");

    world.model.respond(MockResponse::text("All paid."));
    let forked = dbos.fork::<String, claudette_journal_dbos::RunError>("refused-1", dbos::ForkFrom::LastStep);
    let forked = forked.await.unwrap();
    let text = forked.result().await.unwrap();
    assert_eq!(text, "All paid.");
    assert_eq!(world.effects.counts().0, 2, "finished calls are not repeated");
    dbos.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_workflow_stays_cancelled_and_can_be_resumed() {
    let Some(mut world) = World::new("cancelled").await else { return };
    world.effects.delay = Duration::from_millis(400);
    world.respond_with_calls();
    let (dbos, agent) = world.launch().await;
    let handle = start(&agent, "cancelled-1").await;
    world.stored("cancelled-1", "tool#1.3:pay/started").await;
    dbos.cancel("cancelled-1").await.unwrap();
    let error = handle.result().await.unwrap_err();
    assert!(matches!(error, dbos::Error::SystemDatabase(_) | dbos::Error::WorkflowCancelled { .. }), "{error:?}");
    assert_eq!(world.status("cancelled-1").await, WorkflowStatus::Cancelled);

    world.model.respond(MockResponse::text("All paid."));
    assert_eq!(resume(&dbos, "cancelled-1").await.unwrap(), "All paid.");
    assert_eq!(world.effects.counts().0, 2, "a call that began in an earlier life does not run again");
    dbos.shutdown().await;
}

#[test]
fn the_control_signals_of_dbos_come_back_unchanged() {
    let signal = || dbos::sysdb::Error::WorkflowCancelled { workflow_id: "a".to_owned() };
    let inner = dbos::Error::<claudette_journal_dbos::RunError>::SystemDatabase(signal());
    let error = claudette::Error::other(claudette::Error::journal("the step was not stored").caused_by(inner));
    let dbos::Error::SystemDatabase(found) = workflow_error(error) else { panic!("not a signal") };
    assert_eq!(found, signal());
    let error = workflow_error(claudette::Error::journal("the record of `request#1` cannot be read"));
    let dbos::Error::SystemDatabase(found) = error else { panic!("{error:?}") };
    assert!(found.to_string().contains("`request#1` cannot be read"), "{found}");
}
