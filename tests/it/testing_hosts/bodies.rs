//! The fields of bodies, the features and the names of models of each host.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claudette::testing::{MockResponse, MockServer};
use serde_json::{Value, json};

use super::{BEARER, Host};

/// Checks that the host refuses requests with these fields with status 400.
async fn assert_refused(host: &Host, cases: impl IntoIterator<Item = (Value, &str)>) {
    for (fields, expected) in cases {
        let shown = fields.to_string();
        let answer = host.ask(fields).await;
        let body = answer.json();
        let message = body["message"].as_str().or(body["error"]["message"].as_str());
        assert_eq!((answer.status, message), (400, Some(expected)), "{shown}");
    }
}

#[tokio::test]
async fn bedrock_has_the_model_and_the_stream_in_the_path() {
    let host = Host::bedrock(MockServer::builder()).await;
    assert_refused(
        &host,
        [
            (json!({"model": "claude-haiku-4-5"}), "model: Extra inputs are not permitted"),
            (json!({"stream": true}), "stream: Extra inputs are not permitted"),
            (json!({"stream": false}), "stream: Extra inputs are not permitted"),
            (json!({"anthropic_version": null}), "anthropic_version: Field required"),
            (
                json!({"anthropic_version": "vertex-2023-10-16"}),
                "anthropic_version: \"vertex-2023-10-16\" is not a valid version",
            ),
            (
                json!({"anthropic_beta": "compact-2026-01-12"}),
                "anthropic_beta: Input should be a valid list of strings",
            ),
            (json!({"anthropic_beta": ["compact"]}), "invalid beta flag"),
            (json!({"anthropic_beta": ["fallback-credit-2026-07-01"]}), "invalid beta flag"),
            (json!({"user_profile_id": 5}), "user_profile_id: Input should be a valid string"),
            // The header of the betas has no effect, so this field needs a beta in the body.
            (json!({"context_management": {"edits": []}}), "context_management: Extra inputs are not permitted"),
        ],
    )
    .await;
    let answer = host.ask_with(&[("anthropic-version", "2026-10-21")]).await;
    assert_eq!(answer.status, 400);
    let answer = host.ask_with(&[("anthropic-user-profile-id", "up_1")]).await;
    assert_eq!(answer.status, 400);

    host.server.respond_with(|request| {
        // The script reads the request in the form of the first-party API.
        assert_eq!(request["model"], "claude-haiku-4-5-20251001");
        assert_eq!(request.get("anthropic_version"), None);
        MockResponse::text("Hi!")
    });
    let answer = host
        .ask(json!({
            "anthropic_version": "bedrock-2023-05-31",
            "anthropic_beta": ["context-management-2025-06-27"],
            "context_management": {"edits": []},
            "user_profile_id": "up_1",
            "temperature": 0.5, // only in the older version
        }))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    host.server.assert_finished();
}

#[tokio::test]
async fn the_header_of_betas_has_no_effect_on_bedrock() {
    let host = Host::bedrock(MockServer::builder()).await;
    let fields = json!({"context_management": {"edits": []}});
    let headers = [BEARER, ("anthropic-beta", "context-management-2025-06-27")];
    let answer = host.post(host.path, &headers, &host.body(&fields)).await;
    assert_eq!(answer.json()["message"], "context_management: Extra inputs are not permitted");
    host.respond(MockResponse::text("Hi!"));
    let answer = host.post(host.path, &headers, &host.body(&json!({}))).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn bedrock_counts_tokens_of_an_encoded_body() {
    let host = Host::bedrock(MockServer::builder()).await;
    let path = "/model/anthropic.claude-opus-5/count-tokens";
    let body = STANDARD.encode(host.body(&json!({})).to_string());
    let answer = host.post(path, &[BEARER], &json!({"input": {"invokeModel": {"body": body}}})).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"inputTokens": 9})));
    for (input, expected) in [
        (json!({"invokeModel": {"body": "{}"}}), "input.invokeModel.body: Input should be JSON, encoded in base64"),
        (json!({"invokeModel": {"body": STANDARD.encode("{}")}}), "anthropic_version: Field required"),
    ] {
        let answer = host.post(path, &[BEARER], &json!({"input": input})).await;
        assert_eq!((answer.status, answer.json()), (400, json!({"message": expected})));
    }
}

#[tokio::test]
async fn vertex_has_the_model_in_the_path_and_the_stream_in_both() {
    let host = Host::vertex(MockServer::builder()).await;
    assert_refused(
        &host,
        [
            (json!({"model": "claude-haiku-4-5"}), "model: Extra inputs are not permitted"),
            (json!({"stream": true}), "stream: `rawPredict` does not stream; use `streamRawPredict`"),
            (json!({"anthropic_version": null}), "anthropic_version: Field required"),
            (
                json!({"anthropic_version": "bedrock-2023-05-31"}),
                "anthropic_version: \"bedrock-2023-05-31\" is not a valid version",
            ),
            (json!({"anthropic_beta": []}), "anthropic_beta: Extra inputs are not permitted"),
            (json!({"user_profile_id": "up_1"}), "user_profile_id: Extra inputs are not permitted"),
        ],
    )
    .await;
    let answer = host.post(host.stream_path, &[BEARER], &host.body(&json!({}))).await;
    assert_eq!(answer.json()["error"]["message"], "stream: `streamRawPredict` requires `\"stream\": true`");
    let answer = host.ask_with(&[("anthropic-version", "2026-10-21")]).await;
    assert_eq!(answer.status, 400);

    host.respond(MockResponse::text("Hi!"));
    let fields = json!({"anthropic_version": "vertex-2023-10-16", "context_management": {"edits": []}});
    let headers = [BEARER, ("anthropic-beta", "context-management-2025-06-27"), ("anthropic-user-profile-id", "up_1")];
    let answer = host.post(host.path, &headers, &host.body(&fields)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());

    let count = "/projects/p/locations/global/publishers/anthropic/models/count-tokens:rawPredict";
    let mut body = host.body(&json!({"max_tokens": null, "model": "claude-haiku-4-5@20251001"}));
    assert_eq!(host.post(count, &[BEARER], &body).await.json(), json!({"input_tokens": 9}));
    body["model"] = json!("claude-haiku-4-5-20251001");
    let answer = host.post(count, &[BEARER], &body).await;
    assert_eq!((answer.status, &answer.json()["error"]["status"]), (404, &json!("NOT_FOUND")));
}

#[tokio::test]
async fn the_other_hosts_have_the_version_in_the_header() {
    for (name, host) in Host::all().await {
        if matches!(name, "bedrock" | "vertex") {
            continue;
        }
        let answer = host.ask_with(&[("anthropic-version", "")]).await;
        assert_eq!(answer.json()["error"]["message"], "anthropic-version: header is required", "{name}");
        assert_refused(
            &host,
            [
                (json!({"anthropic_version": "2026-10-21"}), "anthropic_version: Extra inputs are not permitted"),
                (json!({"anthropic_beta": []}), "anthropic_beta: Extra inputs are not permitted"),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn mantle_has_the_user_profile_in_the_body() {
    let host = Host::mantle(MockServer::builder()).await;
    host.respond(MockResponse::text("Hi!"));
    assert_eq!(host.ask(json!({"user_profile_id": "up_1"})).await.status, 200);
    assert_eq!(host.ask_with(&[("anthropic-user-profile-id", "up_1")]).await.status, 400);
    for other in [Host::platform_aws(MockServer::builder()).await, Host::foundry(MockServer::builder()).await] {
        other.respond(MockResponse::text("Hi!"));
        assert_eq!(other.ask_with(&[("anthropic-user-profile-id", "up_1")]).await.status, 200);
        assert_eq!(other.ask(json!({"user_profile_id": "up_1"})).await.status, 400);
    }
}

#[tokio::test]
async fn features_that_a_host_does_not_have_are_refused() {
    let image = json!({"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}});
    for (name, host) in Host::all().await {
        for (fields, missing_on) in [
            (json!({"cache_control": {"type": "ephemeral"}}), &["bedrock", "mantle", "vertex"][..]),
            (json!({"messages": [{"role": "user", "content": [image]}]}), &["bedrock", "mantle", "vertex"]),
            (json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}), &["bedrock", "mantle"]),
            (json!({"inference_geo": "us"}), &["bedrock", "mantle", "foundry"]),
            (json!({"speed": "fast"}), &["bedrock", "mantle", "platform_aws"]),
        ] {
            let shown = fields.to_string();
            let missing = missing_on.contains(&name);
            if !missing {
                host.respond(MockResponse::text("Hi!"));
            }
            let answer = host.ask(fields).await;
            assert_eq!(answer.status, if missing { 400 } else { 200 }, "{name} {shown}: {}", answer.text());
        }
        host.server.assert_finished();
    }
}

#[tokio::test]
async fn bedrock_requires_an_inference_profile() {
    const ARN: &str = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/jf2sje1c0jnb";
    let host = Host::bedrock(MockServer::builder().alias(ARN, "claude-opus-5")).await;
    let invoke = |id: &str| format!("/model/{id}/invoke");
    let body = host.body(&json!({}));
    for id in [
        "global.anthropic.claude-opus-4-8",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile%2Feu.anthropic.claude-opus-5",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile%2Fjf2sje1c0jnb",
    ] {
        host.respond(MockResponse::text("Hi!"));
        let answer = host.post(&invoke(id), &[BEARER], &body).await;
        assert_eq!(answer.status, 200, "{id}: {}", answer.text());
    }
    let answer = host.post(&invoke("anthropic.claude-opus-5"), &[BEARER], &body).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json()["message"],
        "Invocation of model ID anthropic.claude-opus-5 with on-demand throughput isn't supported. Retry your request \
         with the ID or ARN of an inference profile that contains this model."
    );
    let answer = host.post(&invoke("us.anthropic.claude-9"), &[BEARER], &body).await;
    assert_eq!((answer.status, answer.json()), (400, json!({"message": "The provided model identifier is invalid."})));
    host.server.assert_finished();
}

#[tokio::test]
async fn deployments_of_foundry_have_any_name() {
    let host = Host::foundry(MockServer::builder().alias("support-chat", "claude-haiku-4-5")).await;
    host.respond(MockResponse::text("Hi!"));
    let answer = host.ask(json!({"model": "support-chat"})).await;
    assert_eq!((answer.status, &answer.json()["model"]), (200, &json!("claude-haiku-4-5-20251001")));
    let answer = host.ask(json!({"model": "sales-chat"})).await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (404, &json!("DeploymentNotFound")));
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let host = Host::bedrock(MockServer::builder()).await;
    let answer = host.ask(json!({"messages": [{"role": "user", "content": "x".repeat(20_000_000)}]})).await;
    assert_eq!(answer.status, 413);
    let host = Host::vertex(MockServer::builder()).await;
    let answer = host.ask(json!({"messages": [{"role": "user", "content": "x".repeat(30_000_000)}]})).await;
    assert_eq!((answer.status, &answer.json()["error"]["status"]), (400, &json!("INVALID_ARGUMENT")));
}
