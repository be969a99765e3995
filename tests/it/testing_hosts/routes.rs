//! The paths of each host, and the workspaces in them.

use claudette::testing::{MockResponse, MockServer};
use serde_json::{Value, json};

use super::{BEARER, Host, http, send};

#[tokio::test]
async fn base_urls_are_those_of_the_official_clients() {
    for (name, host) in Host::all().await {
        let path = host.server.base_url().strip_prefix(host.server.url()).unwrap();
        let expected = match name {
            "mantle" | "foundry" => "/anthropic",
            "vertex" => "/v1",
            "google_cloud" => "/v1/projects/mock-project/locations/global/workspaces/wrkspc_mock/invoke",
            _ => "",
        };
        assert_eq!(path, expected, "{name}");
    }
}

#[tokio::test]
async fn other_paths_are_not_found() {
    let anthropic = json!({"type": "not_found_error", "message": "Not Found"});
    for (name, host) in Host::all().await {
        for path in ["/v1/messages/batches", "/v1/complete", "/", "/model/m/converse"] {
            let answer = host.post(path, &host.headers, &json!({})).await;
            assert_eq!(answer.status, 404, "{name} {path}");
            let body = answer.json();
            match name {
                "bedrock" => {
                    assert_eq!(body, json!({"message": "Not Found"}));
                    assert!(answer.header("x-amzn-errortype").unwrap().starts_with("UnknownOperationException:"));
                }
                "vertex" | "google_cloud" => {
                    assert_eq!(body, json!({"error": {"code": 404, "message": "Not Found", "status": "NOT_FOUND"}}));
                }
                "foundry" => assert_eq!(body, json!({"error": {"code": "404", "message": "Not Found"}})),
                _ => assert_eq!(body["error"], anthropic, "{name}"),
            }
        }
        assert!(host.unfinished().is_empty(), "a refused request is not a violation");
    }
}

#[tokio::test]
async fn models_are_listed_by_the_hosts_that_anthropic_runs() {
    for (name, host) in Host::all().await {
        let mut request = http().get(format!("{}/v1/models?limit=1", host.server.base_url()));
        for (name, value) in &host.headers {
            request = request.header(*name, *value);
        }
        let answer = send(request).await;
        if matches!(name, "platform_aws" | "google_cloud") {
            assert_eq!(answer.json()["data"].as_array().map(Vec::len), Some(1), "{name}");
        } else {
            assert_eq!(answer.status, 404, "{name}");
        }
    }
}

#[tokio::test]
async fn tokens_are_counted_on_a_path_of_the_first_party_api() {
    for (name, host) in Host::all().await {
        if matches!(name, "bedrock" | "vertex") {
            continue;
        }
        let body = host.body(&json!({"max_tokens": null}));
        let answer = host.post("/v1/messages/count_tokens", &host.headers, &body).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"input_tokens": 9})), "{name}");
    }
}

#[tokio::test]
async fn a_query_does_not_change_the_route() {
    for (name, host) in Host::all().await {
        host.respond(MockResponse::text("Hi!"));
        let answer = host.post(&format!("{}?beta=true", host.path), &host.headers, &host.body(&json!({}))).await;
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(host.server.requests()[0].query(), Some("beta=true"));
    }
}

#[tokio::test]
async fn names_of_models_in_paths_are_decoded() {
    let host = Host::bedrock(MockServer::builder().alias("a;b/c d", "claude-haiku-4-5")).await;
    host.respond(MockResponse::text("Hi!"));
    let body = host.body(&json!({}));
    assert_eq!(host.post("/model/a;b%2Fc%20d/invoke", &[BEARER], &body).await.status, 200);
    assert_eq!(host.server.requests()[0].path(), "/model/a;b%2Fc%20d/invoke");
    for path in
        ["/model//invoke", "/model/;x/invoke", "/model/a/b/invoke", "/model/%2e%2e;x/invoke", "/model/a%zz/invoke"]
    {
        assert_eq!(host.post(path, &[BEARER], &body).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_platform_on_aws_requires_a_workspace() {
    let host = Host::platform_aws(MockServer::builder().workspace("wrkspc_1")).await;
    host.respond(MockResponse::text("Hi!"));
    assert_eq!(host.ask(json!({})).await.status, 200);
    let wrong = host.ask_with(&[("anthropic-workspace-id", "wrkspc_2")]).await;
    assert_eq!((wrong.status, &wrong.json()["error"]["type"]), (403, &json!("permission_error")));
    let missing = host.ask_with(&[("anthropic-workspace-id", "")]).await;
    assert_eq!((missing.status, kind(&missing.json())), (400, "invalid_request_error".to_owned()));
}

#[tokio::test]
async fn the_path_on_google_cloud_contains_the_workspace() {
    let host = Host::google_cloud(MockServer::builder().workspace("wrkspc_1")).await;
    host.respond(MockResponse::text("Hi!"));
    assert_eq!(host.ask(json!({})).await.status, 200);
    let url = host.server.base_url().replace("wrkspc_1", "wrkspc_2");
    let answer = send(http().post(format!("{url}/v1/messages")).header("authorization", "Bearer token")).await;
    assert_eq!((answer.status, &answer.json()["error"]["status"]), (403, &json!("PERMISSION_DENIED")));
}

fn kind(body: &Value) -> String {
    body["error"]["type"].as_str().unwrap_or_default().to_owned()
}
