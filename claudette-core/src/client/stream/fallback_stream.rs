//! [`FallbackStream`]: a streamed response that another model continues if the first one declines.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use tokio::time::Instant;

use super::response_stream::{ResponseStream, whole};
use crate::catalog::UsageTotals;
use crate::client::Client;
use crate::client::fallbacks::{JoinedEvents, Leg, Next, Relay, is_refusal};
use crate::client::request::EncodedRequest;
use crate::client::watch::Watch;
use crate::error::{Error, Result};
use crate::messages::{ContentBlock, Response, StreamEvent, ToolUse};
use crate::task::BoxFuture;

/// A streamed response that another model continues if the first one declines and the request has fallbacks in the
/// client.
pub(crate) struct FallbackStream<'w> {
    /// The response of the current model.
    current: ResponseStream,
    /// `None` if the request does not have fallbacks in the client.
    fallbacks: Option<Box<WithFallbacks<'w>>>,
}

struct WithFallbacks<'w> {
    client: Client,
    call: EncodedRequest,
    part: Option<UsageTotals>,
    watch: Watch<'w>,
    begun: Instant,
    joined: JoinedEvents,
    /// `None` until a model declines.
    relay: Option<Relay>,
    /// The future that sends the request to the next model.
    pending: Option<BoxFuture<'w, Result<ResponseStream>>>,
    over: bool,
}

impl<'w> FallbackStream<'w> {
    pub(in crate::client) fn new(
        client: &Client,
        call: &EncodedRequest,
        part: Option<&UsageTotals>,
        watch: &Watch<'w>,
        current: ResponseStream,
        begun: Instant,
    ) -> Self {
        let fallbacks = (!call.fallbacks.is_empty()).then(|| {
            Box::new(WithFallbacks {
                client: client.clone(),
                call: call.clone(),
                part: part.cloned(),
                watch: *watch,
                begun,
                joined: JoinedEvents::default(),
                relay: None,
                pending: None,
                over: false,
            })
        });
        Self { current, fallbacks }
    }

    /// Returns the next event, or `None` after the last.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent>>> {
        match &mut self.fallbacks {
            None => self.current.poll_next(cx),
            Some(fallbacks) => fallbacks.poll_next(&mut self.current, cx),
        }
    }

    /// Returns `true` if the block at this index is text. Text deltas of other blocks are not part of the response's
    /// text.
    pub(crate) fn is_text(&self, index: usize) -> bool {
        matches!(self.block(index), Some(ContentBlock::Text(_)))
    }

    /// Returns `true` if the block at this index is thinking.
    pub(crate) fn is_thinking(&self, index: usize) -> bool {
        matches!(self.block(index), Some(ContentBlock::Thinking(_)))
    }

    /// Returns the tool call at this index. Before its block has ended, the arguments are incomplete.
    pub(crate) fn tool_use(&self, index: usize) -> Option<&ToolUse> {
        self.block(index)?.as_tool_use()
    }

    fn block(&self, index: usize) -> Option<&ContentBlock> {
        self.response()?.content().get(index)
    }

    /// Reads to the end and returns the whole response.
    pub(in crate::client) async fn finish(mut self) -> Result<Response> {
        while poll_fn(|cx| self.poll_next(cx)).await.transpose()?.is_some() {}
        self.into_response()
    }

    /// Returns the response of a stream that was read to its end.
    pub(crate) fn into_response(self) -> Result<Response> {
        match self.fallbacks {
            None => self.current.into_response(),
            Some(mut fallbacks) => whole(fallbacks.joined.take()),
        }
    }

    /// Returns the part of the response that has arrived so far.
    pub(super) fn response(&self) -> Option<&Response> {
        match &self.fallbacks {
            None => self.current.response(),
            Some(fallbacks) => fallbacks.joined.response(),
        }
    }

    /// Returns the API's id of the last request.
    pub(super) fn request_id(&self) -> Option<&str> {
        self.current.request_id()
    }
}

impl<'w> WithFallbacks<'w> {
    fn poll_next(&mut self, current: &mut ResponseStream, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent>>> {
        loop {
            if let Some(event) = self.joined.next() {
                return Poll::Ready(Some(Ok(event)));
            }
            if self.over {
                return Poll::Ready(None);
            }
            if let Some(request) = &mut self.pending {
                let begun = ready!(request.as_mut().poll(cx));
                self.pending = None;
                match begun {
                    Ok(stream) => *current = stream,
                    Err(error) => self.failed(&error),
                }
                continue;
            }
            match ready!(current.poll_next(cx)) {
                Some(Ok(event)) => {
                    if self.joined.push(event) {
                        let seam = self.relay.as_mut().and_then(Relay::answered);
                        self.joined.show(seam);
                    }
                }
                // A fallback that has not shown anything is replaced by the next one.
                Some(Err(error)) if self.relay.is_some() && !self.joined.has_output() => self.failed(&error),
                Some(Err(error)) => {
                    self.over = true;
                    return Poll::Ready(Some(Err(error.after(self.joined.response().cloned()))));
                }
                None => self.end(current),
            }
        }
    }

    /// Ends the stream, or continues with the next model if the current one has declined.
    fn end(&mut self, current: &ResponseStream) {
        let Some(response) = current.response() else {
            self.over = true;
            return;
        };
        if !self.joined.has_output() {
            let seam = self.relay.as_mut().and_then(Relay::answered);
            self.joined.add_seam(seam);
        }
        if !is_refusal(response) {
            self.over = true;
            self.joined.end(response, |event| {
                if let Some(relay) = &self.relay {
                    relay.complete_event(event, response);
                }
            });
            return;
        }
        self.joined.decline();
        self.watch.declined(response);
        let (shown, elapsed, refusal) = (self.joined.shown(), self.begun.elapsed(), response.clone());
        let next = if let Some(relay) = &mut self.relay {
            relay.refused(refusal, shown, elapsed)
        } else {
            let (relay, next) = Relay::begin(self.call.candidates(), refusal, shown, elapsed);
            self.relay = Some(relay);
            next
        };
        self.go_on(next);
    }

    /// Continues after a fallback has failed.
    fn failed(&mut self, error: &Error) {
        tracing::info!(%error, "the fallback has failed");
        self.watch.failed(error);
        let elapsed = self.begun.elapsed();
        if let Some(next) = self.relay.as_mut().map(|relay| relay.failed(error.status(), elapsed)) {
            self.go_on(next);
        }
    }

    fn go_on(&mut self, next: Next) {
        let next = match &mut self.relay {
            Some(relay) => relay.affordable(next, &self.watch, self.begun.elapsed()),
            None => next,
        };
        match next {
            Next::Send(leg) => self.pending = Some(self.send(&leg)),
            Next::Refused(refusal) => {
                self.over = true;
                let recommended = refusal.stop_details().and_then(|details| details.get("recommended_model").cloned());
                self.joined.end_refused(&refusal, |event| {
                    if let Some(model) = &recommended {
                        event.set_recommended_model(model.as_str());
                    }
                    if let Some(relay) = &self.relay {
                        relay.complete_event(event, &refusal);
                    }
                });
            }
        }
    }

    /// Returns the future that sends the request to a fallback.
    fn send(&mut self, leg: &Leg) -> BoxFuture<'w, Result<ResponseStream>> {
        tracing::info!(fallback = leg.place, "the model has declined; sending the request to a fallback");
        let output = self.joined.change(leg.continues);
        let call = self.call.of_leg(leg, output, self.begun);
        let (client, part, watch) = (self.client.clone(), self.part.clone(), self.watch);
        Box::pin(async move { client.stream_once(&call, part.as_ref(), &watch).await })
    }
}
