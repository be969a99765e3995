//! What a worker does: it runs the loop with a journal.

use claudette::journal::Journal;
use claudette::{Chat, Client, History, Result, Run, Usage};
use serde::{Deserialize, Serialize};

use crate::plan::{REQUESTS, answer, prompt};
use crate::tools::{approve, tools};

/// Returns a new chat with the tools of the run. The URL is that of the [`Server`](crate::Server).
pub fn chat(url: &str) -> Chat {
    Chat::builder(client(url)).tools(tools()).build().unwrap()
}

fn client(url: &str) -> Client {
    Client::builder("claude-sonnet-5-5").api_key("key").base_url(url).build().unwrap()
}

/// Runs the loop, or continues it. A worker can also build the loop itself from [`chat`], [`prompt`] and [`approve`].
pub async fn work(url: &str, journal: impl Journal) -> Result<Outcome> {
    let mut chat = chat(url);
    let prompt = prompt(journal.run_id());
    let run = chat.toolloop(prompt).approve(approve).journal(journal).await?;
    Ok(Outcome::of(&run, &chat))
}

/// The result of a finished run, as data that a worker can print.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The text of the last response.
    pub text: String,
    /// The number of responses.
    pub requests: usize,
    /// The usage according to the run.
    pub usage: Usage,
    /// The usage according to the chat.
    pub chat_usage: Usage,
    /// The history of the chat.
    pub history: String,
}

impl Outcome {
    /// Returns the outcome of a run in a chat that was empty before.
    pub fn of(run: &Run, chat: &Chat) -> Self {
        Self {
            text: run.text(),
            requests: run.steps().len(),
            usage: run.usage(),
            chat_usage: chat.usage(),
            history: chat.history().to_json(),
        }
    }

    /// Checks the answer, and that the API would accept the history.
    pub(crate) fn check(&self, run: &str) {
        assert_eq!((self.text.clone(), self.requests), (answer(REQUESTS), REQUESTS), "{run}");
        let history = History::from_json(&self.history).unwrap();
        assert_eq!(history.len(), 2 * REQUESTS, "{run}");
        let chat = Chat::builder(client("http://127.0.0.1:9")).history(history).build();
        assert!(chat.is_ok(), "{run}: {chat:?}");
    }
}
