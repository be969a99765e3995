//! A credential never reaches a file.

use claudette::Client;
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::RemoteMcpServer;
use claudette_testkit::Cassette;

use super::support::{File, KEY, MODEL, recording};

#[tokio::test]
async fn credentials_in_headers_are_not_stored() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    let builder = Client::builder(MODEL).api_key(KEY).base_url(claude.url());
    let builder = builder.header("x-tenant-token", "tenant-0123456789").header("cookie", "session=0123456789");
    cassette.wrap(builder).build().unwrap().send("Hello").await.unwrap();
    cassette.finish().unwrap();
    let text = file.text();
    assert!(!text.contains(KEY) && !text.contains("0123456789") && !text.contains("x-api-key"), "{text}");
    assert!(text.contains("anthropic-version"), "{text}");
}

#[tokio::test]
async fn a_credential_in_a_body_is_refused_with_its_place() {
    let other = "Bearer eyJhbGciOiJIUzI1NiJ9";
    for (prompt, answer, place) in [
        (
            format!("My key is {KEY}."),
            "I see.".to_owned(),
            "the body of request 1 contains a credential of the client, in line",
        ),
        (
            "Hello".to_owned(),
            format!("Your key is {KEY}."),
            "the body of response 1 contains a credential of the client",
        ),
        ("Use sk-ant-other.".to_owned(), "I see.".to_owned(), "the body of request 1 contains an API key"),
        (
            format!("curl -H 'authorization: {other}'"),
            "I see.".to_owned(),
            "the body of request 1 contains a bearer token",
        ),
    ] {
        let file = File::new();
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::text(answer));
        let cassette = Cassette::record(&file).unwrap();
        recording(&cassette, &claude).send(prompt).await.unwrap();
        let error = cassette.finish().unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(error.is_misuse() && text.contains(place), "{text}");
        assert!(!text.contains(KEY) && !text.contains("eyJ"), "{text}");
        assert!(!file.path.exists());
    }
}

#[tokio::test]
async fn a_scrubbed_credential_can_be_stored() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text(format!("Your key is {KEY}.")));
    let prompt = format!("My key is {KEY}.");
    let cassette = Cassette::record(&file).unwrap().scrub(KEY, "KEY");
    recording(&cassette, &claude).send(&*prompt).await.unwrap();
    cassette.finish().unwrap();
    assert!(!file.text().contains(KEY));

    let cassette = Cassette::replay(&file).unwrap().scrub(KEY, "KEY");
    let answer = cassette.client(MODEL).unwrap().send(&*prompt).await.unwrap();
    assert_eq!(answer.text(), "Your key is KEY.");
}

#[tokio::test]
async fn tokens_of_mcp_servers_are_redacted() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let send = async |client: Client| {
        let server =
            RemoteMcpServer::new("calendar", "https://mcp.example.com").authorization_token("calendar-token-1");
        client.send("Hello").mcp_server(server).tools(claudette::BuiltinTool::mcp_toolset("calendar")).await.unwrap();
    };
    let cassette = Cassette::record(&file).unwrap();
    send(recording(&cassette, &claude)).await;
    cassette.finish().unwrap();
    assert!(file.text().contains("[redacted]") && !file.text().contains("calendar-token"), "{}", file.text());

    let cassette = Cassette::replay(&file).unwrap();
    send(cassette.client(MODEL).unwrap()).await;
    cassette.assert_finished();
}

#[tokio::test]
#[should_panic(expected = "contains an API key")]
async fn a_dropped_cassette_with_a_secret_panics() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    recording(&cassette, &claude).send("Use sk-ant-other.").await.unwrap();
}

#[tokio::test]
async fn a_mismatch_does_not_show_a_key() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    recording(&cassette, &claude).send("Hello").await.unwrap();
    cassette.finish().unwrap();

    let cassette = Cassette::replay(&file).unwrap();
    let error = cassette.client(MODEL).unwrap().send(format!("My key is {KEY}.")).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("/messages/0/content\n") && !text.contains(KEY), "{text}");
    // The sent body is not stored either.
    assert!(!text.contains("compare:") && !text.contains(".sent.json"), "{text}");
}
