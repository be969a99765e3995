//! Errors of the hosts, their remedies and their retries.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Client, Error, Result};

use super::support::{self, Pair};

/// Reads a whole stream.
async fn stream(client: &Client) -> Result<String> {
    let mut stream = client.send("Hello").stream();
    let mut text = String::new();
    while let Some(piece) = stream.next_text().await? {
        text.push_str(&piece);
    }
    Ok(text)
}

async fn broken(pair: &Pair, kind: &str) -> Error {
    pair.server.respond(MockResponse::text("one two").chunked(2).error_after(4, kind, "It broke."));
    stream(&pair.client).await.unwrap_err()
}

#[tokio::test]
async fn an_exception_in_a_stream_is_an_error_of_the_api() {
    let pair = support::bedrock(MockServer::builder()).await;
    let throttled = broken(&pair, "rate_limit_error").await;
    assert!(throttled.is_rate_limited(), "{throttled}");
    assert_eq!(throttled.message(), Some("throttlingException: It broke."));
    assert!(throttled.to_string().starts_with("Amazon Bedrock answered 200"), "{throttled}");
    assert_eq!(throttled.partial().unwrap().text().trim(), "one");
    assert!(broken(&pair, "overloaded_error").await.is_overloaded());
    assert!(broken(&pair, "api_error").await.is_server_error());
    assert!(broken(&pair, "invalid_request_error").await.is_invalid_request());
    assert!(broken(&pair, "timeout_error").await.message().unwrap().starts_with("modelTimeoutException"));
}

/// Before any text has arrived, the request is sent again, with another signature.
#[tokio::test]
async fn an_exception_before_the_text_is_retried() {
    let pair = support::bedrock(MockServer::builder()).await;
    pair.server.respond(MockResponse::text("one").error_after(0, "overloaded_error", "It broke."));
    pair.server.respond(MockResponse::text("two"));
    assert_eq!(stream(&pair.client).await.unwrap(), "two");
}

#[tokio::test]
async fn each_attempt_is_signed_at_its_time() {
    let pair = support::bedrock(MockServer::builder()).await;
    let busy = MockResponse::error(503, "overloaded_error", "Wait.").header("retry-after-ms", "1100");
    pair.server.respond(busy);
    pair.server.respond(MockResponse::text("Hi!"));
    pair.client.send("Hello").await.unwrap();
    let requests = pair.server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].path(), requests[1].path());
    assert_eq!(requests[0].bytes(), requests[1].bytes());
    assert_ne!(requests[0].header("x-amz-date"), requests[1].header("x-amz-date"));
    assert_ne!(requests[0].header("authorization"), requests[1].header("authorization"));
}

#[tokio::test]
async fn a_damaged_stream_is_an_error_that_names_the_host() {
    let server = MockServer::bedrock().await.unwrap();
    let host = support::bedrock_host(&server).await;
    let client = Client::builder(support::BEDROCK_MODEL).host(host).max_retries(0).build().unwrap();
    let mut frame = b"\0\0\0\x10\0\0\0\0".to_vec();
    frame.extend([1, 2, 3, 4, 5, 6, 7, 8]);
    server.respond(MockResponse::raw(200, "application/vnd.amazon.eventstream", frame));
    let error = stream(&client).await.unwrap_err();
    assert!(error.is_connection(), "{error}");
    assert!(error.to_string().contains("the event stream of Amazon Bedrock is damaged"), "{error}");
}

/// A proxy may already have decoded the stream.
#[tokio::test]
async fn server_sent_events_are_read_as_they_are() {
    let server = MockServer::bedrock().await.unwrap();
    let events = concat!(
        "event: message_start\n",
        r#"data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","#,
        r#""content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}"#,
        "\n\nevent: content_block_start\n",
        r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        "\n\nevent: content_block_delta\n",
        r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi!"}}"#,
        "\n\nevent: content_block_stop\n",
        r#"data: {"type":"content_block_stop","index":0}"#,
        "\n\nevent: message_delta\n",
        r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
        r#""usage":{"output_tokens":3}}"#,
        "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    );
    server.respond(MockResponse::raw(200, "text/event-stream", events));
    let client = support::client(support::BEDROCK_MODEL, support::bedrock_host(&server).await);
    assert_eq!(stream(&client).await.unwrap(), "Hi!");
}

#[tokio::test]
async fn a_model_without_a_profile_has_a_remedy() {
    let pair = support::bedrock(MockServer::builder()).await;
    let error = pair.client.send("Hello").model("anthropic.claude-haiku-4-5-20251001-v1:0").await.unwrap_err();
    assert_eq!(error.status(), Some(400), "{error}");
    assert!(error.message().unwrap().contains("on-demand throughput"), "{error}");
    assert!(format!("{error:?}").contains("use the id of an inference profile, such as `us.anthropic."), "{error:?}");
}

#[tokio::test]
async fn remedies_fit_the_reason() {
    let pair = support::bedrock(MockServer::builder()).await;
    for (status, kind, message, help) in [
        (400, "ValidationException", "max_tokens: Field required", ""),
        (400, "ValidationException", "The provided model identifier is invalid.", "check the region, and the id"),
        (400, "ServiceQuotaExceededException", "Your request exceeds the service quota.", "a higher quota"),
        (403, "ExpiredTokenException", "The security token included in the request is expired", "log in to AWS again"),
        (403, "InvalidSignatureException", "Signature expired: 20260102T025904Z is now earlier", "set the clock"),
        (403, "AccessDeniedException", "no", "`bedrock:InvokeModel`"),
    ] {
        pair.server.respond(MockResponse::error(status, kind, message));
        let report = format!("{:?}", pair.client.send("Hello").await.unwrap_err());
        assert_eq!(report.contains("Help: "), !help.is_empty(), "{report}");
        assert!(report.contains(help), "{report}");
    }
}

#[tokio::test]
async fn operations_that_bedrock_does_not_have_are_not_sent() {
    let pair = support::bedrock(MockServer::builder()).await;
    let error = pair.client.count_tokens("Hello").await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("Amazon Bedrock"), "{error}");
    assert!(pair.client.models().await.unwrap_err().is_misuse());
    for model in ["", "..", ";x"] {
        assert!(pair.client.send("Hello").model(model).await.unwrap_err().is_misuse(), "{model:?}");
    }
    assert!(pair.server.requests().is_empty());
}

#[tokio::test]
async fn a_wrong_signature_has_a_remedy() {
    let server = MockServer::builder().bedrock().verify(|_| Err("wrong".to_owned())).start().await.unwrap();
    let client = support::client(support::BEDROCK_MODEL, support::bedrock_host(&server).await);
    let error = client.send("Hello").await.unwrap_err();
    assert_eq!((error.status(), server.requests().len()), (Some(403), 1), "{error}");
    let report = format!("{error:?}");
    assert!(report.contains("bedrock:InvokeModel") && report.contains("the clock of this machine"), "{report}");
    for secret in [support::SECRET, support::TOKEN, support::KEY_ID] {
        assert!(!report.contains(secret), "{report}");
    }
}
