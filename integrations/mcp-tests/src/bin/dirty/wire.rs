//! [`Wire`]: lines of JSON in and out.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use serde_json::{Value, json};

/// Standard input and output, and the file that records the input.
pub(crate) struct Wire {
    record: Option<PathBuf>,
    out: std::io::Stdout,
}

impl Wire {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self { record: folder.map(|folder| folder.join("received")), out: std::io::stdout() }
    }

    /// Returns the next message, or `None` at the end of the input.
    pub(crate) fn receive(&mut self) -> Option<Value> {
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        self.record(line.trim_end());
        Some(serde_json::from_str(&line).unwrap_or(Value::Null))
    }

    /// Appends a line to the record of this server.
    pub(crate) fn record(&self, line: &str) {
        if let Some(path) = &self.record {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
            writeln!(file, "{line}").unwrap();
        }
    }

    /// Sends any line. A client that has gone is not an error.
    pub(crate) fn line(&mut self, line: &str) {
        self.bytes(line.as_bytes());
        self.bytes(b"\n");
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let mut out = self.out.lock();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    pub(crate) fn result(&mut self, id: &Value, result: &Value) {
        self.line(&json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string());
    }

    pub(crate) fn error(&mut self, id: &Value, code: i32, message: &str) {
        let error = json!({"code": code, "message": message});
        self.line(&json!({"jsonrpc": "2.0", "id": id, "error": error}).to_string());
    }

    pub(crate) fn notify(&mut self, method: &str, params: &Value) {
        self.line(&json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string());
    }

    /// Sends a request to the client and returns its response. Other messages that arrive meanwhile are lost.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        let id = format!("ask {method}");
        self.line(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string());
        while let Some(message) = self.receive() {
            if message["id"] == id.as_str() {
                return message;
            }
        }
        Value::Null
    }
}
