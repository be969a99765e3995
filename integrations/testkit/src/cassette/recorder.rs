//! [`Recorder`]: a transport layer that records what passes through it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use claudette::client::Body;
use claudette::{BoxFuture, Result, Transport};
use futures_core::Stream;
use http::{Request, Response};
use tokio::time::Instant;

use super::interaction::{Piece, Received, Sent};
use super::secrets;
use super::shared::Shared;

/// A transport layer that records what passes through it. It does not change or delay anything.
pub(super) struct Recorder {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) cassette: Arc<Shared>,
}

impl Transport for Recorder {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        Box::pin(async move {
            self.cassette.check()?;
            let secrets = secrets::of_headers(request.headers());
            let (sent, request) = read_request(request).await?;
            let mut take = Take {
                number: self.cassette.begin(sent, secrets),
                cassette: self.cassette.clone(),
                received: Received::default(),
                latest: Instant::now(),
                is_settled: false,
            };
            let (head, body) = self.inner.send(request).await?.into_parts();
            take.received.status = head.status.as_u16();
            take.received.headers = secrets::kept(&head.headers, &secrets::RESPONSE_HEADERS);
            let body = Body::from_stream(Tee { body, take, pieces: Vec::new() });
            Ok(Response::from_parts(head, body))
        })
    }
}

/// Reads a request, and returns it with an equal one to send.
pub(super) async fn read_request(request: Request<Body>) -> Result<(Sent, Request<Body>)> {
    let (head, body) = request.into_parts();
    let body = body.into_bytes(usize::MAX).await?;
    let sent = Sent {
        method: head.method.to_string(),
        uri: head.uri.to_string(),
        headers: secrets::kept(&head.headers, &secrets::REQUEST_HEADERS),
        body: body.clone(),
    };
    Ok((sent, Request::from_parts(head, Body::from(body))))
}

/// A response that is being recorded. If it is dropped before its end, the response counts as cut.
struct Take {
    number: usize,
    cassette: Arc<Shared>,
    received: Received,
    latest: Instant,
    is_settled: bool,
}

impl Take {
    fn settle(&mut self, pieces: &[Bytes], is_cut: bool) {
        if !std::mem::replace(&mut self.is_settled, true) {
            let mut received = std::mem::take(&mut self.received);
            received.body = pieces.concat().into();
            received.is_cut = is_cut;
            self.cassette.settle(self.number, received);
        }
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        self.settle(&[], true);
    }
}

/// A body that keeps a copy of each piece.
struct Tee {
    body: Body,
    take: Take,
    pieces: Vec<Bytes>,
}

impl Stream for Tee {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.body).poll_next(cx);
        let Self { take, pieces, .. } = &mut *self;
        match &polled {
            Poll::Ready(Some(Ok(piece))) => {
                let now = Instant::now();
                let wait = now.duration_since(std::mem::replace(&mut take.latest, now));
                let wait = Duration::from_millis(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
                if !piece.is_empty() {
                    take.received.pieces.push(Piece { wait, bytes: piece.len() });
                    pieces.push(piece.clone());
                }
            }
            Poll::Ready(Some(Err(_))) => take.settle(pieces, true),
            Poll::Ready(None) => take.settle(pieces, false),
            Poll::Pending => {}
        }
        polled
    }
}

impl Drop for Tee {
    fn drop(&mut self) {
        let Self { take, pieces, .. } = self;
        take.settle(pieces, true);
    }
}
