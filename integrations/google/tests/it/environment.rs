//! The settings and the credentials that the environment names, in processes of their own.

use std::fs::{create_dir_all, write};
use std::path::Path;
use std::time::{Duration, Instant};

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::support::{Answer, Google, Program, SECRETS, login, program_of_the_tests};

/// Not a test of its own: the program that the tests below run.
#[tokio::test]
async fn program() {
    program_of_the_tests().await;
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Stores the file of `gcloud auth application-default login`.
fn store_login(folder: &Path, json: &str) {
    create_dir_all(folder).unwrap();
    write(folder.join("application_default_credentials.json"), json).unwrap();
}

/// A metadata server with the project `machine-project`.
async fn metadata() -> Google {
    Google::start(|_, request| {
        assert_eq!(request.headers["metadata-flavor"], "Google");
        match request.path.split('?').next().unwrap() {
            "/computeMetadata/v1/project/project-id" => Answer::new(200, "machine-project\n"),
            "/computeMetadata/v1/instance/service-accounts/default/token" => Answer::token("machine-token", 3_600),
            other => panic!("{other}"),
        }
    })
    .await
}

#[tokio::test]
async fn a_named_file_comes_before_the_login_and_the_machine() {
    let (home, google, claude) = (home(), Google::tokens().await, MockServer::vertex().await.unwrap());
    claude.respond(MockResponse::text("Hi!"));
    store_login(&home.path().join(".config/gcloud"), "not read");
    let file = home.path().join("key.json");
    write(&file, login(&google.url("/token"))).unwrap();
    let program = Program::vertex(home.path()).env("GOOGLE_APPLICATION_CREDENTIALS", &file);
    let printed = program.env("GCE_METADATA_HOST", "127.0.0.1:1").sends_to(claude.base_url()).run().await;
    assert_eq!(printed, "done: Hi!");
    let requests = claude.requests();
    assert_eq!(requests[0].header("authorization"), Some("Bearer token-1"));
    assert_eq!(requests[0].header("x-goog-user-project"), Some("quota-project"));
    let path = "/v1/projects/quota-project/locations/global/publishers/anthropic/models/claude-sonnet-5-5:rawPredict";
    assert_eq!(requests[0].path(), path);
    claude.assert_finished();
}

#[tokio::test]
async fn the_file_of_a_login_comes_before_the_machine() {
    let google = Google::tokens().await;
    for variable in [None, Some("CLOUDSDK_CONFIG")] {
        let (home, claude) = (home(), MockServer::vertex().await.unwrap());
        claude.respond(MockResponse::text("Hi!"));
        let folder = home.path().join(if variable.is_some() { "other" } else { ".config/gcloud" });
        store_login(&folder, &login(&google.url("/token")));
        let mut program = Program::vertex(home.path()).env("GCE_METADATA_HOST", "127.0.0.1:1");
        if let Some(variable) = variable {
            program = program.env(variable, &folder);
        }
        assert_eq!(program.sends_to(claude.base_url()).run().await, "done: Hi!");
    }
    assert_eq!(google.received().len(), 2);
}

#[tokio::test]
async fn the_metadata_server_gives_a_token_and_the_project() {
    let (home, google, claude) = (home(), metadata().await, MockServer::vertex().await.unwrap());
    claude.respond(MockResponse::text("Hi!"));
    let program = Program::vertex(home.path()).env("GCE_METADATA_HOST", &google.address);
    let program = program.env("GOOGLE_CLOUD_QUOTA_PROJECT", "payer").sends_to(claude.base_url());
    assert_eq!(program.run().await, "done: Hi!");
    let request = &claude.requests()[0];
    assert!(request.path().contains("/projects/machine-project/"), "{}", request.path());
    assert_eq!(request.header("authorization"), Some("Bearer machine-token"));
    assert_eq!(request.header("x-goog-user-project"), Some("payer"));
    let token = google.received().pop().unwrap().path;
    assert!(token.contains("scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform"), "{token}");
}

#[tokio::test]
async fn a_metadata_server_without_a_project_still_gives_tokens() {
    let google = Google::start(|_, request| {
        if request.path.contains("/token") { Answer::token("machine-token", 3_600) } else { Answer::new(404, "none") }
    })
    .await;
    let (home, claude) = (home(), MockServer::vertex().await.unwrap());
    claude.respond(MockResponse::text("Hi!"));
    let program = || Program::vertex(home.path()).env("GCE_METADATA_HOST", &google.address);
    let printed = program().run().await;
    assert!(printed.contains("Vertex AI has no project: set ANTHROPIC_VERTEX_PROJECT_ID"), "{printed}");
    let program = program().env("ANTHROPIC_VERTEX_PROJECT_ID", "p").sends_to(claude.base_url());
    assert_eq!(program.run().await, "done: Hi!");
}

#[tokio::test]
async fn a_metadata_server_that_does_not_answer_is_an_error_after_a_second() {
    let (home, silent) = (home(), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let address = silent.local_addr().unwrap().to_string();
    let begun = Instant::now();
    let printed = Program::vertex(home.path()).env("GCE_METADATA_HOST", &address).run().await;
    assert!(begun.elapsed() >= Duration::from_secs(1) && begun.elapsed() < Duration::from_secs(10), "{begun:?}");
    let path = home.path().join(".config/gcloud/application_default_credentials.json");
    let expected = format!(
        "there are no Application Default Credentials: GOOGLE_APPLICATION_CREDENTIALS is not set, {} does not exist, and the \
         metadata server {address} did not answer within 1s; run `gcloud auth application-default login`, or set \
         GOOGLE_APPLICATION_CREDENTIALS to the path of a key file",
        path.display()
    );
    assert!(printed.contains(&expected), "{printed}\n{expected}");
}

#[tokio::test]
async fn another_server_is_not_taken_for_the_metadata_server() {
    let google = Google::start(|_, _| Answer { is_google: false, ..Answer::new(200, "<html>log in</html>") }).await;
    let home = home();
    for (host, expected) in [
        (google.address.as_str(), "is not a metadata server of Google"),
        ("127.0.0.1:1", "the metadata server 127.0.0.1:1 could not be reached"),
    ] {
        let printed = Program::vertex(home.path()).env("GCE_METADATA_HOST", host).run().await;
        assert!(printed.contains(expected) && printed.contains("gcloud auth application-default login"), "{printed}");
    }
}

#[tokio::test]
async fn a_bad_file_is_named_and_not_shown() {
    let home = home();
    let [secret, ..] = SECRETS;
    for (text, expected) in [
        (format!("{{\"client_secret\": \"{secret}\" oh"), "is not JSON: line 1, column"),
        (json!({"client_secret": secret}).to_string(), "has no field `type`; the types are `service_account`"),
        (json!({"type": "gdch", "client_secret": secret}).to_string(), "has the unknown type \"gdch\""),
        (
            json!({"type": "authorized_user", "client_id": "i", "client_secret": secret}).to_string(),
            "is not complete or not valid",
        ),
        (
            json!({"type": "authorized_user", "client_id": [secret], "client_secret": secret}).to_string(),
            "is not complete or not valid",
        ),
    ] {
        let file = home.path().join("key.json");
        write(&file, &text).unwrap();
        let program = Program::vertex(home.path()).env("GOOGLE_APPLICATION_CREDENTIALS", &file);
        let printed = program.env("ANTHROPIC_VERTEX_PROJECT_ID", "p").sends_to("http://127.0.0.1:1").run().await;
        let origin = format!("the file {} of GOOGLE_APPLICATION_CREDENTIALS {expected}", file.display());
        assert!(printed.starts_with("failed: ") && printed.contains(&origin), "{printed}");
    }
    let missing = home.path().join("missing.json");
    let printed = Program::vertex(home.path()).env("GOOGLE_APPLICATION_CREDENTIALS", &missing).run().await;
    assert!(printed.contains("missing.json of GOOGLE_APPLICATION_CREDENTIALS cannot be read"), "{printed}");
    assert!(printed.contains("No such file"), "{printed}");
}

#[tokio::test]
async fn an_expired_login_says_what_to_do() {
    let google = Google::start(|_, _| {
        let body = json!({"error": "invalid_grant", "error_description": "Token has been expired or revoked."});
        Answer::json(400, &body)
    })
    .await;
    let home = home();
    store_login(&home.path().join(".config/gcloud"), &login(&google.url("/token")));
    let printed = Program::vertex(home.path()).sends_to("http://127.0.0.1:1").run().await;
    assert!(printed.contains("run `gcloud auth application-default login` again"), "{printed}");
    assert!(printed.contains("invalid_grant"), "{printed}");
    assert_eq!(google.received().len(), 1, "a refusal is not retried");
}

#[tokio::test]
async fn the_project_comes_from_the_nearest_source() {
    let (home, google) = (home(), Google::tokens().await);
    store_login(&home.path().join(".config/gcloud"), &login(&google.url("/token")));
    let vertex = |variables: &[(&str, &str)]| {
        let program = Program::vertex(home.path());
        variables.iter().fold(program, |program, (name, value)| program.env(name, value)).run()
    };
    let [own, general, quota] = [
        ("ANTHROPIC_VERTEX_PROJECT_ID", "own"),
        ("GOOGLE_CLOUD_PROJECT", "general"),
        ("GOOGLE_CLOUD_QUOTA_PROJECT", "quota"),
    ];
    for (variables, expected) in [
        (vec![own, general, quota], "own"),
        (vec![("ANTHROPIC_VERTEX_PROJECT_ID", " "), general, quota], "general"),
        (vec![quota], "quota"),
        (vec![], "quota-project"),
    ] {
        let printed = vertex(&variables).await;
        assert!(printed.contains(&format!("/projects/{expected}/")), "{printed}");
    }
    let claude = |variables: &[(&str, &str)]| {
        let program = Program::new("claude", home.path()).env("ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID", "wrkspc_1");
        variables.iter().fold(program, |program, (name, value)| program.env(name, value)).run()
    };
    let own = ("ANTHROPIC_GOOGLE_CLOUD_PROJECT", "own");
    let base = "https://claude.googleapis.com/v1/projects";
    for (variables, expected) in [
        (vec![own, general], format!("{base}/own/locations/global/workspaces/wrkspc_1/invoke")),
        (
            vec![general, ("ANTHROPIC_GOOGLE_CLOUD_LOCATION", "eu")],
            format!("{base}/general/locations/eu/workspaces/wrkspc_1/invoke"),
        ),
        (vec![], format!("{base}/quota-project/locations/global/workspaces/wrkspc_1/invoke")),
        (
            vec![own, ("ANTHROPIC_GOOGLE_CLOUD_BASE_URL", "https://gateway.example/claude/")],
            "https://gateway.example/claude\"".into(),
        ),
    ] {
        let printed = claude(&variables).await;
        assert!(printed.contains(&expected), "{printed}");
    }
    assert!(google.received().is_empty(), "a host is built without a token");
}

#[tokio::test]
async fn missing_settings_are_named() {
    let (home, google) = (home(), Google::tokens().await);
    store_login(&home.path().join(".config/gcloud"), &login(&google.url("/token")));
    let printed = Program::new("vertex", home.path()).run().await;
    assert!(printed.contains("Vertex AI has no region: set CLOUD_ML_REGION"), "{printed}");
    let printed = Program::new("claude", home.path()).run().await;
    assert!(printed.contains("has no workspace: set ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID"), "{printed}");
}

#[tokio::test]
async fn no_key_of_anthropic_leaves() {
    let google = Google::tokens().await;
    for host in ["vertex", "claude"] {
        let home = home();
        store_login(&home.path().join(".config/gcloud"), &login(&google.url("/token")));
        let claude = match host {
            "vertex" => MockServer::vertex().await.unwrap(),
            _ => MockServer::google_cloud().await.unwrap(),
        };
        claude.respond(MockResponse::text("Hi!"));
        let mut program = Program::new(host, home.path()).env("CLOUD_ML_REGION", "global").sends_to(claude.base_url());
        program = program.env("ANTHROPIC_GOOGLE_CLOUD_BASE_URL", claude.base_url());
        for name in [
            "ANTHROPIC_API_KEY",
            "ANTHROPIC_AUTH_TOKEN",
            "ANTHROPIC_FOUNDRY_API_KEY",
            "ANTHROPIC_AWS_API_KEY",
            "AWS_BEARER_TOKEN_BEDROCK",
            "ANTHROPIC_PROFILE",
            "ANTHROPIC_IDENTITY_TOKEN",
            "ANTHROPIC_WEBHOOK_SIGNING_KEY",
        ] {
            program = program.env(name, "sk-ant-secret");
        }
        program = program.env("ANTHROPIC_BASE_URL", "http://127.0.0.1:1");
        program = program.env("ANTHROPIC_CUSTOM_HEADERS", "x-team: red");
        assert_eq!(program.run().await, "done: Hi!");
        let requests = claude.requests();
        let request = requests.first().unwrap();
        assert_eq!(request.header("x-team"), Some("red"));
        assert!(request.header("authorization").unwrap().starts_with("Bearer token-"));
        assert!(request.headers().all(|(_, value)| !value.contains("sk-ant")));
        assert!(request.header("x-api-key").is_none() && !String::from_utf8_lossy(request.bytes()).contains("sk-ant"));
    }
    assert!(!format!("{:?}", google.received()).contains("sk-ant"));
}
