//! [`Body`]: the content of a request or a response.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt;

use super::joined::Joined;
use crate::error::Result;

/// The content of an HTTP request or response: pieces in memory, or a stream of them.
///
/// Pieces are shared, so a clone for another attempt does not copy the content. In both cases a body is a [`Stream`] of
/// its pieces. `Debug` shows only the size.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// use claudette::client::Body;
/// use futures_util::stream;
///
/// let body = Body::from("in memory");
/// assert_eq!(body.len(), Some(9));
/// assert_eq!(body.try_clone().unwrap().into_bytes(100).await?, "in memory");
///
/// let mut body = Body::from_stream(stream::iter(["piece ", "by piece"].map(Ok)));
/// assert!(body.len().is_none() && body.try_clone().is_none());
/// assert_eq!(body.next().await.unwrap()?, "piece ");
/// assert_eq!(body.into_bytes(100).await?, "by piece");
/// # Ok(())
/// # }
/// ```
pub struct Body(Inner);

enum Inner {
    /// The pieces that have not been read.
    Pieces(std::vec::IntoIter<Bytes>),
    /// The mutex makes the body `Sync`, so that references to it can cross threads. It is never locked.
    Stream { stream: Mutex<ByteStream>, len: Option<u64> },
}

type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

impl Body {
    /// Returns a body without content.
    pub fn empty() -> Self {
        Self::from(Vec::<Bytes>::new())
    }

    /// Returns a body that reads its content from a stream.
    ///
    /// It can be sent only once, and its length is not known. Dropping the body drops the stream.
    pub fn from_stream<S, B>(stream: S) -> Self
    where
        S: Stream<Item = Result<B>> + Send + 'static,
        B: Into<Bytes> + 'static,
    {
        Self::of_stream(None, stream)
    }

    /// Returns a body that reads this many bytes from a stream. A request with it has the header `content-length`, so
    /// the length must be exact.
    pub fn from_sized_stream<S, B>(len: u64, stream: S) -> Self
    where
        S: Stream<Item = Result<B>> + Send + 'static,
        B: Into<Bytes> + 'static,
    {
        Self::of_stream(Some(len), stream)
    }

    fn of_stream<S, B>(len: Option<u64>, stream: S) -> Self
    where
        S: Stream<Item = Result<B>> + Send + 'static,
        B: Into<Bytes> + 'static,
    {
        let pieces = stream.map(|piece: Result<B>| piece.map(Into::into));
        Self(Inner::Stream { stream: Mutex::new(Box::pin(pieces)), len })
    }

    /// Returns the exact number of bytes that have not been read, if it is known.
    #[allow(clippy::len_without_is_empty, reason = "it is not known whether a stream is empty")]
    pub fn len(&self) -> Option<u64> {
        match &self.0 {
            Inner::Pieces(pieces) => Some(pieces.as_slice().iter().map(|piece| piece.len() as u64).sum()),
            Inner::Stream { len, .. } => *len,
        }
    }

    /// Returns another body with the same content, or `None` for a stream, which can be read only once.
    pub fn try_clone(&self) -> Option<Self> {
        match &self.0 {
            Inner::Pieces(pieces) => Some(Self(Inner::Pieces(pieces.clone()))),
            Inner::Stream { .. } => None,
        }
    }

    /// Returns the pieces in memory that have not been read, or `None` for a stream.
    ///
    /// Use it in a transport or in credentials that sign the content. The requests of a client are always in memory.
    pub fn as_pieces(&self) -> Option<&[Bytes]> {
        match &self.0 {
            Inner::Pieces(pieces) => Some(pieces.as_slice()),
            Inner::Stream { .. } => None,
        }
    }

    /// Reads the next piece, or `None` after the last.
    ///
    /// # Errors
    /// The error of the stream. For a response it means that the connection broke.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Reads the rest of the body. A body of one piece is not copied.
    ///
    /// # Errors
    /// The error of the stream, or the body is larger than `max_bytes`.
    pub async fn into_bytes(mut self, max_bytes: usize) -> Result<Bytes> {
        let mut joined = Joined::default();
        joined.read_rest(&mut self, max_bytes).await?;
        Ok(joined.finish())
    }
}

impl Stream for Body {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.0 {
            Inner::Pieces(pieces) => Poll::Ready(pieces.next().map(Ok)),
            Inner::Stream { stream, len } => {
                let stream = stream.get_mut().unwrap_or_else(PoisonError::into_inner);
                let piece = stream.as_mut().poll_next(cx);
                if let (Poll::Ready(Some(Ok(piece))), Some(len)) = (&piece, len) {
                    *len = len.saturating_sub(piece.len() as u64);
                }
                piece
            }
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Vec<Bytes>> for Body {
    fn from(pieces: Vec<Bytes>) -> Self {
        Self(Inner::Pieces(pieces.into_iter()))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::from(vec![bytes])
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(Bytes::from(text))
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::from(Bytes::from_static(text.as_bytes()))
    }
}

/// Does not show the content, because it contains the conversation.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.as_pieces(), self.len()) {
            (Some(_), len) => write!(f, "Body({} bytes)", len.unwrap_or_default()),
            (None, Some(len)) => write!(f, "Body(stream of {len} bytes)"),
            (None, None) => f.write_str("Body(stream)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_crosses_threads_and_shows_no_content() {
        fn crosses<T: Send + Sync + Unpin>(_: &T) {}
        let stream = || futures_util::stream::iter([Ok(Bytes::from("SECRET"))]);
        let (pieces, unsized_, sized) =
            (Body::from("SECRET"), Body::from_stream(stream()), Body::from_sized_stream(6, stream()));
        crosses(&pieces);
        assert_eq!(format!("{pieces:?} {unsized_:?} {sized:?}"), "Body(6 bytes) Body(stream) Body(stream of 6 bytes)");
    }

    #[tokio::test]
    async fn length_and_pieces_exclude_what_was_read() {
        let mut body = Body::from(vec![Bytes::from("ab"), Bytes::from("c")]);
        assert_eq!(body.next().await.unwrap().unwrap(), "ab");
        assert_eq!((body.len(), body.as_pieces().unwrap()), (Some(1), &[Bytes::from("c")][..]));
        assert_eq!(body.try_clone().unwrap().into_bytes(1).await.unwrap(), "c");
        assert!(body.into_bytes(0).await.unwrap_err().to_string().contains("larger than 0 bytes"));

        let mut sized = Body::from_sized_stream(3, futures_util::stream::iter([Ok(Bytes::from("ab"))]));
        sized.next().await.unwrap().unwrap();
        assert_eq!(sized.len(), Some(1));
        assert!(sized.next().await.is_none());
    }
}
