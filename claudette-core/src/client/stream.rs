//! [`MessageStream`]: a reply as it is written.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::Ledger;
use super::sse::{Decoder, Frame};
use super::transport::{ByteStream, HttpResponse};
use crate::error::{Error, Result};
use crate::messages::{Accumulator, Response, StreamEvent};
use crate::model::Model;

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
    request_id: Option<String>,
    model: Model,
    ledgers: Vec<Ledger>,
    /// Nothing more comes: the reply is complete, or an error was given out.
    ended: bool,
}

impl MessageStream {
    pub(super) fn new(response: HttpResponse, model: Model, ledgers: Vec<Ledger>) -> Self {
        Self {
            request_id: response.text_header("request-id").map(str::to_owned),
            body: response.body,
            decoder: Decoder::default(),
            reply: Accumulator::new(),
            model,
            ledgers,
            ended: false,
        }
    }

    /// The next event, or `None` after the last.
    ///
    /// # Errors
    /// As for [`next_text`](Self::next_text).
    pub async fn next(&mut self) -> Option<Result<StreamEvent>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The next piece of text, or `None` when the reply is complete.
    ///
    /// # Errors
    /// The API broke off ([`Error::error_type`]), the connection did, or the stream ended too early
    /// ([`Error::is_truncated`]).
    pub async fn next_text(&mut self) -> Result<Option<String>> {
        while let Some(event) = self.next().await.transpose()? {
            if let Some(text) = event.text() {
                return Ok(Some(text.to_owned()));
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
        let complete = self.reply.is_complete();
        match std::mem::take(&mut self.reply).into_response() {
            Some(response) if complete => Ok(response),
            partial => Err(Error::truncated("the stream failed before its reply was complete", partial)),
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

    fn read(&mut self, kind: &str, data: &str) -> Result<StreamEvent> {
        if kind == "error" {
            return Err(Error::api(200, data.as_bytes()));
        }
        let event = StreamEvent::parse(kind, data).map_err(|error| {
            Error::unreadable(format!("the stream's `{kind}` event cannot be read"), data.as_bytes()).caused_by(error)
        })?;
        self.reply.push(&event).map_err(|error| Error::unreadable(error.to_string(), data.as_bytes()))?;
        Ok(event)
    }

    /// Enters the reply into the books, once.
    fn end(&mut self) {
        let ended = std::mem::replace(&mut self.ended, true);
        if let (false, Some(reply)) = (ended, self.reply.response()) {
            self.ledgers.iter().for_each(|ledger| ledger.record(&self.model, reply));
        }
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<StreamEvent>>> {
        self.end();
        Poll::Ready(Some(Err(error.answered(self.request_id.as_deref(), None))))
    }
}

impl Stream for MessageStream {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        loop {
            // The decoder lends its bytes: put it aside while the event is read.
            let mut decoder = std::mem::take(&mut this.decoder);
            let event = decoder.next().map(|Frame { event, data }| this.read(&event, &data));
            this.decoder = decoder;
            match event {
                Some(Ok(event)) => {
                    if this.reply.is_complete() {
                        this.end();
                    }
                    return Poll::Ready(Some(Ok(event)));
                }
                Some(Err(error)) => return this.fail(error),
                None => {}
            }
            match ready!(this.body.as_mut().poll_next(cx)) {
                Some(Ok(bytes)) => this.decoder.push(&bytes),
                end => {
                    let partial = this.reply.response().cloned();
                    let error = Error::truncated("the stream ended before its reply was complete", partial);
                    return this.fail(match end {
                        Some(Err(cause)) => error.caused_by(cause),
                        _ => error,
                    });
                }
            }
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
