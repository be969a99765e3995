//! [`ClientBuilder`]: credentials, address and habits of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};

use super::client::{Client, Inner};
use super::credentials::{BearerToken, Credentials, is_credential, of_environment, set_custom_headers, variable};
use super::exchange::Log;
use super::headers::{append_beta, set_header};
use super::limits::Limits;
use super::request::{MESSAGES, VERSION, WITHOUT_SAMPLING};
use super::retry::Policy;
use super::transport::{Address, HttpTransport, Transport};
use super::usage_totals::UsageTotals;
use crate::catalog::Model;
use crate::catalog::{Price, Prices};
use crate::error::{Error, Result};
use crate::messages::CachePolicy;

/// As in the official SDKs.
const TIMEOUT: Duration = Duration::from_secs(600);
const MAX_RETRIES: u32 = 2;
/// Longer than any process runs, and a time that every clock can hold.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 86_400);

/// Sets up a [`Client`]. Settings that are not made come from the environment, which is read when the client is built.
///
/// | Variable | Meaning |
/// |---|---|
/// | `ANTHROPIC_API_KEY` | the API key |
/// | `ANTHROPIC_AUTH_TOKEN` | a bearer token, used if there is no key |
/// | `ANTHROPIC_BASE_URL` | the address of the API; `https://api.anthropic.com` by default |
/// | `ANTHROPIC_CUSTOM_HEADERS` | more headers, a line `Name: value` each |
///
/// A blank variable counts as unset, and blanks around a key or an address are ignored.
///
/// # Where credentials go
///
/// Key, token and headers of the environment belong to the environment's own address, which is that of
/// `ANTHROPIC_BASE_URL` or else the default. No other server receives them: not a [`transport`](Self::transport), not
/// [`credentials`](Self::credentials) of the program's own, and not another host, scheme or port given to
/// [`base_url`](Self::base_url). Such a client needs a credential in code, or
/// [`no_credentials`](Self::no_credentials) if the server asks for none. A header `authorization` or `x-api-key` that is set
/// with [`header`](Self::header) is a credential in code, too.
///
/// Proxies are taken from the usual variables (`HTTPS_PROXY`, `NO_PROXY`, …), but never for this machine's own addresses.
/// Redirects are not followed.
///
/// ```
/// use claudette::Client;
///
/// # fn main() -> claudette::Result<()> {
/// // An engine on this machine, whatever the environment has.
/// let client = Client::builder("qwen3").base_url("http://localhost:8080/v1").no_credentials().build()?;
///
/// // The environment's key is not sent to a gateway.
/// let error = Client::builder("claude-sonnet-5-5").base_url("https://gateway.example.com").build().unwrap_err();
/// assert!(error.is_misuse() && error.to_string().starts_with("no credentials"));
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing before `build()`"]
pub struct ClientBuilder {
    model: Model,
    credentials: Source,
    base_url: Option<String>,
    allows_insecure_http: bool,
    headers: Vec<(String, String)>,
    betas: Vec<String>,
    max_retries: u32,
    timeout: Duration,
    limits: Limits,
    cache: CachePolicy,
    prices: Prices,
    logs: bool,
    traces_contents: bool,
    http_client: Option<reqwest::Client>,
    transport: Option<Arc<dyn Transport>>,
}

/// Which credentials a client has.
enum Source {
    /// Those of the environment, which belong to its own address.
    Environment,
    /// A key or token set in code, or the reason why it cannot be one.
    Fixed(Result<BearerToken>),
    /// Credentials of the program's own.
    Asked(Arc<dyn Credentials>),
    None,
}

impl Client {
    /// A client with credentials and address from the environment; see [`ClientBuilder`].
    ///
    /// # Errors
    /// Misuse, if the environment has no credentials; the error names `ANTHROPIC_API_KEY`.
    pub fn new(model: impl Into<Model>) -> Result<Self> {
        Self::builder(model).build()
    }

    /// A client set up step by step.
    pub fn builder(model: impl Into<Model>) -> ClientBuilder {
        ClientBuilder::new(model.into())
    }
}

impl ClientBuilder {
    fn new(model: Model) -> Self {
        Self {
            model,
            credentials: Source::Environment,
            base_url: None,
            allows_insecure_http: false,
            headers: Vec::new(),
            betas: Vec::new(),
            max_retries: MAX_RETRIES,
            timeout: TIMEOUT,
            limits: Limits::default(),
            cache: CachePolicy::none(),
            prices: Prices::default(),
            logs: false,
            traces_contents: false,
            http_client: None,
            transport: None,
        }
    }

    /// Sets the API key, in place of the environment's.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.credentials = Source::Fixed(BearerToken::named(&key.into(), "`.api_key(..)`"));
        self
    }

    /// Sets a bearer token, in place of an API key and of the environment's.
    pub fn auth_token(mut self, token: impl Into<String>) -> Self {
        self.credentials = Source::Fixed(BearerToken::named(&token.into(), "`.auth_token(..)`"));
        self
    }

    /// Sets credentials that are asked for headers before each attempt, in place of a fixed key and of the environment's.
    ///
    /// They see none of the environment's key, token and headers.
    pub fn credentials(mut self, credentials: impl Credentials) -> Self {
        self.credentials = Source::Asked(Arc::new(credentials));
        self
    }

    /// Sends neither key nor token: for servers that ask for none, such as an engine on this machine.
    ///
    /// The environment's key and token are not read. Headers that are set otherwise are sent.
    pub fn no_credentials(mut self) -> Self {
        self.credentials = Source::None;
        self
    }

    /// Sets the address of the API, in place of the environment's; `https://api.anthropic.com` by default.
    ///
    /// A path before `/v1` is kept; `/v1`, `/v1/messages` and blanks at the end are ignored, and so is user info, which is
    /// never sent. A query or a fragment is an error. The environment's credentials do not go to
    /// [another address](Self#where-credentials-go).
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Allows a base URL with `http` whose host is not this machine. Everybody on the way there can read the credentials
    /// and the conversation, so use it in trusted networks only.
    ///
    /// `http` to `localhost`, `127.0.0.0/8` and `::1` is always allowed.
    pub fn allow_insecure_http(mut self) -> Self {
        self.allows_insecure_http = true;
        self
    }

    /// Sets how often a request is sent again after a failure that may pass; 2 by default.
    ///
    /// Connection errors, timeouts, 408, 409, 429 and 5xx may pass, and errors that a server reports by a name that means
    /// one of these, in whatever response. Waits are half a second, doubling up to eight, less up to a quarter at random,
    /// unless the server names its own. If the server asks to wait longer than 60 seconds, or longer than the
    /// [total timeout](crate::client::CreateMessage::total_timeout) leaves, the request fails at once, and the error says
    /// [how long](Error::retry_after). A stream is tried again before the first piece of its response, and not after.
    pub fn max_retries(mut self, most: u32) -> Self {
        self.max_retries = most;
        self
    }

    /// How long one attempt may take, until the whole answer is there (for a stream: until its first content); 600 s by
    /// default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(FOREVER);
        self
    }

    /// Sets how long a stream may send nothing at all while it is read, 90 s by default; `None` for no limit.
    ///
    /// Bytes of any kind count, pings and comments included: a model whose thinking is hidden sends nothing else for
    /// minutes. [`stall_timeout`](Self::stall_timeout) limits that.
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.silence = timeout.into().map(|timeout| timeout.min(FOREVER));
        self
    }

    /// Sets how long a stream may bring the response no further while it is read, 10 minutes by default; `None` for no
    /// limit.
    ///
    /// Pings, comments, events of types that are not known here and empty deltas do not count: a server that has stalled
    /// sends them as well. Before the first content, [`timeout`](Self::timeout) applies too.
    pub fn stall_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.stall = timeout.into();
        self
    }

    /// The most bytes that the body of an answer may have, or all of a stream; 64 MiB by default.
    ///
    /// Besides, a body has at most 200,000 JSON values, because each takes more memory than its text. No response of a
    /// model comes near that.
    pub fn max_response_bytes(mut self, most: usize) -> Self {
        self.limits.body = most;
        self
    }

    /// The most bytes that one event of a stream may have, 32 MiB by default.
    pub fn max_event_bytes(mut self, most: usize) -> Self {
        self.limits.event = most;
        self
    }

    /// How deep lists and objects may stand in each other in an answer, or in one event of a stream; 512 by default.
    ///
    /// What has no type here (arguments of tools, blocks that are not known) is kept as text and costs no stack, however
    /// deep it is. Where it has one, more than 128 levels are never read.
    pub fn max_json_depth(mut self, levels: usize) -> Self {
        self.limits.depth = levels;
        self
    }

    /// What the API keeps of requests that do not say it themselves; nothing by default. With `true` all of each, so that the
    /// next one that begins alike is cheaper and faster.
    pub fn cache(mut self, cache: impl Into<CachePolicy>) -> Self {
        self.cache = cache.into();
        self
    }

    /// Remembers requests and responses, for [`Client::log`]; off by default. Each request is kept whole, with all of the
    /// conversation: this is for finding out what goes on, and not for programs that run for long.
    pub fn log(mut self, on: bool) -> Self {
        self.logs = on;
        self
    }

    /// What a model costs, for one that has no price here or another one; see [`Price`].
    pub fn price(mut self, model: impl Into<Model>, price: Price) -> Self {
        self.prices.add(model.into(), price);
        self
    }

    /// Shows `tracing` what is said as well: messages, responses, arguments and results of tools. Off by default, for they
    /// may be anybody's secrets.
    ///
    /// Without it there are spans by OpenTelemetry's conventions (`invoke_agent`, `chat`, `execute_tool`) with models,
    /// tokens, names of tools, reasons and retries
    /// ([GenAI spans](https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/)).
    pub fn trace_contents(mut self, on: bool) -> Self {
        self.traces_contents = on;
        self
    }

    /// A header for every request.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A beta feature for every request, as the `anthropic-beta` header names it.
    pub fn beta(mut self, name: impl Into<String>) -> Self {
        self.betas.push(name.into());
        self
    }

    /// The version of the API for every request (`anthropic-version`).
    ///
    /// By itself the client asks for `2026-10-21`, and for `2023-06-01` where a request has sampling parameters, which
    /// exist only there.
    pub fn api_version(self, version: impl Into<String>) -> Self {
        self.header(VERSION.as_str(), version)
    }

    /// Sets an HTTP client with settings of its own, which is used as it is; it should not follow redirects. It has no
    /// effect if there is a [`transport`](Self::transport).
    ///
    /// For proxies and certificates, [`HttpTransport::builder`] has settings.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Sets the transport, in place of an [`HttpTransport`] with the default settings.
    ///
    /// It receives requests to the [base URL](Self::base_url) with the credentials that are set here, and none of the
    /// environment's. If no credentials are set here, the requests have none.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// Misuse: no credential for this address, or one that cannot be a header; a base URL that is not valid, or not
    /// encrypted on its way to another machine; https without certificates to verify servers with; a header that HTTP does
    /// not allow.
    pub fn build(mut self) -> Result<Client> {
        let (address, is_environments) = self.address()?;
        // With room for what HTTP adds to each request.
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("claudette-rust/", env!("CARGO_PKG_VERSION"))));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let credentials = self.set_credentials(&mut headers, &address, is_environments)?;
        for (name, value) in &self.headers {
            set_header(&mut headers, name, value)?;
        }
        for beta in &self.betas {
            append_beta(&mut headers, beta)?;
        }
        let names_version = headers.contains_key(&VERSION);
        headers.entry(&VERSION).or_insert(HeaderValue::from_static(WITHOUT_SAMPLING));
        let transport = if let Some(transport) = self.transport {
            transport
        } else {
            let transport = self.http_client.map(HttpTransport::from).unwrap_or_default();
            transport.check(&address.join(MESSAGES)?)?;
            Arc::new(transport)
        };
        Ok(Client(Arc::new(Inner {
            model: self.model,
            profiles: Vec::new(),
            transport,
            address,
            credentials,
            headers,
            names_version,
            retry: Policy { most: self.max_retries },
            timeout: self.timeout,
            limits: self.limits,
            cache: self.cache,
            prices: self.prices,
            log: self.logs.then(Log::default),
            traces_contents: self.traces_contents,
            ledger: UsageTotals::default(),
        })))
    }
}

impl ClientBuilder {
    /// Where requests go, and whether the credentials of the environment may go there.
    fn address(&self) -> Result<(Address, bool)> {
        let environments = || match variable("ANTHROPIC_BASE_URL")? {
            Some(url) => Address::parse(&url, "the base URL in ANTHROPIC_BASE_URL"),
            None => Ok(Address::official()),
        };
        let (address, is_environments) = match &self.base_url {
            None => (environments()?, true),
            Some(url) => {
                let address = Address::parse(url, "the base URL")?;
                let is_environments = environments().is_ok_and(|own| own.is_at(&address));
                (address, is_environments)
            }
        };
        let is_environments = is_environments && self.transport.is_none();
        if !(address.is_encrypted() || address.is_loopback() || self.allows_insecure_http) {
            return Err(Error::misuse(format!(
                "the base URL \"{address}\" sends credentials and conversations without encryption; use https, or call \
                 `.allow_insecure_http()` on the builder if the network is trusted"
            )));
        }
        Ok((address, is_environments))
    }

    /// Sets the credentials that may go to this address, or returns those that are asked for them. What the program sets
    /// comes before what the environment has.
    fn set_credentials(
        &mut self,
        headers: &mut HeaderMap,
        address: &Address,
        is_environments: bool,
    ) -> Result<Option<Arc<dyn Credentials>>> {
        let source = std::mem::replace(&mut self.credentials, Source::Environment);
        if is_environments && !matches!(source, Source::Asked(_)) {
            set_custom_headers(headers)?;
        }
        let token = match source {
            Source::None => return Ok(None),
            Source::Asked(credentials) => return Ok(Some(credentials)),
            Source::Fixed(token) => token?,
            Source::Environment => {
                let is_set = headers.keys().any(|name| is_credential(name.as_str()))
                    || self.headers.iter().any(|(name, _)| is_credential(name));
                if is_set || self.transport.is_some() {
                    return Ok(None);
                }
                if !is_environments {
                    return Err(Error::misuse(format!(
                        "no credentials: ANTHROPIC_API_KEY is not sent to {address}, because this base URL is given in code; \
                         call `.api_key(..)` on the builder, or `.no_credentials()` if the server needs none"
                    )));
                }
                of_environment()?.ok_or_else(|| {
                    Error::misuse(
                        "no credentials: set the environment variable ANTHROPIC_API_KEY, or call `.api_key(..)` on the \
                         builder, or `.no_credentials()` if the server needs none",
                    )
                })?
            }
        };
        token.set(headers);
        Ok(None)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("model", &self.model).finish_non_exhaustive()
    }
}
