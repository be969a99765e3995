//! [`Upload`]: a request body that fails when its response is no longer awaited.

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Frame, SizeHint};

use super::body::Body;
use crate::error::Error;

/// The maximum size of a frame in bytes.
///
/// If the request is dropped, the connection stops between two frames. A large body in a single frame would be sent to
/// its end. The overhead of a frame is less than a microsecond.
const CHUNK: usize = 64 << 10;

/// A request body that is being sent.
///
/// After a response has begun, the connection continues to send the request even if the response is dropped. Therefore
/// the body checks whether the response is still awaited. If it is not, the body fails, which closes the connection.
pub(super) struct Upload {
    body: Body,
    /// The rest of the piece that is being sent.
    piece: Bytes,
    /// The number of bytes that have not been sent yet, if it is known.
    left: Option<u64>,
    waiting: Weak<()>,
}

/// A guard that exists while the response is awaited. Dropping it ends the upload.
pub(super) type Waiting = Arc<()>;

impl Upload {
    pub(super) fn new(body: Body) -> (Self, Waiting) {
        let waiting = Waiting::default();
        let upload = Self { left: body.len(), body, piece: Bytes::new(), waiting: Arc::downgrade(&waiting) };
        (upload, waiting)
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.waiting.strong_count() == 0 {
            return Poll::Ready(Some(Err(Error::connection("the request was dropped before its body was sent"))));
        }
        while self.piece.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let most = self.piece.len().min(CHUNK);
        let chunk = self.piece.split_to(most);
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(chunk.len() as u64);
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
