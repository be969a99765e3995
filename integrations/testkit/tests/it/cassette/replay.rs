//! A replay gives the same runs as the recording, without a server.

use std::time::{Duration, Instant};

use claudette::Client;
use claudette::testing::{MockResponse, MockServer};
use claudette_testkit::Cassette;
use serde_json::json;

use super::support::{File, MODEL, QUESTION, ask, contents, recording, stream};

fn script(claude: &MockServer) {
    claude.respond(
        MockResponse::tool_uses([("stock", json!({"item": "tea"})), ("stock", json!({"item": "milk"}))])
            .thinking("Two calls."),
    );
    claude.respond(MockResponse::text("3 of tea, 5 of milk.").chunked(4));
}

#[tokio::test]
async fn a_replay_gives_the_same_run_without_a_server() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let cassette = Cassette::record(&file).unwrap();
    let recorded = ask(&recording(&cassette, &claude), QUESTION).await.unwrap();
    cassette.finish().unwrap();
    drop(claude);

    for _ in 0..2 {
        let cassette = Cassette::replay(&file).unwrap();
        let replayed = ask(&cassette.client(MODEL).unwrap(), QUESTION).await.unwrap();
        assert_eq!(contents(&replayed), contents(&recorded));
        cassette.assert_finished();
    }
}

#[tokio::test]
async fn a_stream_is_replayed_in_the_recorded_pieces() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let cassette = Cassette::record(&file).unwrap();
    let (recorded, texts) = stream(&recording(&cassette, &claude), QUESTION).await.unwrap();
    assert!(texts.len() > 1);
    cassette.finish().unwrap();
    // The client may drop a body after the last event.
    assert!(!file.text().contains("cut:"), "{}", file.text());
    drop(claude);

    let cassette = Cassette::replay(&file).unwrap();
    let (replayed, replayed_texts) = stream(&cassette.client(MODEL).unwrap(), QUESTION).await.unwrap();
    assert_eq!((contents(&replayed), replayed_texts), (contents(&recorded), texts));
    cassette.assert_finished();
}

#[tokio::test]
async fn pauses_are_replayed_on_request() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    let pause = Duration::from_millis(300);
    claude.respond(MockResponse::text("At last.").delay(pause));
    let cassette = Cassette::record(&file).unwrap();
    recording(&cassette, &claude).send("Well?").await.unwrap();
    cassette.finish().unwrap();

    for (is_paced, expected) in [(false, false), (true, true)] {
        let cassette = Cassette::replay(&file).unwrap().paced(is_paced);
        let client = cassette.client(MODEL).unwrap();
        let start = Instant::now();
        client.send("Well?").await.unwrap();
        assert_eq!(start.elapsed() + Duration::from_millis(20) >= pause, expected, "paced: {is_paced}");
    }
}

#[tokio::test]
async fn equal_requests_get_their_responses_in_the_recorded_order() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    let client = recording(&cassette, &claude);
    for text in ["first", "second"] {
        claude.respond(MockResponse::text(text));
        client.send("Again?").await.unwrap();
    }
    cassette.finish().unwrap();

    let cassette = Cassette::replay(&file).unwrap();
    let client = cassette.client(MODEL).unwrap();
    assert_eq!(client.send("Again?").await.unwrap().text(), "first");
    assert!(cassette.finish().unwrap_err().to_string().contains("1 of 2 recorded requests were not sent"));
    assert_eq!(client.send("Again?").await.unwrap().text(), "second");
    cassette.assert_finished();
}

#[tokio::test]
async fn parallel_loops_find_their_own_responses() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    let questions: Vec<String> =
        ["tea", "milk", "salt"].iter().map(|item| format!("Call stock with {item:?}.")).collect();
    let run_all = async |client: &Client| {
        let runs = questions.iter().map(|question| ask(client, question));
        futures_util::future::try_join_all(runs).await.unwrap().iter().map(contents).collect::<Vec<_>>()
    };
    let recorded = run_all(&recording(&cassette, &claude)).await;
    cassette.finish().unwrap();
    drop(claude);

    let cassette = Cassette::replay(&file).unwrap();
    assert_eq!(run_all(&cassette.client(MODEL).unwrap()).await, recorded);
    cassette.assert_finished();
}

#[tokio::test]
async fn a_dropped_cassette_is_written() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    let client = recording(&cassette, &claude);
    client.send("Hello").await.unwrap();
    drop(cassette);
    assert!(!file.path.exists(), "the client could send more");
    drop(client);
    assert!(file.text().contains("Hello"));
}

#[tokio::test]
async fn other_requests_than_messages_are_replayed() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    let recorded = recording(&cassette, &claude).count_tokens("Hello").await.unwrap();
    cassette.finish().unwrap();

    let cassette = Cassette::replay(&file).unwrap();
    assert_eq!(cassette.client(MODEL).unwrap().count_tokens("Hello").await.unwrap(), recorded);
    cassette.assert_finished();
}

#[tokio::test]
async fn a_replay_needs_no_credentials_and_sends_none() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    recording(&cassette, &claude).send("Hello").await.unwrap();
    cassette.finish().unwrap();
    let requests = claude.requests().len();

    // Even a client of the server does not reach it.
    let cassette = Cassette::replay(&file).unwrap();
    let client = cassette.wrap(Client::builder(MODEL).base_url(claude.url())).build().unwrap();
    client.send("Hello").await.unwrap();
    assert_eq!(claude.requests().len(), requests);
}
