//! [`WebApp`]: a web chat that is in use.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use claudette::Result;
use tokio::net::TcpListener;

use super::app::App;
use super::hosts::Hosts;
use super::routes::router;
use super::serve::serve;
use super::settings::Settings;

/// A web chat that is in use. Clones share its chats.
///
/// ```
/// # use claudette::testing::MockServer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::Chat;
/// use claudette_web::WebChat;
///
/// let app = WebChat::new(move |_| Chat::builder(&client)).build();
/// let router = axum::Router::new().merge(app.router());
/// // Serve the router. When the server stops:
/// app.shutdown().await;
/// # drop(router);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct WebApp {
    app: Arc<App>,
}

impl WebApp {
    pub(super) fn new(settings: Settings) -> Self {
        Self { app: Arc::new(App::new(settings)) }
    }

    /// Returns the router: the page at `/`, and the interface below `/api/chat`.
    pub fn router(&self) -> Router {
        router(self.app.clone(), Hosts::new(&self.app.settings.hosts))
    }

    /// Serves the web chat until `stop` is ready. Then it refuses new prompts, and running answers can finish
    /// ([`WebChat::shutdown_grace`](crate::WebChat::shutdown_grace)).
    ///
    /// # Errors
    /// Returns an error if the address of the listener is not a loopback address and
    /// [`WebChat::authorize`](crate::WebChat::authorize) is not set.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()> + Send) -> Result<()> {
        serve(self.app.clone(), listener, stop).await
    }

    /// Refuses new prompts, waits until the running answers are finished, and stops them after the
    /// [grace period](crate::WebChat::shutdown_grace).
    pub async fn shutdown(&self) {
        self.app.shutdown().await;
    }
}

impl fmt::Debug for WebApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebApp").finish_non_exhaustive()
    }
}
