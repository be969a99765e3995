//! Approvals by another process.

use std::time::{Duration, Instant};

use claudette::testing::MockResponse;
use claudette::{Approval, ToolUse};
use claudette_journal_dbos::{PendingApproval, decide, pending};
use serde_json::json;

use crate::world::{DECISION_TIMEOUT, World, start};

async fn waiting(client: &dbos::Client, id: &str) -> PendingApproval {
    for _ in 0..300 {
        if let Some(waiting) = pending(client, id).await.unwrap().pop() {
            return waiting;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{id} does not wait for a decision");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_decides_also_while_the_worker_is_down() {
    let Some(mut world) = World::new("decide").await else { return };
    world.suspends = true;
    world.model.respond(MockResponse::tool_uses([("pay", json!({"n": 1})), ("pay", json!({"n": 2}))]));
    world.model.respond(MockResponse::text("Paid one."));
    let client = world.database.client().await;
    let (dbos, agent) = world.launch().await;
    let _handle = start(&agent, "decide-1").await;
    let first = waiting(&client, "decide-1").await;
    assert_eq!(
        (first.step.as_str(), first.call.name(), first.call.input().get()),
        ("approval#1.1", "pay", "{\"n\":1}")
    );

    // What is not a decision, or not on this call.
    let suspend = decide(&client, "decide-1", &first.call, Approval::Suspend).await.unwrap_err();
    assert!(suspend.to_string().starts_with("`Suspend` is not a decision"), "{suspend}");
    let other = decide(&client, "decide-1", "toolu_other", Approval::Allow).await.unwrap_err();
    assert!(other.to_string().contains("`toolu_other`: it waits for toolu_"), "{other}");
    let changed = ToolUse::new(first.call.id(), "pay", json!({"n": 100}));
    let changed = decide(&client, "decide-1", &changed, Approval::Allow).await.unwrap_err();
    assert!(changed.to_string().contains("other arguments"), "{changed}");
    let missing = decide(&client, "decide-none", &first.call, Approval::Allow).await.unwrap_err();
    assert!(missing.to_string().contains("workflow `decide-none` does not exist"), "{missing}");

    // A message of another program on the topic of the decision is ignored.
    let topic = format!("claudette.decision/{}/{}", first.run_id, first.step);
    let options = dbos::SendOptions { topic: Some(&topic), ..Default::default() };
    client.send_with("decide-1", &"yes", options).await.unwrap();
    dbos.shutdown().await;

    // The worker is down. The first decision counts.
    decide(&client, "decide-1", &first.call, Approval::deny("not this one")).await.unwrap();
    decide(&client, "decide-1", &first.call, Approval::Allow).await.unwrap();
    let (dbos, _) = world.launch().await;
    let second = loop {
        let second = waiting(&client, "decide-1").await;
        if second.step == "approval#1.2" {
            break second;
        }
    };
    decide(&client, "decide-1", second.call.id(), Approval::allow_with(json!({"n": 3}))).await.unwrap();
    let result = dbos.retrieve_workflow::<String, claudette_journal_dbos::RunError>("decide-1").unwrap().result().await;
    assert_eq!(result.unwrap(), "Paid one.");
    assert_eq!(world.effects.counts().0, 1);
    let results = world.model.requests()[1].body()["messages"][2]["content"].clone();
    assert!(results[0]["content"].to_string().contains("not this one"), "{results}");
    assert!(results[1]["content"].to_string().contains("paid 3"), "{results}");
    assert_eq!(pending(&client, "decide-1").await.unwrap(), []);
    let late = decide(&client, "decide-1", &first.call, Approval::Allow).await.unwrap_err();
    assert!(late.to_string().contains("its status is SUCCESS"), "{late}");
    dbos.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deadline_of_a_decision_survives_a_restart_and_denies_the_call() {
    let Some(mut world) = World::new("expire").await else { return };
    world.suspends = true;
    world.model.respond(MockResponse::tool_use("pay", json!({"n": 1})));
    world.model.respond(MockResponse::text("Nobody answered."));
    let client = world.database.client().await;
    let (dbos, agent) = world.launch().await;
    let _handle = start(&agent, "expire-1").await;
    waiting(&client, "expire-1").await;
    let begun = Instant::now();
    tokio::time::sleep(DECISION_TIMEOUT / 2).await;
    dbos.shutdown().await;
    let (dbos, _) = world.launch().await;
    let result = dbos.retrieve_workflow::<String, claudette_journal_dbos::RunError>("expire-1").unwrap().result().await;
    assert_eq!(result.unwrap(), "Nobody answered.");
    let took = begun.elapsed();
    assert!(took > DECISION_TIMEOUT * 9 / 10 && took < DECISION_TIMEOUT * 5 / 2, "{took:?}");
    assert_eq!(world.effects.counts().0, 0);
    let request = world.model.requests()[1].body()["messages"][2]["content"].to_string();
    assert!(request.contains("no decision was made within 3s"), "{request}");
    dbos.shutdown().await;
}
