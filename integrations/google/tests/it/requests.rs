//! The requests that the hosts of Google receive.

use claudette::hosts::Host;
use claudette::testing::{MockResponse, MockServer};
use claudette::{BuiltinTool, Chat, Client, Event, tool, tools};
use claudette_google::GoogleCredentials;
use serde_json::json;

use super::support::{Google, MODEL, login};

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

async fn google() -> (Google, GoogleCredentials) {
    let google = Google::tokens().await;
    let credentials = GoogleCredentials::from_json(login(&google.url("/token"))).unwrap();
    (google, credentials)
}

#[tokio::test]
async fn the_region_decides_on_the_address() {
    let (_google, credentials) = google().await;
    for (region, expected) in [
        ("global", "https://aiplatform.googleapis.com/v1"),
        ("us", "https://aiplatform.us.rep.googleapis.com/v1"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com/v1"),
        ("us-east5", "https://us-east5-aiplatform.googleapis.com/v1"),
        ("europe-west1", "https://europe-west1-aiplatform.googleapis.com/v1"),
    ] {
        let vertex = claudette_google::vertex().region(region).project("p").credentials(credentials.clone());
        assert_eq!(vertex.await.unwrap().base_url(), expected);
    }
    for region in ["..", ";x"] {
        let vertex = claudette_google::vertex().region(region).project("p").credentials(credentials.clone());
        assert!(vertex.await.unwrap_err().is_misuse(), "{region}");
    }
}

#[tokio::test]
async fn names_are_one_segment_of_the_path() {
    let (_google, credentials) = google().await;
    for (project, model, expected) in [
        (
            "p",
            "claude-sonnet-4-5@20250929",
            "projects/p/locations/us/publishers/anthropic/models/claude-sonnet-4-5@20250929",
        ),
        ("example.com:p", "a;b", "projects/example.com:p/locations/us/publishers/anthropic/models/a%3Bb"),
        ("pro/ject", "a%3Bb", "projects/pro%2Fject/locations/us/publishers/anthropic/models/a%253Bb"),
        (
            "p",
            "we:ird/model?x=1#frag ment",
            "projects/p/locations/us/publishers/anthropic/models/we:ird%2Fmodel%3Fx=1%23frag%20ment",
        ),
        ("p", "../../x", "projects/p/locations/us/publishers/anthropic/models/..%2F..%2Fx"),
    ] {
        let claude = MockServer::vertex().await.unwrap();
        let vertex = claudette_google::vertex().project(project).region("us").base_url(claude.base_url());
        let vertex = vertex.credentials(credentials.clone()).await.unwrap();
        let client = Client::builder(model).host(vertex).max_retries(0).build().unwrap();
        // The server does not have most of these models. Only the path matters here.
        let _ = client.send("Hello").await;
        let requests = claude.requests();
        assert_eq!(requests[0].path(), format!("/v1/{expected}:rawPredict"));
    }
}

#[tokio::test]
async fn the_body_is_that_of_anthropic_without_the_model_and_with_the_version() {
    let (_google, credentials) = google().await;
    let anthropic = MockServer::auto_reply().await.unwrap();
    let claude = MockServer::builder().vertex().auto_reply(true).start().await.unwrap();
    let vertex = claudette_google::vertex().region("global").base_url(claude.base_url()).credentials(credentials);
    let vertex = Client::builder(MODEL).host(vertex.await.unwrap()).build().unwrap();
    for streams in [false, true] {
        for client in [anthropic.client(MODEL), vertex.clone()] {
            // The word "model" inside a message, a number as it was written, and names in their order.
            let prompt = r#"{"model": "x", "stream": 1e400}"#;
            let request =
                client.send(prompt).tools(tools![sums]).max_tokens(17).extra("metadata", json!({"user_id": "u"}));
            if streams {
                request.stream().finish().await.unwrap();
            } else {
                request.await.unwrap();
            }
        }
    }
    for (own, sent) in anthropic.requests().iter().zip(claude.requests()) {
        let [own, sent] = [own.bytes(), sent.bytes()].map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
        let model = format!(r#""model":"{MODEL}""#);
        let expected = own.replacen(&model, r#""anthropic_version":"2026-10-21""#, 1);
        assert_ne!(own, expected);
        let without = |body: &str| body.replacen(r#""anthropic_version":"2026-10-21","#, "", 1);
        assert_eq!(without(&sent), own.replacen(&format!("{model},"), "", 1), "the rest is the same, byte for byte");
        assert_ne!(without(&sent), sent);
    }
    let bodies = claude.requests();
    assert!(bodies.iter().all(|request| request.body().get("model").is_none()));
    assert_eq!(bodies[1].body()["stream"], true);
    assert!(bodies.iter().all(|request| request.header("anthropic-version").is_none()));
}

#[tokio::test]
async fn a_version_of_the_program_stays() {
    let (_google, credentials) = google().await;
    let claude = MockServer::builder().vertex().auto_reply(true).start().await.unwrap();
    let vertex = claudette_google::vertex().region("global").base_url(claude.base_url()).credentials(credentials);
    let client = Client::builder(MODEL).host(vertex.await.unwrap()).build().unwrap();
    client.send("Hello").extra("anthropic_version", "vertex-2023-10-16").await.unwrap();
    let requests = claude.requests();
    let text = String::from_utf8_lossy(requests[0].bytes());
    assert_eq!(text.matches("anthropic_version").count(), 1, "{text}");
    assert_eq!(requests[0].body()["anthropic_version"], "vertex-2023-10-16");
}

#[tokio::test]
async fn a_loop_runs_on_both_hosts() {
    for (claude, is_vertex) in
        [(MockServer::vertex().await.unwrap(), true), (MockServer::google_cloud().await.unwrap(), false)]
    {
        let (google, credentials) = google().await;
        let client = Client::builder(MODEL);
        let client = if is_vertex {
            let host = claudette_google::vertex().region("global").base_url(claude.base_url()).credentials(credentials);
            client.host(host.await.unwrap()).build().unwrap()
        } else {
            let host = claudette_google::claude().base_url(claude.base_url()).credentials(credentials);
            client.host(host.await.unwrap()).build().unwrap()
        };
        let mut chat = Chat::builder(&client).tools(tools![sums]).build().unwrap();
        claude.respond(MockResponse::tool_use("sums", json!({"a": 604_542, "b": 6_458_932})));
        claude.respond(MockResponse::text("7063474"));
        let run = chat.toolloop("What is 604542+6458932?").await.unwrap();
        assert_eq!(run.text(), "7063474");
        assert!(chat.cost().is_some());

        claude.respond(MockResponse::tool_use("sums", json!({"a": 1, "b": 2})));
        claude.respond(MockResponse::text("3"));
        let mut events = chat.toolloop("And 1+2?").stream();
        let mut text = String::new();
        while let Some(event) = events.next().await {
            if let Event::Text(piece) = event.unwrap() {
                text += &piece;
            }
        }
        assert_eq!(text, "3");
        claude.assert_finished();
        assert_eq!((claude.requests().len(), google.received().len()), (4, 1));
        let paths: Vec<_> = claude.requests().iter().map(|request| request.path().to_owned()).collect();
        if is_vertex {
            assert!(paths[0].ends_with(":rawPredict") && paths[2].ends_with(":streamRawPredict"), "{paths:?}");
        } else {
            assert!(paths.iter().all(|path| path.ends_with("/invoke/v1/messages")), "{paths:?}");
        }
    }
}

#[tokio::test]
async fn tokens_are_counted_and_other_features_refused_before_anything_is_sent() {
    let (_google, credentials) = google().await;
    let claude = MockServer::builder().vertex().auto_reply(true).start().await.unwrap();
    let vertex = claudette_google::vertex().region("global").base_url(claude.base_url()).credentials(credentials);
    let client = Client::builder(MODEL).host(vertex.await.unwrap()).build().unwrap();
    assert!(client.count_tokens("Hello").await.unwrap() > 0);
    let counted = &claude.requests()[0];
    assert!(counted.path().ends_with("/publishers/anthropic/models/count-tokens:rawPredict"), "{}", counted.path());
    assert_eq!(counted.body()["model"], MODEL);
    let fetching = client.send("Hello").tools(tools![].with(BuiltinTool::web_fetch()));
    let error = fetching.await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("Vertex AI"), "{error}");
    let error = client.models().await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("Vertex AI"), "{error}");
    assert_eq!(claude.requests().len(), 1);
}
