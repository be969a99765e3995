//! [`HttpTransport`]: HTTP and HTTPS through reqwest.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::uri::Authority;
use http::{Request, Response, Uri};
use http_body::{Body as _, Frame};
use reqwest::Url;
use rustls::RootCertStore;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::address::{is_loopback, without_secrets};
use super::body::Body;
use super::client_certificate::client_certificate;
use super::http_seam::Transport;
use super::tls;
use super::upload::{Upload, Waiting};
use crate::error::{Error, Result};
use crate::task::BoxFuture;

/// The time limit for a new connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The default transport of a client: HTTP/1.1 over TLS or plain TCP, with pooled connections.
///
/// It does not follow redirects, because they could send credentials to another server. Proxies come from the usual
/// variables (`HTTPS_PROXY`, `NO_PROXY`, …), but are not used for this machine's own addresses. Servers are verified
/// with the CA certificates of the system.
///
/// Configure it with a [builder](Self::builder), or wrap it in a [`Transport`] of your own.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = claudette::testing::MockServer::auto_reply().await?;
/// use claudette::Client;
/// use claudette::client::HttpTransport;
///
/// let transport = HttpTransport::builder().no_proxy().build()?;
/// let client = Client::builder("claude-sonnet-5-5").api_key("key").transport(transport);
/// # let client = client.base_url(claude.url());
/// let response = client.build()?.send("Hello").await?;
/// assert!(!response.text().is_empty());
/// # Ok(())
/// # }
/// ```
pub struct HttpTransport {
    settings: HttpTransportBuilder,
    /// One client for each [`Route`], set up when it is first used.
    clients: [OnceLock<reqwest::Client>; 4],
    /// The target of the last request, because nearly all requests of a client have the same URI.
    last: Mutex<Option<Target>>,
}

/// The target of a request, converted for reqwest.
struct Target {
    uri: Uri,
    url: Url,
    route: Route,
}

/// The kind of a server. Each kind requires a different HTTP client.
#[derive(Clone, Copy)]
struct Route {
    is_encrypted: bool,
    is_loopback: bool,
}

impl HttpTransport {
    /// Returns a transport with the default settings.
    pub fn new() -> Self {
        Self::with(HttpTransportBuilder::new())
    }

    /// Returns a builder with the default settings.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use claudette::client::HttpTransport;
    /// use claudette::Client;
    ///
    /// # fn main() -> claudette::Result<()> {
    /// let transport = HttpTransport::builder()
    ///     .proxy("http://user:password@proxy.example.com:3128")
    ///     .connect_timeout(Duration::from_secs(2))
    ///     .build()?;
    /// let client = Client::builder("claude-sonnet-5-5").api_key("key").transport(transport).build()?;
    ///
    /// let error = HttpTransport::builder().root_certificate("not a certificate").build().unwrap_err();
    /// assert!(error.is_misuse());
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> HttpTransportBuilder {
        HttpTransportBuilder::new()
    }

    fn with(settings: HttpTransportBuilder) -> Self {
        Self { settings, clients: [const { OnceLock::new() }; 4], last: Mutex::new(None) }
    }

    /// Checks that requests to this URI can be sent, so that missing certificates are reported when the client is
    /// built.
    pub(in crate::client) fn check(&self, uri: &Uri) -> Result<()> {
        let (_, route) = self.locate(uri)?;
        self.client(route).map(drop)
    }

    fn client(&self, route: Route) -> Result<&reqwest::Client> {
        if let Some(client) = &self.settings.client {
            return Ok(client);
        }
        let place = &self.clients[usize::from(route.is_encrypted) * 2 + usize::from(route.is_loopback)];
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let client = self.settings.client_for(route)?;
        Ok(place.get_or_init(|| client))
    }

    fn locate(&self, uri: &Uri) -> Result<(Url, Route)> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Target { url, route, .. }) = last.as_ref().filter(|target| is_same(&target.uri, uri)) {
            return Ok((url.clone(), *route));
        }
        let target = Target::parse(uri)?;
        let found = (target.url.clone(), target.route);
        *last = Some(target);
        Ok(found)
    }
}

impl Target {
    #[cold]
    fn parse(uri: &Uri) -> Result<Self> {
        let text = uri.to_string();
        let url = Url::parse(&text).map_err(|error| {
            Error::misuse(format!("{:?} is not a valid URL for requests", without_secrets(&text))).caused_by(error)
        })?;
        let route = Route { is_encrypted: url.scheme() == "https", is_loopback: is_loopback(&url) };
        Ok(Self { uri: uri.clone(), url, route })
    }
}

/// Returns `true` if both are the same text. Unlike `==`, it is case-sensitive for the host.
fn is_same(one: &Uri, other: &Uri) -> bool {
    let places = [one, other].map(|uri| uri.authority().map(Authority::as_str));
    places[0] == places[1] && one.path_and_query() == other.path_and_query() && one.scheme() == other.scheme()
}

impl Default for HttpTransport {
    fn default() -> Self {
        Self::new()
    }
}

/// Uses an HTTP client with its own settings. It should not follow redirects.
impl From<reqwest::Client> for HttpTransport {
    fn from(client: reqwest::Client) -> Self {
        Self::with(HttpTransportBuilder { client: Some(client), ..HttpTransportBuilder::new() })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        let (parts, body) = request.into_parts();
        let sent = self.locate(&parts.uri).and_then(|(url, route)| {
            let client = self.client(route)?;
            let (upload, waiting) = Upload::new(body);
            let mut request = reqwest::Request::new(parts.method, url);
            *request.headers_mut() = parts.headers;
            *request.body_mut() = (!upload.is_end_stream()).then(|| reqwest::Body::wrap(upload));
            Ok((client.execute(request), waiting))
        });
        Box::pin(async move {
            let (sent, waiting) = sent?;
            let response = sent.await.map_err(failed)?;
            // A server may answer before it has read the request, so the upload continues while the response exists.
            let incoming = |body| Body::from_stream(Incoming { body, _waiting: waiting });
            Ok(Response::<reqwest::Body>::from(response).map(incoming))
        })
    }
}

/// Does not show addresses, because that of a proxy may contain a password.
impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

/// Returns the error of reqwest without the URL, which may contain a password.
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
                // Trailers are not used.
                Ok(Err(_)) => {}
                Err(error) => return Poll::Ready(Some(Err(failed(error)))),
            }
        }
    }
}

/// A builder of an [`HttpTransport`], from [`HttpTransport::builder`].
///
/// ```
/// use std::time::Duration;
///
/// use claudette::client::HttpTransport;
///
/// # fn main() -> claudette::Result<()> {
/// let builder = HttpTransport::builder().no_proxy().connect_timeout(Duration::from_secs(2));
/// let transport = builder.build()?;
///
/// let error = HttpTransport::builder().proxy("not a URL").build().unwrap_err();
/// assert!(error.is_misuse());
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing before `build()`"]
pub struct HttpTransportBuilder {
    certificates: Vec<Vec<u8>>,
    roots: Vec<CertificateDer<'static>>,
    /// The certificate chain and the private key of the client, in PEM format.
    identity: Option<[Vec<u8>; 2]>,
    client_certificate: Option<Arc<dyn ResolvesClientCert>>,
    proxy: Option<String>,
    uses_proxies: bool,
    connect_timeout: Duration,
    /// A client that replaces all of these settings.
    client: Option<reqwest::Client>,
}

impl HttpTransportBuilder {
    fn new() -> Self {
        Self {
            certificates: Vec::new(),
            roots: Vec::new(),
            identity: None,
            client_certificate: None,
            proxy: None,
            uses_proxies: true,
            connect_timeout: CONNECT_TIMEOUT,
            client: None,
        }
    }

    /// Adds CA certificates in PEM format to those of the system, such as those of a company's own authority.
    #[doc(alias = "CA")]
    #[doc(alias = "TLS")]
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificates.push(pem.into());
        self
    }

    /// Sets the certificate of this client and its private key, for gateways with mutual TLS. It is presented to each
    /// https server that requests one.
    ///
    /// Both are in PEM format. The first certificate is the one of the client, and the intermediate ones follow. The key
    /// is not encrypted; its type is PKCS#8, PKCS#1 or SEC1.
    ///
    /// ```
    /// use claudette::client::HttpTransport;
    ///
    /// let transport = HttpTransport::builder().client_certificate("not a certificate", "not a key");
    /// assert!(transport.build().unwrap_err().is_misuse());
    /// ```
    #[doc(alias = "mTLS")]
    pub fn client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some([chain.into(), key.into()]);
        self
    }

    /// Sets the proxy for all servers except this machine's own addresses, in place of the environment's. The URL may
    /// contain a user name and a password.
    #[doc(alias = "HTTPS_PROXY")]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        (self.proxy, self.uses_proxies) = (Some(url.into()), true);
        self
    }

    /// Connects directly and ignores the proxy variables of the environment.
    pub fn no_proxy(mut self) -> Self {
        (self.proxy, self.uses_proxies) = (None, false);
        self
    }

    /// Sets the time limit for a new connection, 5 seconds by default.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Builds the transport.
    ///
    /// # Errors
    /// Misuse: a certificate, a private key or the URL of the proxy is not valid.
    pub fn build(mut self) -> Result<HttpTransport> {
        for pem in std::mem::take(&mut self.certificates) {
            let roots: Vec<_> = CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|error| {
                Error::misuse("the text in `.root_certificate(..)` is not valid PEM").caused_by(error)
            })?;
            if roots.is_empty() {
                return Err(Error::misuse(
                    "the text in `.root_certificate(..)` does not contain a certificate; pass the text of a PEM file",
                ));
            }
            for root in roots {
                RootCertStore::empty().add(root.clone()).map_err(|error| {
                    Error::misuse("a certificate in `.root_certificate(..)` is not valid").caused_by(error)
                })?;
                self.roots.push(root);
            }
        }
        if let Some([chain, key]) = self.identity.take() {
            self.client_certificate = Some(client_certificate(&chain, &key)?);
        }
        self.reqwest_proxy()?;
        Ok(HttpTransport::with(self))
    }

    fn reqwest_proxy(&self) -> Result<Option<reqwest::Proxy>> {
        let Some(url) = &self.proxy else { return Ok(None) };
        let proxy = reqwest::Proxy::all(url.as_str()).map_err(|error| {
            Error::misuse(format!("the proxy {:?} is not a valid URL", without_secrets(url)))
                .caused_by(error.without_url())
        })?;
        Ok(Some(proxy))
    }

    fn client_for(&self, route: Route) -> Result<reqwest::Client> {
        let verifying = || tls::trusting_the_system_and(&self.roots, self.client_certificate.as_ref());
        let tls = match route {
            Route { is_encrypted: true, .. } => verifying()?,
            Route { is_loopback: true, .. } => tls::without_certificates()?,
            // The proxy may use https.
            _ => verifying().or_else(|_| tls::without_certificates())?,
        };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(self.connect_timeout)
            // A redirect could send the key to another server.
            .redirect(reqwest::redirect::Policy::none())
            // The client decides about retries.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .tcp_keepalive(Duration::from_secs(60));
        if route.is_loopback || !self.uses_proxies {
            // A proxy cannot reach this machine, and must not see requests that stay on it.
            builder = builder.no_proxy();
        } else if let Some(proxy) = self.reqwest_proxy()? {
            builder = builder.proxy(proxy);
        }
        builder
            .build()
            .map_err(|error| Error::misuse("the HTTP client could not be set up").caused_by(error.without_url()))
    }
}

/// Does not show addresses, because that of a proxy may contain a password.
impl fmt::Debug for HttpTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransportBuilder").field("connect_timeout", &self.connect_timeout).finish_non_exhaustive()
    }
}
