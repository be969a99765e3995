//! What the client sends to each host.

use claudette::catalog::Platform;
use claudette::testing::MockResponse;
use claudette::wire::CachePolicy;
use claudette::{CacheControl, Chat, Client, Event, tool, tools};
use serde_json::json;

use super::{all, foundry, google_cloud, mantle, platform_aws, vertex};

/// Adds a + b.
#[tool]
fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

#[tokio::test]
async fn a_tool_loop_runs_at_each_host() {
    for streams in [false, true] {
        for played in all().await {
            let name = played.name;
            let (server, client) = played.client();
            server.respond(MockResponse::tool_use("sums", json!({"a": 604_542, "b": 6_458_932})));
            server.respond(MockResponse::text("7,063,474").chunked(3));
            let mut chat = Chat::builder(&client).system("Add.").tools(tools![sums]).build().unwrap();
            if streams {
                let mut events = chat.toolloop("What is 604542+6458932?").stream();
                let mut text = String::new();
                while let Some(event) = events.next().await {
                    if let Event::Text(piece) = event.unwrap() {
                        text.push_str(&piece);
                    }
                }
                assert_eq!(text, "7,063,474", "{name}");
            } else {
                assert_eq!(chat.toolloop("What is 604542+6458932?").await.unwrap().text(), "7,063,474", "{name}");
            }
            assert_eq!(server.requests()[1].body()["messages"][2]["content"][0]["content"], "7063474", "{name}");
            assert!(client.cost().unwrap().total() > 0.0, "{name}");
            server.assert_finished();
        }
    }
}

#[tokio::test]
async fn paths_headers_and_bodies_have_the_form_of_the_host() {
    for (played, path, credential) in [
        (mantle().await, "/anthropic/v1/messages", ("authorization", "Bearer key-of-bedrock")),
        (platform_aws().await, "/v1/messages", ("authorization", "Bearer key-of-aws")),
        (
            vertex().await,
            "/v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-5-5:rawPredict",
            ("authorization", "Bearer token"),
        ),
        (foundry().await, "/anthropic/v1/messages", ("x-api-key", "key-of-foundry")),
        (google_cloud().await, "", ("authorization", "Bearer token")),
    ] {
        let name = played.name;
        let (server, client) = played.client();
        server.respond(MockResponse::text("Hi."));
        client.send("Hello").beta("context-management-2025-06-27").await.unwrap();
        let request = &server.requests()[0];
        if path.is_empty() {
            assert!(request.path().ends_with("/invoke/v1/messages"), "{}", request.path());
        } else {
            assert_eq!(request.path(), path);
        }
        assert_eq!(request.header(credential.0), Some(credential.1), "{name}");
        assert_eq!(request.header("anthropic-beta"), Some("context-management-2025-06-27"), "{name}");
        let body = request.body();
        if client.platform() == Platform::Vertex {
            assert_eq!((&body["model"], &body["anthropic_version"]), (&json!(null), &json!("2026-10-21")));
            assert_eq!(request.header("anthropic-version"), None);
        } else {
            assert_eq!(body["model"], client.default_model().as_str());
            assert_eq!(request.header("anthropic-version"), Some("2026-10-21"), "{name}");
        }
        server.assert_finished();
    }
}

#[tokio::test]
async fn the_version_of_the_body_can_be_chosen() {
    let played = vertex().await;
    let builder = played.builder.api_version("vertex-2023-10-16");
    let (server, client) = super::Played { builder, ..played }.client();
    server.respond(MockResponse::text("Hi."));
    server.respond(MockResponse::text("Hi."));
    client.send("Hello").await.unwrap();
    client.send("Hello").extra("anthropic_version", "2026-10-21").await.unwrap();
    let versions: Vec<_> =
        server.requests().iter().map(|request| request.body()["anthropic_version"].clone()).collect();
    assert_eq!(versions, ["vertex-2023-10-16", "2026-10-21"]);
}

#[tokio::test]
async fn headers_of_the_program_take_the_place_of_those_of_the_host() {
    let (server, client) = platform_aws().await.client();
    server.respond(MockResponse::text("Hi."));
    let refused = client.send("Hello").header("anthropic-workspace-id", "wrkspc_2").await.unwrap_err();
    assert_eq!(refused.status(), Some(403));
    client.send("Hello").await.unwrap();
    let workspaces: Vec<_> =
        server.requests().iter().map(|request| request.header("anthropic-workspace-id").unwrap().to_owned()).collect();
    assert_eq!(workspaces, ["wrkspc_2", "wrkspc_1"]);

    let played = foundry().await;
    let builder = played.builder.header("Authorization", "Bearer other");
    let (server, client) = super::Played { builder, ..played }.client();
    server.respond(MockResponse::text("Hi."));
    client.send("Hello").await.unwrap();
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer other"));
    assert_eq!(server.requests()[0].header("x-api-key"), None);
}

#[tokio::test]
async fn a_user_profile_is_in_the_body_of_bedrock() {
    let (server, client) = mantle().await.client();
    server.respond(MockResponse::text("Hi."));
    client.send("Hello").header("anthropic-user-profile-id", "profile-1").await.unwrap();
    let request = &server.requests()[0];
    assert_eq!(
        (request.header("anthropic-user-profile-id"), &request.body()["user_profile_id"]),
        (None, &json!("profile-1"))
    );
}

#[tokio::test]
async fn tokens_are_counted_where_the_host_counts_them() {
    for played in all().await {
        let name = played.name;
        let (server, client) = played.client();
        assert!(client.count_tokens("Hello").await.unwrap() > 0, "{name}");
        assert!(server.requests()[0].path().contains("count"), "{name}");
    }
}

#[tokio::test]
async fn the_client_places_the_breakpoint_where_the_host_does_not() {
    for played in all().await {
        let name = played.name;
        let (server, client) = played.client();
        server.respond(MockResponse::text("Hi."));
        let mut chat = Chat::builder(&client).cache(true).build().unwrap();
        chat.send("Hello").await.unwrap();
        let body = server.requests()[0].body().clone();
        let automatic = body["cache_control"].is_object();
        assert_eq!(automatic, !matches!(client.platform(), Platform::BedrockMantle | Platform::Vertex), "{name}");
        assert_eq!(body["messages"][0]["content"][0]["cache_control"].is_object(), !automatic, "{name}");
        let hour = CachePolicy::none().system(CacheControl::ephemeral().ttl_1h());
        server.respond(MockResponse::text("Hi."));
        client.send("Hello").system("Be brief.").cache(hour).await.unwrap();
        server.assert_finished();
    }
}

#[tokio::test]
async fn a_deployment_is_checked_and_priced_as_its_model() {
    let server =
        claudette::testing::MockServer::builder().foundry().alias("bot", "claude-haiku-4-5").start().await.unwrap();
    let host = claudette::hosts::Foundry::builder().base_url(server.base_url()).api_key("key").build().unwrap();
    let client = Client::builder("bot").alias("bot", "claude-haiku-4-5").host(host).build().unwrap();
    server.respond(MockResponse::text("Hi."));
    client.send("Hello").await.unwrap();
    assert_eq!(server.requests()[0].body()["model"], "bot");
    assert!(client.cost().is_some());
    let error = client.send("Hello").effort(claudette::wire::Effort::Low).await.unwrap_err();
    assert!(error.is_misuse(), "{error}");
}

#[tokio::test]
async fn a_region_costs_a_tenth_more() {
    let cost = |region: &'static str| async move {
        let server = claudette::testing::MockServer::vertex().await.unwrap();
        let host = claudette::hosts::Vertex::builder().project("p").region(region).access_token("token");
        let host = host.base_url(server.base_url()).build().unwrap();
        let client = Client::builder("claude-haiku-4-5@20251001").host(host).build().unwrap();
        server.respond(MockResponse::text("Hi.").usage(json!({"input_tokens": 1_000_000, "output_tokens": 0})));
        let response = client.send("Hello").await.unwrap();
        let spent = client.spent(&response).cost.unwrap().total();
        (client.cost().unwrap().total(), spent)
    };
    assert_eq!(cost("global").await, (1.0, 1.0));
    assert_eq!(cost("us-east5").await, (1.1, 1.1));
}
