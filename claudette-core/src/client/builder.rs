//! [`ClientBuilder`]: credentials, address and habits of a client.

use std::env;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use super::books::Log;
use super::call::{VERSION, WITHOUT_SAMPLING};
use super::http::Http;
use super::limits::Limits;
use super::retry::Policy;
use super::transport::Transport;
use super::{Client, Inner};
use crate::error::{Error, Result};
use crate::messages::Cache;
use crate::model::Model;
use crate::price::{Price, Prices};

const BASE_URL: &str = "https://api.anthropic.com";
/// As in the official SDKs.
const TIMEOUT: Duration = Duration::from_secs(600);
const MAX_RETRIES: u32 = 2;

/// Sets up a [`Client`]. What is not set comes from the environment, read when the client is built.
///
/// | Variable | Meaning |
/// |---|---|
/// | `ANTHROPIC_API_KEY` | the API key |
/// | `ANTHROPIC_AUTH_TOKEN` | a bearer token, used if there is no key |
/// | `ANTHROPIC_BASE_URL` | the address of the API, without `/v1` |
/// | `ANTHROPIC_CUSTOM_HEADERS` | more headers, a line `Name: value` each |
#[must_use = "a builder does nothing before `build()`"]
pub struct ClientBuilder {
    model: Model,
    credential: Option<Secret>,
    base_url: Option<String>,
    headers: Vec<(String, String)>,
    betas: Vec<String>,
    max_retries: u32,
    timeout: Duration,
    limits: Limits,
    cache: Cache,
    prices: Prices,
    logs: bool,
    traces_contents: bool,
    http_client: Option<reqwest::Client>,
    transport: Option<Arc<dyn Transport>>,
}

impl ClientBuilder {
    pub(super) fn new(model: Model) -> Self {
        Self {
            model,
            credential: None,
            base_url: None,
            headers: Vec::new(),
            betas: Vec::new(),
            max_retries: MAX_RETRIES,
            timeout: TIMEOUT,
            limits: Limits::default(),
            cache: Cache::none(),
            prices: Prices::default(),
            logs: false,
            traces_contents: false,
            http_client: None,
            transport: None,
        }
    }

    /// The API key. The environment is not asked then.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.credential = Some(Secret(key.into()));
        self
    }

    /// A bearer token in place of an API key. The environment is not asked then.
    pub fn auth_token(mut self, token: impl Into<String>) -> Self {
        self.credential = Some(Secret(token.into()));
        self
    }

    /// The address of the API, without `/v1`; `https://api.anthropic.com` by default.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// How often a request is sent again after a failure that may pass; 2 by default.
    ///
    /// Connection errors, timeouts, 408, 409, 429 and 5xx may pass. Waits are half a second, doubling up to eight, less
    /// up to a quarter at random, unless the server names its own (up to ten minutes). A stream is tried again while
    /// nothing of its reply has come, and not after.
    pub fn max_retries(mut self, most: u32) -> Self {
        self.max_retries = most;
        self
    }

    /// How long one attempt may take, until the whole answer is there (for a stream: until its first content); 600 s by
    /// default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long a stream may send nothing at all while it is read, 90 s by default; `None` for no limit.
    ///
    /// Bytes of any kind count, pings and comments included: a model whose thinking is hidden sends nothing else for
    /// minutes. [`stall_timeout`](Self::stall_timeout) limits that.
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.silence = timeout.into();
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
    pub fn cache(mut self, cache: impl Into<Cache>) -> Self {
        self.cache = cache.into();
        self
    }

    /// Remembers requests and replies, for [`Client::log`]; off by default. Each request is kept whole, with all of the
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

    /// Shows `tracing` what is said as well: messages, replies, arguments and results of tools. Off by default, for they
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
        self.header(VERSION, version)
    }

    /// An HTTP client with settings of your own (proxies, certificates); it should follow no redirects.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Another way to the API. Credentials and base URL are the transport's business then, unless they are set here.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// Misuse: no credential from argument or environment, a base URL that is none, a header that HTTP does not allow.
    pub fn build(self) -> Result<Client> {
        // With room for what HTTP adds to each request.
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("claudette-rust/", env!("CARGO_PKG_VERSION"))));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self.credential.or_else(Secret::from_environment) {
            Some(secret) => {
                headers.insert(AUTHORIZATION, secret.header()?);
            }
            None if self.transport.is_some() => {}
            None => {
                return Err(Error::misuse(
                    "no credentials: set the environment variable ANTHROPIC_API_KEY, or call `.api_key(..)` on the builder",
                ));
            }
        }
        for (name, value) in variable("ANTHROPIC_CUSTOM_HEADERS").iter().flat_map(|lines| header_lines(lines)) {
            set_header(&mut headers, name, value)?;
        }
        for (name, value) in &self.headers {
            set_header(&mut headers, name, value)?;
        }
        for beta in &self.betas {
            append_beta(&mut headers, beta)?;
        }
        let names_version = headers.contains_key(VERSION);
        headers.entry(VERSION).or_insert(HeaderValue::from_static(WITHOUT_SAMPLING));
        let transport = if let Some(transport) = self.transport {
            transport
        } else {
            let base = self.base_url.or_else(|| variable("ANTHROPIC_BASE_URL"));
            Arc::new(Http::new(base.as_deref().unwrap_or(BASE_URL), self.http_client)?)
        };
        Ok(Client(Arc::new(Inner {
            model: self.model,
            profiles: Vec::new(),
            transport,
            headers,
            names_version,
            retry: Policy { most: self.max_retries },
            timeout: self.timeout,
            limits: self.limits,
            cache: self.cache,
            prices: self.prices,
            log: self.logs.then(Log::default),
            traces_contents: self.traces_contents,
            ledger: super::Ledger::default(),
        })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("model", &self.model).finish_non_exhaustive()
    }
}

/// A credential. It has no `Debug` and no `Display`.
struct Secret(String);

impl Secret {
    fn from_environment() -> Option<Self> {
        ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"].into_iter().find_map(variable).map(Self)
    }

    /// Keys and tokens both travel as bearer tokens: HTTP clients know that such a header stays with its host.
    fn header(self) -> Result<HeaderValue> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.0.trim()))
            .map_err(|_| Error::misuse("the API key holds characters that no header may hold"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// A variable of the environment that is set to something.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn header_lines(lines: &str) -> impl Iterator<Item = (&str, &str)> {
    lines.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| (name.trim(), value.trim()))
}

pub(super) fn set_header(headers: &mut HeaderMap, name: &str, value: &str) -> Result<()> {
    let refused = || Error::misuse(format!("the header `{name}` is not one that HTTP allows"));
    let key = HeaderName::try_from(name).map_err(|_| refused())?;
    let mut value = HeaderValue::try_from(value).map_err(|_| refused())?;
    // It may be a credential: nobody else needs to see it.
    value.set_sensitive(true);
    headers.insert(key, value);
    Ok(())
}

/// The header that lists beta features, separated by commas.
pub(super) const BETA: &str = "anthropic-beta";

pub(super) fn append_beta(headers: &mut HeaderMap, beta: &str) -> Result<()> {
    let before = headers.get(BETA).cloned();
    set_header(headers, BETA, beta)?;
    if let (Some(before), Some(list)) = (before, headers.get_mut(BETA)) {
        *list = join(&before, list);
    }
    Ok(())
}

pub(super) fn join(list: &HeaderValue, more: &HeaderValue) -> HeaderValue {
    let joined = [list.as_bytes(), more.as_bytes()].join(&b',');
    // Two values that HTTP allows and a comma are one.
    HeaderValue::from_bytes(&joined).unwrap_or_else(|_| list.clone())
}
