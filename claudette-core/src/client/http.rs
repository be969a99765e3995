//! [`Http`]: the API over HTTPS, through reqwest.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use reqwest::{Method, Url};

use super::call::MESSAGES;
use super::transport::{HttpRequest, HttpResponse, Transport};
use crate::error::{Error, Result};
use crate::future::BoxFuture;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A host that speaks the API as it is documented.
pub(super) struct Http {
    client: reqwest::Client,
    base: String,
    /// Where nearly all requests go: parsed once.
    messages: Url,
}

impl Http {
    /// # Errors
    /// Misuse if the base URL is none.
    pub(super) fn new(base: &str, client: Option<reqwest::Client>) -> Result<Self> {
        let base = base.trim_end_matches('/');
        let messages = Url::parse(&format!("{base}{MESSAGES}")).ok();
        let messages = messages.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let Some(mut messages) = messages else {
            return Err(Error::misuse(format!("the base URL {base:?} is no http or https URL")));
        };
        // The credential is a header; what a URL says of a user would go to proxies, and into what they log. A URL with a host
        // can do without.
        let _ = messages.set_username("").and_then(|()| messages.set_password(None));
        let base = messages.as_str().strip_suffix(MESSAGES).unwrap_or(base);
        let client = match client {
            Some(client) => client,
            None => default_client()?,
        };
        Ok(Self { client, base: base.to_owned(), messages })
    }
}

fn default_client() -> Result<reqwest::Client> {
    // rustls asks the program which cryptography to use. One that has not chosen gets ring.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing a race means that somebody else has chosen.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        // A redirect would carry the key to wherever it points.
        .redirect(reqwest::redirect::Policy::none())
        // What is tried again is decided here, and nowhere else.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .tcp_keepalive(Duration::from_secs(60))
        .build()
        .map_err(|error| Error::connection("the HTTPS client could not be set up").caused_by(error))
}

impl Transport for Http {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse>> {
        let HttpRequest { method, path, headers, body } = request;
        let method = if method == "GET" { Method::GET } else { Method::POST };
        let url = match &*path {
            MESSAGES => Ok(self.messages.clone()),
            path => Url::parse(&format!("{}{path}", self.base)),
        };
        let sent = url.map(|url| {
            let mut request = reqwest::Request::new(method, url);
            *request.headers_mut() = headers;
            *request.body_mut() = match <[Bytes; 1]>::try_from(body) {
                Ok([whole]) => Some(whole.into()),
                Err(pieces) if pieces.is_empty() => None,
                Err(pieces) => Some(reqwest::Body::wrap(Frames::new(pieces))),
            };
            self.client.execute(request)
        });
        Box::pin(async move {
            let sent = sent.map_err(|error| Error::misuse("the path of the request is none").caused_by(error))?;
            let mut response = sent.await.map_err(failed)?;
            let status = response.status().as_u16();
            let headers = std::mem::take(response.headers_mut());
            Ok(HttpResponse { status, headers, body: Box::pin(Incoming(response.into())) })
        })
    }
}

/// What reqwest says, without the URL: it may hold a password.
fn failed(error: reqwest::Error) -> Error {
    let error = error.without_url();
    if error.is_connect() {
        Error::connection("the API could not be reached").caused_by(error)
    } else if error.is_timeout() {
        Error::timeout("the API did not answer in time").caused_by(error)
    } else {
        Error::connection("the connection to the API broke").caused_by(error)
    }
}

/// A request body in a few pieces, of a size that is known beforehand.
struct Frames {
    pieces: std::vec::IntoIter<Bytes>,
    left: u64,
}

impl Frames {
    fn new(pieces: Vec<Bytes>) -> Self {
        Self { left: pieces.iter().map(|piece| piece.len() as u64).sum(), pieces: pieces.into_iter() }
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let piece = self.pieces.next();
        if let Some(piece) = &piece {
            self.left -= piece.len() as u64;
        }
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A response body. Dropping it before its end closes the connection.
struct Incoming(reqwest::Body);

impl Stream for Incoming {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(frame) = ready!(Pin::new(&mut self.0).poll_frame(cx)) else { return Poll::Ready(None) };
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) => return Poll::Ready(Some(Ok(data))),
                // Trailers say nothing here.
                Ok(Err(_)) => {}
                Err(error) => return Poll::Ready(Some(Err(failed(error)))),
            }
        }
    }
}
