//! Every documented error of the API, as a program receives it.

use std::error::Error as _;

use claudette::testing::{MockResponse, MockServer};
use claudette::{Client, Error};

async fn error(status: u16, kind: &str, message: &str) -> Error {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::error(status, kind, message));
    let client =
        Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).max_retries(0).build().unwrap();
    client.send("Hello").await.unwrap_err()
}

type Predicate = (&'static str, fn(&Error) -> bool);

const PREDICATES: [Predicate; 13] = [
    ("invalid request", Error::is_invalid_request),
    ("context exceeded", Error::is_context_exceeded),
    ("authentication", Error::is_authentication),
    ("billing", Error::is_billing),
    ("not found", Error::is_not_found),
    ("rate limited", Error::is_rate_limited),
    ("overloaded", Error::is_overloaded),
    ("server error", Error::is_server_error),
    ("timeout", Error::is_timeout),
    ("connection", Error::is_connection),
    ("truncated", Error::is_truncated),
    ("misuse", Error::is_misuse),
    ("nothing", |_| false),
];

#[tokio::test]
async fn every_error_has_its_predicate() {
    for (status, kind, message, expected) in [
        (400, "invalid_request_error", "max_tokens: Field required", vec!["invalid request"]),
        (
            400,
            "invalid_request_error",
            "prompt is too long: 9 tokens > 8 maximum",
            vec!["invalid request", "context exceeded"],
        ),
        (
            400,
            "invalid_request_error",
            "input length and `max_tokens` exceed context limit: 1 + 2 > 2",
            vec!["invalid request", "context exceeded"],
        ),
        (401, "authentication_error", "invalid x-api-key", vec!["authentication"]),
        (402, "billing_error", "no", vec!["billing"]),
        (403, "permission_error", "no", vec!["authentication"]),
        (404, "not_found_error", "model: x", vec!["not found"]),
        (409, "conflict_error", "no", vec![]),
        (413, "request_too_large", "no", vec!["invalid request"]),
        (429, "rate_limit_error", "no", vec!["rate limited"]),
        (500, "api_error", "no", vec!["server error"]),
        (504, "timeout_error", "no", vec!["timeout"]),
        (529, "overloaded_error", "no", vec!["overloaded"]),
    ] {
        let error = error(status, kind, message).await;
        assert_eq!((error.status(), error.error_type(), error.message()), (Some(status), Some(kind), Some(message)));
        assert!(error.request_id().unwrap().starts_with("req_"));
        let met: Vec<_> = PREDICATES.iter().filter(|(_, is)| is(&error)).map(|(name, _)| *name).collect();
        assert_eq!(met, expected, "{error}");
        assert!(error.to_string().contains(message) && error.to_string().contains(kind), "{error}");
        assert!(error.source().is_none(), "an error of the API has no source");
    }
}

#[tokio::test]
async fn an_unknown_body_is_judged_by_its_status() {
    let claude = MockServer::start().await.unwrap();
    let client =
        Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).max_retries(0).build().unwrap();
    for (status, body, is) in [
        (401, "<h1>Who are you?</h1>", Error::is_authentication as fn(&Error) -> bool),
        (404, "", Error::is_not_found),
        (429, "slow down", Error::is_rate_limited),
        (504, "<html>", Error::is_timeout),
        (529, "{\"error\":null}", Error::is_overloaded),
        (502, "[1,2]", Error::is_server_error),
    ] {
        claude.respond(MockResponse::raw(status, "text/html", body));
        let error = client.send("Hello").await.unwrap_err();
        assert!(is(&error), "{error}");
        assert_eq!(error.message(), Some(body));
        assert_eq!(error.error_type(), None);
    }
    claude.respond(MockResponse::raw(
        401,
        "application/json",
        r#"{"type":"error","error":{"type":"authentication_error","message":"no"},"request_id":null}"#,
    ));
    assert!(client.send("Hello").await.unwrap_err().is_authentication(), "a request id of null is ignored");
    claude.respond(MockResponse::raw(400, "application/json", r#"{"type":"error","error":{"type":"invalid_request_error","message":"no","details":{"error_code":"image_dimensions_too_large","paths":[]}}}"#));
    assert_eq!(client.send("Hello").await.unwrap_err().error_code(), Some("image_dimensions_too_large"));
}

#[tokio::test]
async fn a_chain_of_causes_repeats_nothing() {
    let client = Client::builder("claude-sonnet-5-5")
        .api_key("k")
        .base_url("http://127.0.0.1:9")
        .max_retries(0)
        .build()
        .unwrap();
    let error = client.send("Hello").await.unwrap_err();
    let mut texts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        texts.push(cause.to_string());
        source = cause.source();
    }
    assert!(texts.len() > 1, "{texts:?}");
    for (place, text) in texts.iter().enumerate() {
        assert!(!texts[place + 1..].contains(text), "{texts:?}");
    }
    assert!(
        texts.iter().all(|text| !text.contains("127.0.0.1:9/v1")),
        "addresses are not shown, because they may contain secrets: {texts:?}"
    );
}
