//! [`Events::owned`] and [`Chat::into_stream`]: events that own their chat.

use std::ops::DerefMut;
use std::sync::PoisonError;

use super::chat::Chat;
use super::events::{Events, Place};
use super::run::Run;
use super::tool_loop::ToolLoop;
use crate::error::Result;
use crate::messages::Prompt;
use crate::task::BoxFuture;
use crate::task::Generator;

impl<C: DerefMut<Target = Chat> + Send + 'static> Events<'static, C> {
    /// Returns the events of a loop that owns its chat. They can outlive the function that starts the loop, for example
    /// the handler of a web server. `chat` is any type that dereferences to a [`Chat`], for example a `Box` or the
    /// guard of a lock.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("Hi, Jeremy!"));
    /// # let chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
    /// use claudette::chat::Events;
    /// use claudette::{Chat, Event};
    /// use std::sync::Arc;
    /// use tokio::sync::Mutex;
    ///
    /// let shared = Arc::new(Mutex::new(chat));
    /// let guard = shared.clone().lock_owned().await;
    /// let mut events = Events::owned(guard, |chat: &mut Chat| chat.toolloop("I'm Jeremy.").max_steps(3));
    /// let task = tokio::spawn(async move {
    ///     while let Some(event) = events.next().await {
    ///         if let Event::Done(run) = event? {
    ///             return Ok(run.text());
    ///         }
    ///     }
    ///     Ok::<_, claudette::Error>(String::new())
    /// });
    /// assert_eq!(task.await.unwrap()?, "Hi, Jeremy!");
    /// assert_eq!(shared.lock().await.history().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn owned<F>(mut chat: C, begin: F) -> Self
    where
        F: for<'c> FnOnce(&'c mut Chat) -> ToolLoop<'c> + Send + 'static,
    {
        let place = Place::default();
        let end = place.clone();
        let work = Generator::new(|slot| -> BoxFuture<'static, Result<Run>> {
            Box::pin(async move {
                let run = begin(&mut chat).run(Some(slot)).await;
                *end.lock().unwrap_or_else(PoisonError::into_inner) = Some(chat);
                run
            })
        });
        Self { work, chat: place }
    }
}

impl Chat {
    /// Sends a prompt and returns the events of a [`toolloop`](Self::toolloop) that owns the chat.
    /// [`Events::into_chat`] returns the chat at the end.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("Hi, Jeremy!"));
    /// # let chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
    /// let mut events = chat.into_stream("I'm Jeremy.");
    /// while let Some(event) = events.next().await {
    ///     event?;
    /// }
    /// assert_eq!(events.into_chat().unwrap().history().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_stream(self, prompt: impl Into<Prompt>) -> Events<'static, Box<Self>> {
        let prompt = prompt.into();
        Events::owned(Box::new(self), |chat: &mut Self| chat.toolloop(prompt))
    }
}
