//! [`Http`]: the API over HTTPS, through reqwest.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body, Frame};
use reqwest::Method;

use super::address::Address;
use super::tls;
use super::transport::{HttpRequest, HttpResponse, Transport};
use super::upload::{Upload, Waiting};
use crate::error::{Error, Result};
use crate::task::BoxFuture;

/// The time limit for a new connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A host that speaks the API as it is documented.
pub(super) struct Http {
    client: reqwest::Client,
    address: Address,
}

impl Http {
    /// # Errors
    /// Misuse: https without certificates to verify the server with.
    pub(super) fn new(address: Address, client: Option<reqwest::Client>) -> Result<Self> {
        let client = match client {
            Some(client) => client,
            None => client_for(&address)?,
        };
        Ok(Self { client, address })
    }
}

fn client_for(address: &Address) -> Result<reqwest::Client> {
    let tls = match address.is_encrypted() {
        true => tls::trusting_the_system()?,
        false if address.is_loopback() => tls::trusting_nobody()?,
        // The way there may be a proxy that is reached by https.
        false => tls::trusting_the_system().or_else(|_| tls::trusting_nobody())?,
    };
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT)
        // A redirect would carry the key to wherever it points.
        .redirect(reqwest::redirect::Policy::none())
        // What is tried again is decided here, and nowhere else.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .tcp_keepalive(Duration::from_secs(60));
    if address.is_loopback() {
        // A proxy cannot reach this machine, and has no business with what stays on it.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| Error::misuse("the HTTP client could not be set up").caused_by(error.without_url()))
}

impl Transport for Http {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse>> {
        let HttpRequest { method, path, headers, body } = request;
        let method = if method == "GET" { Method::GET } else { Method::POST };
        let sent = self.address.join(&path).map(|url| {
            let (upload, waiting) = Upload::new(body);
            let mut request = reqwest::Request::new(method, url);
            *request.headers_mut() = headers;
            *request.body_mut() = (!upload.is_end_stream()).then(|| reqwest::Body::wrap(upload));
            (self.client.execute(request), waiting)
        });
        Box::pin(async move {
            let (sent, waiting) = sent?;
            let mut response = sent.await.map_err(failed)?;
            let status = response.status().as_u16();
            let headers = std::mem::take(response.headers_mut());
            // A server may answer before it has read the request, so the upload lasts as long as the response.
            let body = Incoming { body: response.into(), _waiting: waiting };
            Ok(HttpResponse { status, headers, body: Box::pin(body) })
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

/// A response body. Dropping it before its end closes the connection.
struct Incoming {
    body: reqwest::Body,
    _waiting: Waiting,
}

impl Stream for Incoming {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)) else { return Poll::Ready(None) };
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) => return Poll::Ready(Some(Ok(data))),
                // Trailers say nothing here.
                Ok(Err(_)) => {}
                Err(error) => return Poll::Ready(Some(Err(failed(error)))),
            }
        }
    }
}
