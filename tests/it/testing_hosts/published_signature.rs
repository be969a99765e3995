//! A check of AWS signatures with the published algorithm, on a request that botocore 1.44.8 has signed.
//!
//! The key and the date are those of the examples in the documentation of AWS, so they are not secret.

use std::fmt::Write as _;

use claudette::testing::{MockResponse, MockServer, RecordedRequest};
use ring::{digest, hmac};
use serde_json::{Value, json};

use super::{Answer, Host};

const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SIGNATURE: &str = "73d21e3016b437db3fc7bc7d11f6b337347fe714548c80aad828cbf8841660d3";

/// Computes the signature of a request with Signature Version 4, and compares it.
///
/// Only what this request needs is implemented: it does not have a query, and no header is sent twice.
fn verify(request: &RecordedRequest) -> Result<(), String> {
    let authorization = request.header("authorization").unwrap_or_default();
    let parameter = |name: &str| {
        let rest = authorization.split_once(&format!("{name}=")).map(|(_, rest)| rest);
        rest.and_then(|rest| rest.split(',').next()).ok_or_else(|| format!("{name} is missing"))
    };
    let (credential, signed, signature) =
        (parameter("Credential")?, parameter("SignedHeaders")?, parameter("Signature")?);
    let (_, scope) = credential.split_once('/').ok_or("the scope is missing")?;
    let date = request.header("x-amz-date").ok_or("the date is missing")?;

    // The path is encoded once more than it was sent.
    let path = request.path().replace('%', "%25").replace(':', "%3A");
    let mut canonical = format!("{}\n{path}\n\n", request.method());
    for name in signed.split(';') {
        let value = request.header(name).ok_or_else(|| format!("the header {name} is missing"))?;
        writeln!(canonical, "{name}:{value}").unwrap();
    }
    write!(canonical, "\n{signed}\n{}", sha256(request.bytes())).unwrap();

    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(canonical.as_bytes()));
    let key = format!("AWS4{SECRET_KEY}").into_bytes();
    let key = scope.split('/').fold(key, |key, part| hmac_sha256(&key, part));
    if hex(&hmac_sha256(&key, &text)) == signature { Ok(()) } else { Err("another signature was computed".to_owned()) }
}

fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Sends the request that botocore has signed, with another text or another token if they differ from the signed ones.
async fn send(host: &Host, text: &str, token: &str) -> Answer {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature={SIGNATURE}"
    );
    let headers = [
        ("host", "bedrock-runtime.us-east-1.amazonaws.com"),
        ("x-amz-date", "20260102T030405Z"),
        ("x-amz-security-token", token),
        ("authorization", &authorization),
    ];
    // The order of the fields is a part of the signed body.
    let body: Value = json!({
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 16,
        "messages": [{"role": "user", "content": text}],
    });
    host.post(host.path, &headers, &body).await
}

#[tokio::test]
async fn a_check_can_compute_the_signature_of_a_request() {
    let host = Host::bedrock(MockServer::builder().verify(verify)).await;
    host.respond(MockResponse::text("Hi!"));
    let answer = send(&host, "Hello", "EXAMPLETOKEN").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for (text, token) in [("Hello!", "EXAMPLETOKEN"), ("Hello", "OTHERTOKEN")] {
        let answer = send(&host, text, token).await;
        assert_eq!(answer.status, 403, "{text} {token}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("The request signature we calculated does not match"), "{message}");
        assert!(message.ends_with(": another signature was computed"), "{message}");
    }
    host.server.assert_finished();
}
