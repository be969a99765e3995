//! Settings in code, variables of the environment, and keys that must not leave.

use claudette::Client;
use claudette::catalog::Platform;
use claudette::client::ClientBuilder;
use claudette::hosts::{BedrockMantle, ClaudePlatformAws, Foundry, GoogleCloud, Host, Vertex};
use claudette::testing::MockResponse;

use super::{all, foundry};
use crate::support::process::run_alone;

/// The first-party variables, with a secret that no host may receive.
const FIRST_PARTY: [(&str, &str); 5] = [
    ("ANTHROPIC_API_KEY", "sk-first-party"),
    ("ANTHROPIC_AUTH_TOKEN", "sk-first-party"),
    ("ANTHROPIC_PROFILE", "missing"),
    ("ANTHROPIC_BASE_URL", "https://first-party.example.com"),
    ("ANTHROPIC_CUSTOM_HEADERS", "x-api-key: sk-first-party\nauthorization: Bearer sk-first-party\nx-team: blue"),
];

#[test]
fn no_first_party_key_leaves() {
    let output = run_alone(module_path!(), "send_to_all").envs(FIRST_PARTY).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
async fn send_to_all() {
    let is_child = std::env::var_os("ANTHROPIC_CUSTOM_HEADERS").is_some();
    for played in all().await {
        let name = played.name;
        let (server, client) = played.client();
        server.respond(MockResponse::text("Hi."));
        client.send("Hello").await.unwrap();
        let request = &server.requests()[0];
        assert!(!format!("{request:?}").contains("first-party"), "{name}");
        for header in ["authorization", "x-api-key", "api-key", "x-team"] {
            assert_ne!(request.header(header), Some("sk-first-party"), "{name}");
        }
        assert_eq!(request.header("x-team"), is_child.then_some("blue"), "{name}");
        server.assert_finished();
    }
}

#[test]
fn hosts_read_their_variables() {
    let set = [
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_BEARER_TOKEN_BEDROCK", "key"),
        ("ANTHROPIC_AWS_API_KEY", "key"),
        ("ANTHROPIC_AWS_WORKSPACE_ID", "wrkspc_1"),
        ("ANTHROPIC_FOUNDRY_RESOURCE", "res"),
        ("ANTHROPIC_FOUNDRY_API_KEY", "key"),
        ("ANTHROPIC_VERTEX_PROJECT_ID", "example.com:p"),
        ("CLOUD_ML_REGION", "eu"),
        ("GOOGLE_CLOUD_PROJECT", "p"),
        ("ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID", "w/1"),
        ("CLAUDETTE_TEST_HOSTS", "1"),
    ];
    let output = run_alone(module_path!(), "of_environment").envs(set).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn of_environment() {
    if std::env::var_os("CLAUDETTE_TEST_HOSTS").is_none() {
        return;
    }
    assert_eq!(BedrockMantle::from_env().unwrap().base_url(), "https://bedrock-mantle.eu-west-1.api.aws/anthropic");
    assert_eq!(ClaudePlatformAws::from_env().unwrap().base_url(), "https://aws-external-anthropic.eu-west-1.api.aws");
    assert_eq!(Foundry::from_env().unwrap().base_url(), "https://res.services.ai.azure.com/anthropic");
    let vertex = Vertex::builder().access_token("token").build().unwrap();
    assert_eq!(vertex.base_url(), "https://aiplatform.eu.rep.googleapis.com/v1");
    let google = GoogleCloud::builder().access_token("token").build().unwrap();
    assert_eq!(
        google.base_url(),
        "https://claude.googleapis.com/v1/projects/p/locations/global/workspaces/w%2F1/invoke"
    );
    let mantle = BedrockMantle::builder().region("us-east-1").build().unwrap();
    assert_eq!(mantle.base_url(), "https://bedrock-mantle.us-east-1.api.aws/anthropic");
    // An address in code stands for itself.
    assert!(Foundry::builder().base_url("http://localhost:1/").build().is_ok());
    assert!(Foundry::builder().base_url("http://localhost:1").resource("res").build().is_err());
}

#[test]
fn missing_settings_name_their_variable() {
    let message = |error: claudette::Error| {
        assert!(error.is_misuse());
        error.to_string()
    };
    let mantle = BedrockMantle::builder().api_key("key").build().unwrap_err();
    assert!(message(mantle).contains("AWS_REGION"));
    let mantle = BedrockMantle::builder().region("us-east-1").build().unwrap_err();
    assert!(message(mantle).contains("AWS_BEARER_TOKEN_BEDROCK"));
    let aws = ClaudePlatformAws::builder().region("us-east-1").api_key("key").build().unwrap_err();
    assert!(message(aws).contains("ANTHROPIC_AWS_WORKSPACE_ID"));
    let foundry = Foundry::builder().api_key("key").build().unwrap_err();
    assert!(message(foundry).contains("ANTHROPIC_FOUNDRY_RESOURCE"));
    let foundry = Foundry::builder().resource("res").build().unwrap_err();
    assert!(message(foundry).contains("ANTHROPIC_FOUNDRY_API_KEY"));
    let vertex = Vertex::builder().project("p").access_token("token").build().unwrap_err();
    assert!(message(vertex).contains("CLOUD_ML_REGION"));
    let vertex = Vertex::builder().region("eu").access_token("token").build().unwrap_err();
    assert!(message(vertex).contains("ANTHROPIC_VERTEX_PROJECT_ID"));
    let google = GoogleCloud::builder().project("p").access_token("token").build().unwrap_err();
    assert!(message(google).contains("ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID"));
    for bad in ["a.example.com", "a/b", "a b", "ä"] {
        let error = Foundry::builder().resource(bad).api_key("key").build().unwrap_err();
        assert!(message(error).contains("letters, digits"), "{bad}");
    }
    for bad in ["two words", "ke\ny", ""] {
        let error = Foundry::builder().resource("res").api_key(bad).build().unwrap_err();
        assert!(!bad.is_empty() && !message(error).contains(bad) || bad.is_empty());
    }
}

#[tokio::test]
async fn settings_of_the_host_are_not_set_on_the_client() {
    let settings: [fn(ClientBuilder) -> ClientBuilder; 4] = [
        |builder| builder.api_key("key"),
        |builder| builder.base_url("https://example.com"),
        ClientBuilder::no_credentials,
        |builder| builder.platform(Platform::Vertex),
    ];
    for set in settings {
        let error = set(foundry().await.builder).build().unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains("Microsoft Foundry"), "{error}");
    }
    let remote = Foundry::builder().base_url("http://example.com/anthropic").api_key("key").build().unwrap();
    let error = Client::builder("claude-sonnet-5-5").host(remote).build().unwrap_err();
    assert!(error.to_string().contains("without encryption"), "{error}");
}

#[test]
fn keys_are_not_shown() {
    let foundry = Foundry::builder().resource("res").api_key("secret");
    let shown = format!("{foundry:?}");
    assert!(!shown.contains("secret") && !format!("{:?}", foundry.build().unwrap()).contains("secret"));
    let vertex = Vertex::builder().project("p").region("eu").access_token("secret");
    assert!(!format!("{vertex:?}").contains("secret") && !format!("{:?}", vertex.build().unwrap()).contains("secret"));
}
