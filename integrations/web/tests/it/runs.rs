//! Runs: streams, one at a time, stop, resume, and clients that vanish.

use std::time::{Duration, Instant};

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client};
use claudette_web::WebChat;
use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::support::{ID, Server, answer, assistant, chunks_of, kinds, submit, text, until, user, web_chat};

#[tokio::test]
async fn an_answer_with_a_tool_call_is_streamed() {
    let claude = MockServer::auto_reply().await.unwrap();
    let server = Server::start(web_chat(&claude)).await;
    let response = server.post(&submit(&[user("m1", "What is 604542+6458932?")])).await;
    assert_eq!(response.status(), StatusCode::OK);
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!(header("cache-control"), "no-cache");
    assert_eq!(header("x-vercel-ai-ui-message-stream"), "v1");
    assert_eq!(header("x-accel-buffering"), "no");
    let chunks = chunks_of(&text(response).await);
    assert_eq!(answer(&chunks), "The result is 7063474.");
    let mut kinds = kinds(&chunks);
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "start",
            "start-step",
            "tool-input-start",
            "tool-input-delta",
            "tool-input-available",
            "data-tool",
            "tool-output-available",
            "finish-step",
            "start-step",
            "text-start",
            "text-delta",
            "text-end",
            "finish-step",
            "finish"
        ]
    );
    let output = chunks.iter().find(|chunk| chunk["type"] == "tool-output-available").unwrap();
    assert_eq!((&output["output"], &output["dynamic"]), (&json!(7_063_474), &json!(true)));
    let finish = chunks.last().unwrap();
    assert_eq!(finish["finishReason"], "stop");
    let metadata = &finish["messageMetadata"];
    assert!(metadata["usage"]["output_tokens"].as_u64().unwrap() > 0, "{finish}");
    assert!(metadata["cost_usd"].as_f64().unwrap() > 0.0 && metadata["elapsed_ms"].is_u64(), "{finish}");

    let messages = server.messages(ID).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], user("m1", "What is 604542+6458932?"));
    assert_eq!(messages[1]["id"], chunks[0]["messageId"]);
    assert_eq!(messages[1]["metadata"], *metadata);
    let parts = messages[1]["parts"].as_array().unwrap();
    assert_eq!(
        parts.iter().map(|part| part["type"].as_str().unwrap()).collect::<Vec<_>>(),
        ["step-start", "dynamic-tool", "step-start", "text"]
    );
    assert_eq!((&parts[1]["state"], &parts[1]["output"]), (&json!("output-available"), &json!(7_063_474)));
}

/// A response of the model that takes this long.
fn slow(seconds: u64) -> MockResponse {
    MockResponse::text("At last.").delay(Duration::from_secs(seconds))
}

#[tokio::test]
async fn a_chat_answers_one_prompt_at_a_time() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(slow(30));
    let server = Server::start(web_chat(&claude)).await;
    let first = server.post(&submit(&[user("m1", "Hello")])).await;
    assert_eq!(first.status(), StatusCode::OK);
    let second = server.post(&submit(&[user("m1", "Hello"), user("m2", "Hello?")])).await;
    assert_eq!(second.status(), StatusCode::CONFLICT);
    assert_eq!(text(second).await, "This chat is still answering.");
    // Another chat is not affected.
    claude.respond(MockResponse::text("Hi!"));
    let mut other = submit(&[user("m1", "Hello")]);
    other["id"] = "another-0123456789".into();
    assert_eq!(answer(&server.chunks(&other).await), "Hi!");
    drop(first);
}

#[tokio::test]
async fn a_client_that_vanishes_ends_its_run() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(slow(30));
    claude.respond(MockResponse::text("Hi again!"));
    let server = Server::start(web_chat(&claude)).await;
    let response = server.post(&submit(&[user("m1", "Hello")])).await;
    until("the request", async || claude.requests().len() == 1).await;
    let begun = Instant::now();
    drop(response);
    let path = format!("/api/chat/{ID}/stream");
    until("the end of the run", async || server.get(&path).await.status() == StatusCode::NO_CONTENT).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    // The prompt that was not answered is still shown, and the chat goes on.
    assert_eq!(server.messages(ID).await, [user("m1", "Hello")]);
    let next = submit(&[user("m1", "Hello"), user("m2", "Hello?")]);
    assert_eq!(answer(&server.chunks(&next).await), "Hi again!");
    assert_eq!(server.messages(ID).await.len(), 3);
}

#[tokio::test]
async fn the_request_of_a_client_that_vanishes_is_closed() {
    // A model that never answers, and that sees the end of the connection.
    let model = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", model.local_addr().unwrap());
    let client = Client::builder("claude-sonnet-5-5").api_key("key").base_url(url).build().unwrap();
    let server = Server::start(WebChat::new(move |_| Chat::builder(&client))).await;
    let response = server.post(&submit(&[user("m1", "Hello")])).await;
    let (mut connection, _) = model.accept().await.unwrap();
    assert!(connection.read(&mut [0; 8_192]).await.unwrap() > 0);
    drop(response);
    let closed = async { while connection.read(&mut [0; 8_192]).await.unwrap_or(0) > 0 {} };
    tokio::time::timeout(Duration::from_secs(1), closed).await.unwrap();
}

#[tokio::test]
async fn a_page_that_is_reloaded_resumes_the_answer_from_its_beginning() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("wait", json!({})));
    let server = Server::start(web_chat(&claude).resume_window(Duration::from_secs(20))).await;
    let mut response = server.post(&submit(&[user("m1", "Wait.")])).await;
    // The page is closed after it has seen something.
    response.frame().await.unwrap().unwrap();
    drop(response);
    let path = format!("/api/chat/{ID}/stream");
    let mut resumed = server.get(&path).await;
    assert_eq!(resumed.status(), StatusCode::OK);
    let first = resumed.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.starts_with(b"data: {\"type\":\"start\",\"messageId\":\"a"), "{first:?}");
    // The page shows the prompt, and the answer comes from the stream.
    let chat: Value = serde_json::from_str(&text(server.get(&format!("/api/chat/{ID}")).await).await).unwrap();
    assert_eq!((&chat["running"], &chat["messages"]), (&json!(true), &json!([user("m1", "Wait.")])));

    // Another reader stops the run for both.
    let second = tokio::spawn(text(server.get(&path).await));
    assert_eq!(server.delete(&path).await.status(), StatusCode::NO_CONTENT);
    let chunks = chunks_of(&second.await.unwrap());
    assert_eq!(chunks.last().unwrap(), &json!({"type": "abort", "reason": "stopped by the user"}));
    let rest = resumed.into_body().collect().await.unwrap().to_bytes();
    assert!(rest.ends_with(b"data: [DONE]\n\n"));
    assert_eq!(server.get(&path).await.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_run_without_readers_ends_after_the_window_or_with_the_next_prompt() {
    let claude = MockServer::start().await.unwrap();
    for _ in 0..2 {
        claude.respond(slow(30));
    }
    claude.respond(MockResponse::text("Third."));
    let server = Server::start(web_chat(&claude).resume_window(Duration::from_millis(300))).await;
    let begun = Instant::now();
    drop(server.post(&submit(&[user("m1", "First?")])).await);
    let path = format!("/api/chat/{ID}");
    let is_running = async || text(server.get(&path).await).await.contains("\"running\":true");
    assert!(is_running().await);
    until("the end of the window", async || !is_running().await).await;
    assert!(begun.elapsed() >= Duration::from_millis(300));

    let server = Server::start(web_chat(&claude).resume_window(Duration::from_secs(60))).await;
    drop(server.post(&submit(&[user("m1", "Second?")])).await);
    until("the request", async || claude.requests().len() == 2).await;
    let next = submit(&[user("m1", "Second?"), user("m2", "Third?")]);
    assert_eq!(answer(&server.chunks(&next).await), "Third.");
}

#[tokio::test]
async fn an_edit_and_another_answer_replace_the_later_messages() {
    let claude = MockServer::auto_reply().await.unwrap();
    let server = Server::start(web_chat(&claude)).await;
    server.chunks(&submit(&[user("m1", "One")])).await;
    let second = [user("m1", "One"), assistant("a"), user("m2", "What is 1+2?")];
    server.chunks(&submit(&second)).await;

    let mut again = submit(&second);
    again["trigger"] = "regenerate-message".into();
    server.chunks(&again).await;
    let messages = server.messages(ID).await;
    assert_eq!(messages.len(), 4, "{messages:?}");
    assert_eq!(messages[2], user("m2", "What is 1+2?"));

    let mut edit = submit(&[user("m1", "Another one")]);
    edit["messageId"] = "m1".into();
    server.chunks(&edit).await;
    let messages = server.messages(ID).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], user("m1", "Another one"));
    let request = claude.requests().pop().unwrap();
    assert_eq!(request.body()["messages"].as_array().unwrap().len(), 1);

    // A page that does not know of the edit.
    let stale = server.post(&submit(&[user("m1", "One"), assistant("a"), user("m2", "2"), user("m3", "3")])).await;
    assert_eq!(stale.status(), StatusCode::CONFLICT);
    assert_eq!(text(stale).await, "This page is out of date. Please reload it.");
}

#[tokio::test]
async fn an_error_is_a_text_for_users() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::error(400, "invalid_request_error", "secret details"));
    claude.respond(MockResponse::text("Better."));
    let server = Server::start(web_chat(&claude)).await;
    let chunks = server.chunks(&submit(&[user("m1", "Hello")])).await;
    assert_eq!(kinds(&chunks), ["start", "error"]);
    assert_eq!(chunks[1]["errorText"], "The answer could not be completed.");
    // The page asks for another answer to the prompt that failed.
    let mut again = submit(&[user("m1", "Hello")]);
    again["trigger"] = "regenerate-message".into();
    assert_eq!(answer(&server.chunks(&again).await), "Better.");
    assert_eq!(server.messages(ID).await.len(), 2);
}
