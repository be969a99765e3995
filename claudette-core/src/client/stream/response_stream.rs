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
use crate::client::pacing::Permit;
use crate::client::response_recorder::ResponseRecorder;
use crate::client::transport::Body;
use crate::error::{Error, Result};
use crate::json::{count_values, kind_of};
use crate::messages::{Accumulator, LongNames, Response, StreamEvent};

/// A response that has begun, read from its connection.
///
/// Dropping it closes the connection; the usage until then is still recorded.
pub(crate) struct ResponseStream {
    body: Body,
    decoder: Decoder,
    accumulator: Accumulator,
    /// Events that were read but not returned yet.
    ahead: VecDeque<StreamEvent>,
    request_id: Option<String>,
    limits: Limits,
    /// The tools whose names were too long to be sent.
    long_names: LongNames,
    idle: IdleTimeout,
    /// The number of bytes that have arrived.
    size: usize,
    /// The number of JSON values in the part that is kept.
    values: usize,
    recorder: ResponseRecorder,
    /// The permission for the attempt, which is given back when the response has ended.
    permit: Option<Permit>,
    /// `true` if the response has begun. Until then, the request may be sent again.
    begun: bool,
    /// `true` if the response is recorded, because it is complete or will not be completed.
    ended: bool,
    /// `true` if the stream is not read any further.
    over: bool,
}

/// The maximum number of events before the first content. If there are more, the response counts as begun.
const AHEAD: usize = 1_000;

impl ResponseStream {
    /// Reads up to the first content. Before that, the request can be sent again, because the caller has not seen
    /// anything of a failed attempt. Only the usage of such an attempt is recorded.
    pub(in crate::client) async fn begin(
        request_id: Option<String>,
        body: Body,
        limits: Limits,
        long_names: LongNames,
        recorder: ResponseRecorder,
        permit: Option<Permit>,
    ) -> Result<Self> {
        let mut stream = Self::new(request_id, body, limits, long_names, recorder, permit);
        while !stream.begun {
            let Some(event) = poll_fn(|cx| stream.poll_read(cx)).await.transpose()? else { break };
            stream.begun = event.is_content() || stream.ahead.len() >= AHEAD;
            stream.ahead.push_back(event);
        }
        stream.begun = true;
        if let Some(response) = stream.accumulator.response().filter(|_| stream.ended) {
            stream.recorder.span.succeeded(response);
        }
        Ok(stream)
    }

    /// Returns the stream of a response that arrived as a whole although a stream was requested. Its events are those
    /// of an equivalent stream.
    ///
    /// # Errors
    /// A block of a known type is damaged.
    pub(in crate::client) fn whole(
        request_id: Option<String>,
        response: Response,
        recorder: ResponseRecorder,
    ) -> Result<Self> {
        let response = recorder.accept(response)?;
        recorder.span.succeeded(&response);
        let mut stream = Self::new(request_id, Body::empty(), Limits::default(), LongNames::default(), recorder, None);
        stream.ahead = StreamEvent::of_whole(&response).into();
        stream.accumulator = Accumulator::whole(response);
        (stream.begun, stream.ended, stream.over) = (true, true, true);
        Ok(stream)
    }

    /// Returns a stream that has not begun: if it fails, the request may be sent again.
    pub(in crate::client) fn new(
        request_id: Option<String>,
        body: Body,
        limits: Limits,
        long_names: LongNames,
        recorder: ResponseRecorder,
        permit: Option<Permit>,
    ) -> Self {
        Self {
            request_id,
            body,
            decoder: Decoder::default(),
            accumulator: Accumulator::new(),
            ahead: VecDeque::new(),
            idle: IdleTimeout::new(&limits),
            size: 0,
            values: 0,
            limits,
            long_names,
            recorder,
            permit,
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

    /// Reads to the end and returns the whole response.
    pub(in crate::client) async fn finish(mut self) -> Result<Response> {
        while poll_fn(|cx| self.poll_next(cx)).await.transpose()?.is_some() {}
        self.into_response()
    }

    /// Returns the response of a stream that was read to its end.
    pub(crate) fn into_response(mut self) -> Result<Response> {
        whole(std::mem::take(&mut self.accumulator))
    }

    /// Returns the part of the response that has arrived so far.
    pub(super) fn response(&self) -> Option<&Response> {
        self.accumulator.response()
    }

    /// Returns the API's id of the request.
    pub(super) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Returns the next event from the bytes that have arrived.
    fn read(&mut self) -> Option<Result<StreamEvent>> {
        let Self { decoder, accumulator, limits, long_names, values, .. } = self;
        let frame = decoder.next()?;
        if accumulator.is_complete() {
            // Events after the end of the response are passed on, but do not change it.
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

    /// Records the response, once, and lets another request begin.
    fn end(&mut self) {
        self.permit = None;
        let ended = std::mem::replace(&mut self.ended, true);
        match self.accumulator.response() {
            Some(response) if !ended && self.begun => self.recorder.enter(response),
            Some(response) if !ended => self.recorder.consumed(response),
            _ => {}
        }
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<StreamEvent>>> {
        // The server may continue to send, so the connection is closed before another request begins.
        self.body = Body::empty();
        self.end();
        self.over = true;
        if self.begun {
            self.recorder.span.failed(&error);
        }
        let partial = self.accumulator.response().cloned();
        let error = self.recorder.span.client.located(error);
        Poll::Ready(Some(Err(error.answered(self.request_id.as_deref(), None).after(partial))))
    }

    /// Returns the next event from the network.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent>>> {
        if self.over {
            return Poll::Ready(None);
        }
        loop {
            match self.read() {
                Some(Ok(event)) => {
                    if event.is_progress() {
                        self.idle.progressed();
                    }
                    if self.accumulator.is_complete() {
                        let is_read = std::mem::replace(&mut self.begun, true);
                        // A complete response counts as begun even without content, so the request is not sent again.
                        if !self.ended {
                            self.end();
                            if let Some(response) = self.accumulator.response().filter(|_| is_read) {
                                self.recorder.span.succeeded(response);
                            }
                        }
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
                // Events after the response are returned only if they have already arrived.
                self.over = true;
                return Poll::Ready(None);
            }
            match piece {
                Poll::Ready(Some(Ok(bytes))) => {
                    self.idle.received();
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
                    let error = ready!(self.idle.poll(cx));
                    return self.fail(error);
                }
            }
        }
    }
}

/// Returns the response from the events of a stream, if it is complete.
pub(super) fn whole(events: Accumulator) -> Result<Response> {
    let is_complete = events.is_complete();
    match events.into_response() {
        Some(response) if is_complete => Ok(response),
        partial => Err(Error::truncated("the stream failed before its response was complete").after(partial)),
    }
}

/// Reads an event of any type, from any server. Its type is the one in the data, or else the name of the event.
fn read_any(frame: &Frame<'_>, limits: &Limits, values: &mut usize) -> Result<StreamEvent> {
    let Frame { event: name, data, .. } = frame;
    let data = &**data;
    let is_object = data.trim_start().starts_with('{');
    let typed = if is_object { kind_of(data) } else { Cow::Borrowed("") };
    let kind = if typed.is_empty() { &**name } else { &typed };
    let is_known = StreamEvent::is_known(kind);
    let is_named_error = name == "error" && typed != "ping";
    let reports = typed == "error" || is_named_error || typed.is_empty() && is_object && has_error(data);
    if reports && !(is_known && is_object) {
        return Err(Error::api(200, data.as_bytes()));
    }
    limits.check(data.as_bytes())?;
    // Heartbeats may contain anything, such as a word or `[DONE]`. An object without a type is a truncated event.
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

/// Returns `true` if an object has an `error` field. Some servers report errors in events without a type.
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
