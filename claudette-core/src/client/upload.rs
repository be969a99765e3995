//! [`Upload`]: a request body that ends when nobody waits for its response any more.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The most bytes that the connection takes at once.
///
/// It stops between two frames when its request is dropped, and what it has taken is sent whatever happens: a large body
/// as one frame would be sent to its end. A frame costs less than a microsecond.
const CHUNK: usize = 64 << 10;

/// A request body in a few pieces, of a size that is known beforehand.
///
/// Once a response has begun, the connection goes on sending whoever has dropped what. So the body itself watches whether
/// somebody waits, and fails if not, which closes the connection.
pub(super) struct Upload {
    pieces: std::vec::IntoIter<Bytes>,
    /// What is left of the piece that is being sent.
    piece: Bytes,
    left: u64,
    waiting: Weak<()>,
}

/// Kept by whoever waits for the response. Dropping it ends the upload.
pub(super) type Waiting = Arc<()>;

impl Upload {
    pub(super) fn new(pieces: Vec<Bytes>) -> (Self, Waiting) {
        let waiting = Waiting::default();
        let left = pieces.iter().map(|piece| piece.len() as u64).sum();
        let upload = Self { left, pieces: pieces.into_iter(), piece: Bytes::new(), waiting: Arc::downgrade(&waiting) };
        (upload, waiting)
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Abandoned;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Abandoned>>> {
        if self.waiting.strong_count() == 0 {
            return Poll::Ready(Some(Err(Abandoned)));
        }
        while self.piece.is_empty() {
            let Some(piece) = self.pieces.next() else { return Poll::Ready(None) };
            self.piece = piece;
        }
        let most = self.piece.len().min(CHUNK);
        let chunk = self.piece.split_to(most);
        self.left -= chunk.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Why an upload ended before its time.
#[derive(Debug)]
pub(super) struct Abandoned;

impl fmt::Display for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was dropped before its body was sent")
    }
}

impl std::error::Error for Abandoned {}
