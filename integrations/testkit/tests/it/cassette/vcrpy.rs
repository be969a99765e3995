//! Cassettes that VCR.py wrote are replayed, and VCR.py replays the cassettes of this library.
//!
//! `tests/fixtures/vcrpy.yaml` was written by VCR.py 9.4.2; `UPDATE_GOLDEN=1` writes it anew. `eval "$(peers/install)"` installs it and sets
//! `CLAUDETTE_VCRPY`; without the variable, two tests print that they were skipped.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use claudette::testing::{MockResponse, MockServer};
use claudette_testkit::{Cassette, MatchOn};
use serde_json::{Value, json};

use super::support::{File, KEY, MODEL, QUESTION, ask, recording, stream};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/vcrpy.yaml");

/// Runs the program of VCR.py, and returns its output, or `None` if VCR.py is not installed.
async fn vcr_py(arguments: &[&OsStr]) -> Option<String> {
    let Some(python) = std::env::var_os("CLAUDETTE_VCRPY") else {
        println!("skipped: CLAUDETTE_VCRPY is not set; see integrations/testkit/peers/install");
        return None;
    };
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/vcr_program.py");
    let mut command = Command::new(python);
    command.arg(program).args(arguments);
    // The mock server runs on this runtime.
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

fn script(claude: &MockServer) {
    claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
    claude.respond(MockResponse::text("There are 3 — enough."));
    claude.respond(MockResponse::text("Hello to you, too!").chunked(4));
}

/// Replays a cassette that VCR.py wrote, with another client and without a server.
async fn check(path: &Path) {
    Cassette::check_dir(path.parent().unwrap()).unwrap();
    let cassette = Cassette::replay(path).unwrap().match_on(MatchOn::Order);
    let client = cassette.client(MODEL).unwrap();
    let run = ask(&client, QUESTION).await.unwrap();
    assert_eq!(run.steps()[0].calls()[0].input().get(), r#"{"item":"tea"}"#);
    assert_eq!(run.text(), "There are 3 — enough.");
    assert_eq!(stream(&client, "Hello").await.unwrap().0.text(), "Hello to you, too!");
    cassette.assert_finished();
}

#[tokio::test]
async fn a_cassette_that_vcr_py_wrote_is_replayed() {
    check(Path::new(FIXTURE)).await;
}

#[tokio::test]
async fn vcr_py_records_and_this_library_replays() {
    let file = File::with("");
    std::fs::remove_file(&file.path).unwrap();
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let Some(output) = vcr_py(&["record".as_ref(), claude.url().as_ref(), file.path.as_ref()]).await else { return };
    assert_eq!(output, "There are 3 — enough.\nHello to you, too!\n");
    drop(claude);
    check(&file.path).await;
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::copy(&file.path, FIXTURE).unwrap();
    }
}

#[tokio::test]
async fn this_library_records_and_vcr_py_replays() {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    script(&claude);
    let cassette = Cassette::record(&file).unwrap();
    let client = recording(&cassette, &claude);
    ask(&client, QUESTION).await.unwrap();
    stream(&client, "Hello — 2026-11-29\n\tyes").await.unwrap();
    claude.respond(MockResponse::error(404, "not_found_error", "model: none"));
    client.send("Hello").await.unwrap_err();
    cassette.finish().unwrap();
    assert!(!file.text().contains(KEY));

    let Some(output) = vcr_py(&["replay".as_ref(), file.path.as_ref()]).await else { return };
    let answers: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let statuses: Vec<_> = answers.iter().map(|answer| answer["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 200, 200, 404]);
    let body = |place: usize| answers[place]["body"].as_str().unwrap();
    let message: Value = serde_json::from_str(body(1)).unwrap();
    assert_eq!(message["content"][0]["text"], "There are 3 — enough.");
    assert!(body(2).starts_with("event: message_start\n") && body(2).ends_with("\n\n"), "{}", body(2));
}
