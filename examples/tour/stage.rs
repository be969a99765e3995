//! [`Stage`]: who answers, Claude or the mock server with its script.

use claudette::Client;
use claudette::testing::MockServer;

use super::script;

/// Who answers.
pub(crate) struct Stage {
    claude: Option<MockServer>,
}

/// The model of the original page. It retires on 2026-11-30, which is nothing to the mock server.
const SCRIPTED: &str = "claude-sonnet-4-5";

/// One that takes all that is shown: prefill, a forced choice, a budget for thinking.
const LIVE: &str = "claude-haiku-4-5";

impl Stage {
    pub(crate) async fn open() -> claudette::Result<Self> {
        if Client::new(LIVE).is_ok() {
            return Ok(Self { claude: None });
        }
        let claude = MockServer::start().await?;
        eprintln!("No API key in the environment: a mock server on this machine says what Claude said.");
        for response in script::responses() {
            claude.respond(response);
        }
        Ok(Self { claude: Some(claude) })
    }

    /// A client that has consumed nothing yet.
    pub(crate) fn client(&self) -> claudette::Result<Client> {
        match &self.claude {
            Some(claude) => Client::builder(SCRIPTED).api_key("none").base_url(claude.url()).build(),
            None => Client::new(LIVE),
        }
    }

    /// All that was to be said was said.
    pub(crate) fn close(self) {
        if let Some(claude) = self.claude {
            claude.assert_finished();
        }
    }
}

/// The heading of a chapter.
pub(crate) fn chapter(title: &str) {
    println!("\n== {title} ==");
}
