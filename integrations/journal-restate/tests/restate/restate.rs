//! [`Restate`]: a Restate server, and what a test asks it.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The environment variable with the URLs of a server.
pub(crate) const VARIABLE: &str = "CLAUDETTE_RESTATE";

/// A Restate server.
pub(crate) struct Restate {
    ingress: String,
    admin: String,
}

/// The finished steps of a run: their names, and the texts of their records.
pub(crate) type Steps = Vec<(String, String)>;

impl Restate {
    /// Returns the server of the environment variable, if it is set.
    pub(crate) fn from_env() -> Option<Self> {
        let urls = std::env::var(VARIABLE).ok()?;
        let (ingress, admin) =
            urls.split_once(',').expect("`<ingress URL>,<admin URL>`, as `server start` prints them");
        Some(Self { ingress: ingress.to_owned(), admin: admin.to_owned() })
    }

    /// Kills the server with SIGKILL, and starts it again. It must have been started by the script `server`.
    pub(crate) fn crash(&self) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/server");
        let port = self.ingress.rsplit(':').next().unwrap();
        for command in ["crash", "start"] {
            let status = Command::new(script).args([command, port]).stdout(Stdio::null()).status().unwrap();
            assert!(status.success(), "{command}");
        }
    }

    /// Makes the server use the handlers of a worker.
    pub(crate) fn register(&self, worker: &str) {
        let (status, text) = post(&format!("{}/deployments", self.admin), &json!({"uri": worker, "force": true}));
        assert!(status == 201 || status == 200, "{status} {text}");
    }

    /// Starts an invocation, and returns its id.
    pub(crate) fn send(&self, handler: &str, input: &Value) -> String {
        let (status, text) = post(&format!("{}/{handler}/send", self.ingress), input);
        assert_eq!(status, 202, "{text}");
        let sent: Value = serde_json::from_str(&text).unwrap();
        sent["invocationId"].as_str().unwrap().to_owned()
    }

    /// Calls a handler.
    pub(crate) fn call(&self, handler: &str, input: &Value) -> (u16, String) {
        post(&format!("{}/{handler}", self.ingress), input)
    }

    /// Returns the output of an invocation if it has ended.
    pub(crate) fn output(&self, invocation: &str) -> Option<(u16, String)> {
        let (status, text) = curl(&[&format!("{}/restate/invocation/{invocation}/output", self.ingress)]);
        (status != 470).then_some((status, text))
    }

    /// Waits until an invocation has ended, and returns its output.
    pub(crate) fn wait(&self, invocation: &str) -> (u16, String) {
        wait_for("the invocation has ended", || self.output(invocation))
    }

    /// Queries the tables of the server.
    pub(crate) fn query(&self, sql: &str) -> Vec<Value> {
        let (status, text) = post(&format!("{}/query", self.admin), &json!({ "query": sql }));
        assert_eq!(status, 200, "{text}");
        let Value::Array(rows) = serde_json::from_str::<Value>(&text).unwrap()["rows"].take() else { panic!("{text}") };
        rows
    }

    /// Returns a text column of the row of an invocation.
    pub(crate) fn column(&self, invocation: &str, column: &str) -> String {
        let rows = self.query(&format!("select {column} from sys_invocation where id = '{invocation}'"));
        rows.first().and_then(|row| row[column].as_str()).unwrap_or_default().to_owned()
    }

    /// Returns the invocations of the tool calls of an invocation.
    pub(crate) fn children(&self, invocation: &str) -> Vec<String> {
        let rows = self.query(&format!("select id from sys_invocation where invoked_by_id = '{invocation}'"));
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Returns the finished steps of an invocation and of its tool calls.
    pub(crate) fn steps(&self, invocation: &str) -> Steps {
        let rows = self.query(&format!(
            "select id, name, entry_json from sys_journal where entry_type in ('Command: Run', 'Notification: Run') and \
             (id = '{invocation}' or id in (select id from sys_invocation where invoked_by_id = '{invocation}')) order by \
             id, index"
        ));
        let mut names = std::collections::HashMap::new();
        let mut steps = Steps::new();
        for row in &rows {
            let entry: Value = serde_json::from_str(row["entry_json"].as_str().unwrap()).unwrap();
            let of = |completion: &Value| (row["id"].to_string(), completion["completion_id"].to_string());
            if let Some(name) = row["name"].as_str() {
                names.insert(of(&entry["Command"]["Run"]), name.to_owned());
            } else {
                let run = &entry["Notification"]["Completion"]["Run"];
                let Some(bytes) = run["result"]["Success"].as_array() else { continue };
                let bytes = bytes.iter().map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect();
                steps.push((names[&of(run)].clone(), String::from_utf8(bytes).unwrap()));
            }
        }
        steps
    }

    /// Cancels an invocation.
    pub(crate) fn cancel(&self, invocation: &str) {
        self.patch(invocation, "cancel");
    }

    fn patch(&self, invocation: &str, action: &str) {
        let (status, text) = curl(&["-X", "PATCH", &format!("{}/invocations/{invocation}/{action}", self.admin)]);
        assert!((200..300).contains(&status), "{status} {text}");
    }
}

/// Waits until there is a value. Fails after a minute.
pub(crate) fn wait_for<T>(what: &str, mut value: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = value() {
            return value;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn post(url: &str, body: &Value) -> (u16, String) {
    if body.is_null() {
        return curl(&["-X", "POST", url]);
    }
    curl(&[url, "-H", "content-type: application/json", "-H", "accept: application/json", "-d", &body.to_string()])
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
