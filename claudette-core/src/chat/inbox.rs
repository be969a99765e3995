//! [`Inbox`]: messages of the user for a running loop.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Result;
use crate::messages::Prompt;

/// Messages of the user for a running loop ([`ToolLoop::inbox`](crate::chat::ToolLoop::inbox)). All clones share the
/// same messages.
///
/// The next request of the loop contains the message. If the model has just finished, the loop continues with the
/// message.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Seven."));
/// # claude.respond(MockResponse::text("Sieben."));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::chat::Inbox;
/// use claudette::Event;
///
/// let inbox = Inbox::new();
/// let mut events = chat.toolloop("What is 3+4?").inbox(&inbox).stream();
/// let mut answers = Vec::new();
/// while let Some(event) = events.next().await {
///     if let Event::Response(response) = event? {
///         answers.push(response.text());
///         if answers.len() == 1 {
///             inbox.send("In German, please.")?;
///         }
///     }
/// }
/// assert_eq!(answers, ["Seven.", "Sieben."]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Inbox(Arc<Mutex<VecDeque<Prompt>>>);

impl Inbox {
    /// Returns an empty inbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message of the user.
    ///
    /// # Errors
    /// Returns a misuse error if the prompt is empty, or is not a single message of the user.
    pub fn send(&self, prompt: impl Into<Prompt>) -> Result<()> {
        let prompt = prompt.into();
        prompt.user_blocks()?;
        self.prompts().push_back(prompt);
        Ok(())
    }

    /// Removes and returns the oldest message.
    pub(super) fn take(&self) -> Option<Prompt> {
        self.prompts().pop_front()
    }

    /// Puts back a message that the loop could not accept.
    pub(super) fn put_back(&self, prompt: Prompt) {
        self.prompts().push_front(prompt);
    }

    fn prompts(&self) -> MutexGuard<'_, VecDeque<Prompt>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
