//! [`Events`]: the events of a loop, as a stream.

use std::fmt;
use std::future::poll_fn;
use std::ops::DerefMut;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;

use super::chat::Chat;
use super::event::{Event, Slot};
use super::run::Run;
use super::tool_loop::ToolLoop;
use crate::error::Result;
use crate::future::BoxFuture;
use crate::generator::{Generator, Yielded};
use crate::messages::Prompt;

/// The events of a loop: a [`Stream`], whose [`next`](Self::next) needs no import.
///
/// The loop runs only while this is polled, and never ahead of whoever reads it, but for pieces of a reply that have come
/// together. Dropping it ends the loop where it stands; the chat stays one that can go on.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("one two three").chunked(3));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::Event;
///
/// let mut text = String::new();
/// let mut events = chat.toolloop("Count to three.").stream();
/// while let Some(event) = events.next().await {
///     match event? {
///         Event::Text(piece) => text += &piece,
///         Event::Done(run) => assert_eq!(run.text(), text),
///         _ => {}
///     }
/// }
/// assert_eq!(text, "one two three");
/// # Ok(())
/// # }
/// ```
#[must_use = "a loop runs only while its events are read"]
pub struct Events<'a, C = ()> {
    work: Generator<'a, Event, Result<Run>>,
    /// The chat, once the loop is over.
    chat: Place<C>,
}

type Place<C> = Arc<Mutex<Option<C>>>;

impl<'a> Events<'a> {
    pub(super) fn new(work: impl FnOnce(Slot) -> BoxFuture<'a, Result<Run>>) -> Self {
        Self { work: Generator::new(work), chat: Place::default() }
    }
}

impl<C: DerefMut<Target = Chat> + Send + 'static> Events<'static, C> {
    /// Returns the events of a loop that owns its chat, so that they can outlive the function that begins it: in the handler
    /// of a web server, or in a task. `chat` is anything that derefs to a [`Chat`], for example a `Box`, or the guard of a
    /// lock.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("Hi, Jeremy!"));
    /// # let chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
    /// use claudette::{Chat, Event, Events};
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

impl<C> Events<'_, C> {
    /// Returns the chat that the events [own](Events::owned), once the loop is over.
    pub fn into_chat(self) -> Option<C> {
        self.chat.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The next event, or `None` after the last.
    ///
    /// # Errors
    /// What the API or the connection to it has to say. The loop is over then; finished steps are in the history.
    pub async fn next(&mut self) -> Option<Result<Event>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<C> Stream for Events<'_, C> {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.work.poll(cx).map(|given| {
            Some(match given? {
                Yielded::Value(event) => Ok(event),
                Yielded::End(end) => end.map(Event::Done),
            })
        })
    }
}

impl<C> fmt::Debug for Events<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("over", &self.work.is_over()).finish_non_exhaustive()
    }
}

impl Chat {
    /// Says something and returns the events of a [`toolloop`](Self::toolloop) that owns the chat;
    /// [`Events::into_chat`] returns it at the end.
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
