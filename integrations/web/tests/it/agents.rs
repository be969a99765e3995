//! Sub-agents: their progress, and decisions on calls inside them.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, tool, tools};
use claudette_web::WebChat;
use claudette_web::protocol::{SdkVersion, UiOptions};
use http::StatusCode;
use serde_json::{Value, json};

use crate::approvals::{decision, questions};
use crate::support::{ID, Server, answer, client, kinds, submit, sums, user};

mod inside {
    /// Cancels an order.
    #[claudette::tool(destructive)]
    pub(super) fn cancel_order(
        /// Order id
        id: String,
    ) -> String {
        format!("the clerk has cancelled {id}")
    }
}

/// Looks an order up. The tool of the clerk has the same name, and is destructive.
#[tool(read_only)]
fn cancel_order(
    /// Order id
    id: String,
) -> String {
    format!("{id} can be cancelled")
}

/// Returns a web chat whose model has a clerk, who can cancel orders.
pub(crate) fn with_clerk(client: Client) -> WebChat {
    WebChat::new(move |_| {
        let clerk = Chat::builder(&client).tools(tools![sums, inside::cancel_order]).build();
        let clerk = clerk.unwrap().into_tool("clerk", "Handles orders.");
        Chat::builder(&client).tools(tools![cancel_order].with(clerk))
    })
}

fn clerk(prompt: &str) -> (&'static str, Value) {
    ("clerk", json!({"prompt": prompt}))
}

fn cancel(id: &str) -> (&'static str, Value) {
    ("cancel_order", json!({"id": id}))
}

/// Returns the chunks of this type and call.
fn of<'c>(chunks: &'c [Value], kind: &str, call_id: &str) -> Vec<&'c Value> {
    let is_of = |chunk: &&Value| chunk["toolCallId"] == *call_id || chunk["data"]["call_id"] == *call_id;
    chunks.iter().filter(|chunk| chunk["type"] == *kind).filter(is_of).collect()
}

#[tokio::test]
async fn the_progress_of_a_sub_agent_is_sent_beside_the_message() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([clerk("Add 1 and 2.")]));
    claude.respond(MockResponse::content(json!([
        {"type": "text", "text": "I add."},
        {"type": "tool_use", "id": "toolu_sum", "name": "sums", "input": {"a": 1, "b": 2}},
    ])));
    claude.respond(MockResponse::text("It is 3."));
    claude.respond(MockResponse::text("The clerk says 3."));
    let server = Server::start(with_clerk(client(&claude))).await;
    let chunks = server.chunks(&submit(&[user("m1", "Add")])).await;
    let outer = chunks.iter().find(|chunk| chunk["type"] == "tool-input-available").unwrap()["toolCallId"].clone();
    let inner = format!("{}/toolu_sum", outer.as_str().unwrap());

    let texts: String = of(&chunks, "data-agent", outer.as_str().unwrap())
        .iter()
        .map(|chunk| chunk["data"]["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, "I add.It is 3.");
    let calls = of(&chunks, "data-tool", &inner);
    assert_eq!(calls.len(), 2, "{chunks:?}");
    assert_eq!(
        calls[0]["data"],
        json!({"call_id": inner, "state": "running", "name": "sums", "input": {"a": 1, "b": 2}})
    );
    assert_eq!(calls[1]["data"]["state"], "done");
    let data = chunks.iter().filter(|chunk| chunk["type"].as_str().unwrap().starts_with("data-"));
    data.for_each(|chunk| assert_eq!(chunk["transient"], true, "{chunk}"));
    assert_eq!(answer(&chunks), "The clerk says 3.");

    // The cost of the answer contains the requests of the clerk.
    let cost = chunks.last().unwrap()["messageMetadata"]["cost_usd"].as_f64().unwrap();
    let usage = &chunks.last().unwrap()["messageMetadata"]["usage"];
    let chat = server.chat(ID).await;
    assert!((cost - chat["cost_usd"].as_f64().unwrap()).abs() < 1e-9, "{cost} {chat}");
    assert_eq!(*usage, chat["usage"]);
    assert_eq!(claude.requests().len(), 4);
    claude.assert_finished();
}

#[tokio::test]
async fn calls_inside_a_sub_agent_are_approved_and_denied() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([clerk("Cancel O1 and O2."), cancel("O3")]));
    claude.respond(MockResponse::tool_uses([cancel("O1"), cancel("O2"), ("sums", json!({"a": 1, "b": 2}))]));
    claude.respond(MockResponse::text("O1 is cancelled."));
    claude.respond(MockResponse::text("The clerk has cancelled O1."));
    let server = Server::start(with_clerk(client(&claude))).await;
    let chunks = server.chunks(&submit(&[user("m1", "Cancel")])).await;

    // The tool of the chat has the same name, and does not ask.
    let [first, second] = &questions(&chunks)[..] else { panic!("{chunks:?}") };
    let outer = first.1.split_once('/').unwrap().0;
    assert!(second.1.starts_with(&format!("{outer}/")) && first.1 != second.1);
    let part = of(&chunks, "tool-input-available", &first.1);
    assert_eq!((&part[0]["title"], &part[0]["input"]), (&json!("clerk › cancel_order"), &json!({"id": "O1"})));
    let waits = of(&chunks, "tool-output-available", outer);
    assert_eq!(waits[0]["output"], "Waits for a decision on a call inside.");

    // A reload shows the same parts.
    let parts = server.messages(ID).await[1]["parts"].clone();
    let shown: Vec<_> =
        parts.as_array().unwrap().iter().map(|part| (part["state"].clone(), part["title"].clone())).collect();
    let asks = (json!("approval-requested"), json!("clerk › cancel_order"));
    let done = (json!("output-available"), json!(null));
    assert_eq!(shown, [(json!(null), json!(null)), done.clone(), asks.clone(), asks, done]);
    assert_eq!((&parts[2]["toolCallId"], &parts[2]["approval"]["id"]), (&json!(first.1), &json!(first.0)));

    // A part of the decisions is refused.
    let part = server.post(&decision("Cancel", &chunks, &[(&first.0, true, None)])).await;
    assert_eq!(part.status(), StatusCode::CONFLICT);
    let answers = [(&*first.0, true, None), (&*second.0, false, Some("it is too late"))];
    let rest = server.chunks(&decision("Cancel", &chunks, &answers)).await;
    assert_eq!(rest[0]["messageId"], chunks[0]["messageId"]);
    assert_eq!(of(&rest, "tool-output-available", &first.1)[0]["output"], "the clerk has cancelled O1");
    assert_eq!(of(&rest, "tool-output-denied", &second.1).len(), 1);
    assert_eq!(of(&rest, "tool-output-available", outer)[0]["output"], "O1 is cancelled.");
    assert_eq!(answer(&rest), "The clerk has cancelled O1.");
    let sent = claude.requests()[2].body().to_string();
    assert!(sent.contains("the clerk has cancelled O1") && sent.contains("it is too late"), "{sent}");

    // The whole message costs what the chat has cost.
    let metadata = &rest.last().unwrap()["messageMetadata"];
    let chat = server.chat(ID).await;
    assert!((metadata["cost_usd"].as_f64().unwrap() - chat["cost_usd"].as_f64().unwrap()).abs() < 1e-9);
    assert_eq!(metadata["usage"], chat["usage"]);
    let states: Vec<_> =
        server.messages(ID).await[1]["parts"].as_array().unwrap().iter().map(|part| part["state"].clone()).collect();
    assert_eq!(states.iter().filter(|state| **state == "output-available").count(), 2, "{states:?}");
    claude.assert_finished();
}

#[tokio::test]
async fn a_page_that_resumes_sees_the_decisions_inside() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([clerk("Cancel O1.")]));
    claude.respond(MockResponse::tool_uses([cancel("O1")]));
    claude.respond(MockResponse::text("never seen").delay(std::time::Duration::from_secs(600)));
    let server = Server::start(with_clerk(client(&claude))).await;
    let chunks = server.chunks(&submit(&[user("m1", "Cancel")])).await;
    let question = questions(&chunks).remove(0);
    let running = server.post(&decision("Cancel", &chunks, &[(&question.0, true, None)])).await;
    assert_eq!(running.status(), StatusCode::OK);
    crate::support::until("the request after the decision", async || claude.requests().len() == 3).await;
    let resumed = server.get(&format!("/api/chat/{ID}/stream")).await;
    server.delete(&format!("/api/chat/{ID}/stream")).await;
    let resumed = crate::support::chunks_of(&crate::support::text(resumed).await);
    let kinds: Vec<&str> = kinds(&resumed).into_iter().filter(|kind| kind.starts_with("tool-")).collect();
    let before = ["tool-input-available", "tool-output-available", "tool-input-available", "tool-approval-request"];
    assert_eq!(kinds, [&before[..], &["tool-output-available"]].concat());
    assert_eq!(of(&resumed, "tool-input-available", &question.1)[0]["title"], "clerk › cancel_order");
    assert_eq!(of(&resumed, "tool-output-available", &question.1)[0]["output"], "the clerk has cancelled O1");
}

#[tokio::test]
async fn a_front_end_that_cannot_ask_denies_calls_inside() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([clerk("Cancel O1.")]));
    claude.respond(MockResponse::tool_uses([cancel("O1")]));
    claude.respond(MockResponse::text("I was not allowed."));
    claude.respond(MockResponse::text("The clerk was not allowed."));
    let server = Server::start(with_clerk(client(&claude)).ui(UiOptions::new().sdk(SdkVersion::V5))).await;
    let chunks = server.chunks(&submit(&[user("m1", "Cancel")])).await;
    assert!(!kinds(&chunks).iter().any(|kind| kind.contains("approval")));
    assert_eq!(answer(&chunks), "The clerk was not allowed.");
    assert!(claude.requests()[2].body().to_string().contains("the user cannot be asked here"));
}
