//! [`Program`]: a program in a process of its own, with an environment of its own.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use claudette::Client;
use claudette::hosts::Host;

use super::MODEL;

const HOST: &str = "CLAUDETTE_TEST_HOST";
const SENDS: &str = "CLAUDETTE_TEST_SENDS";

/// The end of what the program prints. The test harness prints more.
const END: &str = "\nend of the program";

/// The program that this binary runs again: it builds a host from the environment, and sends a request if it should.
pub(crate) async fn program_of_the_tests() {
    let Ok(name) = std::env::var(HOST) else { return };
    let sends = std::env::var_os(SENDS).is_some();
    let result = match &*name {
        "vertex" => use_host(claudette_google::vertex().await, sends).await,
        _ => use_host(claudette_google::claude().await, sends).await,
    };
    match result {
        Ok(text) => println!("done: {text}{END}"),
        Err(error) => println!("failed: {error:?}{END}"),
    }
}

async fn use_host<H: Host + std::fmt::Debug>(host: claudette::Result<H>, sends: bool) -> claudette::Result<String> {
    let host = host?;
    if !sends {
        return Ok(format!("{host:?}"));
    }
    Client::builder(MODEL).host(host).build()?.send("Hello").await.map(|response| response.text())
}

/// A run of the program, in an empty environment.
pub(crate) struct Program(Command);

impl Program {
    /// Builds Vertex AI or Claude on Google Cloud. The folder takes the place of the user's.
    pub(crate) fn new(host: &str, home: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "environment::program", "--nocapture"]).env_clear();
        command.env(HOST, host).env("HOME", home).env("APPDATA", home);
        Self(command)
    }

    /// Builds Vertex AI in the region `global`.
    pub(crate) fn vertex(home: &Path) -> Self {
        Self::new("vertex", home).env("CLOUD_ML_REGION", "global")
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Sends a request to Vertex AI at this address.
    pub(crate) fn sends_to(self, base_url: impl AsRef<OsStr>) -> Self {
        self.env(SENDS, "1").env("ANTHROPIC_VERTEX_BASE_URL", base_url)
    }

    /// Runs the program, and returns the line that it prints.
    pub(crate) async fn run(mut self) -> String {
        let output = tokio::task::spawn_blocking(move || self.0.output().unwrap()).await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let shown = text.clone() + &String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{shown}");
        for secret in super::SECRETS {
            assert!(!shown.contains(secret), "{shown}");
        }
        let from = text.find("done: ").or_else(|| text.find("failed: ")).unwrap_or_else(|| panic!("{shown}"));
        let end = text.find(END).unwrap_or_else(|| panic!("{shown}"));
        text[from..end].to_owned()
    }
}
