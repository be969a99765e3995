//! [`MessageStream`]: a reply as it is written.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::books::Books;
use super::limits::Limits;
use super::prefill::{Opening, Prefill};
use super::silence::Silence;
use super::sse::{Decoder, Frame};
use super::transport::{ByteStream, HttpResponse};
use crate::error::{Error, Result};
use crate::messages::{Accumulator, Response, StreamEvent};

/// A reply as it is written: its events, its text, or the whole of it.
///
/// It is a [`Stream`] of events. Dropping it closes the connection; what came until then is still counted.
///
/// ```
/// # use claudette::testing::{Reply, StandIn};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = StandIn::start().await?;
/// # claude.reply(Reply::text("one two three").chunked(3));
/// # let client = claude.client("claude-sonnet-5-5");
/// let mut stream = client.send("Count to three.").stream().await?;
/// let mut text = String::new();
/// while let Some(piece) = stream.next_text().await? {
///     text += &piece; // or print it
/// }
/// assert_eq!(text, "one two three");
/// assert_eq!(stream.finish().await?.text(), text);
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing unless it is read"]
pub struct MessageStream {
    body: ByteStream,
    decoder: Decoder,
    reply: Accumulator,
    /// Read already, and not given out yet.
    ahead: VecDeque<StreamEvent>,
    request_id: Option<String>,
    limits: Limits,
    silence: Silence,
    /// Bytes that came so far.
    size: usize,
    /// None until the reply has begun.
    books: Option<Books>,
    opening: Option<Opening>,
    /// Nothing more is read: the reply is complete, or an error was given out.
    ended: bool,
}

impl MessageStream {
    /// Reads up to the first content. Until then the request may be sent again, and nobody has seen that it failed; so
    /// an attempt that fails before is not entered into the books either.
    pub(super) async fn begin(response: HttpResponse, limits: Limits, books: Books) -> Result<Self> {
        let mut stream = Self {
            request_id: response.request_id(),
            body: response.body,
            decoder: Decoder::default(),
            reply: Accumulator::new(),
            ahead: VecDeque::new(),
            silence: Silence::new(limits.silence),
            size: 0,
            limits,
            books: None,
            opening: None,
            ended: false,
        };
        let mut begun = false;
        while !begun {
            let Some(event) = poll_fn(|cx| stream.poll_read(cx)).await.transpose()? else { break };
            begun = event.is_content();
            stream.ahead.push_back(event);
        }
        stream.books = Some(books);
        Ok(stream)
    }

    /// A reply that came whole where a stream was asked for, as the events it would have been.
    pub(super) fn whole(request_id: Option<String>, reply: Response, books: Books) -> Self {
        let mut stream = Self {
            body: Box::pin(futures_util::stream::empty()),
            decoder: Decoder::default(),
            ahead: StreamEvent::of_whole(&reply).into(),
            reply: Accumulator::whole(reply),
            request_id,
            limits: Limits::default(),
            silence: Silence::new(None),
            size: 0,
            books: Some(books),
            opening: None,
            ended: false,
        };
        stream.end();
        stream
    }

    /// Text and finished reply begin with the prefill. Events stay as the API sent them.
    pub(crate) fn beginning_with(mut self, prefill: Option<Prefill>) -> Self {
        self.opening = prefill.map(Opening::new);
        self
    }

    /// The next event, or `None` after the last.
    ///
    /// # Errors
    /// As for [`next_text`](Self::next_text).
    pub async fn next(&mut self) -> Option<Result<StreamEvent>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The next piece of text, or `None` when the reply is complete. The first one is the
    /// [prefill](crate::CreateMessage::prefill), if there is one.
    ///
    /// # Errors
    /// The API broke off ([`Error::error_type`]), the connection did, the stream ended too early or stalled
    /// ([`Error::is_truncated`]). [`Error::partial`] has what came before.
    pub async fn next_text(&mut self) -> Result<Option<String>> {
        if let Some(prefill) = self.opening.as_mut().and_then(Opening::say) {
            return Ok(Some(prefill));
        }
        while let Some(event) = self.next().await.transpose()? {
            if let Some(text) = event.into_text() {
                return Ok(Some(match &mut self.opening {
                    Some(opening) => opening.strip(&text).to_owned(),
                    None => text,
                }));
            }
        }
        Ok(None)
    }

    /// Reads to the end and gives the whole reply.
    ///
    /// # Errors
    /// As for [`next_text`](Self::next_text).
    pub async fn finish(mut self) -> Result<Response> {
        while self.next().await.transpose()?.is_some() {}
        self.into_response()
    }

    /// The reply of a stream that was read to its end.
    pub(crate) fn into_response(mut self) -> Result<Response> {
        let complete = self.reply.is_complete();
        match std::mem::take(&mut self.reply).into_response() {
            Some(mut response) if complete => {
                if let Some(opening) = self.opening.take() {
                    opening.prefill.begin(&mut response);
                }
                Ok(response)
            }
            partial => Err(Error::truncated("the stream failed before its reply was complete").after(partial)),
        }
    }

    /// The reply as far as it has come.
    pub fn response(&self) -> Option<&Response> {
        self.reply.response()
    }

    /// The id under which the API knows the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The next event of what has come already.
    fn read(&mut self) -> Option<Result<StreamEvent>> {
        let Frame { event: kind, data } = self.decoder.next()?;
        if kind == "error" {
            return Some(Err(Error::api(200, data.as_bytes())));
        }
        let read = self.limits.check_depth(data.as_bytes()).and_then(|()| {
            StreamEvent::parse(&kind, &data).map_err(|error| {
                let what = format!("the stream's `{kind}` event cannot be read");
                Error::unreadable(what, data.as_bytes()).caused_by(error)
            })
        });
        Some(read.and_then(|event| match self.reply.push(&event) {
            Ok(()) => Ok(event),
            Err(error) => Err(Error::unreadable(error.to_string(), data.as_bytes())),
        }))
    }

    /// Enters the reply into the books, once.
    fn end(&mut self) {
        let ended = std::mem::replace(&mut self.ended, true);
        if let (false, Some(reply), Some(books)) = (ended, self.reply.response(), &self.books) {
            books.enter(reply);
        }
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<StreamEvent>>> {
        self.end();
        if let Some(books) = &self.books {
            books.span.failed(&error);
        }
        let partial = self.reply.response().cloned();
        Poll::Ready(Some(Err(error.answered(self.request_id.as_deref(), None).after(partial))))
    }

    /// The next event from the network.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        loop {
            match self.read() {
                Some(Ok(event)) => {
                    if event.is_progress() {
                        self.silence.over();
                    }
                    if self.reply.is_complete() {
                        self.end();
                    }
                    return Poll::Ready(Some(Ok(event)));
                }
                Some(Err(error)) => return self.fail(error),
                None => {}
            }
            if self.decoder.pending() > self.limits.event {
                let what = format!("an event of the stream is larger than {} bytes", self.limits.event);
                return self.fail(Error::unreadable(what, b""));
            }
            match self.body.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    self.size = self.size.saturating_add(bytes.len());
                    if self.size > self.limits.body {
                        let what = format!("the stream is larger than {} bytes", self.limits.body);
                        return self.fail(Error::unreadable(what, b""));
                    }
                    self.decoder.push(&bytes);
                }
                Poll::Ready(Some(Err(cause))) => {
                    return self
                        .fail(Error::truncated("the connection broke before the reply was complete").caused_by(cause));
                }
                Poll::Ready(None) => {
                    return self.fail(Error::truncated("the stream ended before its reply was complete"));
                }
                Poll::Pending => {
                    let limit = ready!(self.silence.poll(cx));
                    return self.fail(Error::stalled(format!("the stream has brought nothing for {limit:?}")));
                }
            }
        }
    }
}

impl Stream for MessageStream {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.ahead.pop_front() {
            Some(event) => Poll::Ready(Some(Ok(event))),
            None => self.poll_read(cx),
        }
    }
}

impl Drop for MessageStream {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for MessageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageStream").field("reply", &self.reply).finish_non_exhaustive()
    }
}
