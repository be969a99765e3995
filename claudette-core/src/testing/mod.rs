//! A mock server for the API: a real HTTP server on a loopback port that speaks the Messages API.
//!
//! It is for tests, and for programs that have no key (feature `testing`). It knows nothing of this library's types: it
//! reads JSON from a socket and writes JSON, or a stream of events, back. So whatever passes here also went through the
//! HTTP client, the encoding and the parsing.
//!
//! - **It is scripted.** [`MockServer::respond`] queues what it answers, [`MockServer::requests`] tells what it was asked.
//! - **It polices.** A request that the API would refuse is refused, with the status and the wording of the API: a tool
//!   call without its result, a field nobody knows, a thinking mode the model does not have.
//! - **It improvises** when asked to ([`MockServer::auto_reply`]): it calls the tool that fits the prompt, with arguments
//!   from the prompt, and then answers from the result.
//!
//! ```
//! use claudette::testing::{MockResponse, MockServer};
//! use claudette::{Chat, tool, tools};
//! use serde_json::json;
//!
//! /// Adds a + b.
//! #[tool]
//! async fn sums(/** First thing to sum */ a: i64, /** Second thing to sum */ b: i64) -> i64 {
//!     a + b
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> claudette::Result<()> {
//! let claude = MockServer::start().await?;
//! claude.respond(MockResponse::tool_use("sums", json!({"a": 604542, "b": 6458932})));
//! claude.respond(MockResponse::text("7,063,474").chunked(3));
//!
//! let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build()?;
//! let run = chat.toolloop("What is 604542+6458932?").await?;
//!
//! assert_eq!(run.text(), "7,063,474");
//! let second = &claude.requests()[1];
//! assert_eq!(second.body()["messages"][2]["content"][0]["content"], "7063474");
//! claude.assert_finished();
//! # Ok(())
//! # }
//! ```

mod auto_reply;
mod checks;
mod ids;
mod mock_response;
mod models;
mod recorded_request;
mod script;
mod server;
mod signature;
mod sse;
mod usage;

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::Client;
use crate::client::Credential;
use checks::Rules;
use server::State;

pub use mock_response::MockResponse;
pub use recorded_request::RecordedRequest;

/// A client for the API if the environment has a key, and for a mock server on this machine if not.
///
/// So a program can be run, and shown, by somebody without a key. It says in one line on stderr when it stands in.
///
/// # Errors
///
/// If there is a key, what [`Client::new`] fails with; otherwise when no loopback port can be had.
///
/// # Panics
///
/// Outside a Tokio runtime.
pub async fn client_or_mock(model: &str) -> crate::Result<Client> {
    client_or_script(model, []).await
}

/// Returns what [`client_or_mock`] returns, but the mock server begins with these replies. It improvises after the last one.
///
/// A demonstration needs a script if the prompt does not say which tools to call with what.
///
/// ```
/// use claudette::testing::{self, MockResponse};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let client = testing::client_or_script("claude-sonnet-5-5", [MockResponse::text("It is snowing.")]).await?;
/// # if std::env::var_os("ANTHROPIC_API_KEY").is_none() && std::env::var_os("ANTHROPIC_AUTH_TOKEN").is_none() {
/// assert_eq!(client.send("What is the weather like?").await?.text(), "It is snowing.");
/// # }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of [`client_or_mock`].
///
/// # Panics
///
/// Outside a Tokio runtime.
pub async fn client_or_script(model: &str, replies: impl IntoIterator<Item = MockResponse>) -> crate::Result<Client> {
    match Client::new(model) {
        Err(_) if matches!(Credential::of_environment(), Ok(None)) => {}
        client => return client,
    }
    let claude = MockServer::auto_reply().await?;
    replies.into_iter().for_each(|reply| claude.respond(reply));
    let client = claude.client(model);
    eprintln!("No API key in the environment: a mock server on this machine answers ({}).", claude.url());
    // It runs until the program ends: nobody is left to hold its handle.
    std::mem::forget(claude);
    Ok(client)
}

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

    /// Starts a server that makes up its replies once the script has none left.
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

    /// Queues a reply. Replies are used in the order in which they were queued, one for each request that breaks no
    /// rule; an error is used up like any other reply.
    pub fn respond(&self, reply: MockResponse) {
        self.respond_with(move |_| reply);
    }

    /// Queues a reply that is made from the request's body.
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
    /// When a scripted reply was never asked for, when a request came that had no reply, or when what was given to
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
    /// Makes up replies once the script has none left.
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
