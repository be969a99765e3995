//! A folder for the file of a test, a model, and a tool.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, tool, tools};
use claudette_journal_sqlite::Journal;
use serde_json::json;

/// A folder that is removed after the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("it-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn database(&self) -> PathBuf {
        self.0.join("agent.db")
    }

    pub async fn journal(&self) -> Journal {
        Journal::open(self.database()).await.unwrap()
    }

    /// Opens the file with SQLite alone.
    pub fn sqlite(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.database()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Pays an amount.
#[tool]
pub async fn pay(
    /** Amount in USD */
    amount: u32,
) -> String {
    format!("paid {amount}")
}

pub fn chat(claude: &MockServer) -> Chat {
    Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![pay]).build().unwrap()
}

/// Queues a response with a call of `pay`, and an answer.
pub fn queue_payment(claude: &MockServer, amount: u32) {
    claude.respond(MockResponse::tool_use("pay", json!({ "amount": amount })));
    claude.respond(MockResponse::text(format!("{amount} is paid.")));
}
