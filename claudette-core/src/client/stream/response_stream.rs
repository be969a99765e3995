//! [`ResponseStream`]: a response that has begun, read from its connection.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::idle_timeout::IdleTimeout;
use super::sse::{Decoder, Frame};
use crate::client::limits::{Limits, VALUES, too_many_values};
use crate::client::response_recorder::ResponseRecorder;
use crate::client::transport::Body;
use crate::error::{Error, Result};
use crate::json::{count_values, kind_of};
use crate::messages::{Accumulator, ContentBlock, LongNames, Response, StreamEvent};

/// A response that has begun, read from its connection.
///
/// Dropping it closes the connection; what came until then is still counted.
pub(crate) struct ResponseStream {
    body: Body,
    decoder: Decoder,
    accumulator: Accumulator,
    /// Read already, and not given out yet.
    ahead: VecDeque<StreamEvent>,
    request_id: Option<String>,
    limits: Limits,
    /// The tools whose names were too long to be sent.
    long_names: LongNames,
    silence: IdleTimeout,
    /// Bytes that came so far.
    size: usize,
    /// JSON values in what is kept of them.
    values: usize,
    books: ResponseRecorder,
    /// The response has begun: until then the request may be sent again.
    begun: bool,
    /// The response is in the books: it is complete, or will never be.
    ended: bool,
    /// Nothing more is read.
    over: bool,
}

/// The most events that may come before the first content. If there are more, the stream counts as begun.
const AHEAD: usize = 1_000;

impl ResponseStream {
    /// Reads up to the first content. Before that, the request can be sent again, because the caller has seen nothing of a
    /// failed attempt; only the usage of such an attempt is recorded.
    pub(in crate::client) async fn begin(
        request_id: Option<String>,
        body: Body,
        limits: Limits,
        long_names: LongNames,
        books: ResponseRecorder,
    ) -> Result<Self> {
        let mut stream = Self::new(request_id, body, limits, books);
        stream.long_names = long_names;
        while !stream.begun {
            let Some(event) = poll_fn(|cx| stream.poll_read(cx)).await.transpose()? else { break };
            stream.begun = event.is_content() || stream.ahead.len() >= AHEAD;
            stream.ahead.push_back(event);
        }
        stream.begun = true;
        Ok(stream)
    }

    /// A response that came whole where a stream was asked for, as the events it would have been.
    ///
    /// # Errors
    /// A block of a known type is damaged.
    pub(in crate::client) fn whole(
        request_id: Option<String>,
        response: Response,
        books: ResponseRecorder,
    ) -> Result<Self> {
        let response = books.accept(response)?;
        let mut stream = Self::new(request_id, Body::empty(), Limits::default(), books);
        stream.ahead = StreamEvent::of_whole(&response).into();
        stream.accumulator = Accumulator::whole(response);
        (stream.begun, stream.ended, stream.over) = (true, true, true);
        Ok(stream)
    }

    fn new(request_id: Option<String>, body: Body, limits: Limits, books: ResponseRecorder) -> Self {
        Self {
            request_id,
            body,
            decoder: Decoder::default(),
            accumulator: Accumulator::new(),
            ahead: VecDeque::new(),
            silence: IdleTimeout::new(&limits),
            size: 0,
            values: 0,
            limits,
            long_names: LongNames::default(),
            books,
            begun: false,
            ended: false,
            over: false,
        }
    }

    /// Returns the next event, or `None` after the last.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent>>> {
        match self.ahead.pop_front() {
            Some(event) => Poll::Ready(Some(Ok(event))),
            None => self.poll_read(cx),
        }
    }

    /// Returns true if the block at this index is text. Text deltas of other blocks are not part of the response's text.
    pub(crate) fn is_text(&self, index: usize) -> bool {
        matches!(self.block(index), Some(ContentBlock::Text(_)))
    }

    /// Returns true if the block at this index is thinking.
    pub(crate) fn is_thinking(&self, index: usize) -> bool {
        matches!(self.block(index), Some(ContentBlock::Thinking(_)))
    }

    fn block(&self, index: usize) -> Option<&ContentBlock> {
        self.accumulator.response()?.content().get(index)
    }

    /// Reads to the end and gives the whole response.
    pub(in crate::client) async fn finish(mut self) -> Result<Response> {
        while poll_fn(|cx| self.poll_next(cx)).await.transpose()?.is_some() {}
        self.into_response()
    }

    /// The response of a stream that was read to its end.
    pub(crate) fn into_response(mut self) -> Result<Response> {
        let complete = self.accumulator.is_complete();
        match std::mem::take(&mut self.accumulator).into_response() {
            Some(response) if complete => Ok(response),
            partial => Err(Error::truncated("the stream failed before its response was complete").after(partial)),
        }
    }

    /// The response as far as it has come.
    pub(super) fn response(&self) -> Option<&Response> {
        self.accumulator.response()
    }

    /// The id under which the API knows the request.
    pub(super) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The next event of what has come already.
    fn read(&mut self) -> Option<Result<StreamEvent>> {
        let Self { decoder, accumulator, limits, long_names, values, .. } = self;
        let frame = decoder.next()?;
        if accumulator.is_complete() {
            // The response is complete. Later events are passed on and do not change it.
            let kind = kind_of(&frame.data);
            return Some(Ok(StreamEvent::unknown(if kind.is_empty() { &frame.event } else { &kind }, &frame.data)));
        }
        let read = StreamEvent::usual(&frame.data).map_or_else(|| read_any(&frame, limits, values), Ok);
        Some(read.and_then(|mut event| {
            long_names.restore_event(&mut event);
            if frame.is_lossy && event.is_input() {
                return Err(Error::unreadable("a tool call in the stream is not valid UTF-8", frame.data.as_bytes()));
            }
            match accumulator.push(&event) {
                Ok(()) => Ok(event),
                Err(error) => Err(Error::unreadable(error.to_string(), frame.data.as_bytes())),
            }
        }))
    }

    /// Enters the response into the books, once.
    fn end(&mut self) {
        let ended = std::mem::replace(&mut self.ended, true);
        match self.accumulator.response() {
            Some(response) if !ended && self.begun => self.books.enter(response),
            Some(response) if !ended => self.books.consumed(response),
            _ => {}
        }
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<StreamEvent>>> {
        self.end();
        self.over = true;
        if self.begun {
            self.books.span.failed(&error);
        }
        let partial = self.accumulator.response().cloned();
        Poll::Ready(Some(Err(error.answered(self.request_id.as_deref(), None).after(partial))))
    }

    /// The next event from the network.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent>>> {
        if self.over {
            return Poll::Ready(None);
        }
        loop {
            match self.read() {
                Some(Ok(event)) => {
                    if event.is_progress() {
                        self.silence.over();
                    }
                    if self.accumulator.is_complete() {
                        // Content came, whatever else did: the request is not sent again.
                        self.begun = true;
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
            let piece = Pin::new(&mut self.body).poll_next(cx);
            if self.accumulator.is_complete() && !matches!(piece, Poll::Ready(Some(Ok(_)))) {
                // What has come already may follow the response. Nothing is waited for.
                self.over = true;
                return Poll::Ready(None);
            }
            match piece {
                Poll::Ready(Some(Ok(bytes))) => {
                    self.silence.heard();
                    self.size = self.size.saturating_add(bytes.len());
                    if self.size > self.limits.body {
                        let what = format!("the stream is larger than {} bytes", self.limits.body);
                        return self.fail(Error::unreadable(what, b""));
                    }
                    self.decoder.push(&bytes);
                }
                Poll::Ready(Some(Err(cause))) => {
                    return self.fail(
                        Error::truncated("the connection broke before the response was complete").caused_by(cause),
                    );
                }
                Poll::Ready(None) => {
                    return self.fail(Error::truncated("the stream ended before its response was complete"));
                }
                Poll::Pending => {
                    let error = ready!(self.silence.poll(cx));
                    return self.fail(error);
                }
            }
        }
    }
}

/// Reads an event of any type, from any server. The data names the type; if it does not, the name of the event does.
fn read_any(frame: &Frame<'_>, limits: &Limits, values: &mut usize) -> Result<StreamEvent> {
    let Frame { event: name, data, .. } = frame;
    let data = &**data;
    let is_object = data.trim_start().starts_with('{');
    let typed = if is_object { kind_of(data) } else { Cow::Borrowed("") };
    let kind = if typed.is_empty() { &**name } else { &typed };
    let is_known = StreamEvent::is_known(kind);
    let is_called_so = name == "error" && typed != "ping";
    let reports = typed == "error" || is_called_so || typed.is_empty() && is_object && has_error(data);
    if reports && !(is_known && is_object) {
        return Err(Error::api(200, data.as_bytes()));
    }
    limits.check(data.as_bytes())?;
    // Heartbeats hold anything: a word, `[DONE]`. What begins like an event and has no name is one that was cut.
    if !is_known && (!is_object || !kind.is_empty()) {
        return Ok(StreamEvent::unknown(kind, data));
    }
    let event = StreamEvent::parse(kind, data).map_err(|error| {
        let what = format!("the stream's event {kind:?} cannot be read");
        Error::unreadable(what, data.as_bytes()).caused_by(error)
    })?;
    if event.is_kept() {
        *values = values.saturating_add(count_values(data.as_bytes()));
        if *values > VALUES {
            return Err(too_many_values());
        }
    }
    match event.damage() {
        Some(damage) => Err(Error::unreadable(format!("the stream is damaged: {damage}"), data.as_bytes())),
        None => Ok(event),
    }
}

/// Returns true if an object has an `error` field. Some servers report errors in events without a type.
fn has_error(data: &str) -> bool {
    #[derive(Deserialize)]
    struct Report<'a> {
        #[serde(borrow)]
        error: &'a RawValue,
    }
    serde_json::from_str(data).is_ok_and(|Report { error }| error.get() != "null")
}

impl Drop for ResponseStream {
    fn drop(&mut self) {
        self.end();
    }
}
