//! [`Transport`]: the one seam between this library and the network.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use reqwest::header::{AsHeaderName, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};

use crate::error::{Error, Result};
use crate::task::BoxFuture;

/// Sends one HTTP request and gives back the answer, whatever its status.
///
/// The client retries, reads and judges; a transport only carries. Implement it for a host of the API that signs its
/// requests or has other paths, and give it to [`ClientBuilder::transport`](crate::ClientBuilder::transport).
pub trait Transport: Send + Sync + 'static {
    /// Sends the request. An error here means that no answer came.
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse>>;
}

/// A request on its way out.
#[derive(Clone)]
pub struct HttpRequest {
    pub(crate) method: &'static str,
    pub(crate) path: Cow<'static, str>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<Bytes>,
}

impl HttpRequest {
    /// The method, in capitals.
    pub fn method(&self) -> &str {
        self.method
    }

    /// The path after the base URL, with its query: `/v1/messages`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The headers, credentials included; names are in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
    }

    /// The body, in pieces that other requests may share; put together they are one JSON object.
    pub fn body(&self) -> impl Iterator<Item = &[u8]> {
        self.body.iter().map(AsRef::as_ref)
    }
}

/// Shows no header: a credential is one of them.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size: usize = self.body.iter().map(Bytes::len).sum();
        write!(f, "HttpRequest({} {}, {size} bytes)", self.method, self.path)
    }
}

/// An answer whose body is still to come.
pub struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ByteStream,
}

pub(crate) type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

impl HttpResponse {
    /// An answer with this status and body. Dropping the stream must end the connection.
    pub fn new<S>(status: u16, body: S) -> Self
    where
        S: Stream<Item = Result<Vec<u8>>> + Send + 'static,
    {
        Self { status, headers: HeaderMap::new(), body: Box::pin(IntoBytes(Box::pin(body))) }
    }

    /// Adds a header. One that HTTP does not allow is left out.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.append(name, value);
        }
        self
    }

    pub(crate) fn text_header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The id under which the API, or else the gateway before it, knows the request: `request-id`, `x-request-id`, and
    /// what others call it.
    pub(crate) fn request_id(&self) -> Option<String> {
        static REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
        let others = || {
            let is_id = |name: &HeaderName| ["request-id", "requestid"].iter().any(|end| name.as_str().ends_with(end));
            let mut ids = self.headers.iter().filter(|(name, _)| is_id(name));
            ids.find_map(|(_, id)| id.to_str().ok())
        };
        self.text_header(&REQUEST_ID).or_else(others).filter(|id| !id.trim().is_empty()).map(str::to_owned)
    }

    /// How the body is compressed. Nothing is asked for but `identity`.
    pub(crate) fn coding(&self) -> Option<&str> {
        let codings = self.text_header(CONTENT_ENCODING)?;
        let is_none = |coding: &str| coding.is_empty() || coding.eq_ignore_ascii_case("identity");
        (!codings.split(',').map(str::trim).all(is_none)).then_some(codings)
    }
}

/// A body that is put together from its pieces, in linear time. Most bodies are one piece, which is then not copied.
#[derive(Default)]
pub(crate) struct Joined {
    first: Bytes,
    all: Vec<u8>,
}

impl Joined {
    /// Reads up to the first piece that is not blank.
    pub(crate) async fn read_start(&mut self, body: &mut ByteStream, most: usize) -> Result<()> {
        while let Some(piece) = next(body).await.transpose()? {
            let is_blank = piece.trim_ascii_start().is_empty();
            self.push(piece, most)?;
            if !is_blank {
                break;
            }
        }
        Ok(())
    }

    /// Reads to the end.
    pub(crate) async fn read_rest(&mut self, body: &mut ByteStream, most: usize) -> Result<()> {
        while let Some(piece) = next(body).await.transpose()? {
            self.push(piece, most)?;
        }
        Ok(())
    }

    fn push(&mut self, piece: Bytes, most: usize) -> Result<()> {
        if self.len() + piece.len() > most {
            return Err(Error::unreadable(format!("the response is larger than {most} bytes"), b""));
        }
        if self.is_empty() {
            self.first = piece;
        } else {
            if self.all.is_empty() {
                self.all = std::mem::take(&mut self.first).into();
            }
            self.all.extend_from_slice(&piece);
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.into() }
    }
}

impl Deref for Joined {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        if self.all.is_empty() { &self.first } else { &self.all }
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

async fn next(body: &mut ByteStream) -> Option<Result<Bytes>> {
    std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await
}

/// The public signature names no type of another crate; inside, bytes are shared.
struct IntoBytes<S>(Pin<Box<S>>);

impl<S: Stream<Item = Result<Vec<u8>>>> Stream for IntoBytes<S> {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx).map(|item| item.map(|chunk| chunk.map(Bytes::from)))
    }
}
