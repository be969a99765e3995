//! Runs a program in a process of its own, because the environment belongs to the whole process.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use claudette::client::Body;
use claudette::hosts::Host;
use claudette::http::{Request, Response};
use claudette::{BoxFuture, Client, Error, Result, Transport};
use claudette_aws::AwsBuilder;
use serde_json::{Value, json};

/// The settings of the program: `host=bedrock`, `region=..`, `keys`, and so on, separated by blanks.
const SETTINGS: &str = "CLAUDETTE_AWS_TEST";

const MARK: &str = "RESULT ";

/// Not a test of its own: the program that the other tests run. It prints the request that it would send.
#[tokio::test]
async fn program() {
    let Ok(settings) = std::env::var(SETTINGS) else { return };
    let value = |name: &str| settings.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let sent = match value("host").unwrap() {
        "bedrock" => send("us.anthropic.claude-opus-5", set(claudette_aws::bedrock(), &settings).await).await,
        "mantle" => send("anthropic.claude-opus-5", set(claudette_aws::bedrock_mantle(), &settings).await).await,
        "platform" => {
            let mut builder = claudette_aws::claude_platform();
            if let Some(id) = value("workspace") {
                builder = builder.workspace(id);
            }
            send("claude-opus-5", set(builder, &settings).await).await
        }
        other => panic!("{other}"),
    };
    let result = sent.unwrap_or_else(|error| json!({"error": format!("{error:?}"), "misuse": error.is_misuse()}));
    println!("{MARK}{result}");
}

async fn set<H: claudette_aws::AwsHost>(mut builder: AwsBuilder<H>, settings: &str) -> Result<H> {
    for setting in settings.split(' ') {
        let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
        builder = match name {
            "region" => builder.region(value),
            "url" => builder.base_url(value),
            "keys" => builder.access_key("AKIDARGUMENT", "argument-secret"),
            "id" => builder.access_key("AKIDARGUMENT", " "),
            "secret" => builder.access_key("", "argument-secret"),
            "token" => builder.session_token("argument-token"),
            "api_key" => builder.api_key(value),
            "profile" => builder.profile(value),
            _ => builder,
        };
    }
    builder.await
}

async fn send(model: &str, host: Result<impl Host>) -> Result<Value> {
    let wire = Arc::new(Wire::default());
    let client = Client::builder(model).host(host?).transport(wire.clone()).max_retries(0).build()?;
    let answer = client.send("Hello").await;
    let sent = wire.0.lock().unwrap().take();
    match sent {
        Some(sent) => Ok(sent),
        None => Err(answer.unwrap_err()),
    }
}

/// Keeps the request in place of sending it.
#[derive(Default)]
struct Wire(std::sync::Mutex<Option<Value>>);

impl Transport for Wire {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        let headers = request.headers().iter();
        let headers: serde_json::Map<String, Value> =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().into())).collect();
        let body = request.body().as_pieces().unwrap().concat();
        let body = String::from_utf8(body).unwrap();
        *self.0.lock().unwrap() = Some(json!({"uri": request.uri().to_string(), "headers": headers, "body": body}));
        Box::pin(async { Err(Error::other("not sent")) })
    }
}

/// The result of a program.
pub struct Sent(pub Value);

impl Sent {
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        assert!(self.0.get("error").is_none(), "{}", self.0);
        self.0["headers"].get(name)?.as_str()
    }

    #[track_caller]
    pub fn uri(&self) -> &str {
        self.0["uri"].as_str().unwrap_or_else(|| panic!("{}", self.0))
    }

    /// Returns the id of the access key that signed the request.
    #[track_caller]
    pub fn key_id(&self) -> &str {
        let signed = self.header("authorization").unwrap().strip_prefix("AWS4-HMAC-SHA256 Credential=");
        signed.unwrap_or_else(|| panic!("{}", self.0)).split_once('/').unwrap().0
    }

    #[track_caller]
    pub fn misuse(&self) -> &str {
        assert_eq!(self.0["misuse"], true, "{}", self.0);
        self.0["error"].as_str().unwrap()
    }
}

/// Runs the program with these settings and with these variables alone.
pub fn run(settings: &str, variables: &[(&str, &str)]) -> Sent {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "process::program", "--nocapture"]).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env(SETTINGS, settings);
    command.env("HOME", "/nonexistent").env("AWS_EC2_METADATA_DISABLED", "true");
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let result = text.split_once(MARK).unwrap_or_else(|| {
        panic!("{text}{}", String::from_utf8_lossy(&output.stderr));
    });
    Sent(serde_json::from_str(result.1.lines().next().unwrap()).unwrap())
}

/// A file that is removed at the end of the test.
pub struct File(PathBuf);

impl File {
    pub fn new(text: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("claudette-aws-{}-{number}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &str {
        Path::to_str(&self.0).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
