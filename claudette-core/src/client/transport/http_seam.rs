//! [`Transport`]: the interface between this library and the network.

use std::sync::Arc;

use http::{Request, Response};

use super::body::Body;
use crate::error::Result;
use crate::task::BoxFuture;

/// Sends one HTTP request and returns the response, with any status.
///
/// The client encodes requests, retries them and reads the responses. A transport only sends them. Implement it to use
/// another HTTP library, and pass it to [`ClientBuilder::transport`](crate::client::ClientBuilder::transport). To sign
/// or count requests, or to add other behavior, implement it as a layer around the client's transport, and pass it to
/// [`ClientBuilder::wrap_transport`](crate::client::ClientBuilder::wrap_transport).
///
/// The URI of a request is absolute and does not contain user info. The headers include the credentials, which are
/// marked as [sensitive](http::HeaderValue::is_sensitive).
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// use std::sync::Arc;
///
/// use claudette::client::Body;
/// use claudette::{BoxFuture, Client, Result, Transport, http};
///
/// /// Adds a header to each request.
/// struct Tenant(Arc<dyn Transport>);
///
/// impl Transport for Tenant {
///     fn send(&self, mut request: http::Request<Body>) -> BoxFuture<'_, Result<http::Response<Body>>> {
///         request.headers_mut().insert("x-tenant", http::HeaderValue::from_static("blue"));
///         self.0.send(request)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi!"));
/// let client = Client::builder("claude-sonnet-5-5").api_key("key").wrap_transport(Tenant);
/// # let client = client.base_url(claude.url());
/// client.build()?.send("Hello").await?;
/// # assert_eq!(claude.requests()[0].header("x-tenant"), Some("blue"));
/// # Ok(())
/// # }
/// ```
#[doc(alias = "middleware")]
pub trait Transport: Send + Sync + 'static {
    /// Sends the request.
    ///
    /// If the future is dropped, or the body of the response before its end, the connection must be closed.
    ///
    /// # Errors
    /// A response was not received. The client retries [`Error::connection`](crate::Error::connection) and
    /// [`Error::timeout`](crate::Error::timeout), but not other errors.
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        (**self).send(request)
    }
}
