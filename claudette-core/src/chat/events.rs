//! [`Events`]: the events of a loop, as a stream.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;

use super::event::Event;
use super::event_sender::Slot;
use super::run::Run;
use crate::error::Result;
use crate::task::BoxFuture;
use crate::task::{Generator, Yielded};

/// The events of a loop, as a [`Stream`]. Its method [`next`](Self::next) does not need an extension trait.
///
/// The loop runs only while the stream is polled. It does not run ahead of the reader, except that pieces of a response
/// that arrived together are queued. Dropping the stream ends the loop, and the chat can continue.
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
#[doc(alias = "streaming")]
#[must_use = "a loop runs only while its events are read"]
pub struct Events<'a, C = ()> {
    pub(super) work: Generator<'a, Event, Result<Run>>,
    /// The chat, after the loop is over.
    pub(super) chat: Place<C>,
}

pub(super) type Place<C> = Arc<Mutex<Option<C>>>;

impl<'a> Events<'a> {
    pub(super) fn new(work: impl FnOnce(Slot) -> BoxFuture<'a, Result<Run>>) -> Self {
        Self { work: Generator::new(work), chat: Place::default() }
    }
}

impl<C> Events<'_, C> {
    /// Returns the chat that the stream [owns](Events::owned). Returns `None` if the loop is not over.
    pub fn into_chat(self) -> Option<C> {
        self.chat.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns the next event, or `None` after the last one.
    ///
    /// # Errors
    /// Returns an error if a request, a hook or a tool ends the loop with one. The loop is then over, and the history
    /// contains its finished steps.
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
