#![allow(clippy::unwrap_used)]

use std::time::Duration;

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue as FrameValue, Message};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use claudette::Error;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::*;

/// A frame with the event `{"type":"message_stop"}`.
const STOP: &str = "000000910000004b684a49d10b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d74797065070010617070\
                    6c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b226279746573223a2265794a306558426c\
                    496a6f696257567a6332466e5a56397a64473977496e303d222c2270223a22616263227da1aebc9a";

/// A frame with a `throttlingException`.
const THROTTLED: &str = "00000090000000618e91a9b70f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e\
                         0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009\
                         657863657074696f6e7b226d657373616765223a22546f6f206d616e79207265717565737473227de67f8005";

const STOPPED: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

const TOO_MANY: &str = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\
                        \"message\":\"throttlingException: Too many requests\"}}\n\n";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn response(kind: &'static str, pieces: Vec<Vec<u8>>) -> Response<Body> {
    let body = Body::from_stream(stream::iter(pieces.into_iter().map(Ok)));
    Response::builder().header("content-type", kind).body(body).unwrap()
}

/// Decodes these pieces, and returns the events before the end or the error.
async fn decoded(pieces: Vec<Vec<u8>>) -> (String, Option<Error>) {
    let mut body = decode(response(EVENT_STREAM, pieces)).into_body();
    let mut text = String::new();
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => text.push_str(std::str::from_utf8(&piece).unwrap()),
            Err(error) => return (text, Some(error)),
        }
    }
    (text, None)
}

async fn events(pieces: Vec<Vec<u8>>) -> String {
    let (text, error) = decoded(pieces).await;
    assert!(error.is_none(), "{error:?}");
    text
}

/// Returns a frame with these headers.
fn frame(headers: &[(&str, FrameValue)], payload: impl Into<Bytes>) -> Vec<u8> {
    let headers = headers.iter().map(|(name, value)| Header::new((*name).to_owned(), value.clone()));
    let message = headers.fold(Message::new(payload), Message::add_header);
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

fn text(value: &str) -> FrameValue {
    FrameValue::String(value.to_owned().into())
}

fn chunk(payload: &Value) -> Vec<u8> {
    frame(&[(":message-type", text("event")), (":event-type", text("chunk"))], payload.to_string())
}

fn exception(kind: &str, payload: &str) -> Vec<u8> {
    frame(&[(":message-type", text("exception")), (":exception-type", text(kind))], payload.to_owned())
}

/// Returns the type and the message of the only event, which is an error.
async fn reported(frame: Vec<u8>) -> (String, String) {
    let event = events(vec![frame]).await;
    let data: Value = serde_json::from_str(event.strip_prefix("event: error\ndata: ").unwrap()).unwrap();
    assert_eq!(data["type"], "error");
    let text = |name: &str| data["error"][name].as_str().unwrap().to_owned();
    (text("type"), text("message"))
}

#[tokio::test]
async fn frames_can_be_cut_anywhere() {
    let both = [bytes(STOP), bytes(THROTTLED)].concat();
    let expected = format!("{STOPPED}{TOO_MANY}");
    // Both frames in one piece.
    assert_eq!(events(vec![both.clone()]).await, expected);
    for place in 0..=both.len() {
        let (front, back) = both.split_at(place);
        assert_eq!(events(vec![front.to_vec(), back.to_vec()]).await, expected, "{place}");
    }
    assert_eq!(events(both.iter().map(|byte| vec![*byte]).collect()).await, expected);
    assert_eq!(events(Vec::new()).await, "");
}

#[tokio::test]
async fn an_event_is_returned_as_soon_as_its_frame_is_complete() {
    let arriving = stream::iter([Ok(bytes(STOP))]).chain(stream::pending());
    let response = Response::builder().header("content-type", EVENT_STREAM).body(Body::from_stream(arriving)).unwrap();
    let mut body = decode(response).into_body();
    assert_eq!(body.next().await.unwrap().unwrap(), STOPPED);
    assert!(tokio::time::timeout(Duration::from_millis(5), body.next()).await.is_err());
}

/// Changes each bit of a frame. None of the changes goes unnoticed, and the events before it are returned.
#[tokio::test]
async fn damaged_frames_are_errors() {
    let frame = bytes(STOP);
    for at in 0..frame.len() {
        let mut damaged = frame.clone();
        damaged[at] ^= 1;
        let (text, error) = decoded(vec![frame.clone(), damaged]).await;
        let error = error.unwrap_or_else(|| panic!("byte {at}"));
        assert_eq!(text, STOPPED);
        assert!(error.is_connection(), "{error}");
        assert!(error.to_string().contains("the event stream of Amazon Bedrock is damaged"), "{error}");
    }
    for length in 1..frame.len() {
        let (_, error) = decoded(vec![frame[..length].to_vec()]).await;
        assert!(error.unwrap().to_string().contains("it ended within a frame"), "{length}");
    }
}

#[tokio::test]
async fn lengths_are_checked_before_anything_waits_for_the_rest() {
    let prelude = |total: u32, headers: u32| {
        let mut prelude = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        prelude.extend(crc32fast::hash(&prelude).to_be_bytes());
        prelude
    };
    let limit = u32::try_from(24 << 20).unwrap();
    for (total, headers, reason) in [
        (15, 0, "impossible"),
        (100, 85, "impossible"),
        (u32::MAX, u32::MAX, "impossible"),
        (limit + 17, 0, "the limits are"),
        (200_000, (128 << 10) + 1, "the limits are"),
    ] {
        let arriving = stream::iter([Ok(prelude(total, headers))]).chain(stream::pending());
        let response =
            Response::builder().header("content-type", EVENT_STREAM).body(Body::from_stream(arriving)).unwrap();
        let error = decode(response).into_body().next().await.unwrap().unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
    let (_, error) = decoded(vec![prelude(limit + 16, 0)]).await;
    assert!(error.unwrap().to_string().contains("ended within"), "the limit itself is allowed");
}

#[tokio::test]
async fn headers_must_be_clear() {
    let twice = [(":message-type", text("event")), (":message-type", text("event")), (":event-type", text("chunk"))];
    let (_, error) = decoded(vec![frame(&twice, "{}")]).await;
    assert!(error.unwrap().to_string().contains("`:message-type` twice"));
    let (_, error) = decoded(vec![frame(&[(":message-type", FrameValue::Bool(true))], "{}")]).await;
    assert!(error.unwrap().to_string().contains("`:message-type` of a frame is not a string"));
}

#[tokio::test]
async fn frames_without_an_event_are_ignored() {
    let other = frame(&[(":message-type", text("event")), (":event-type", text("other"))], "{}");
    let initial = frame(&[(":message-type", text("initial-response"))], "{}");
    let metrics = STANDARD.encode(r#"{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}"#);
    let odd = STANDARD.encode(r#"{"type":7}"#);
    let ignored = [other, initial, chunk(&json!({})), chunk(&json!({"bytes": metrics})), chunk(&json!({"bytes": odd}))];
    assert_eq!(events([ignored.concat(), bytes(STOP)].to_vec()).await, STOPPED);
}

#[tokio::test]
async fn chunks_that_cannot_be_read_are_errors() {
    for payload in [json!("text"), json!({"bytes": 7}), json!({"bytes": "%%%"})] {
        let (_, error) = decoded(vec![chunk(&payload)]).await;
        assert!(error.unwrap().is_connection(), "{payload}");
    }
}

#[tokio::test]
async fn line_ends_in_the_json_do_not_end_the_event() {
    let data = STANDARD.encode("{\n\t\"type\":\r\n\"ping\"}");
    assert_eq!(events(vec![chunk(&json!({"bytes": data}))]).await, "event: ping\ndata: { \t\"type\":  \"ping\"}\n\n");
}

#[tokio::test]
async fn exceptions_have_the_words_of_the_api() {
    for (kind, word) in [
        ("throttlingException", "rate_limit_error"),
        ("ThrottlingException", "rate_limit_error"),
        ("serviceUnavailableException", "overloaded_error"),
        ("internalServerException", "api_error"),
        ("modelStreamErrorException", "api_error"),
        ("modelTimeoutException", "timeout_error"),
        ("validationException", "invalid_request_error"),
        ("accessDeniedException", "permission_error"),
        ("newException", "api_error"),
    ] {
        let expected = (word.to_owned(), format!("{kind}: no"));
        assert_eq!(reported(exception(kind, r#"{"message":"no"}"#)).await, expected);
    }
    let (_, message) = reported(exception(
        "modelStreamErrorException",
        r#"{"message":"It failed.","originalStatusCode":529,"originalMessage":"Overloaded"}"#,
    ))
    .await;
    assert_eq!(message, "modelStreamErrorException: It failed. (the model answered: 529 Overloaded)");
    // A payload that cannot be read does not hide the kind.
    assert_eq!(reported(exception("validationException", "<html>")).await.1, "validationException");
}

#[tokio::test]
async fn an_error_frame_is_an_error_event() {
    let headers = [
        (":message-type", text("error")),
        (":error-code", text("internalServerException")),
        (":error-message", text("It broke.")),
    ];
    let expected = ("api_error".to_owned(), "internalServerException: It broke.".to_owned());
    assert_eq!(reported(frame(&headers, "")).await, expected);
}

#[tokio::test]
async fn other_responses_are_unchanged() {
    for kind in ["application/json", "text/event-stream"] {
        let response = decode(response(kind, vec![bytes(STOP)]));
        assert_eq!(response.headers()["content-type"], kind);
        assert_eq!(response.into_body().into_bytes(1000).await.unwrap(), bytes(STOP));
    }
    let decoded = decode(response("Application/VND.amazon.eventstream; charset=x", vec![bytes(STOP)]));
    assert_eq!(decoded.headers()["content-type"], "text/event-stream");
    assert_eq!(decoded.into_body().into_bytes(1000).await.unwrap(), STOPPED);
}
