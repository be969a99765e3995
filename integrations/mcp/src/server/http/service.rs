//! [`McpService`]: a server as a tower service.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use claudette::BoxFuture;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio_util::sync::CancellationToken;

use super::access::{hosts, origins};
use super::bearer::Bearer;
use super::body::McpBody;
use crate::error::{Error, Result};
use crate::server::handler::Handler;
use crate::server::offer::Offer;
use crate::server::serve::Serve;

/// The time without a message after which a session ends. It is long, because a running call is such a time as well if
/// it reports no progress.
const IDLE: Duration = Duration::from_secs(60 * 60);

/// A server as a [tower service](https://docs.rs/tower-service), for a router that has other routes as well;
/// [`Serve::into_service`](crate::Serve::into_service) returns it.
///
/// Clones share the sessions. The sessions end with [`close`](Self::close) or with the last clone.
///
/// ```
/// use axum::Router;
/// use claudette::{tool, tools};
///
/// /// Adds a + b.
/// #[tool]
/// async fn sums(
///     /// First thing to sum
///     a: i64,
///     /// Second thing to sum
///     b: i64,
/// ) -> i64 {
///     a + b
/// }
///
/// # fn main() -> claudette::Result<()> {
/// let service = claudette_mcp::serve(tools![sums]).allowed_hosts(["tools.example.com"]).into_service()?;
/// let app: Router = Router::new().route_service("/mcp", service);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct McpService {
    inner: StreamableHttpService<Handler, LocalSessionManager>,
    sessions: Arc<LocalSessionManager>,
    max_sessions: usize,
    bearer: Option<Bearer>,
    closed: CancellationToken,
    _close: Arc<tokio_util::sync::DropGuard>,
}

impl Serve {
    /// Returns the server as a tower service, for a router of axum or another server.
    ///
    /// Give the service exactly one path, such as `/mcp`, and put nothing before it that reads whole bodies: responses
    /// are streams.
    ///
    /// # Errors
    ///
    /// Misuse: two tools have the same name, a definition is not valid, the [state](claudette::State) of a tool is
    /// missing, or a setting is not valid.
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    pub fn into_service(mut self) -> Result<McpService> {
        let options = std::mem::take(&mut self.http);
        if let Some(problem) = options.bearer.as_ref().and_then(Bearer::problem) {
            return Err(Error::misuse(problem));
        }
        let closed = CancellationToken::new();
        let origins = origins(&options)?;
        let config = StreamableHttpServerConfig::default()
            .with_allowed_hosts(hosts(&options)?)
            .with_max_request_body_bytes(options.max_body)
            .with_cancellation_token(closed.clone());
        let config = if origins.is_empty() { config } else { config.with_allowed_origins(origins) };
        let mut sessions = LocalSessionManager::default();
        sessions.session_config.keep_alive = Some(IDLE);
        let sessions = Arc::new(sessions);
        let offer = Offer::new(self)?;
        let handler = move || Ok(Handler::new(offer.clone()));
        Ok(McpService {
            inner: StreamableHttpService::new(handler, sessions.clone(), config),
            sessions,
            max_sessions: options.max_sessions,
            bearer: options.bearer,
            _close: Arc::new(closed.clone().drop_guard()),
            closed,
        })
    }
}

impl McpService {
    /// Ends all sessions and streams, and refuses further requests with status 503. Running calls are cancelled.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// Returns `true` if a request would open a session, and there are enough.
    async fn is_full(&self, headers: &HeaderMap) -> bool {
        let is_modern = headers.get("mcp-protocol-version").is_some_and(|version| version >= "2026-07-28");
        let opens = !headers.contains_key("mcp-session-id") && !is_modern;
        opens && self.sessions.sessions.read().await.len() >= self.max_sessions
    }

    async fn answer<B>(self, request: Request<B>) -> Response<McpBody>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: fmt::Display,
    {
        if self.bearer.as_ref().is_some_and(|bearer| !bearer.permits(request.headers())) {
            let mut response =
                refusal(StatusCode::UNAUTHORIZED, "Unauthorized: send the header `Authorization: Bearer`");
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return response;
        }
        if self.closed.is_cancelled() {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable: the server is shutting down");
        }
        if self.is_full(request.headers()).await {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable: too many sessions");
        }
        self.inner.handle(request).await.map(McpBody::new)
    }
}

pub(super) fn refusal(status: StatusCode, text: &'static str) -> Response<McpBody> {
    let mut response = Response::new(McpBody::text(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

impl<B> tower_service::Service<Request<B>> for McpService
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: fmt::Display,
{
    type Response = Response<McpBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { Ok(service.answer(request).await) })
    }
}

impl fmt::Debug for McpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpService").field("is_closed", &self.closed.is_cancelled()).finish_non_exhaustive()
    }
}
