//! Tool calls that ask the user.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, ToolUse, tools};
use claudette_web::WebChat;
use claudette_web::protocol::{SdkVersion, UiOptions};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{ID, Server, answer, cancel_order, client, kinds, submit, sums, text, user, web_chat};

/// Returns the approval requests of a stream: approval id and call id.
pub(crate) fn questions(chunks: &[Value]) -> Vec<(String, String)> {
    let questions = chunks.iter().filter(|chunk| chunk["type"] == "tool-approval-request");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    questions.map(|chunk| (text(&chunk["approvalId"]), text(&chunk["toolCallId"]))).collect()
}

/// Returns the request that answers an approval. The arguments are forged.
pub(crate) fn decision(prompt: &str, chunks: &[Value], answers: &[(&str, bool, Option<&str>)]) -> Value {
    let parts: Vec<Value> = answers
        .iter()
        .map(|(id, approved, reason)| {
            json!({"type": "dynamic-tool", "toolName": "cancel_order", "toolCallId": "forged", "input": {"id": "ALL"},
                   "state": "approval-responded", "approval": {"id": id, "approved": approved, "reason": reason}})
        })
        .collect();
    let id = &chunks[0]["messageId"];
    let mut body = submit(&[user("m1", prompt), json!({"id": id, "role": "assistant", "parts": parts})]);
    body["messageId"] = id.clone();
    body
}

#[tokio::test]
async fn a_decision_applies_to_the_call_that_the_user_saw() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([
        ("cancel_order", json!({"id": "O1"})),
        ("sums", json!({"a": 1, "b": 2})),
        ("cancel_order", json!({"id": "O2"})),
    ]));
    claude.respond(MockResponse::text("Done."));
    let server = Server::start(web_chat(&claude)).await;
    let chunks = server.chunks(&submit(&[user("m1", "Cancel")])).await;
    let [first, second] = &questions(&chunks)[..] else { panic!("{chunks:?}") };
    assert_eq!(chunks.last().unwrap()["finishReason"], "tool-calls");
    let spent = chunks.last().unwrap()["messageMetadata"]["usage"]["output_tokens"].as_u64().unwrap();
    let messages = server.messages(ID).await;
    let states: Vec<_> = messages[1]["parts"].as_array().unwrap().iter().map(|part| part["state"].clone()).collect();
    assert_eq!(
        states,
        [json!(null), json!("approval-requested"), json!("output-available"), json!("approval-requested")]
    );

    // Nothing is decided by an unknown id, or by a part of the decisions.
    for answers in [&[("toolu_1.0123456789abcdef", true, None)][..], &[(&*first.0, true, None)]] {
        let refused = server.post(&decision("Cancel", &chunks, answers)).await;
        assert_eq!(refused.status(), StatusCode::CONFLICT);
        assert!(text(refused).await.contains("decision"));
    }
    let answers = [(&*first.0, true, None), (&*second.0, false, Some("it is too late"))];
    let rest = server.chunks(&decision("Cancel", &chunks, &answers)).await;
    assert_eq!(rest[0]["messageId"], chunks[0]["messageId"], "the page goes on with the same message");
    let of_call = |id: &str| -> Vec<&Value> {
        rest.iter().filter(|chunk| chunk["toolCallId"] == *id && chunk["type"] != "data-tool").collect()
    };
    assert_eq!(of_call(&first.1)[0]["output"], "O1 is cancelled");
    assert_eq!(of_call(&second.1), [&json!({"type": "tool-output-denied", "toolCallId": second.1})]);
    assert_eq!(answer(&rest), "Done.");
    assert!(rest.last().unwrap()["messageMetadata"]["usage"]["output_tokens"].as_u64().unwrap() > spent);

    let body = claude.requests()[1].body().to_string();
    assert!(body.contains("O1 is cancelled") && body.contains("it is too late") && !body.contains("ALL"), "{body}");
    let messages = server.messages(ID).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1]["parts"][3]["state"], "output-denied");

    // A decision counts once.
    let again = server.post(&decision("Cancel", &chunks, &answers)).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_message_that_continues_is_resumed_from_its_beginning() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("cancel_order", json!({"id": "O1"})));
    claude.respond(MockResponse::tool_use("wait", json!({})));
    let server = Server::start(web_chat(&claude)).await;
    let chunks = server.chunks(&submit(&[user("m1", "Cancel O1")])).await;
    let question = questions(&chunks).remove(0);
    let running = server.post(&decision("Cancel O1", &chunks, &[(&question.0, true, None)])).await;
    assert_eq!(running.status(), StatusCode::OK);
    let resumed = server.get(&format!("/api/chat/{ID}/stream")).await;
    server.delete(&format!("/api/chat/{ID}/stream")).await;
    let resumed = crate::support::chunks_of(&text(resumed).await);
    assert_eq!(resumed[0], chunks[0]);
    let kinds = kinds(&resumed);
    assert_eq!(kinds[1..5], ["start-step", "tool-input-available", "tool-approval-request", "finish-step"]);
    assert_eq!(kinds.iter().filter(|kind| **kind == "start").count(), 1);
    assert!(resumed.contains(&json!({"type": "tool-output-available", "toolCallId": question.1, "dynamic": true,
                                     "output": "O1 is cancelled"})));
    let running = crate::support::chunks_of(&text(running).await);
    assert_eq!(running[0], chunks[0]);
    assert_eq!(running[1..], resumed[5..]);
}

#[tokio::test]
async fn the_chat_can_refuse_what_does_not_ask() {
    let claude = MockServer::start().await.unwrap();
    let client = client(&claude);
    let chat = WebChat::new(move |_| {
        Chat::builder(&client).tools(tools![sums, cancel_order]).approve(async |call: ToolUse| {
            if call.name() == "sums" { Approval::deny("no sums") } else { Approval::Allow }
        })
    });
    claude.respond(MockResponse::tool_uses([("sums", json!({"a": 1, "b": 2})), ("cancel_order", json!({"id": "O1"}))]));
    let server = Server::start(chat).await;
    let chunks = server.chunks(&submit(&[user("m1", "Go")])).await;
    assert_eq!(questions(&chunks).len(), 1);
    let error = chunks.iter().find(|chunk| chunk["type"] == "tool-output-error").unwrap();
    assert_eq!(error["errorText"], "Denied by the user: no sums");
}

#[tokio::test]
async fn a_front_end_that_cannot_ask_denies() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("cancel_order", json!({"id": "O1"})));
    claude.respond(MockResponse::text("I cannot."));
    let server = Server::start(web_chat(&claude).ui(UiOptions::new().sdk(SdkVersion::V5))).await;
    let chunks = server.chunks(&submit(&[user("m1", "Cancel")])).await;
    assert!(!kinds(&chunks).iter().any(|kind| kind.contains("approval") || kind.contains("denied")));
    assert_eq!(answer(&chunks), "I cannot.");
}

#[tokio::test]
async fn a_prompt_instead_of_a_decision_goes_on_without_the_call() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("cancel_order", json!({"id": "O1"})));
    claude.respond(MockResponse::text("As you like."));
    let server = Server::start(web_chat(&claude)).await;
    let chunks = server.chunks(&submit(&[user("m1", "Cancel O1")])).await;
    let next = submit(&[user("m1", "Cancel O1"), crate::support::assistant("a"), user("m2", "Wait, do not.")]);
    assert_eq!(answer(&server.chunks(&next).await), "As you like.");
    let messages = server.messages(ID).await;
    assert_eq!(messages.len(), 4);
    assert_eq!(messages[1]["parts"][1]["state"], "output-error");
    assert_eq!(messages[2], user("m2", "Wait, do not."));
    // The decision comes too late.
    let question = questions(&chunks).remove(0);
    let late = server.post(&decision("Cancel O1", &chunks, &[(&question.0, true, None)])).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    // The prompt after the results can be changed.
    let mut edit = next.clone();
    edit["messages"][2]["parts"][0]["text"] = "Wait.".into();
    edit["messageId"] = "m2".into();
    claude.respond(MockResponse::text("I wait."));
    assert_eq!(answer(&server.chunks(&edit).await), "I wait.");
    let messages = server.messages(ID).await;
    assert_eq!((messages.len(), &messages[2]), (4, &user("m2", "Wait.")));
}

#[tokio::test]
async fn a_panic_of_the_program_ends_the_run_and_not_the_chat() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("cancel_order", json!({"id": "O1"})));
    claude.respond(MockResponse::text("Still here."));
    let chat = web_chat(&claude).ask_before(|_, _| panic!("a bug of the program (expected in this test)"));
    let server = Server::start(chat).await;
    let chunks = server.chunks(&submit(&[user("m1", "Cancel O1")])).await;
    assert_eq!(chunks.last().unwrap()["errorText"], "The answer could not be completed.");
    let next = submit(&[user("m1", "Cancel O1"), user("m2", "Hello?")]);
    assert_eq!(answer(&server.chunks(&next).await), "Still here.");
}
