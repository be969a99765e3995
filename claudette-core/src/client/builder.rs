//! [`ClientBuilder`]: credentials, address and other settings of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::client::Client;
use super::credentials::{BearerToken, Credentials};
use super::hosts::Host;
use super::limits::Limits;
use super::pacing::Rules;
use super::request::VERSION;
use super::transport::Transport;
use crate::catalog::{Model, Platform, Price, Prices};
use crate::error::Result;
use crate::messages::CachePolicy;

/// The default timeout and number of retries, which are those of the official SDKs.
const TIMEOUT: Duration = Duration::from_secs(600);
const MAX_RETRIES: u32 = 2;
/// A duration that is longer than any process runs, and that every clock can represent.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 86_400);

/// A builder of a [`Client`]. Credentials and address come from the environment unless they are set here; it is read
/// when the client is built.
///
/// | Variable | Meaning |
/// |---|---|
/// | `ANTHROPIC_API_KEY` | the API key |
/// | `ANTHROPIC_AUTH_TOKEN` | a bearer token, used if there is no key |
/// | `ANTHROPIC_PROFILE` and others | [keyless credentials](#keyless-credentials), used if there is no token |
/// | `ANTHROPIC_BASE_URL` | the address of the API; `https://api.anthropic.com` by default |
/// | `ANTHROPIC_CUSTOM_HEADERS` | more headers, one line `Name: value` for each |
///
/// A blank variable counts as unset, and blanks around a key or an address are ignored.
///
/// # Where credentials go
///
/// Key, token and headers of the environment belong to the environment's own address: `ANTHROPIC_BASE_URL`, or else the
/// default. The client does not send them to another host, scheme or port given to [`base_url`](Self::base_url). It
/// does not pass them to a [`transport`](Self::transport) or to [`credentials`](Self::credentials) of the program's own
/// either. A [layer around the client's transport](Self::wrap_transport) receives them, because the requests still go to
/// the environment's address.
///
/// Such a client needs a credential in code, or [`no_credentials`](Self::no_credentials) if the server does not require
/// any. A header `authorization` or `x-api-key` that is set with [`header`](Self::header) is a credential in code, too.
///
/// An identity of the environment (see below) is treated in the same way. If it is a profile with an address, and
/// `ANTHROPIC_BASE_URL` is not set, the environment's own address is that of the profile.
///
/// Proxies come from the usual variables (`HTTPS_PROXY`, `NO_PROXY`, …), but are not used for this machine's own
/// addresses. Redirects are not followed.
///
/// ```
/// use claudette::Client;
///
/// # fn main() -> claudette::Result<()> {
/// // A server on this machine. The environment's key is not used.
/// let client = Client::builder("qwen3").base_url("http://localhost:8080/v1").no_credentials().build()?;
///
/// // The environment's key is not sent to a gateway.
/// let error = Client::builder("claude-sonnet-5-5").base_url("https://gateway.example.com").build().unwrap_err();
/// assert!(error.is_misuse() && error.to_string().starts_with("no credentials"));
/// # Ok(())
/// # }
/// ```
///
/// # Keyless credentials
///
/// Without a key and a token, the environment may contain an identity, which the client exchanges for short-lived access
/// tokens. The first one of these is used, as in the official SDKs:
///
/// 1. The profile that `ANTHROPIC_PROFILE` names.
/// 2. A federation: `ANTHROPIC_FEDERATION_RULE_ID`, `ANTHROPIC_ORGANIZATION_ID`, and `ANTHROPIC_IDENTITY_TOKEN_FILE` or
///    `ANTHROPIC_IDENTITY_TOKEN`. `ANTHROPIC_SERVICE_ACCOUNT_ID` and `ANTHROPIC_WORKSPACE_ID` are optional.
/// 3. The active profile: the one that the file `active_config` names, or else `default`.
///
/// A profile consists of `configs/<name>.json` and `credentials/<name>.json` in the folder `~/.config/anthropic`
/// (`%APPDATA%\Anthropic` on Windows), or in `ANTHROPIC_CONFIG_DIR`. The first file must not be writable for other users,
/// and the second one must not be accessible to them. Variables complete a profile that leaves fields out. An error in a
/// profile is an error of [`build`](Self::build), unless it is the default profile and nothing in the environment refers
/// to it.
///
/// [`profile`](Self::profile) and [`WorkloadIdentity`](crate::client::WorkloadIdentity) do the same in code. The latter
/// describes when tokens are renewed and how exchanges are sent.
#[must_use = "a builder does nothing before `build()`"]
pub struct ClientBuilder {
    pub(super) model: Model,
    pub(super) host: Option<Arc<dyn Host>>,
    /// The platform behind a gateway, if the program sets it.
    pub(super) platform: Option<Platform>,
    pub(super) credentials: Source,
    pub(super) base_url: Option<String>,
    pub(super) allows_insecure_http: bool,
    pub(super) headers: Vec<(String, String)>,
    pub(super) betas: Vec<String>,
    pub(super) max_retries: u32,
    pub(super) timeout: Duration,
    pub(super) limits: Limits,
    pub(super) rules: Rules,
    pub(super) cache: CachePolicy,
    pub(super) prices: Prices,
    pub(super) logs: bool,
    pub(super) traces_contents: bool,
    pub(super) http_client: Option<reqwest::Client>,
    pub(super) transport: Option<Arc<dyn Transport>>,
    /// The layers around the transport, innermost first.
    pub(super) layers: Vec<Layer>,
}

/// A function that wraps a transport in another one.
pub(super) type Layer = Box<dyn FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport> + Send + Sync>;

/// The source of a client's credentials.
pub(super) enum Source {
    /// The environment, whose credentials belong to its own address.
    Environment,
    /// A key or token that is set in code, or the reason why it is not valid.
    Fixed(Result<BearerToken>),
    /// Credentials of the program's own.
    Custom(Arc<dyn Credentials>),
    /// The profile with this name.
    Profile(String),
    None,
}

impl Client {
    /// Returns a client with credentials and address from the environment; see [`ClientBuilder`].
    ///
    /// # Errors
    /// Misuse: the environment does not contain credentials (the error names `ANTHROPIC_API_KEY`), or a variable is not
    /// valid.
    #[doc(alias = "ANTHROPIC_API_KEY")]
    pub fn new(model: impl Into<Model>) -> Result<Self> {
        Self::builder(model).build()
    }

    /// Returns a builder of a client with this default model.
    pub fn builder(model: impl Into<Model>) -> ClientBuilder {
        ClientBuilder::new(model.into())
    }
}

impl ClientBuilder {
    fn new(model: Model) -> Self {
        Self {
            model,
            host: None,
            platform: None,
            credentials: Source::Environment,
            base_url: None,
            allows_insecure_http: false,
            headers: Vec::new(),
            betas: Vec::new(),
            max_retries: MAX_RETRIES,
            timeout: TIMEOUT,
            limits: Limits::default(),
            rules: Rules::default(),
            cache: CachePolicy::none(),
            prices: Prices::default(),
            logs: false,
            traces_contents: false,
            http_client: None,
            transport: None,
            layers: Vec::new(),
        }
    }

    /// Sets the API key, in place of the environment's.
    #[doc(alias = "ANTHROPIC_API_KEY")]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.credentials = Source::Fixed(BearerToken::named(&key.into(), "`.api_key(..)`"));
        self
    }

    /// Sets a bearer token, in place of an API key and of the environment's credentials.
    #[doc(alias = "ANTHROPIC_AUTH_TOKEN")]
    pub fn auth_token(mut self, token: impl Into<String>) -> Self {
        self.credentials = Source::Fixed(BearerToken::named(&token.into(), "`.auth_token(..)`"));
        self
    }

    /// Sets credentials that provide headers before each attempt, in place of a fixed key and of the environment's
    /// credentials.
    ///
    /// They do not receive the key, token and headers of the environment.
    #[doc(alias = "authentication")]
    pub fn credentials(mut self, credentials: impl Credentials) -> Self {
        self.credentials = Source::Custom(Arc::new(credentials));
        self
    }

    /// Authenticates with a profile: a file `configs/<name>.json` that a login or an administrator has written, in place of
    /// the environment's credentials.
    ///
    /// The file is below `~/.config/anthropic` (`%APPDATA%\Anthropic` on Windows), or below `ANTHROPIC_CONFIG_DIR`. If it
    /// contains a `base_url`, requests go there, unless [`base_url`](Self::base_url) or `ANTHROPIC_BASE_URL` is set. See
    /// [keyless credentials](Self#keyless-credentials).
    ///
    /// ```
    /// use claudette::Client;
    ///
    /// let error = Client::builder("claude-sonnet-5-5").profile("../secret").build().unwrap_err();
    /// assert!(error.is_misuse() && error.to_string().contains("the profile name"));
    /// ```
    #[doc(alias = "ANTHROPIC_PROFILE")]
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.credentials = Source::Profile(name.into());
        self
    }

    /// Sends neither a key nor a token, for servers that do not require one, such as an inference server on this
    /// machine.
    ///
    /// The environment's key and token are not read. Headers that are set in another way are sent.
    pub fn no_credentials(mut self) -> Self {
        self.credentials = Source::None;
        self
    }

    /// Sets the address of the API, in place of the environment's; `https://api.anthropic.com` by default.
    ///
    /// A path before `/v1` is kept. `/v1`, `/v1/messages` and blanks at the end are ignored. User info is ignored and
    /// never sent. A query or a fragment is an error. The environment's credentials are not sent to [another
    /// address](Self#where-credentials-go).
    #[doc(alias = "ANTHROPIC_BASE_URL")]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Allows a base URL with `http` whose host is not this machine.
    ///
    /// Every system on the network path can read the credentials and the conversation, so use it in trusted networks
    /// only. `http` to `localhost`, `127.0.0.0/8` and `::1` is always allowed.
    pub fn allow_insecure_http(mut self) -> Self {
        self.allows_insecure_http = true;
        self
    }

    /// Sets the maximum number of retries of a request; 2 by default.
    ///
    /// The client retries after connection errors, timeouts, the statuses 408, 409, 429 and 5xx, and errors whose name
    /// means one of these statuses. The server can override this decision (`x-should-retry`).
    ///
    /// The first delay is half a second. Each further delay is twice as long, up to eight seconds, and each is
    /// shortened at random by up to a quarter. If the server sets a delay (`retry-after`), that delay is used. If it is
    /// longer than 60 seconds, or than the [total timeout](crate::client::CreateMessage::total_timeout) permits, the
    /// request fails at once, and the error contains [the delay](crate::Error::retry_after). A stream is retried only before
    /// its first content.
    #[doc(alias = "backoff")]
    pub fn max_retries(mut self, most: u32) -> Self {
        self.max_retries = most;
        self
    }

    /// Sets the time limit of one attempt: until the whole response has arrived or, for a stream, until its first
    /// content; 600 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(FOREVER);
        self
    }

    /// Sets how long a stream may send no bytes while it is read, 90 seconds by default; `None` for no limit.
    ///
    /// Bytes of any kind reset the timer, including pings and comments: a model whose thinking is hidden sends only
    /// pings for minutes. [`stall_timeout`](Self::stall_timeout) limits that time.
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.silence = timeout.into().map(|timeout| timeout.min(FOREVER));
        self
    }

    /// Sets how long a stream may make no progress while it is read, 10 minutes by default; `None` for no limit.
    ///
    /// Pings, comments, empty deltas and events of unknown types are not progress, because a stalled server sends them
    /// as well. Before the first content, [`timeout`](Self::timeout) applies too.
    pub fn stall_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.stall = timeout.into();
        self
    }

    /// Sets the maximum size of the body of a response, or of a whole stream, in bytes; 64 MiB by default.
    ///
    /// In addition, a body may have at most 200,000 JSON values, because each takes more memory than its text. The
    /// longest responses of models stay below half of that.
    pub fn max_response_bytes(mut self, most: usize) -> Self {
        self.limits.body = most;
        self
    }

    /// Sets the maximum size of one event of a stream in bytes, 32 MiB by default.
    pub fn max_event_bytes(mut self, most: usize) -> Self {
        self.limits.event = most;
        self
    }

    /// Sets the maximum nesting of lists and objects in a response, or in one event of a stream; 512 levels by default.
    ///
    /// JSON that is kept as text, such as tool arguments and unknown blocks, does not use stack space for its depth.
    /// Typed JSON is always limited to 128 levels.
    pub fn max_json_depth(mut self, levels: usize) -> Self {
        self.limits.depth = levels;
        self
    }

    /// Sets the maximum number of attempts at a time, for this client and all its clones together; no limit by default.
    ///
    /// An attempt counts until its response has been read to its end, has failed, or is dropped. This includes streams,
    /// so a program that reads several streams at once needs at least as many attempts. Nothing counts while tools run
    /// or before a retry.
    ///
    /// Further attempts wait, in the order in which they came. The wait is not part of the [`timeout`](Self::timeout),
    /// but of the [total timeout](crate::client::CreateMessage::total_timeout). A request that is dropped leaves the
    /// queue.
    ///
    /// ```
    /// # use claudette::testing::MockServer;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::auto_reply().await?;
    /// use claudette::Client;
    ///
    /// let client = Client::builder("claude-sonnet-5-5").max_concurrent(2);
    /// # let client = client.api_key("key").base_url(claude.url());
    /// let client = client.build()?;
    /// let requests = (0..6).map(|job| client.send(format!("Job {job}")).into_future());
    /// let responses = futures_util::future::try_join_all(requests).await?; // two at a time
    /// assert_eq!(responses.len(), 6);
    ///
    /// let error = Client::builder("claude-sonnet-5-5").api_key("key").max_concurrent(0).build().unwrap_err();
    /// assert!(error.is_misuse());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "concurrency")]
    #[doc(alias = "rate limit")]
    #[doc(alias = "semaphore")]
    pub fn max_concurrent(mut self, most: usize) -> Self {
        self.rules.max_concurrent = Some(most);
        self
    }

    /// Sets whether requests are delayed so that they stay below the rate limits that the API reports; off by default.
    ///
    /// Without it, a request that exceeds a limit is refused with 429 and [retried](Self::max_retries), which is enough
    /// for a few requests at a time. Use it if many workers share a client, as in a batch of jobs or a web server.
    /// [`max_concurrent`](Self::max_concurrent) should be set as well, because the limits are not known before the first
    /// response.
    ///
    /// The client reads the headers `anthropic-ratelimit-*` of each response, for each model separately. They contain
    /// the limits of requests and tokens, the rest that is left, and the time at which it is full again. A request to
    /// create a message waits until the rest is enough for it, and for those before it that were not answered yet. After
    /// a 429 with `retry-after`, all requests to that model wait for this time.
    ///
    /// The input tokens of a request are estimated by the size of its body: a token for four bytes at first, then the
    /// ratio in recent responses of the model, without tokens that were read from the cache. One output token must be
    /// left. A request that is larger than the whole limit is sent when the limit is unused.
    ///
    /// Requests to a model wait in the order in which they came. The first of them waits at most 90 seconds, whatever
    /// the server sends. The wait is not part of the [`timeout`](Self::timeout), but of the [total
    /// timeout](crate::client::CreateMessage::total_timeout). Other processes with the same key are not seen; they make
    /// the rest fall faster, and requests that are refused nevertheless are retried.
    ///
    /// ```
    /// use claudette::Client;
    ///
    /// # fn main() -> claudette::Result<()> {
    /// let client = Client::builder("claude-sonnet-5-5").max_concurrent(20).pace(true);
    /// # let client = client.api_key("key");
    /// let client = client.build()?; // its clones share the queue
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "rate limit")]
    #[doc(alias = "throttle")]
    #[doc(alias = "anthropic-ratelimit")]
    pub fn pace(mut self, on: bool) -> Self {
        self.rules.paces = on;
        self
    }

    /// Sets which parts of a request the API caches, for requests that do not set it themselves; none by default.
    ///
    /// `true` caches all of each request, so that a later request with the same beginning is cheaper and faster.
    #[doc(alias = "prompt caching")]
    pub fn cache(mut self, cache: impl Into<CachePolicy>) -> Self {
        self.cache = cache.into();
        self
    }

    /// Sets the place that serves the API, in place of api.anthropic.com: one of the [`hosts`](crate::hosts), or one of
    /// the packages `claudette-aws` and `claudette-google`.
    ///
    /// The address, the credentials and the platform are those of the host. Key, token and address of the environment
    /// (`ANTHROPIC_API_KEY`, …) are not read. The headers of `ANTHROPIC_CUSTOM_HEADERS` are sent, except credentials.
    ///
    /// ```
    /// use claudette::Client;
    /// use claudette::hosts::Vertex;
    ///
    /// # fn main() -> claudette::Result<()> {
    /// let vertex = Vertex::builder().project("my-project").region("global").access_token("token").build()?;
    /// let client = Client::builder("claude-sonnet-5-5").host(vertex).build()?;
    /// assert_eq!(client.platform().to_string(), "Vertex AI");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "Bedrock")]
    #[doc(alias = "Vertex")]
    #[doc(alias = "Foundry")]
    pub fn host(mut self, host: impl Host) -> Self {
        self.host = Some(Arc::new(host));
        self
    }

    /// Sets the platform behind a gateway, which decides on the features that a request can use; the API of Anthropic
    /// by default.
    ///
    /// It does not change where and how requests are sent; [`host`](Self::host) does.
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// Sets another name of a model, such as a deployment of Foundry or an inference profile of Bedrock. The name is sent. Requests are checked, and responses are priced, as for the model.
    ///
    /// ```
    /// use claudette::Client;
    /// use claudette::catalog::Model;
    ///
    /// # fn main() -> claudette::Result<()> {
    /// let client = Client::builder("support-bot").alias("support-bot", "claude-sonnet-5-5").api_key("key").build()?;
    /// assert_eq!(client.profile(client.default_model()), Model::SONNET_5_5.profile());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "deployment")]
    pub fn alias(mut self, name: impl Into<Model>, model: impl Into<Model>) -> Self {
        self.prices.add_alias(name.into(), model.into());
        self
    }

    /// Sets whether the client keeps requests and responses for [`Client::log`]; off by default.
    ///
    /// Each request is kept whole, with all of the conversation. Use it for debugging, not in programs that run for a
    /// long time.
    pub fn log(mut self, on: bool) -> Self {
        self.logs = on;
        self
    }

    /// Sets the price of a model that has no built-in price, or a different one; see [`Price`].
    pub fn price(mut self, model: impl Into<Model>, price: Price) -> Self {
        self.prices.add(model.into(), price);
        self
    }

    /// Sets whether `tracing` spans contain messages, responses, and the arguments and results of tools. Off by
    /// default, because they may be confidential.
    ///
    /// In any case there are spans that follow OpenTelemetry's conventions (`invoke_agent`, `chat`, `execute_tool`),
    /// with models, tokens, names of tools, reasons and retries ([GenAI
    /// spans](https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/)).
    #[doc(alias = "OpenTelemetry")]
    pub fn trace_contents(mut self, on: bool) -> Self {
        self.traces_contents = on;
        self
    }

    /// Sets a header of every request.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Enables a beta feature for every request, by its name in the header `anthropic-beta`.
    #[doc(alias = "anthropic-beta")]
    pub fn beta(mut self, name: impl Into<String>) -> Self {
        self.betas.push(name.into());
        self
    }

    /// Sets the version of the API for every request (`anthropic-version`).
    ///
    /// By default it is `2026-10-21`, and `2023-06-01` for requests with sampling parameters, which exist only in that
    /// version.
    #[doc(alias = "anthropic-version")]
    pub fn api_version(self, version: impl Into<String>) -> Self {
        self.header(VERSION.as_str(), version)
    }

    /// Sets the `reqwest` client that sends requests, with its own settings. It should not follow redirects. It is not
    /// used if a [`transport`](Self::transport) is set.
    ///
    /// For proxies and certificates, use the settings of
    /// [`HttpTransport::builder`](crate::client::HttpTransport::builder).
    ///
    /// If `reqwest` is used without its feature `rustls`, it panics when a client is built, unless the program has
    /// installed the cryptography of rustls before:
    ///
    /// ```
    /// use claudette::Client;
    /// use reqwest::redirect::Policy;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // An error means that one is installed already.
    /// let _ = rustls::crypto::ring::default_provider().install_default();
    /// let http = reqwest::Client::builder().redirect(Policy::none()).build()?;
    /// let client = Client::builder("claude-sonnet-5-5").api_key("key").http_client(http).build()?;
    /// # let _ = client;
    /// # Ok(())
    /// # }
    /// ```
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Sets the transport, in place of an [`HttpTransport`](crate::client::HttpTransport) with the default settings.
    ///
    /// It receives requests to the [base URL](Self::base_url) with the credentials that are set here. It does not
    /// receive the environment's credentials: if none are set here, the requests do not contain any. To add behavior to
    /// the transport that the client uses anyway, call [`wrap_transport`](Self::wrap_transport).
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Adds a layer around the transport of the client: the [`transport`](Self::transport) or the
    /// [`http_client`](Self::http_client) that is set here, or else an [`HttpTransport`](crate::client::HttpTransport).
    ///
    /// A layer sees each attempt, with its credentials. It can record, count, delay, sign or answer requests. The
    /// environment's credentials are still used, unless a [`transport`](Self::transport) is set. `wrap` is called when
    /// the client is built. If it is set several times, the last layer is the outermost and sees a request first.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// use claudette::client::Body;
    /// use claudette::{BoxFuture, Client, Result, Transport, http};
    ///
    /// /// Counts the attempts of all requests.
    /// struct Counted {
    ///     inner: Arc<dyn Transport>,
    ///     attempts: Arc<AtomicUsize>,
    /// }
    ///
    /// impl Transport for Counted {
    ///     fn send(&self, request: http::Request<Body>) -> BoxFuture<'_, Result<http::Response<Body>>> {
    ///         self.attempts.fetch_add(1, Ordering::Relaxed);
    ///         self.inner.send(request)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after-ms", "1"));
    /// # claude.respond(MockResponse::text("Hi!"));
    /// let attempts = Arc::new(AtomicUsize::new(0));
    /// let counter = attempts.clone();
    /// let client = Client::builder("claude-sonnet-5-5")
    ///     .wrap_transport(|inner| Counted { inner, attempts: counter });
    /// # let client = client.api_key("key").base_url(claude.url());
    /// client.build()?.send("Hello").await?; // the server is overloaded once
    /// assert_eq!(attempts.load(Ordering::Relaxed), 2);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "middleware")]
    pub fn wrap_transport<T: Transport>(
        mut self,
        wrap: impl FnOnce(Arc<dyn Transport>) -> T + Send + Sync + 'static,
    ) -> Self {
        self.layers.push(Box::new(|inner| Arc::new(wrap(inner))));
        self
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("model", &self.model).finish_non_exhaustive()
    }
}
