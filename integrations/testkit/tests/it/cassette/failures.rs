//! Failures are recorded only on request, and never replace a good file.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, Event, Result};
use claudette_testkit::Cassette;

use super::support::{File, MODEL, builder, recording};

fn overloaded() -> MockResponse {
    MockResponse::error(429, "rate_limit_error", "Slow down").header("retry-after-ms", "1")
}

/// Sends a prompt, and returns the number of retries.
async fn retries(client: &Client) -> Result<usize> {
    let mut chat = Chat::new(client)?;
    let mut events = chat.send("Hello").stream();
    let mut retries = 0;
    while let Some(event) = events.next().await {
        retries += usize::from(matches!(event?, Event::Retry(_)));
    }
    Ok(retries)
}

#[tokio::test]
async fn a_recorded_failure_replays_as_one_retry() {
    for (is_asked, expected) in [(true, 1), (false, 0)] {
        let file = File::new();
        let claude = MockServer::start().await.unwrap();
        claude.respond(overloaded());
        claude.respond(MockResponse::text("Hi!"));
        let cassette = Cassette::record(&file).unwrap().record_failures(is_asked);
        assert_eq!(retries(&recording(&cassette, &claude)).await.unwrap(), 1);
        cassette.finish().unwrap();

        let cassette = Cassette::replay(&file).unwrap();
        assert_eq!(retries(&cassette.client(MODEL).unwrap()).await.unwrap(), expected);
        cassette.assert_finished();
    }
}

#[tokio::test]
async fn a_failure_without_success_leaves_the_file_unchanged() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    recording(&cassette, &claude).send("Hello").await.unwrap();
    cassette.finish().unwrap();
    let before = file.text();

    for failure in [
        MockResponse::error(401, "authentication_error", "invalid x-api-key"),
        MockResponse::error(400, "invalid_request_error", "Your credit balance is too low to access the API"),
    ] {
        claude.respond(failure);
        let cassette = Cassette::record(&file).unwrap();
        recording(&cassette, &claude).send("Hello").await.unwrap_err();
        let text = cassette.finish().unwrap_err().to_string();
        assert!(text.contains("was not written: request 1 failed with status 40"), "{text}");
        assert_eq!(file.text(), before);
    }

    let cassette = Cassette::record(&file).unwrap();
    let text = cassette.finish().unwrap_err().to_string();
    assert!(text.contains("no request was sent"), "{text}");
    assert_eq!(file.text(), before);
}

#[tokio::test]
async fn a_refused_request_is_recorded() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::error(400, "invalid_request_error", "messages: too short"));
    let cassette = Cassette::record(&file).unwrap();
    let recorded = recording(&cassette, &claude).send("Hello").await.unwrap_err();
    cassette.finish().unwrap();

    let cassette = Cassette::replay(&file).unwrap();
    let replayed = cassette.client(MODEL).unwrap().send("Hello").await.unwrap_err();
    assert_eq!(replayed.to_string(), recorded.to_string());
}

#[tokio::test]
async fn a_stream_that_breaks_replays_as_the_same_error() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    let broken = || MockResponse::text("one two three four").chunked(4).cut_after(5);
    let ask = async |cassette: &Cassette, client: Client| {
        let mut stream = client.send("Count.").stream();
        let mut text = String::new();
        let error = loop {
            match stream.next_text().await {
                Ok(Some(piece)) => text += &piece,
                Ok(None) => panic!("the stream is complete"),
                Err(error) => break error,
            }
        };
        drop(stream);
        assert!(std::error::Error::source(&error).is_some(), "{error:?}");
        (text, error.is_truncated(), error.is_connection(), cassette.finish())
    };

    claude.respond(broken());
    let cassette = Cassette::record(&file).unwrap();
    let (_, _, _, finished) = ask(&cassette, cassette.wrap(builder(&claude).max_retries(0)).build().unwrap()).await;
    assert!(finished.unwrap_err().to_string().contains("request 1 has no complete response"));

    claude.respond(broken());
    let cassette = Cassette::record(&file).unwrap().record_cut_streams(true);
    let recorded = ask(&cassette, cassette.wrap(builder(&claude).max_retries(0)).build().unwrap()).await;
    recorded.3.unwrap();
    // Without this mark, the stream would end as if the server had ended it.
    assert!(file.text().contains("    cut: true\n"), "{}", file.text());

    let cassette = Cassette::replay(&file).unwrap();
    let replayed = ask(&cassette, cassette.wrap(builder(&claude).max_retries(0)).build().unwrap()).await;
    replayed.3.unwrap();
    assert_eq!((&*recorded.0, recorded.1, recorded.2), (&*replayed.0, replayed.1, replayed.2));
    assert!(recorded.0.starts_with("one"), "{}", recorded.0);
}

#[tokio::test]
async fn a_stream_that_is_dropped_is_not_stored() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("one two three four").chunked(4));
    let cassette = Cassette::record(&file).unwrap();
    let client = recording(&cassette, &claude);
    let mut stream = client.send("Count.").stream();
    stream.next_text().await.unwrap();
    assert!(cassette.finish().unwrap_err().to_string().contains("request 1 has no complete response yet"));
    drop(stream);
    let complete = cassette.finish();
    // The rest of the stream may have arrived with its first piece.
    assert!(complete.is_ok() || complete.unwrap_err().to_string().contains("request 1 has no complete response;"));
}

#[tokio::test]
async fn a_connection_that_fails_is_not_stored() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    let url = claude.url().to_owned();
    drop(claude);
    let cassette = Cassette::record(&file).unwrap().record_failures(true).record_cut_streams(true);
    let client = Client::builder(MODEL).api_key("k").base_url(url).max_retries(0);
    assert!(cassette.wrap(client).build().unwrap().send("Hello").await.unwrap_err().is_connection());
    assert!(cassette.finish().unwrap_err().to_string().contains("request 1 has no response"));
}
