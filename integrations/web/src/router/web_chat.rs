//! [`WebChat`]: the settings of a web chat.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use claudette::chat::ChatBuilder;
use claudette::tooling::ToolAnnotations;
use claudette::{Error, Result, ToolUse};
use http::request::Parts;
use tokio::net::{TcpListener, ToSocketAddrs};

use super::owner::{ChatInfo, Owner};
use super::serve::signal;
use super::settings::Settings;
use super::web_app::WebApp;
use crate::protocol::UiOptions;
use crate::session::ChatStore;

/// The settings of a web chat: a chat for each session, with the HTTP interface of the AI SDK.
///
/// [`serve`](Self::serve) starts a server. [`router`](Self::router) returns a router for a server of the program, and
/// [`build`](Self::build) both.
///
/// ```
/// # use claudette::testing::MockServer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Chat, tool, tools};
/// use claudette_web::WebChat;
///
/// /// Adds a + b.
/// #[tool(read_only)]
/// async fn sums(/** First thing to sum */ a: i64, /** Second thing to sum */ b: i64) -> i64 {
///     a + b
/// }
///
/// let chat = WebChat::new(move |_| Chat::builder(&client).tools(tools![sums]));
/// let app: axum::Router = axum::Router::new().nest("/support", chat.router());
/// # drop(app);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "the settings do nothing before `serve`, `router` or `build`"]
pub struct WebChat {
    settings: Settings,
}

impl WebChat {
    /// Sets the function that builds the chat of a session: its model, system prompt, tools and limits. It is called
    /// when a session begins, and again when a stored one is continued.
    pub fn new(build: impl Fn(&ChatInfo) -> ChatBuilder + Send + Sync + 'static) -> Self {
        Self { settings: Settings::new(Arc::new(build)) }
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Sets where chats are kept while they are not in memory. The default is a [`MemoryStore`](crate::MemoryStore):
    /// the chats are lost when the process ends.
    pub fn store(self, store: impl ChatStore) -> Self {
        self.with(|settings| settings.store = Arc::new(store))
    }

    /// Sets which tool calls ask the user before they run. By default, these are the calls of tools that are marked as
    /// `destructive`.
    ///
    /// The run then ends, and the page shows the arguments and two buttons. The decision applies only to the call with
    /// these arguments. Calls of sub-agents ask in the same way, and the policy gets the marks of the sub-agent's own
    /// tool. Other calls are decided by the function of the chat
    /// ([`ChatBuilder::approve`](claudette::chat::ChatBuilder::approve)), if it has one.
    pub fn ask_before(self, policy: impl Fn(&ToolUse, ToolAnnotations) -> bool + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.ask = Arc::new(policy))
    }

    /// Sets the function that names the user of a request, or refuses it with `None` (status 401).
    ///
    /// A middleware of the program can check a cookie and put the user into the extensions of the request, which the
    /// function reads. Without this setting, everybody who knows the id of a chat can use the chat, so ids must have at
    /// least 16 characters, and [`serve`](Self::serve) accepts only loopback addresses.
    ///
    /// ```
    /// # fn of(chat: claudette_web::WebChat) -> claudette_web::WebChat {
    /// use claudette_web::Owner;
    ///
    /// #[derive(Clone)]
    /// struct UserId(u64);
    ///
    /// chat.authorize(|request| Some(Owner::new(request.extensions.get::<UserId>()?.0.to_string())))
    /// # }
    /// ```
    pub fn authorize(self, authorize: impl Fn(&Parts) -> Option<Owner> + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.authorize = Some(Arc::new(authorize)))
    }

    /// Permits requests from pages of another origin, such as `https://app.example.com` or `http://localhost:5173`. Can
    /// be called several times. By default, only pages of the same origin can use the interface.
    pub fn allow_origin(self, origin: impl AsRef<str>) -> Self {
        let origin = origin.as_ref().trim_end_matches('/').to_ascii_lowercase();
        self.with(|settings| settings.origins.push(origin))
    }

    /// Permits requests only under this host name, without a port. Can be called several times. By default,
    /// [`serve`](Self::serve) permits only `localhost`, `127.0.0.1` and `[::1]` on a loopback address, which stops
    /// pages that let their own name point to this machine (DNS rebinding). Otherwise, all names are permitted.
    pub fn allow_host(self, host: impl AsRef<str>) -> Self {
        let host = host.as_ref().to_ascii_lowercase();
        self.with(|settings| settings.hosts.push(host))
    }

    /// Sets the options of the stream, such as the version of the SDK.
    pub fn ui(self, options: UiOptions) -> Self {
        self.with(|settings| settings.ui = options)
    }

    /// Serves the built-in page at `/`; `true` by default.
    pub fn page(self, yes: bool) -> Self {
        self.with(|settings| settings.page = yes)
    }

    /// Sets how long a run continues without a reader, so that a page that is reloaded, or has lost its connection,
    /// resumes it. The default is zero: a client that vanishes ends its run at once.
    ///
    /// The server cannot distinguish an aborted request from a lost connection. So with a window, a page stops a run with `DELETE
    /// /api/chat/{id}/stream`. The built-in page does. A new prompt also ends a run without readers.
    pub fn resume_window(self, window: Duration) -> Self {
        self.with(|settings| settings.window = window)
    }

    /// Sets the maximum duration of a run: 15 minutes by default. The page then shows an error, and the chat keeps the
    /// finished steps. [`ChatBuilder::deadline`](claudette::chat::ChatBuilder::deadline) ends a run with an answer.
    pub fn max_duration(self, max: Duration) -> Self {
        self.with(|settings| settings.deadline = max)
    }

    /// Sets the maximum number of runs at the same time: 1,000 by default. Further prompts are refused with the status
    /// 503.
    pub fn max_runs(self, max: usize) -> Self {
        self.with(|settings| settings.max_runs = max.clamp(1, 1_000_000))
    }

    /// Sets the maximum number of chats in memory: 1,000 by default. The chat that was not used for the longest time
    /// leaves memory first; the [store](Self::store) has it.
    pub fn max_chats(self, max: usize) -> Self {
        self.with(|settings| settings.max_chats = max.max(1))
    }

    /// Sets the time after which an idle chat leaves memory: 30 minutes by default.
    pub fn idle_timeout(self, idle: Duration) -> Self {
        self.with(|settings| settings.idle = idle)
    }

    /// Sets the maximum size of a request in bytes: 20 MiB by default. A front end sends the whole conversation with
    /// its attachments in each request.
    pub fn max_body(self, bytes: usize) -> Self {
        self.with(|settings| settings.max_body = bytes)
    }

    /// Sets the maximum size of the stream of one run in bytes: 8 MiB by default. The stream is kept while the run goes
    /// on, so that readers can be slow and pages can resume. A run that exceeds it ends with an error.
    pub fn max_stream(self, bytes: usize) -> Self {
        self.with(|settings| settings.max_frames = bytes)
    }

    /// Sets the time after which a comment is sent in a silent stream: 15 seconds by default.
    pub fn keep_alive(self, interval: Duration) -> Self {
        self.with(|settings| settings.keep_alive = interval)
    }

    /// Sets the maximum time to read the body of a request: 30 seconds by default.
    pub fn body_timeout(self, timeout: Duration) -> Self {
        self.with(|settings| settings.body_timeout = timeout)
    }

    /// Sets how long runs can continue when the server stops: 30 seconds by default. After that, they are stopped.
    pub fn shutdown_grace(self, grace: Duration) -> Self {
        self.with(|settings| settings.grace = grace)
    }

    /// Sets the maximum number of connections of [`serve`](Self::serve): 4,000 by default. Further ones wait.
    pub fn max_connections(self, max: usize) -> Self {
        self.with(|settings| settings.max_connections = max.clamp(1, 1_000_000))
    }

    /// Builds the web chat, to use its router and to stop it later.
    pub fn build(self) -> WebApp {
        WebApp::new(self.settings)
    }

    /// Builds the web chat and returns its router, which can be nested or merged into another one.
    pub fn router(self) -> Router {
        self.build().router()
    }

    /// Serves the web chat at an address until the process gets Ctrl-C or SIGTERM. Then running answers can finish
    /// ([`shutdown_grace`](Self::shutdown_grace)).
    ///
    /// The server speaks plain HTTP. Put a proxy with TLS in front of it, except on a loopback address.
    ///
    /// # Errors
    /// Returns an error if the address cannot be used, or if it is not a loopback address and
    /// [`authorize`](Self::authorize) is not set.
    pub async fn serve(self, address: impl ToSocketAddrs + fmt::Debug) -> Result<()> {
        let text = format!("the address {address:?} cannot be used");
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| Error::other(std::io::Error::new(error.kind(), format!("{text}: {error}"))))?;
        self.build().serve(listener, signal()).await
    }
}

impl fmt::Debug for WebChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebChat").field("ui", &self.settings.ui).finish_non_exhaustive()
    }
}
