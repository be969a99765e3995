//! [`Http`]: a server behind a URL.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use http::{HeaderName, HeaderValue};
use reqwest::Url;
use rmcp::model::ProtocolVersion;
use rmcp::service::ClientLifecycleMode;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;

use super::connection::{Connection, HandshakeError};
use super::http_client::HttpClient;
use super::life::Life;
use super::options::{Options, Protocol};
use super::signals::Signals;
use super::tls;
use super::watched::Watched;
use crate::error::{Error, Result};

/// A server behind a URL, over streamable HTTP.
///
/// [`McpServer::http`](crate::McpServer::http) returns it in a [`Connect`](crate::Connect).
#[derive(Clone)]
pub struct Http {
    pub(crate) url: String,
    pub(crate) bearer: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) client: Option<reqwest::Client>,
    #[cfg(feature = "oauth")]
    pub(crate) oauth: Option<super::oauth::OAuth>,
    /// The client of this server, set up at the first connection.
    own: Arc<OnceLock<reqwest::Client>>,
}

impl Http {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            bearer: None,
            headers: Vec::new(),
            client: None,
            #[cfg(feature = "oauth")]
            oauth: None,
            own: Arc::default(),
        }
    }

    /// Returns the URL without its user, query and fragment.
    pub(crate) fn label(&self) -> String {
        without_secrets(&self.url)
    }

    /// Makes the handshake.
    pub(crate) async fn open(&self, options: &Arc<Options>, signals: &Arc<Signals>) -> Result<Connection> {
        let server = match signals.server() {
            "" => format!("the server {}", self.label()),
            name => format!("the server \"{name}\" at {}", self.label()),
        };
        let url = self.parsed(&server)?;
        let headers = self.parsed_headers(&server)?;
        let client = self.client_for(&url)?;

        let legacy = ClientLifecycleMode::Initialize;
        let modern = vec![ProtocolVersion::LATEST];
        let first = match options.protocol {
            Protocol::Legacy => legacy.clone(),
            Protocol::Modern => ClientLifecycleMode::Discover { preferred_versions: modern },
            Protocol::Auto => ClientLifecycleMode::Auto {
                preferred_versions: modern,
                legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
            },
        };
        let start = Start { client, url, headers, http: self, options, signals };
        let mut result = start.run(first).await;
        if options.protocol == Protocol::Auto
            && let Err(HandshakeError::Refused(_) | HandshakeError::Failed(_)) = &result
            // Some legacy servers refuse the question for the era with a mere HTTP status.
            && let Ok(connection) = start.run(legacy).await
        {
            result = Ok(connection);
        }
        result.map_err(|error| match error {
            HandshakeError::Unauthorized => Error::start(format!("{server} requires a sign-in: {}", self.remedy())),
            HandshakeError::Refused(why) | HandshakeError::Failed(why) | HandshakeError::Unreachable(why) => {
                Error::start(format!("{server} did not connect: {why}"))
            }
        })
    }

    /// Signs in, unless that was done before. It has no time limit, because a person may take part.
    #[cfg(feature = "oauth")]
    pub(crate) async fn sign_in(&self, name: &str) -> Result<()> {
        let Some(oauth) = &self.oauth else { return Ok(()) };
        let server = if name.is_empty() { self.label() } else { format!("the server \"{name}\"") };
        let url = self.parsed(&server)?;
        let http = HttpClient::new(self.client_for(&url)?, url.clone(), Life::new(None));
        oauth.sign_in(&server, &url, http).await
    }

    fn remedy(&self) -> &'static str {
        #[cfg(feature = "oauth")]
        if self.oauth.is_some() {
            return "it does not accept the sign-in; delete stored tokens and sign in again";
        }
        if self.bearer.is_some() {
            "it does not accept the token of `.bearer(..)`"
        } else if cfg!(feature = "oauth") {
            "pass a token with `.bearer(..)`, or sign in with `.oauth(..)`"
        } else {
            "pass a token with `.bearer(..)`"
        }
    }

    fn parsed(&self, server: &str) -> Result<Url> {
        let url = Url::parse(&self.url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| Error::misuse(format!("{server}: the URL is not an http or https URL")))?;
        if self.bearer.is_some() && url.scheme() == "http" && !is_loopback(&url) {
            tracing::warn!(target: "claudette_mcp", url = self.label(), "the token is sent without encryption");
        }
        Ok(url)
    }

    fn parsed_headers(&self, server: &str) -> Result<HashMap<HeaderName, HeaderValue>> {
        if let Some(token) = &self.bearer
            && HeaderValue::from_str(token).is_err()
        {
            return Err(Error::misuse(format!("{server}: the token contains characters that a header cannot contain")));
        }
        let parse = |(name, value): &(String, String)| {
            let bad = |what| {
                Error::misuse(format!("{server}: the {what} of the header `{}` is not valid", name.escape_debug()))
            };
            let mut value = HeaderValue::from_str(value).map_err(|_| bad("value"))?;
            value.set_sensitive(true);
            Ok((HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("name"))?, value))
        };
        self.headers.iter().map(parse).collect()
    }

    fn client_for(&self, url: &Url) -> Result<reqwest::Client> {
        if let Some(client) = self.client.as_ref().or(self.own.get()) {
            return Ok(client.clone());
        }
        let client = tls::client(url.scheme() == "https", is_loopback(url))?;
        Ok(self.own.get_or_init(|| client).clone())
    }
}

/// What one handshake needs.
struct Start<'a> {
    client: reqwest::Client,
    url: Url,
    headers: HashMap<HeaderName, HeaderValue>,
    http: &'a Http,
    options: &'a Arc<Options>,
    signals: &'a Arc<Signals>,
}

impl Start<'_> {
    async fn run(&self, lifecycle: ClientLifecycleMode) -> Result<Connection, HandshakeError> {
        let life = Life::new(None);
        let client = HttpClient::new(self.client.clone(), self.url.clone(), life.clone());
        let config = StreamableHttpClientTransportConfig::with_uri(self.url.as_str())
            .custom_headers(self.headers.clone())
            // A server that has forgotten the session may have other tools, so a new connection is made.
            .reinit_on_expired_session(false);
        let config = match &self.http.bearer {
            Some(token) => config.auth_header(token.as_str()),
            None => config,
        };
        #[cfg(feature = "oauth")]
        if let Some(oauth) = &self.http.oauth {
            let client = oauth.signed_in(client).await.ok_or(HandshakeError::Unauthorized)?;
            let transport = Watched::new(StreamableHttpClientTransport::with_client(client, config), life.clone());
            return Connection::open(transport, lifecycle, life, false, self.options, self.signals).await;
        }
        let transport = Watched::new(StreamableHttpClientTransport::with_client(client, config), life.clone());
        Connection::open(transport, lifecycle, life, false, self.options, self.signals).await
    }
}

/// Shows no token, no values of headers and no query.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("url", &self.label())
            .field("has_bearer", &self.bearer.is_some())
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Returns a URL without its user, query and fragment, even if it is not valid.
fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (place, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    // A password may contain `?` and `#`.
    let place = if query.contains('@') { "…" } else { place.rsplit('@').next().unwrap_or_default() };
    let place = crate::text::clean_line(place, 300);
    if scheme.is_empty() { place.into_owned() } else { format!("{scheme}://{place}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for url in ["https://u:secret@a.com/mcp?key=secret#secret", "https://u:se?cret@a.com/mcp", "secret@a"] {
            let http = Http { bearer: Some("secret".into()), ..Http::new(url.into()) };
            assert!(!format!("{http:?}").contains("cret"), "{http:?}");
        }
        assert_eq!(without_secrets("https://a.com/mcp?key=1"), "https://a.com/mcp");
    }
}
