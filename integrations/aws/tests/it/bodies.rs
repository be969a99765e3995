//! The bytes of requests, compared with those for the API of Anthropic.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Client, messages};

use super::support;

/// A conversation whose texts contain the fields that the host wants in the path.
async fn send(client: &Client) {
    let prompt = messages!["Say {\"model\": \"m\", \"stream\": true}", "{\"stream\": false}", "Again é \u{1F980}"];
    client.send(prompt).max_tokens(100).extra("metadata", serde_json::json!({"user_id": "u"})).await.unwrap();
}

#[tokio::test]
async fn only_the_fields_of_the_path_are_moved() {
    let direct = MockServer::start().await.unwrap();
    direct.respond(MockResponse::text("Hi!"));
    send(&direct.client("claude-haiku-4-5")).await;
    let plain = String::from_utf8(direct.requests()[0].bytes().to_vec()).unwrap();

    let pair = support::bedrock(MockServer::builder()).await;
    pair.server.respond(MockResponse::text("Hi!"));
    send(&pair.client).await;
    let request = &pair.server.requests()[0];
    let moved = String::from_utf8(request.bytes().to_vec()).unwrap();

    // Everything except the first fields is equal byte for byte, in the same order.
    let model = r#""model":"claude-haiku-4-5","#;
    assert!(plain.contains(model), "{plain}");
    let version = r#""anthropic_version":"2026-10-21","#;
    assert!(moved.contains(version), "{moved}");
    assert_eq!(moved.replacen(version, "", 1), plain.replacen(model, "", 1));
    assert_eq!(request.path(), format!("/model/{}/invoke", support::BEDROCK_MODEL));
    for header in ["anthropic-version", "x-api-key"] {
        assert_eq!(request.header(header), None);
    }
}

#[tokio::test]
async fn betas_and_versions_are_in_the_body() {
    let pair = support::bedrock(MockServer::builder()).await;
    for _ in 0..3 {
        pair.server.respond(MockResponse::text("Hi!"));
    }
    pair.client.send("Hello").beta("context-management-2025-06-27").await.unwrap();
    pair.client.send("Hello").temperature(0.5).await.unwrap();
    pair.client.send("Hello").header("anthropic-version", "bedrock-2023-05-31").await.unwrap();
    let requests = pair.server.requests();
    assert_eq!(requests[0].body()["anthropic_beta"], serde_json::json!(["context-management-2025-06-27"]));
    let versions: Vec<_> = requests.iter().map(|request| request.body()["anthropic_version"].clone()).collect();
    assert_eq!(versions, ["2026-10-21", "bedrock-2023-05-31", "bedrock-2023-05-31"]);
}

#[tokio::test]
async fn the_arn_of_a_profile_is_one_segment_of_the_path() {
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/jf2sje1c0jnb";
    let server = MockServer::builder().bedrock().alias(arn, "claude-haiku-4-5").start().await.unwrap();
    let host = support::bedrock_host(&server).await;
    let client = Client::builder(arn).alias(arn, "claude-haiku-4-5").host(host).build().unwrap();
    server.respond(MockResponse::text("Hi!"));
    client.send("Hello").await.unwrap();
    assert_eq!(
        server.requests()[0].path(),
        "/model/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile%2Fjf2sje1c0jnb/invoke"
    );
}
