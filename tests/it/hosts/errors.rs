//! Errors name the host and the remedy.

use claudette::testing::MockResponse;
use claudette::wire::Speed;
use claudette::{BuiltinTool, Client, Image, tools};

use super::{all, foundry, google_cloud, mantle, platform_aws, vertex};

#[tokio::test]
async fn refusals_name_the_host() {
    for played in all().await {
        let name = played.name;
        let (server, client) = played.client();
        for (status, kind) in [(401, "authentication_error"), (403, "permission_error"), (404, "not_found_error")] {
            server.respond(MockResponse::error(status, kind, "no"));
            let error = client.send("Hello").await.unwrap_err();
            assert_eq!(error.status(), Some(status), "{name}: {error}");
            let platform = client.platform().to_string();
            assert!(error.to_string().starts_with(&platform), "{name}: {error}");
            let report = format!("{error:?}");
            let help = report.split("Help: ").nth(1).unwrap_or_default();
            assert!(!help.is_empty() && !help.contains("ANTHROPIC_API_KEY"), "{name}: {report}");
        }
    }
}

#[tokio::test]
async fn remedies_fit_the_reason() {
    let denied = "permission_error";
    for (played, status, kind, message, expected) in [
        (mantle().await, 400, "invalid_request_error", "max_tokens: Field required", ""),
        (mantle().await, 403, denied, "Signature expired: 20260102T025904Z is now earlier", "set the clock"),
        (mantle().await, 403, denied, "The security token included in the request is expired", "which have expired"),
        (mantle().await, 403, denied, "The request signature we calculated does not match", "check the secret key"),
        (mantle().await, 403, denied, "no", "`bedrock-mantle:CreateInference`"),
        (platform_aws().await, 403, denied, "Outbound web identity federation is disabled", "enable outbound"),
        (platform_aws().await, 403, denied, "no access to the workspace wrkspc_2", "belongs to the AWS account"),
        (platform_aws().await, 403, denied, "no", "`aws-external-anthropic:CreateInference`"),
        (google_cloud().await, 403, denied, "no access to the workspace wrkspc_2", "and its project"),
        (google_cloud().await, 400, "INVALID_ARGUMENT", "no", ""),
        (vertex().await, 403, denied, "Agent Platform API has not been used in project 1 before", "enable the API"),
        (vertex().await, 429, "RESOURCE_EXHAUSTED", "Quota exceeded for x", "a higher quota"),
        (foundry().await, 429, "rate_limit_error", "exceeded the rate limit of the deployment", "raise the rate limit"),
    ] {
        let (server, builder) = (played.server, played.builder.max_retries(0));
        server.respond(MockResponse::error(status, kind, message));
        let report = format!("{:?}", builder.build().unwrap().send("Hello").await.unwrap_err());
        assert_eq!(report.contains("Help: "), !expected.is_empty(), "{report}");
        assert!(report.contains(expected), "{report}");
    }
}

#[tokio::test]
async fn an_overloaded_host_is_retried() {
    for played in all().await {
        let name = played.name;
        let (server, client) = played.client();
        server.respond(MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after-ms", "1"));
        server.respond(MockResponse::text("Hi."));
        assert_eq!(client.send("Hello").await.unwrap().text(), "Hi.", "{name}");
        assert_eq!(server.requests().len(), 2, "{name}");
    }
}

#[tokio::test]
async fn features_that_a_host_lacks_are_refused_before_anything_is_sent() {
    let web = || tools![].with(BuiltinTool::web_search());
    let old = || tools![].with(BuiltinTool::web_search().version("20250305"));
    let refused = |client: Client, expected: &'static str| async move {
        let error = client.models().await.err().map_or(String::new(), |error| error.to_string());
        assert!(error.contains(expected), "{error:?} does not contain {expected:?}");
    };
    for played in [mantle().await, vertex().await, foundry().await] {
        let (server, client) = played.client();
        refused(client, "does not support a list of models; use the list").await;
        assert!(server.requests().is_empty());
    }
    let (server, client) = vertex().await.client();
    let url = Image::url("https://example.com/cat.png");
    let error = client.send((url, "What is this?")).await.unwrap_err();
    assert!(
        error.is_misuse()
            && error.to_string().starts_with("Vertex AI does not support images and documents from a URL")
    );
    let error = client.send("Hello").tools(web()).await.unwrap_err();
    assert!(error.to_string().contains(".version(\"20250305\")"), "{error}");
    assert!(server.requests().is_empty());
    server.respond(MockResponse::text("Hi."));
    client.send("Hello").tools(old()).await.unwrap();

    let (_, client) = mantle().await.client();
    let error = client.send("Hello").tools(old()).await.unwrap_err();
    assert!(error.to_string().starts_with("Amazon Bedrock (Mantle) does not support web search"), "{error}");
    let (_, client) = platform_aws().await.client();
    let error = client.send("Hello").speed(Speed::Fast).await.unwrap_err();
    assert!(error.to_string().starts_with("the Claude Platform on AWS does not support fast mode"), "{error}");
}

#[tokio::test]
async fn a_body_over_the_limit_of_the_host_is_refused() {
    let (server, client) = mantle().await.client();
    let error = client.send("a".repeat(20 << 20)).await.unwrap_err();
    assert!(
        error.is_misuse() && error.to_string().contains("Amazon Bedrock (Mantle) accepts at most 20971520"),
        "{error}"
    );
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn names_of_models_cannot_change_the_path() {
    let (server, client) = vertex().await.client();
    for name in ["", "..", ";x", ".;x"] {
        let error = client.send("Hello").model(name).await.unwrap_err();
        assert!(error.is_misuse(), "{name}: {error}");
    }
    assert!(server.requests().is_empty());
}
