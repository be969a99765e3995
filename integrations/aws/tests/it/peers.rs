//! Signatures of botocore, and requests of the six clients in Anthropic's Python SDK, compared with those of this library.
//!
//! `eval "$(peers/install)"` installs both and sets `CLAUDETTE_AWS_SDK`; without the variable, the tests print that they
//! were skipped.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claudette::hosts::{Foundry, GoogleCloud, Host, Vertex};
use claudette::testing::{MockResponse, MockServer, RecordedRequest};
use serde_json::{Value, json};

use super::support::{self, Pair};

/// Runs the program of the SDK, and returns its output, or `None` if it is not installed.
async fn sdk(task: &str, input: Value) -> Option<String> {
    let Some(python) = std::env::var_os("CLAUDETTE_AWS_SDK") else {
        println!("skipped: CLAUDETTE_AWS_SDK is not set; see integrations/aws/peers/install");
        return None;
    };
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/sdk.py")).arg(task);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // The mock server runs on this runtime.
    let run = move || {
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The headers that HTTP adds after the signature.
const ADDED: [&str; 2] = ["content-length", "authorization"];

#[tokio::test]
async fn signatures_of_whole_requests_are_those_of_botocore() {
    let (mut requests, mut signatures) = (Vec::new(), Vec::new());
    for pair in support::all().await {
        for text in ["Hi!", "é \u{1F980}"] {
            pair.server.respond(MockResponse::text(text));
            pair.client
                .send(text)
                .header("x-team", " blue   green ")
                .beta("context-management-2025-06-27")
                .await
                .unwrap();
        }
        for request in pair.server.requests() {
            let headers: BTreeMap<_, _> = request.headers().filter(|(name, _)| !ADDED.contains(name)).collect();
            requests.push(json!({
                "service": pair.service,
                "method": request.method(),
                "url": format!("{}{}", pair.server.url(), request.path()),
                "headers": headers,
                "body": STANDARD.encode(request.bytes()),
            }));
            signatures.push(request.header("authorization").unwrap().to_owned());
        }
    }
    let Some(output) = sdk("sign", json!(requests)).await else { return };
    let expected: Vec<String> = serde_json::from_str(&output).unwrap();
    assert_eq!(signatures, expected);
}

/// Returns a pair for each of the six hosts, with the model.
async fn all() -> Vec<(Pair, &'static str)> {
    let pair = |service, server: MockServer, model, host: Arc<dyn Host>| {
        (Pair { service, server, client: support::client(model, host) }, model)
    };
    let [bedrock, mantle, platform] = support::all().await;
    let (vertex, google, foundry) =
        (MockServer::vertex().await, MockServer::google_cloud().await, MockServer::foundry().await);
    let (vertex, google, foundry) = (vertex.unwrap(), google.unwrap(), foundry.unwrap());
    let on_vertex = Vertex::builder().project("mock-project").region("global").access_token("google-token");
    let on_vertex = on_vertex.base_url(vertex.base_url()).build().unwrap();
    let on_google =
        GoogleCloud::builder().project("mock-project").workspace("wrkspc_mock").access_token("google-token");
    let on_google = on_google.base_url(google.base_url()).build().unwrap();
    let on_foundry = Foundry::builder().base_url(foundry.base_url()).api_key("azure-key").build().unwrap();
    vec![
        (bedrock, support::BEDROCK_MODEL),
        (mantle, support::MANTLE_MODEL),
        (platform, support::PLATFORM_MODEL),
        pair("vertex", vertex, "claude-haiku-4-5@20251001", Arc::new(on_vertex)),
        pair("google-cloud", google, support::PLATFORM_MODEL, Arc::new(on_google)),
        pair("foundry", foundry, support::PLATFORM_MODEL, Arc::new(on_foundry)),
    ]
}

/// What a host reads of a request: the method, the path, the query, the headers and the body.
fn read(request: &RecordedRequest) -> Value {
    let headers: BTreeMap<_, _> = request.headers().filter(|(name, _)| !is_ignored(name)).map(comparable).collect();
    json!({
        "method": request.method(),
        "path": request.path(),
        "query": request.query(),
        "headers": headers,
        "body": request.body(),
    })
}

/// Returns `true` for telemetry and for headers of the connection.
fn is_ignored(name: &str) -> bool {
    const CONNECTION: [&str; 5] = ["accept-encoding", "connection", "content-length", "host", "user-agent"];
    name.starts_with("x-stainless-") || CONNECTION.contains(&name)
}

/// Leaves out the time of a signature and the names of the signed headers, which contain the ignored ones.
fn comparable<'a>((name, value): (&'a str, &'a str)) -> (&'a str, &'a str) {
    match name {
        "x-amz-date" => (name, "a time"),
        "authorization" => (name, value.split_once(", ").map_or(value, |(scope, _)| scope)),
        _ => (name, value),
    }
}

#[tokio::test]
async fn requests_are_those_of_the_sdk() {
    let pairs = all().await;
    for (pair, _) in &pairs {
        for _ in 0..4 {
            pair.server.respond(MockResponse::text("Hi!"));
        }
    }
    let hosts = pairs.iter().map(|(pair, model)| json!([pair.service, pair.server.base_url(), model]));
    let Some(output) = sdk("send", hosts.collect()).await else { return };
    assert_eq!(output, "Hi!\nHi!\n".repeat(pairs.len()));

    for (pair, _) in &pairs {
        let request = || pair.client.send("Hello").max_tokens(100).header("x-team", "blue");
        assert_eq!(request().await.unwrap().text(), "Hi!");
        assert_eq!(request().stream().finish().await.unwrap().text(), "Hi!");
        let requests = pair.server.requests();
        let (theirs, ours) = requests.split_at(2);
        for (theirs, ours) in theirs.iter().zip(ours) {
            assert_eq!(read(ours), read(theirs), "{}", pair.service);
        }
    }
}
