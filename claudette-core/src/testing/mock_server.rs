//! [`MockServer`]: the handle of a running server, and its settings.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::checks::Rules;
use super::mock_response::MockResponse;
use super::recorded_request::RecordedRequest;
use super::server::{self, State};
use crate::client::Client;

/// A running mock server; this is a handle to it.
///
/// Clones are handles to the same server. It ends, with all its connections, when the last one is dropped, or with the
/// runtime it was started on.
#[derive(Clone)]
pub struct MockServer {
    running: Arc<Running>,
}

/// Owned by the handles alone: the tasks of the server hold the state, so that they do not keep themselves alive.
struct Running {
    url: String,
    state: Arc<State>,
    accept: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.accept.abort();
    }
}

impl MockServer {
    /// Starts a server that answers from its script alone.
    ///
    /// # Errors
    ///
    /// When no loopback port can be had.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub async fn start() -> crate::Result<Self> {
        Self::builder().start().await
    }

    /// Starts a server that makes up its responses once the script has none left.
    ///
    /// # Errors
    ///
    /// When no loopback port can be had.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub async fn auto_reply() -> crate::Result<Self> {
        Self::builder().auto_reply(true).start().await
    }

    /// Starts a server with other rules than the usual ones.
    pub fn builder() -> MockServerBuilder {
        MockServerBuilder::default()
    }

    /// The base URL, such as `http://127.0.0.1:49152`.
    pub fn url(&self) -> &str {
        &self.running.url
    }

    /// A client for this server.
    ///
    /// # Panics
    ///
    /// When the client cannot be built, for which a valid URL and a key leave no reason.
    pub fn client(&self, model: &str) -> Client {
        let key = self.running.state.rules.api_key.as_deref();
        Client::builder(model)
            .api_key(key.unwrap_or("mock-server"))
            .base_url(self.url())
            .build()
            .expect("the mock server's URL and key make a client")
    }

    /// Queues a response. Responses are used in the order in which they were queued, one for each request that breaks no
    /// rule; an error is used up like any other response.
    pub fn respond(&self, response: MockResponse) {
        self.respond_with(move |_| response);
    }

    /// Queues a response that is made from the request's body.
    ///
    /// When `decide` panics the request is answered by a 500, and [`assert_finished`](Self::assert_finished) tells. A
    /// handle to this server inside it keeps the server running until it is called.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// let claude = MockServer::start().await?;
    /// claude.respond_with(|request| MockResponse::text(format!("I am {}.", request["model"])));
    /// # Ok(())
    /// # }
    /// ```
    pub fn respond_with(&self, decide: impl FnOnce(&Value) -> MockResponse + Send + 'static) {
        self.running.state.script.push(decide);
    }

    /// All requests so far, in the order in which they were answered; the refused ones are among them.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.running.state.script.requests()
    }

    /// Checks that the script was played to its end.
    ///
    /// # Panics
    ///
    /// When a scripted response was never asked for, when a request came that had no response, or when what was given to
    /// [`respond_with`](Self::respond_with) panicked.
    #[track_caller]
    pub fn assert_finished(&self) {
        if let Some(complaint) = self.running.state.script.unfinished() {
            panic!("{complaint}");
        }
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// How a [`MockServer`] is to behave.
#[derive(Clone, Default)]
#[must_use]
pub struct MockServerBuilder {
    rules: Rules,
    auto_replies: bool,
}

impl MockServerBuilder {
    /// Makes up responses once the script has none left.
    pub fn auto_reply(mut self, yes: bool) -> Self {
        self.auto_replies = yes;
        self
    }

    /// Accepts this key alone. Otherwise any key will do, but none will not.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.rules.api_key = Some(key.into());
        self
    }

    /// Accepts models it does not know, and lets them do whatever any model can.
    pub fn any_model(mut self) -> Self {
        self.rules.any_model = true;
        self
    }

    /// Demands that the first message is a user's, as older servers and some other hosts of the API do.
    pub fn strict_first_user(mut self) -> Self {
        self.rules.strict_first_user = true;
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// When no loopback port can be had.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub async fn start(self) -> crate::Result<MockServer> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(startup_error)?;
        let address = listener.local_addr().map_err(startup_error)?;
        let state = Arc::new(State::new(self.rules, self.auto_replies));
        Ok(MockServer {
            running: Arc::new(Running {
                url: format!("http://{address}"),
                accept: server::serve(listener, Arc::clone(&state)),
                state,
            }),
        })
    }
}

impl fmt::Debug for MockServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServerBuilder")
            .field("auto_replies", &self.auto_replies)
            .field("any_model", &self.rules.any_model)
            .field("strict_first_user", &self.rules.strict_first_user)
            .finish_non_exhaustive()
    }
}

fn startup_error(error: std::io::Error) -> crate::Error {
    crate::Error::connection("the mock server found no loopback port to listen on").caused_by(error)
}
