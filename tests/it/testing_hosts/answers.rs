//! Messages, streams and errors in the form of each host.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claudette::testing::{MockResponse, MockServer};
use serde_json::{Value, json};

use super::Host;

#[tokio::test]
async fn a_message_is_the_same_on_each_host() {
    for (name, host) in Host::all().await {
        host.respond(MockResponse::text("Hi!"));
        let answer = host.ask(json!({})).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        let message = answer.json();
        assert_eq!(message["content"][0]["text"], "Hi!", "{name}");
        assert_eq!(message["model"], "claude-haiku-4-5-20251001", "{name}");
        host.server.assert_finished();
        // The record contains the body as it was sent.
        assert_eq!(host.server.requests()[0].body(), &host.body(&json!({})), "{name}");
    }
}

#[tokio::test]
async fn streams_are_events_of_the_first_party_api_except_on_bedrock() {
    for (name, host) in Host::all().await {
        host.respond(MockResponse::tool_use("add", json!({"a": 1})).chunked(2));
        let answer = host.stream().await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        if name == "bedrock" {
            assert_eq!(answer.header("content-type"), Some("application/vnd.amazon.eventstream"));
        } else {
            assert_eq!(answer.header("content-type"), Some("text/event-stream; charset=utf-8"), "{name}");
            assert!(answer.text().ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"), "{name}");
        }
        host.server.assert_finished();
    }
}

#[tokio::test]
async fn bedrock_streams_frames_with_metrics() {
    let host = Host::bedrock(MockServer::builder()).await;
    host.respond(MockResponse::text("one two").chunked(2).usage(json!({"input_tokens": 7, "output_tokens": 5})));
    let answer = host.stream().await;
    let frames = frames(&answer.body);
    let mut paddings = Vec::new();
    let mut events = Vec::new();
    for (headers, payload) in &frames {
        assert_eq!(
            headers,
            &[
                (":event-type".to_owned(), "chunk".to_owned()),
                (":content-type".to_owned(), "application/json".to_owned()),
                (":message-type".to_owned(), "event".to_owned()),
            ]
        );
        let bytes = STANDARD.decode(payload["bytes"].as_str().unwrap()).unwrap();
        events.push(serde_json::from_slice::<Value>(&bytes).unwrap());
        paddings.push(payload["p"].as_str().unwrap().len());
    }
    let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    let metrics = &events[7]["amazon-bedrock-invocationMetrics"];
    assert_eq!((&metrics["inputTokenCount"], &metrics["outputTokenCount"]), (&json!(7), &json!(5)));
    assert!(metrics["invocationLatency"].is_u64() && metrics["firstByteLatency"].is_u64());
    paddings.sort_unstable();
    paddings.dedup();
    assert!(paddings.len() > 3, "the paddings differ: {paddings:?}");
}

#[tokio::test]
async fn an_error_in_a_stream_of_bedrock_is_an_exception() {
    let host = Host::bedrock(MockServer::builder()).await;
    for (kind, expected) in [
        ("rate_limit_error", "throttlingException"),
        ("overloaded_error", "serviceUnavailableException"),
        ("api_error", "internalServerException"),
        ("invalid_request_error", "validationException"),
        ("timeout_error", "modelTimeoutException"),
        ("billing_error", "modelStreamErrorException"),
        ("modelStreamErrorException", "modelStreamErrorException"),
    ] {
        host.respond(MockResponse::text("one two").chunked(2).error_after(4, kind, "It broke."));
        let answer = host.stream().await;
        assert_eq!(answer.status, 200);
        let frames = frames(&answer.body);
        let (headers, payload) = frames.last().unwrap();
        assert_eq!(frames.len(), 5);
        assert_eq!(headers[0], (":exception-type".to_owned(), expected.to_owned()), "{kind}");
        assert_eq!(headers[2], (":message-type".to_owned(), "exception".to_owned()));
        assert_eq!(payload["message"], "It broke.");
    }
}

#[tokio::test]
async fn an_error_in_another_stream_is_an_event() {
    for (name, host) in Host::all().await.into_iter().skip(1) {
        host.respond(MockResponse::text("one two").chunked(2).error_after(4, "overloaded_error", "It broke."));
        let answer = host.stream().await;
        let expected = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\
                        \"message\":\"It broke.\"}}\n\n";
        assert!(answer.text().ends_with(expected), "{name}: {}", answer.text());
    }
}

#[tokio::test]
async fn scripted_errors_have_the_form_of_the_host() {
    for (name, host) in Host::all().await {
        host.respond(MockResponse::error(429, "rate_limit_error", "Too many requests").header("retry-after", "1"));
        let answer = host.ask(json!({})).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")), "{name}");
        if name == "bedrock" {
            assert_eq!(answer.json(), json!({"message": "Too many requests"}));
            assert!(answer.header("x-amzn-errortype").unwrap().starts_with("ThrottlingException:http://"));
            assert_eq!(answer.header("x-amzn-requestid"), Some("00000000-0000-4000-8000-000000000001"));
            assert_eq!(answer.header("request-id"), None);
        } else {
            let error = answer.json();
            assert_eq!(error["error"], json!({"type": "rate_limit_error", "message": "Too many requests"}), "{name}");
            assert_eq!(error["request_id"].as_str(), answer.header("request-id"), "{name}");
        }
        assert_eq!(answer.header("apim-request-id").is_some(), name == "foundry");
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("anthropic-ratelimit")), "{name}");
    }
}

#[tokio::test]
async fn hosts_have_errors_of_their_own() {
    let vertex = Host::vertex(MockServer::builder()).await;
    vertex.respond(MockResponse::error(429, "RESOURCE_EXHAUSTED", "Quota exceeded"));
    let error = vertex.ask(json!({})).await.json();
    assert_eq!(error, json!({"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}}));

    let foundry = Host::foundry(MockServer::builder()).await;
    foundry.respond(MockResponse::error(429, "RateLimitReached", "Wait."));
    let error = foundry.ask(json!({})).await.json();
    assert_eq!(error, json!({"error": {"code": "RateLimitReached", "message": "Wait."}}));

    let bedrock = Host::bedrock(MockServer::builder()).await;
    bedrock.respond(MockResponse::error(429, "ModelNotReadyException", "Wait."));
    let answer = bedrock.ask(json!({})).await;
    assert_eq!(answer.json(), json!({"message": "Wait."}));
    assert!(answer.header("x-amzn-errortype").unwrap().starts_with("ModelNotReadyException:"));
}

#[tokio::test]
async fn every_rule_of_the_first_party_api_applies() {
    let orphan = json!([{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]}]);
    for (name, host) in Host::all_with(|| MockServer::builder().context_window(200)).await {
        for (fields, expected) in [
            (json!({"messages": orphan}), "unexpected `tool_use_id` found in `tool_result` blocks"),
            (json!({"max_tokens": 100_000}), "max_tokens: 100000 > 64000"),
            (json!({"colour": "red"}), "colour: Extra inputs are not permitted"),
            (json!({"messages": [{"role": "user", "content": "word ".repeat(400)}]}), "prompt is too long"),
        ] {
            let answer = host.ask(fields).await;
            let body = answer.json();
            let message = if name == "bedrock" { &body["message"] } else { &body["error"]["message"] };
            assert_eq!(answer.status, 400, "{name}: {body}");
            assert!(message.as_str().unwrap().contains(expected), "{name}: {message}");
        }
        if name == "bedrock" {
            let refused = host.ask(json!({"max_tokens": null})).await;
            assert!(refused.header("x-amzn-errortype").unwrap().starts_with("ValidationException:"));
        }
    }
}

/// A frame: its headers, and its payload.
type Frame = (Vec<(String, String)>, Value);

/// Reads frames, each with three headers of strings. The checksums are tested next to the encoder.
fn frames(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let (total, block) = (number(0), number(4));
        let (mut headers, payload) = bytes[12..total - 4].split_at(block);
        let mut found = Vec::new();
        while let [length, rest @ ..] = headers {
            let (name, rest) = rest.split_at(usize::from(*length));
            assert_eq!(rest[0], 7, "the type of a string");
            let length = usize::from(u16::from_be_bytes([rest[1], rest[2]]));
            let (value, rest) = rest[3..].split_at(length);
            found.push((String::from_utf8(name.to_vec()).unwrap(), String::from_utf8(value.to_vec()).unwrap()));
            headers = rest;
        }
        frames.push((found, serde_json::from_slice(payload).unwrap()));
        bytes = &bytes[total..];
    }
    frames
}
