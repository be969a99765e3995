//! Cassettes in the formats of other tools.

use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use claudette::Result;
use claudette_testkit::{Cassette, MatchOn};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::support::{File, MODEL};

const MESSAGE: &str = r#"{"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "content": [{"type": "text", "text": "Grüße"}], "stop_reason": "end_turn", "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 2}}"#;

/// Replays a cassette with as many requests as answers are expected.
async fn replayed(yaml: &str, count: usize) -> Result<Vec<String>> {
    let file = File::with(yaml);
    let cassette = Cassette::replay(&file)?.match_on(MatchOn::Order);
    let client = cassette.client(MODEL)?;
    let mut texts = Vec::new();
    for number in 0..count {
        texts.push(client.send(format!("Question {number}")).await?.text());
    }
    cassette.finish()?;
    Ok(texts)
}

fn vcr(headers: &str, body: &str) -> String {
    format!(
        "interactions:\n- request:\n    body: '{{\"model\": \"claude-3\"}}'\n    headers:\n      Content-Type:\n      - application/json\n    \
         method: POST\n    uri: https://api.anthropic.com/v1/messages?beta=true\n  response:\n    body:\n      string: {body}\n    headers:\n      \
         Content-Length:\n      - '99999'\n      {headers}\n    status:\n      code: 200\n      message: OK\nversion: 1\n"
    )
}

/// Returns bytes as Python writes them.
fn binary(bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    let lines = text.as_bytes().chunks(76).map(|line| format!("        {}\n", std::str::from_utf8(line).unwrap()));
    format!("!!binary |\n{}", lines.collect::<String>()).trim_end().to_owned()
}

#[tokio::test]
async fn vcr_py_with_texts_and_compressed_bodies() {
    let gzip = {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(MESSAGE.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let zlib = {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(MESSAGE.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let deflate = {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(MESSAGE.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let text = format!("'{MESSAGE}'");
    for (headers, body) in [
        ("Content-Type: [application/json]", text.clone()),
        // The header remains, although the text is decoded.
        ("Content-Encoding: [gzip]", text.clone()),
        ("Content-Encoding: [br]", text),
        ("Content-Encoding: [gzip]", binary(&gzip)),
        ("Content-Type: [application/json]", binary(&gzip)),
        ("Content-Encoding: [deflate]", binary(&zlib)),
        ("Content-Encoding: [deflate]", binary(&deflate)),
        ("Content-Type: [application/json]\n      Content-Encoding: [deflate]", binary(&zlib)),
    ] {
        assert_eq!(replayed(&vcr(headers, &body), 1).await.unwrap(), ["Grüße"], "{headers} {body}");
    }
    let error = replayed(&vcr("content-encoding: [br]", &binary(&[0xff, 0xfe, 0x01])), 1).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("compressed with `br`"), "{error}");
}

#[tokio::test]
async fn words_that_look_like_base64_are_texts() {
    // "Unauthorized" is valid base64.
    let yaml = vcr("Content-Type: [text/plain]", "|\n        Unauthorized").replace("code: 200", "code: 401");
    let error = replayed(&yaml, 1).await.unwrap_err();
    assert!(error.is_authentication() && error.to_string().contains("Unauthorized"), "{error}");
}

#[tokio::test]
async fn pydantic_ai_with_parsed_bodies_and_streams() {
    // The blank line after the last event is missing.
    let yaml = format!(
        "interactions:\n- request:\n    headers:\n      content-type:\n      - application/json\n    method: POST\n    parsed_body:\n      \
         max_tokens: 4096\n      messages:\n      - content: hi\n        role: user\n    uri: https://api.anthropic.com/v1/messages\n  \
         response:\n    headers:\n      content-type:\n      - application/json\n    parsed_body: {MESSAGE}\n    status:\n      code: 200\n      message: OK\n\
         - request:\n    headers: {{}}\n    method: POST\n    body: null\n    uri: https://api.anthropic.com/v1/messages\n  response:\n    body:\n      \
         string: |\n        event: message_start\n        data: {{\"type\":\"message_start\",\"message\":{MESSAGE}}}\n\n        \
         event: content_block_start\n        data: {{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{{\"type\":\"text\",\"text\":\" und mehr\"}}}}\n\n        \
         event: content_block_stop\n        data: {{\"type\":\"content_block_stop\",\"index\":1}}\n\n        \
         event: message_delta\n        data: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"end_turn\"}},\"usage\":{{\"output_tokens\":4}}}}\n\n        \
         event: message_stop\n        data: {{\"type\":\"message_stop\"}}\n    headers:\n      content-type:\n      - text/event-stream; charset=utf-8\n    \
         status:\n      code: 200\n      message: OK\nversion: 1\n"
    );
    let texts = replayed(&yaml, 2).await.unwrap();
    assert_eq!(texts[0], "Grüße");
    assert!(texts[1].ends_with("und mehr"), "{texts:?}");
}

#[tokio::test]
async fn ruby_vcr_with_texts_and_base64() {
    let entry = |body: String| {
        format!(
            "- request:\n    method: post\n    uri: https://api.anthropic.com/v1/messages\n    body:\n      encoding: UTF-8\n      string: '{{}}'\n    \
             headers:\n      X-Api-Key:\n      - \"<ANTHROPIC_API_KEY>\"\n  response:\n    status:\n      code: 200\n      message: OK\n    headers:\n      \
             Content-Type:\n      - application/json\n    body:\n      {body}\n  recorded_at: Wed, 05 Nov 2026 10:00:00 GMT\n"
        )
    };
    let base64 = BASE64_STANDARD.encode(MESSAGE);
    let yaml = format!(
        "---\nhttp_interactions:\n{}{}{}recorded_with: VCR 6.3.1\n",
        entry(format!("encoding: UTF-8\n      string: '{MESSAGE}'")),
        entry(format!("encoding: ASCII-8BIT\n      base64_string: {base64}")),
        entry(format!("encoding: ASCII-8BIT\n      string: !binary |-\n        {base64}")),
    );
    assert_eq!(replayed(&yaml, 3).await.unwrap(), ["Grüße"; 3]);
}

#[tokio::test]
async fn httpmock_with_several_documents() {
    let document = |body: &str| {
        format!(
            "when:\n  path: /v1/messages\n  method: POST\n  query_param:\n  - name: beta\n    value: 'true'\n  header:\n  - name: content-type\n    \
             value: application/json\n  body: '{{\"max_tokens\":1}}'\nthen:\n  status: 200\n  header:\n  - name: content-type\n    value: \
             application/json\n  {body}\n"
        )
    };
    let yaml = format!(
        "{}---\n{}---\n{}",
        document(&format!("body: '{MESSAGE}'")),
        document(&format!("body_base64: {}", BASE64_STANDARD.encode(MESSAGE))),
        document(&format!("json_body: {MESSAGE}")),
    );
    assert_eq!(replayed(&yaml, 3).await.unwrap(), ["Grüße"; 3]);
}

#[tokio::test]
async fn requests_to_other_services_are_left_out() {
    let messages = vcr("Content-Type: [application/json]", &format!("'{MESSAGE}'"));
    let entry = messages.strip_prefix("interactions:\n").unwrap().strip_suffix("version: 1\n").unwrap();
    let download =
        entry.replace("method: POST", "method: GET").replace("api.anthropic.com/v1/messages", "example.com/tea.png");
    let yaml = format!("interactions:\n{download}{entry}{download}version: 1\n");
    assert_eq!(replayed(&yaml, 1).await.unwrap(), ["Grüße"]);
    let error = replayed(&format!("interactions:\n{download}version: 1\n"), 1).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("has no requests to the Messages API"), "{error}");
}

#[tokio::test]
async fn json_files_of_vcr_tools() {
    let message = serde_json::Value::from(MESSAGE);
    let json = format!(
        r#"{{"http_interactions": [{{"request": {{"uri": "https://api.anthropic.com/v1/messages", "body": {{"string": "{{}}"}}, "method": "POST",
        "headers": {{}}}}, "response": {{"body": {{"string": {message}}}, "http_version": "1.1", "status": {{"code": 200, "message": "OK"}},
        "headers": {{"content-type": ["application/json"]}}}}, "recorded_at": "2026-01-01"}}], "recorded_with": "rvcr"}}"#
    );
    assert_eq!(replayed(&json, 1).await.unwrap(), ["Grüße"]);
}

#[tokio::test]
async fn requests_of_others_match_by_their_body_too() {
    // If this client happens to send the same body, the order does not matter.
    let file = File::with(&vcr("Content-Type: [application/json]", &format!("'{MESSAGE}'")));
    let cassette = Cassette::replay(&file).unwrap();
    let error = cassette.client(MODEL).unwrap().send("Hello").await.unwrap_err().to_string();
    assert!(error.contains(r#"path: recorded "/v1/messages?beta=true", sent "/v1/messages""#), "{error}");
    assert!(error.contains("/model") && error.contains("/messages"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_not_a_cassette_is_refused() {
    for (yaml, problem) in
        [("a: b", "is not a cassette"), ("interactions: []", "has no interactions"), ("{", "is not valid YAML")]
    {
        let error = Cassette::replay(File::with(yaml)).unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains(problem), "{error}");
    }
}
