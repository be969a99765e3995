//! The HTTP client with which AWS credentials are fetched: the transport of claudette.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

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
use claudette::{Error, Result};

use crate::failure::chain;

/// The time limit for a response, unless the source of the credentials has one. The metadata server has one second.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The maximum size of a response in bytes. Credentials are much smaller.
const MAX_BYTES: usize = 1 << 20;

/// The variable with the path of a file of CA certificates, such as those of a company's own authority.
const CERTIFICATES: &str = "AWS_CA_BUNDLE";

/// Returns the client for the sources of credentials.
///
/// # Errors
/// Misuse: the file of CA certificates cannot be read or is not valid.
pub(crate) fn http_client() -> Result<SharedHttpClient> {
    let transports = Arc::new(Transports::new()?);
    Ok(http_client_fn(move |settings, _| {
        let timeout = settings.read_timeout().unwrap_or(TIMEOUT);
        SharedHttpConnector::new(Connector { timeout, transports: transports.clone() })
    }))
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
    fn new() -> Result<Self> {
        Ok(Self { encrypted: encrypted()?, plain: HttpTransport::builder().no_proxy().build()? })
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

/// Returns a transport that trusts the certificates of the system and those of the environment.
fn encrypted() -> Result<HttpTransport> {
    let Some(path) = env::var_os(CERTIFICATES).filter(|path| !path.is_empty()).map(PathBuf::from) else {
        return Ok(HttpTransport::new());
    };
    let invalid = |what, error: Error| {
        Error::misuse(format!("the file {} of {CERTIFICATES} {what}", path.display())).caused_by(error)
    };
    let pem = fs::read(&path).map_err(|error| invalid("cannot be read", Error::other(error)))?;
    let builder = HttpTransport::builder().root_certificate(pem);
    builder.build().map_err(|error| invalid("does not contain valid certificates", error))
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
fn failed(place: &str, error: &Error) -> ConnectorError {
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
