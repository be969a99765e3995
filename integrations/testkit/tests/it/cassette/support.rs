//! A program to record, and the file of its cassette.

use std::path::{Path, PathBuf};

use claudette::client::ClientBuilder;
use claudette::testing::MockServer;
use claudette::{Chat, Client, Event, Result, Run, tool, tools};
use claudette_testkit::Cassette;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const MODEL: &str = "claude-sonnet-5-5";

/// The credential of all recordings. No file may contain it.
pub(crate) const KEY: &str = "sk-ant-test-0123456789";

/// A file in a folder of its own.
pub(crate) struct File {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

impl File {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cassettes/test.yaml");
        Self { _folder: folder, path }
    }

    pub(crate) fn with(text: &str) -> Self {
        let file = Self::new();
        std::fs::create_dir_all(file.path.parent().unwrap()).unwrap();
        std::fs::write(&file.path, text).unwrap();
        file
    }

    pub(crate) fn text(&self) -> String {
        std::fs::read_to_string(&self.path).unwrap()
    }
}

impl AsRef<Path> for File {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

pub(crate) fn builder(claude: &MockServer) -> ClientBuilder {
    Client::builder(MODEL).api_key(KEY).base_url(claude.url())
}

/// Returns a client that records.
pub(crate) fn recording(cassette: &Cassette, claude: &MockServer) -> Client {
    cassette.wrap(builder(claude)).build().unwrap()
}

/// Returns the number of items in stock.
#[tool]
pub(crate) fn stock(
    /// Name of the item
    item: &str,
) -> u32 {
    match item {
        "tea" => 3,
        "milk" => 5,
        _ => 0,
    }
}

pub(crate) const QUESTION: &str = "How much tea and milk is there?";

/// Runs a loop with tools, and returns the run.
pub(crate) async fn ask(client: &Client, question: &str) -> Result<Run> {
    let mut chat = Chat::builder(client).system("You sell tea.").tools(tools![stock]).build()?;
    chat.toolloop(question).await
}

/// Runs the same loop as a stream, and returns the run and the pieces of text.
pub(crate) async fn stream(client: &Client, question: &str) -> Result<(Run, Vec<String>)> {
    let mut chat = Chat::builder(client).system("You sell tea.").tools(tools![stock]).build()?;
    let mut events = chat.toolloop(question).stream();
    let mut texts = Vec::new();
    while let Some(event) = events.next().await {
        match event? {
            Event::Text(text) => texts.push(text),
            Event::Done(run) => return Ok((run, texts)),
            _ => {}
        }
    }
    panic!("the stream ended without a run")
}

/// Returns everything that a run contains, except for the times that its tools took.
pub(crate) fn contents(run: &Run) -> Value {
    let mut value = serde_json::to_value(run).unwrap();
    for step in value["steps"].as_array_mut().unwrap() {
        for outcome in step["outcomes"].as_array_mut().unwrap() {
            outcome.as_object_mut().unwrap().remove("elapsed");
        }
    }
    value
}
