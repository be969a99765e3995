//! [`Restate`]: a Restate server, and what a test asks it.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The environment variable with the URLs of a server.
pub const VARIABLE: &str = "CLAUDETTE_RESTATE";

/// A Restate server.
pub struct Restate {
    ingress: String,
    admin: String,
}

/// A step of an invocation: its name, and its record if it is finished.
pub type Steps = Vec<(String, String)>;

impl Restate {
    /// Returns the server of the environment variable, if it is set.
    pub fn from_env() -> Option<Self> {
        let urls = std::env::var(VARIABLE).ok()?;
        let (ingress, admin) = urls.split_once(',').expect("`<ingress URL>,<admin URL>`, as `server start` prints them");
        Some(Self { ingress: ingress.to_owned(), admin: admin.to_owned() })
    }

    /// Returns the port of the ingress.
    pub fn port(&self) -> &str {
        self.ingress.rsplit(':').next().unwrap()
    }

    /// Makes the server use the handlers of a worker.
    pub fn register(&self, worker: &str) {
        let (status, text) = post(&format!("{}/deployments", self.admin), &json!({"uri": worker, "force": true}));
        assert!(status == 201 || status == 200, "{status} {text}");
    }

    /// Starts an invocation, and returns its id.
    pub fn send(&self, handler: &str, input: &Value) -> String {
        let (status, text) = post(&format!("{}/{handler}/send", self.ingress), input);
        assert_eq!(status, 202, "{text}");
        let sent: Value = serde_json::from_str(&text).unwrap();
        sent["invocationId"].as_str().unwrap().to_owned()
    }

    /// Calls a handler.
    pub fn call(&self, handler: &str, input: &Value) -> (u16, String) {
        post(&format!("{}/{handler}", self.ingress), input)
    }

    /// Returns the output of an invocation if it has ended.
    pub fn output(&self, invocation: &str) -> Option<(u16, String)> {
        let (status, text) = get(&format!("{}/restate/invocation/{invocation}/output", self.ingress));
        (status != 470).then_some((status, text))
    }

    /// Waits until an invocation has ended, and returns its output.
    pub fn wait(&self, invocation: &str) -> (u16, String) {
        wait_for(&format!("{invocation} has ended"), || self.output(invocation))
    }

    /// Queries the tables of the server.
    pub fn query(&self, sql: &str) -> Vec<Value> {
        let (status, text) = post(&format!("{}/query", self.admin), &json!({ "query": sql }));
        assert_eq!(status, 200, "{text}");
        let Value::Array(rows) = serde_json::from_str::<Value>(&text).unwrap()["rows"].take() else { panic!("{text}") };
        rows
    }

    /// Returns the row of an invocation.
    pub fn invocation(&self, invocation: &str) -> Value {
        self.query(&format!("select * from sys_invocation where id = '{invocation}'")).remove(0)
    }

    /// Returns the finished steps of an invocation and of its tool calls.
    pub fn steps(&self, invocation: &str) -> Steps {
        let rows = self.query(&format!(
            "select id, index, entry_type, name, entry_json from sys_journal where id = '{invocation}' or id in (select \
             id from sys_invocation where invoked_by_id = '{invocation}') order by id, index"
        ));
        for row in &rows {
            println!("{row}");
        }
        Vec::new()
    }

    /// Cancels an invocation.
    pub fn cancel(&self, invocation: &str) {
        curl(&["-X", "PATCH", &format!("{}/invocations/{invocation}/cancel", self.admin)]);
    }

    /// Kills an invocation.
    pub fn kill(&self, invocation: &str) {
        curl(&["-X", "PATCH", &format!("{}/invocations/{invocation}/kill", self.admin)]);
    }
}

/// Waits until there is a value. Fails after a minute.
pub fn wait_for<T>(what: &str, mut value: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = value() {
            return value;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn post(url: &str, body: &Value) -> (u16, String) {
    if body.is_null() {
        return curl(&["-X", "POST", url]);
    }
    curl(&[url, "-H", "content-type: application/json", "-H", "accept: application/json", "-d", &body.to_string()])
}

fn get(url: &str) -> (u16, String) {
    curl(&[url])
}

fn curl(arguments: &[&str]) -> (u16, String) {
    let curl = Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "60", "--write-out", "\n%{http_code}"])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output();
    let Output { stdout, .. } = curl.expect("curl is installed");
    let output = String::from_utf8(stdout).unwrap();
    let (text, status) = output.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), text.to_owned())
}
