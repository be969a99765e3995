//! [`MessageStream`]: a streamed response.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::fallback_stream::FallbackStream;
use crate::client::request::{Opening, Prefill};
use crate::error::{Error, Result};
use crate::messages::{Delta, Response, StreamEvent};
use crate::task::BoxFuture;

/// A streamed response: its events, its text, or the whole response at the end.
///
/// It is a [`Stream`] of events. The request is sent when the stream is first polled. If the request fails, the error
/// is the only item. Dropping the stream closes the connection; the usage until then is still recorded.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("one two three").chunked(3));
/// # let client = claude.client("claude-sonnet-5-5");
/// let mut stream = client.send("Count to three.").stream();
/// let mut text = String::new();
/// while let Some(piece) = stream.next_text().await? {
///     text += &piece; // or print it
/// }
/// assert_eq!(text, "one two three");
/// assert_eq!(stream.finish().await?.text(), text);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "sse")]
#[must_use = "the request is sent only when its stream is read"]
pub struct MessageStream {
    state: State,
    opening: Option<Opening>,
}

enum State {
    /// The future that sends the request.
    Pending(BoxFuture<'static, Result<FallbackStream<'static>>>),
    Begun(Box<FallbackStream<'static>>),
    /// The request failed before the response began.
    Failed,
}

impl MessageStream {
    /// Returns the stream of a request. Its text and its finished response start with the prefill. The events are not
    /// changed.
    pub(in crate::client) fn new(
        request: impl Future<Output = Result<FallbackStream<'static>>> + Send + 'static,
        prefill: Option<Prefill>,
    ) -> Self {
        Self { state: State::Pending(Box::pin(request)), opening: prefill.map(Opening::new) }
    }

    /// Returns the next event, or `None` after the last.
    ///
    /// # Errors
    /// The same as for [`next_text`](Self::next_text).
    pub async fn next(&mut self) -> Option<Result<StreamEvent>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Returns the next piece of text, or `None` when the response is complete. The first piece is the
    /// [prefill](crate::client::CreateMessage::prefill), if there is one.
    ///
    /// # Errors
    /// The first call can return misuse, which is reported before anything is sent, or the failure of the request
    /// ([`Client::send`](crate::Client::send)). Later, the API can report an error ([`Error::error_type`]), and the
    /// stream can break, end too early or stall ([`Error::is_truncated`]). [`Error::partial`] returns the part that had
    /// arrived.
    pub async fn next_text(&mut self) -> Result<Option<String>> {
        poll_fn(|cx| self.poll_begin(cx)).await?;
        let Self { state: State::Begun(stream), opening } = self else { return Ok(None) };
        if let Some(prefill) = opening.as_mut().and_then(Opening::take) {
            return Ok(Some(prefill));
        }
        while let Some(event) = poll_fn(|cx| stream.poll_next(cx)).await.transpose()? {
            let text = match event {
                StreamEvent::ContentBlockDelta(delta) if stream.is_text(delta.index()) => match delta.into_delta() {
                    Delta::Text(delta) => delta.into_text(),
                    _ => continue,
                },
                // Some servers send text at the start of a block or of the message.
                StreamEvent::ContentBlockStart(start) => start.content_block().as_text().unwrap_or_default().to_owned(),
                StreamEvent::MessageStart(start) => start.message().text(),
                _ => continue,
            };
            if !text.is_empty() {
                return Ok(Some(match opening {
                    Some(opening) => opening.strip(&text).to_owned(),
                    None => text,
                }));
            }
        }
        Ok(None)
    }

    /// Reads the stream to its end and returns the whole response.
    ///
    /// # Errors
    /// The same as for [`next_text`](Self::next_text).
    pub async fn finish(mut self) -> Result<Response> {
        poll_fn(|cx| self.poll_begin(cx)).await?;
        let State::Begun(stream) = self.state else {
            return Err(Error::misuse("the stream already failed, so there is no response"));
        };
        let mut response = stream.finish().await?;
        if let Some(opening) = self.opening {
            opening.prefill.begin(&mut response);
        }
        Ok(response)
    }

    /// Returns the part of the response that has arrived so far.
    pub fn response(&self) -> Option<&Response> {
        self.begun()?.response()
    }

    /// Returns the API's id of the request, after the response has begun.
    pub fn request_id(&self) -> Option<&str> {
        self.begun()?.request_id()
    }

    fn begun(&self) -> Option<&FallbackStream<'static>> {
        match &self.state {
            State::Begun(stream) => Some(stream),
            State::Pending(_) | State::Failed => None,
        }
    }

    /// Sends the request on the first call, and waits for the response to begin.
    fn poll_begin(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if let State::Pending(request) = &mut self.state {
            match ready!(request.as_mut().poll(cx)) {
                Ok(stream) => self.state = State::Begun(Box::new(stream)),
                Err(error) => {
                    self.state = State::Failed;
                    return Poll::Ready(Err(error));
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Stream for MessageStream {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        ready!(self.poll_begin(cx))?;
        match &mut self.state {
            State::Begun(stream) => stream.poll_next(cx),
            State::Pending(_) | State::Failed => Poll::Ready(None),
        }
    }
}

impl fmt::Debug for MessageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageStream").field("response", &self.response()).finish_non_exhaustive()
    }
}
