//! The settings of a cassette, and the file that it writes.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Client, Image};
use claudette_testkit::{Cassette, MatchOn};
use serde_json::json;

use super::support::{File, MODEL, builder, recording};

/// Returns a valid PNG image of about this size: one pixel, and a comment.
fn image(size: usize, comment: u8) -> Image {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89".to_vec();
    png.extend(u32::try_from(size).unwrap().to_be_bytes());
    png.extend(b"tEXt");
    png.extend(vec![comment; size]);
    png.extend(b"\0\0\0\0\0\0\0\0IEND\xaeB`\x82");
    Image::from_bytes(png).unwrap()
}

#[tokio::test]
async fn images_are_stored_and_compared_by_hash() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    recording(&cassette, &claude).send((image(20_000, 1), "What is this?")).await.unwrap();
    cassette.finish().unwrap();
    let text = file.text();
    assert!(text.len() < 5_000 && text.contains("sha256:") && text.contains("bytes of base64)"), "{text}");

    let cassette = Cassette::replay(&file).unwrap();
    let client = cassette.client(MODEL).unwrap();
    let error = client.send((image(20_000, 2), "What is this?")).await.unwrap_err().to_string();
    assert!(error.contains("/messages/0/content/0/source/data: recorded \"sha256:"), "{error}");
    client.send((image(20_000, 1), "What is this?")).await.unwrap();
    cassette.assert_finished();
}

#[tokio::test]
async fn ignored_values_may_differ() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let send = async |client: Client, user: &str| {
        client.send("Hello").extra("metadata", json!({"user_id": user})).await.map(|response| response.text())
    };
    let cassette = Cassette::record(&file).unwrap();
    let recorded = send(recording(&cassette, &claude), "a").await.unwrap();
    cassette.finish().unwrap();

    let cassette = Cassette::replay(&file).unwrap();
    let error = send(cassette.client(MODEL).unwrap(), "b").await.unwrap_err().to_string();
    assert!(error.contains(r#"/metadata/user_id: recorded "a", sent "b""#), "{error}");
    for pointer in ["/metadata/user_id", "/metadata/*", "/*/user_id"] {
        let cassette = Cassette::replay(&file).unwrap().ignore(pointer);
        assert_eq!(send(cassette.client(MODEL).unwrap(), "b").await.unwrap(), recorded);
        cassette.assert_finished();
    }
    let error = Cassette::replay(&file).unwrap().ignore("metadata").client(MODEL).unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains(r#"`.ignore("metadata")` is not a JSON Pointer"#));
}

#[tokio::test]
async fn scrubbed_texts_are_replaced_in_the_file_and_before_matching() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Dear Ada \"the first\" Lovelace, hello!").chunked(1));
    let cassette = Cassette::record(&file).unwrap().scrub("Ada \"the first\" Lovelace", "NAME");
    recording(&cassette, &claude).send("Greet Ada \"the first\" Lovelace.").stream().finish().await.unwrap();
    cassette.finish().unwrap();
    assert!(!file.text().contains("Ada") && file.text().contains("Greet NAME."), "{}", file.text());

    for name in ["Ada \"the first\" Lovelace", "Bob"] {
        let cassette = Cassette::replay(&file).unwrap().scrub(name, "NAME");
        let client = cassette.client(MODEL).unwrap();
        let answer = client.send(format!("Greet {name}.")).stream().finish().await.unwrap();
        assert_eq!(answer.text(), "Dear NAME, hello!");
    }
}

#[tokio::test]
async fn features_and_versions_are_part_of_a_request() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    let betas = |client: Client, betas: [&'static str; 2]| async move {
        betas.iter().fold(client.send("Hello"), |send, beta| send.beta(*beta)).await.map(|_| ())
    };
    betas(recording(&cassette, &claude), ["a-2026-01-01", "b-2026-01-01"]).await.unwrap();
    cassette.finish().unwrap();

    let cassette = Cassette::replay(&file).unwrap();
    let client = cassette.client(MODEL).unwrap();
    let error = betas(client.clone(), ["a-2026-01-01", "c-2026-01-01"]).await.unwrap_err().to_string();
    assert!(error.contains("header anthropic-beta: recorded \"a-2026-01-01,b-2026-01-01\""), "{error}");
    betas(client, ["b-2026-01-01", "a-2026-01-01"]).await.unwrap();
}

#[tokio::test]
async fn in_order_only_method_and_path_count() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    let client = recording(&cassette, &claude);
    client.count_tokens("Hello").await.unwrap();
    let recorded = client.send("Hello").await.unwrap();
    cassette.finish().unwrap();

    let cassette = Cassette::replay(&file).unwrap().match_on(MatchOn::Order);
    let client = cassette.client("claude-haiku-4-5").unwrap();
    let error = client.send("Other").await.unwrap_err().to_string();
    assert!(error.contains(r#"path: recorded "/v1/messages/count_tokens", sent "/v1/messages""#), "{error}");
    assert!(error.contains("recorded request 2 would match"), "{error}");
    client.count_tokens("Other").await.unwrap();
    assert_eq!(client.send("Other").await.unwrap().text(), recorded.text());
    cassette.assert_finished();
}

#[tokio::test]
async fn the_file_is_readable() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hi!\nHow are you?").chunked(2).header("set-cookie", "session=1"));
    let cassette = Cassette::record(&file).unwrap();
    cassette.wrap(builder(&claude).max_retries(0)).build().unwrap().send("Hello").stream().finish().await.unwrap();
    cassette.finish().unwrap();
    let text = file.text();
    let lines = |part: &str| assert!(text.contains(part), "{part}\n{text}");
    lines("version: 1\nrecorded_with: \"claudette-testkit ");
    lines("\ninteractions:\n- request:\n    method: \"POST\"\n    uri: \"http://127.0.0.1:");
    lines("    body: |-\n      {\n        \"model\": \"claude-sonnet-5-5\",\n");
    lines("  response:\n    status:\n      code: 200\n      message: \"OK\"\n    headers:\n      content-type:\n");
    lines("    body:\n      string: |+\n        event: message_start\n        data: {");
    lines("  claudette:\n    recorded_at: \"20");
    assert!(!text.contains("cookie"), "{text}");
}

#[tokio::test]
async fn a_file_of_another_program_is_not_overwritten() {
    let file = File::with("when: {path: /v1/messages}\nthen: {status: 200, body: '{}'}\n");
    let error = Cassette::record(&file).unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("was not recorded by this library"), "{error}");
}
