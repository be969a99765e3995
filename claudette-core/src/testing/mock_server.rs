//! [`MockServer`]: a handle to a running mock server; [`MockServerBuilder`]: its settings.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::checks::Rules;
use super::hosts::Settings;
use super::mock_response::MockResponse;
use super::recorded_request::RecordedRequest;
use super::server::{self, State};
use crate::client::Client;

/// A handle to a running mock server.
///
/// Clones are handles to the same server. The server and its connections end when the last handle is dropped, or when
/// the runtime it was started on ends.
///
/// ```
/// use claudette::testing::{MockResponse, MockServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let claude = MockServer::start().await?;
/// claude.respond(MockResponse::text("Hi!"));
///
/// let response = claude.client("claude-sonnet-5-5").send("Hello").await?;
/// assert_eq!(response.text(), "Hi!");
/// assert_eq!(claude.requests()[0].body()["messages"][0]["content"], "Hello");
/// claude.assert_finished();
/// # Ok(())
/// # }
/// ```
#[doc(alias = "fake server")]
#[doc(alias = "stub")]
#[doc(alias = "wiremock")]
#[derive(Clone)]
pub struct MockServer {
    running: Arc<Running>,
}

/// Owned by the handles only. The tasks of the server own the state instead, so that they do not keep themselves alive.
struct Running {
    url: String,
    base_url: String,
    state: Arc<State>,
    accept: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.accept.abort();
    }
}

impl MockServer {
    /// Starts a server that answers with the queued responses only.
    ///
    /// # Errors
    ///
    /// If the server cannot listen on a loopback port.
    ///
    /// # Panics
    ///
    /// If called outside a Tokio runtime.
    pub async fn start() -> crate::Result<Self> {
        Self::builder().start().await
    }

    /// Starts a server that makes up a response if none is queued.
    ///
    /// # Errors
    ///
    /// If the server cannot listen on a loopback port.
    ///
    /// # Panics
    ///
    /// If called outside a Tokio runtime.
    #[doc(alias = "offline")]
    pub async fn auto_reply() -> crate::Result<Self> {
        Self::builder().auto_reply(true).start().await
    }

    /// Returns a builder for a server with other rules than the default ones.
    pub fn builder() -> MockServerBuilder {
        MockServerBuilder::default()
    }

    /// Returns the base URL, such as `http://127.0.0.1:49152`.
    pub fn url(&self) -> &str {
        &self.running.url
    }

    /// Returns the base URL for a client of the host that the server plays.
    ///
    /// ```
    /// # use claudette::testing::MockServer;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// let vertex = MockServer::vertex().await?;
    /// assert_eq!(vertex.base_url(), format!("{}/v1", vertex.url()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn base_url(&self) -> &str {
        &self.running.base_url
    }

    /// Returns a client of the API of Anthropic for this server, with a key that the server accepts.
    ///
    /// # Panics
    ///
    /// If the client cannot be built, which does not happen with a valid URL and key.
    pub fn client(&self, model: &str) -> Client {
        let key = self.running.state.rules.api_key.as_deref();
        Client::builder(model)
            .api_key(key.unwrap_or("mock-server"))
            .base_url(self.url())
            .build()
            .expect("the mock server's URL and key make a client")
    }

    /// Queues a response.
    ///
    /// Responses are used in the order in which they were queued, one for each valid request. An error response is used
    /// once, like any other. A request that the server refuses does not use up a response.
    pub fn respond(&self, response: MockResponse) {
        self.respond_with(move |_| response);
    }

    /// Queues a response that is made from the request's body.
    ///
    /// If `decide` panics, the server answers with status 500, and [`assert_finished`](Self::assert_finished) panics.
    /// If `decide` contains a handle to this server, the server runs at least until `decide` is called.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// let claude = MockServer::start().await?;
    /// claude.respond_with(|request| MockResponse::text(format!("I am {}.", request["model"].as_str().unwrap())));
    /// assert_eq!(claude.client("claude-opus-5-5").send("Hi").await?.text(), "I am claude-opus-5-5.");
    /// # Ok(())
    /// # }
    /// ```
    pub fn respond_with(&self, decide: impl FnOnce(&Value) -> MockResponse + Send + 'static) {
        self.running.state.script.push(decide);
    }

    /// Queues the response to a compaction, whose texts become the summary.
    ///
    /// If none is queued, the server makes up a summary. A compaction never uses a response that was queued with
    /// [`respond`](Self::respond). A response with a stop reason of its own does not contain a summary, as if the model
    /// had failed to write one.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// let claude = MockServer::start().await?;
    /// claude.respond_to_compaction(MockResponse::text("The user says hello.")); // the summary
    /// claude.respond_to_compaction(MockResponse::text("").stop_reason("max_tokens")); // no summary
    /// # Ok(())
    /// # }
    /// ```
    pub fn respond_to_compaction(&self, response: MockResponse) {
        self.running.state.script.push_summary(response);
    }

    /// Returns all requests so far, including the refused ones, in the order in which they were answered.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.running.state.script.requests()
    }

    /// Asserts that every queued response was used, and that every valid request had one.
    ///
    /// # Panics
    ///
    /// If a queued response was not used, if a request had no response, or if a closure given to
    /// [`respond_with`](Self::respond_with) panicked. The message lists these problems and the refused requests.
    #[track_caller]
    pub fn assert_finished(&self) {
        if let Some(problems) = self.running.state.script.unfinished() {
            panic!("{problems}");
        }
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// A builder for a [`MockServer`].
///
/// ```
/// use claudette::testing::MockServer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let claude = MockServer::builder().any_model().auto_reply(true).start().await?;
/// let response = claude.client("claude-next").send("Hello").await?;
/// assert!(response.text().starts_with("You said “Hello”."));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct MockServerBuilder {
    rules: Rules,
    pub(super) host: Settings,
    auto_replies: bool,
    kept_requests: Option<usize>,
    credit_lifetime: Option<Duration>,
}

impl MockServerBuilder {
    /// Sets whether the server makes up a response if none is queued. The default is `false`.
    pub fn auto_reply(mut self, yes: bool) -> Self {
        self.auto_replies = yes;
        self
    }

    /// Accepts only this key, or this bearer token. By default, any is accepted, but a request without one is refused.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.rules.api_key = Some(key.into());
        self
    }

    /// Accepts unknown models, with every capability that any model has.
    pub fn any_model(mut self) -> Self {
        self.rules.any_model = true;
        self
    }

    /// Sets the context window in tokens. The default is that of the model.
    ///
    /// The server estimates one token for four bytes of JSON. It refuses a longer prompt, and ends a response that does
    /// not fit with the stop reason `model_context_window_exceeded`.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// let claude = MockServer::builder().context_window(1_000).auto_reply(true).start().await?;
    /// let client = claude.client("claude-sonnet-5-5");
    /// let error = client.send("long ".repeat(1_000)).await.unwrap_err();
    /// assert!(error.to_string().contains("tokens > 1000 maximum"), "{error}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn context_window(mut self, tokens: u64) -> Self {
        self.rules.context_window = Some(tokens);
        self
    }

    /// Sets whether the server simulates the prompt cache. The default is `true`.
    ///
    /// Without it, the usage of a response counts the whole prompt as `input_tokens`. The lifetime of entries is not
    /// simulated.
    pub fn prompt_cache(mut self, yes: bool) -> Self {
        self.rules.prompt_cache = yes;
        self
    }

    /// Keeps only the last `n` requests for [`MockServer::requests`], so that a long run does not fill the memory.
    pub fn keep_requests(mut self, n: usize) -> Self {
        self.kept_requests = Some(n);
        self
    }

    /// Sets the time for which the credit of a refusal can be redeemed. The default is five minutes.
    ///
    /// A request that redeems a later credit is answered with the status `not_applied` in `usage.fallback_credit`.
    pub fn credit_lifetime(mut self, lifetime: Duration) -> Self {
        self.credit_lifetime = Some(lifetime);
        self
    }

    /// Requires a `user` message first, as older servers and some other hosts of the API do.
    pub fn strict_first_user(mut self) -> Self {
        self.rules.strict_first_user = true;
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// If the server cannot listen on a loopback port.
    ///
    /// # Panics
    ///
    /// If called outside a Tokio runtime.
    pub async fn start(self) -> crate::Result<MockServer> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(startup_error)?;
        let address = listener.local_addr().map_err(startup_error)?;
        let mut state = State::new(self.rules, self.host.clone(), self.auto_replies);
        if let Some(lifetime) = self.credit_lifetime {
            state.credits.lifetime = lifetime;
        }
        let state = Arc::new(state);
        if let Some(n) = self.kept_requests {
            state.script.keep_requests(n);
        }
        let url = format!("http://{address}");
        Ok(MockServer {
            running: Arc::new(Running {
                base_url: self.host.base_url(&url),
                url,
                accept: server::serve(listener, Arc::clone(&state)),
                state,
            }),
        })
    }
}

impl fmt::Debug for MockServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServerBuilder")
            .field("host", &self.host.host)
            .field("auto_replies", &self.auto_replies)
            .field("any_model", &self.rules.any_model)
            .field("strict_first_user", &self.rules.strict_first_user)
            .finish_non_exhaustive()
    }
}

fn startup_error(error: std::io::Error) -> crate::Error {
    crate::Error::connection("the mock server cannot listen on a loopback port").caused_by(error)
}
