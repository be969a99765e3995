//! The HTTP client with which AWS credentials are fetched: the transport of claudette.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use claudette::Transport;
use claudette::client::{Body, HttpTransport};
use claudette::http::uri::Scheme;
use claudette::http::{Request, Response};

use crate::failure::chain;

/// The time limit for a response, unless the source of the credentials has one. The metadata server has one second.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The maximum size of a response in bytes. Credentials are much smaller.
const MAX_BYTES: usize = 1 << 20;

/// Returns the client for the sources of credentials.
pub(crate) fn http_client() -> SharedHttpClient {
    let transports = Arc::new(Transports::new());
    http_client_fn(move |settings, _| {
        let timeout = settings.read_timeout().unwrap_or(TIMEOUT);
        SharedHttpConnector::new(Connector { timeout, transports: transports.clone() })
    })
}

#[derive(Debug)]
struct Connector {
    timeout: Duration,
    transports: Arc<Transports>,
}

#[derive(Debug)]
struct Transports {
    /// To the endpoints of AWS.
    encrypted: HttpTransport,
    /// To the metadata servers of machines and containers, which a proxy cannot reach.
    plain: HttpTransport,
}

impl Transports {
    fn new() -> Self {
        let plain = HttpTransport::builder().no_proxy().build().unwrap_or_default();
        Self { encrypted: HttpTransport::new(), plain }
    }

    /// Sends a request and reads the whole response.
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (parts, body) = request.into_parts();
        let body = body.bytes().ok_or_else(|| ConnectorError::user("the body of the request is a stream".into()))?;
        let is_plain = parts.uri.scheme() == Some(&Scheme::HTTP);
        let transport = if is_plain { &self.plain } else { &self.encrypted };
        let place = parts.uri.authority().map(ToString::to_string).unwrap_or_default();
        let failed = |error| failed(&place, &error);
        let request = Request::from_parts(parts, Body::from(Bytes::copy_from_slice(body)));
        let (parts, body) = transport.send(request).await.map_err(failed)?.into_parts();
        let body = body.into_bytes(MAX_BYTES).await.map_err(failed)?;
        HttpResponse::try_from(Response::from_parts(parts, SdkBody::from(body)))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (limit, transports) = (self.timeout, self.transports.clone());
        HttpConnectorFuture::new(async move {
            let exchange = tokio::time::timeout(limit, transports.exchange(request)).await;
            exchange.unwrap_or_else(|elapsed| Err(ConnectorError::timeout(elapsed.into())))
        })
    }
}

/// Returns the error of an exchange with this server. The transport would name the API of Claude.
fn failed(place: &str, error: &claudette::Error) -> ConnectorError {
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), chain);
    let text = format!("no response from {place} ({cause})").into();
    if error.is_timeout() {
        ConnectorError::timeout(text)
    } else if error.is_connection() {
        ConnectorError::io(text)
    } else {
        ConnectorError::other(text, None)
    }
}
