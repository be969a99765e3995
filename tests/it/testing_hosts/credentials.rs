//! The credentials that a host accepts, and keys of Anthropic that must not reach it.

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;

use super::Host;

#[tokio::test]
async fn a_request_without_credentials_is_refused() {
    for (name, host) in Host::all().await {
        let answer = host.ask_with(&[("authorization", ""), ("api-key", "")]).await;
        let expected = if name == "bedrock" { 403 } else { 401 };
        assert_eq!(answer.status, expected, "{name}: {}", answer.text());
        let body = answer.json();
        match name {
            "bedrock" => {
                assert_eq!(body["message"], "Missing Authentication Token");
                let kind = answer.header("x-amzn-errortype").unwrap();
                assert!(kind.starts_with("MissingAuthenticationTokenException:"), "{kind}");
            }
            "mantle" | "platform_aws" => assert_eq!(body["error"]["type"], "authentication_error", "{name}"),
            "foundry" => assert_eq!(body["error"]["code"], "401"),
            _ => assert_eq!(body["error"]["status"], "UNAUTHENTICATED", "{name}"),
        }
    }
}

#[tokio::test]
async fn only_the_expected_token_is_accepted() {
    for (name, host) in Host::all_with(|| MockServer::builder().api_key("token")).await {
        host.respond(MockResponse::text("Hi!"));
        assert_eq!(host.ask(json!({})).await.status, 200, "{name}");
        let other = if name == "foundry" { ("api-key", "other") } else { ("authorization", "Bearer other") };
        let status = host.ask_with(&[other]).await.status;
        let aws = matches!(name, "bedrock" | "mantle" | "platform_aws");
        assert_eq!(status, if aws { 403 } else { 401 }, "{name}");
        host.server.assert_finished();
    }
}

#[tokio::test]
async fn foundry_accepts_three_headers() {
    let host = Host::foundry(MockServer::builder().api_key("token")).await;
    for (name, value) in [("api-key", "token"), ("x-api-key", "token"), ("authorization", "Bearer token")] {
        host.respond(MockResponse::text("Hi!"));
        assert_eq!(host.ask_with(&[("api-key", ""), (name, value)]).await.status, 200, "{name}");
    }
    let answer = host.ask_with(&[("x-api-key", "other")]).await;
    assert_eq!(answer.status, 401, "both keys must be right");
}

#[tokio::test]
async fn a_key_of_anthropic_is_a_violation() {
    for (name, _) in Host::all().await {
        for (header, value) in [
            ("x-api-key", "sk-ant-api03-secret"),
            ("authorization", "Bearer sk-ant-oat01-secret"),
            ("x-api-key", "other"),
        ] {
            let (_, host) = Host::all().await.into_iter().find(|(other, _)| *other == name).unwrap();
            let accepted = name == "foundry" && value == "other";
            if accepted {
                host.respond(MockResponse::text("Hi!"));
            }
            let answer = host.ask_with(&[(header, value)]).await;
            let unfinished = host.unfinished();
            if accepted {
                assert_eq!((answer.status, unfinished.as_str()), (200, ""), "Foundry has keys of its own");
                continue;
            }
            assert!(matches!(answer.status, 401 | 403), "{name} {header}: {}", answer.text());
            assert!(unfinished.contains("a key of Anthropic was sent to"), "{name} {header}: {unfinished}");
            assert!(unfinished.contains(&format!("in the header `{header}`")), "{unfinished}");
            assert!(!unfinished.contains("secret") && !answer.text().contains("secret"));
        }
    }
}

#[tokio::test]
async fn a_program_can_check_the_credentials() {
    for (name, host) in Host::all_with(|| {
        MockServer::builder().verify(|request| {
            assert_eq!(request.method(), "POST");
            match request.header("x-test") {
                Some("panic") => panic!("the check panics"),
                Some(reason) => Err(reason.to_owned()),
                None => Ok(()),
            }
        })
    })
    .await
    {
        host.respond(MockResponse::text("Hi!"));
        assert_eq!(host.ask(json!({})).await.status, 200, "{name}");
        let answer = host.ask_with(&[("x-test", "wrong key")]).await;
        let aws = matches!(name, "bedrock" | "mantle" | "platform_aws");
        assert_eq!(answer.status, if aws { 403 } else { 401 }, "{name}");
        assert!(answer.text().contains("wrong key"), "{name}: {}", answer.text());
        if aws {
            assert!(answer.text().contains("The request signature we calculated does not match"), "{name}");
        }
        host.server.assert_finished();
        host.ask_with(&[("x-test", "panic")]).await;
        assert!(host.unfinished().contains("`verify` panicked"), "{name}");
    }
}
