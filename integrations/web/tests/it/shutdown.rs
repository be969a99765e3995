//! The end of the server.

use std::time::{Duration, Instant};

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;

use crate::support::{Server, answer, chunks_of, submit, text, until, user, web_chat};

#[tokio::test]
async fn running_answers_can_finish() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Finished.").delay(Duration::from_millis(500)));
    let server = Server::start(web_chat(&claude)).await;
    let response = server.post(&submit(&[user("m1", "Hello")])).await;
    server.stop();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(answer(&chunks_of(&text(response).await)), "Finished.");
    server.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn answers_are_stopped_after_the_grace_period() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Too late.").delay(Duration::from_secs(30)));
    let server = Server::start(web_chat(&claude).shutdown_grace(Duration::from_millis(300))).await;
    let response = server.post(&submit(&[user("m1", "Hello")])).await;
    until("the request", async || claude.requests().len() == 1).await;
    let begun = Instant::now();
    let stopping = tokio::spawn({
        let app = server.app.clone();
        async move { app.shutdown().await }
    });
    // A new prompt is refused meanwhile.
    let mut other = submit(&[user("m1", "Hello")]);
    other["id"] = "another-0123456789".into();
    until("the refusal", async || server.post(&other).await.status() == 503).await;
    let chunks = chunks_of(&text(response).await);
    assert_eq!(chunks.last().unwrap(), &json!({"type": "abort", "reason": "the server is restarting"}));
    stopping.await.unwrap();
    assert!((300..2_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_open_address_needs_users() {
    let claude = MockServer::start().await.unwrap();
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let error = web_chat(&claude).build().serve(listener, std::future::pending()).await.unwrap_err();
    let text = std::error::Error::source(&error).unwrap().to_string();
    assert!(text.contains("set `WebChat::authorize`"), "{text}");
}
