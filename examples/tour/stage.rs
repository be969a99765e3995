//! [`Stage`]: connects the tour to Claude, or to the mock server with its script.

use claudette::Client;
use claudette::testing::MockServer;

use super::script;

/// The connection of the tour: Claude if there is a key, otherwise the mock server.
pub(crate) struct Stage {
    claude: Option<MockServer>,
}

/// The model of the original page. It retires on 2026-11-30, which does not affect the mock server.
const SCRIPTED: &str = "claude-sonnet-4-5";

/// A model that supports everything in the tour: prefill, a forced tool choice, a thinking budget.
const LIVE: &str = "claude-haiku-4-5";

impl Stage {
    pub(crate) async fn open() -> claudette::Result<Self> {
        if Client::new(LIVE).is_ok() {
            return Ok(Self { claude: None });
        }
        let claude = MockServer::start().await?;
        eprintln!("No API key in the environment: a mock server on this machine repeats recorded responses.");
        for response in script::responses() {
            claude.respond(response);
        }
        Ok(Self { claude: Some(claude) })
    }

    /// Returns a new client, whose usage is zero.
    pub(crate) fn client(&self) -> claudette::Result<Client> {
        match &self.claude {
            Some(claude) => Client::builder(SCRIPTED).api_key("none").base_url(claude.url()).build(),
            None => Client::new(LIVE),
        }
    }

    /// Checks that every response of the script was used.
    pub(crate) fn close(self) {
        if let Some(claude) = self.claude {
            claude.assert_finished();
        }
    }
}

/// Prints the heading of a chapter.
pub(crate) fn chapter(title: &str) {
    println!("\n== {title} ==");
}
