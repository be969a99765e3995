//! [`Credentials`]: the interface between the client and a source of keys and tokens.

use std::sync::Arc;

use http::{HeaderMap, Request};

use crate::client::transport::Body;
use crate::error::Result;
use crate::task::BoxFuture;

/// A source of the headers that authenticate requests.
///
/// The client requests the headers before each attempt, so that a retry has new headers if a key was rotated or a token
/// has expired. A [`BearerToken`](crate::client::BearerToken) is a fixed key or token.
/// [`CachedCredentials`](crate::client::CachedCredentials) fetch tokens that expire. Implement this trait for anything
/// else, such as signatures, and pass it to [`ClientBuilder::credentials`](crate::client::ClientBuilder::credentials).
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// use claudette::http::{HeaderMap, HeaderValue, Request};
/// use claudette::client::{Body, Credentials};
/// use claudette::{BoxFuture, Client, Error, Result};
///
/// /// A key that is read again for each attempt.
/// struct KeyFile(std::path::PathBuf);
///
/// impl Credentials for KeyFile {
///     fn headers<'a>(&'a self, _: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
///         Box::pin(async {
///             let key = std::fs::read_to_string(&self.0).map_err(Error::other)?;
///             let value = HeaderValue::try_from(key.trim()).map_err(Error::other)?;
///             Ok(HeaderMap::from_iter([(claudette::http::HeaderName::from_static("x-api-key"), value)]))
///         })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi!"));
/// # let path = std::env::temp_dir().join(format!("claudette-key-{}", std::process::id()));
/// # std::fs::write(&path, "key-1\n").unwrap();
/// # let written = path.clone();
/// let client = Client::builder("claude-sonnet-5-5").credentials(KeyFile(path));
/// # let client = client.base_url(claude.url());
/// client.build()?.send("Hello").await?;
/// # assert_eq!(claude.requests()[0].header("x-api-key"), Some("key-1"));
/// # std::fs::remove_file(written).unwrap();
/// # Ok(())
/// # }
/// ```
#[doc(alias = "authentication")]
pub trait Credentials: Send + Sync + 'static {
    /// Returns the headers for this request. They replace headers of the same names, and the client marks them as
    /// [sensitive](http::HeaderValue::set_sensitive).
    ///
    /// Except for these headers, the request is complete. Its URI is absolute, and its body is
    /// [in memory](Body::as_pieces), so a signature can cover both.
    ///
    /// # Errors
    /// The headers are not available. The client retries a [connection error](crate::Error::connection) or a
    /// [timeout](crate::Error::timeout), as for a [`Transport`](crate::Transport).
    fn headers<'a>(&'a self, request: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>>;

    /// Handles the refusal of a request with these headers (status 401). Returns `true` if the next call of
    /// [`headers`](Self::headers) may return other headers.
    ///
    /// The client then sends the request again at once. The first time, this does not count as one of the
    /// [retries](crate::client::ClientBuilder::max_retries) of the request. The default is `false`.
    fn refused(&self, headers: &HeaderMap) -> bool {
        let _ = headers;
        false
    }
}

impl<T: Credentials + ?Sized> Credentials for Arc<T> {
    fn headers<'a>(&'a self, request: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
        (**self).headers(request)
    }

    fn refused(&self, headers: &HeaderMap) -> bool {
        (**self).refused(headers)
    }
}
