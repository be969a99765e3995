//! [`CachedCredentials`]: tokens that expire, fetched once for all requests.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, Request};

use super::bearer_token::BearerToken;
use super::cached::Cached;
use super::seam::Credentials;
use crate::client::transport::Body;
use crate::error::Result;
use crate::task::BoxFuture;

/// Credentials that a function fetches, kept until shortly before they expire or until the API refuses them.
///
/// Requests share fetches and errors as with [`Cached`], which is for credentials that are not headers, such as a key
/// that signs each request.
///
/// ```
/// # use claudette::testing::MockServer;
/// use std::time::Duration;
///
/// use claudette::client::{CachedCredentials, FetchedCredentials};
/// use claudette::Client;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::auto_reply().await?;
/// let credentials = CachedCredentials::new(|| async {
///     let token = "token-1"; // from a metadata server, a file, a vault …
///     Ok(FetchedCredentials::bearer(token)?.expires_in(Duration::from_secs(3_600)))
/// });
/// let client = Client::builder("claude-sonnet-5-5").credentials(credentials);
/// # let client = client.base_url(claude.url());
/// client.build()?.send("Hello").await?;
/// # assert_eq!(claude.requests()[0].header("authorization"), Some("Bearer token-1"));
/// # Ok(())
/// # }
/// ```
#[doc(alias = "OAuth")]
#[doc(alias = "refresh token")]
pub struct CachedCredentials(Cached<HeaderMap>);

impl CachedCredentials {
    /// Returns credentials that this function fetches when they are first needed and when they are about to expire.
    pub fn new<F, Fut>(fetch: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<FetchedCredentials>> + Send + 'static,
    {
        Self(Cached::new(move || {
            let fetch = fetch();
            async move { fetch.await.map(|FetchedCredentials { headers, lifetime }| (headers, lifetime)) }
        }))
    }

    /// Sets how long before their expiry credentials are fetched again; one minute by default. At most half of their
    /// lifetime is used.
    pub fn refresh_early(self, early: Duration) -> Self {
        Self(self.0.refresh_early(early))
    }
}

impl Credentials for CachedCredentials {
    fn headers<'a>(&'a self, _: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
        Box::pin(self.0.value())
    }

    /// Drops these headers if they are the cached ones, so that the next attempt fetches others.
    fn refused(&self, headers: &HeaderMap) -> bool {
        self.0.forget_if(|kept| kept == headers);
        true
    }
}

/// Does not show the headers.
impl fmt::Debug for CachedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CachedCredentials").field(&self.0).finish()
    }
}

/// The result of a fetch for [`CachedCredentials`]: headers and their lifetime.
///
/// ```
/// use std::time::Duration;
///
/// use claudette::client::FetchedCredentials;
/// use claudette::http::{HeaderMap, HeaderName, HeaderValue};
///
/// # fn main() -> claudette::Result<()> {
/// let token = FetchedCredentials::bearer("token-1")?.expires_in(Duration::from_secs(3_600));
/// assert!(!format!("{token:?}").contains("token-1"));
///
/// let headers = HeaderMap::from_iter([(HeaderName::from_static("x-api-key"), HeaderValue::from_static("key-1"))]);
/// let key = FetchedCredentials::from(headers);
/// # assert!(!format!("{key:?}").contains("key-1"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FetchedCredentials {
    headers: HeaderMap,
    lifetime: Option<Duration>,
}

impl FetchedCredentials {
    /// Returns a bearer token that does not expire.
    ///
    /// # Errors
    /// The same as for [`BearerToken::new`].
    pub fn bearer(token: impl AsRef<str>) -> Result<Self> {
        let mut headers = HeaderMap::new();
        BearerToken::named(token.as_ref(), "`FetchedCredentials::bearer(..)`")?.set(&mut headers);
        Ok(Self::from(headers))
    }

    /// Sets the lifetime of the headers, counted from the beginning of the fetch.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

/// Returns headers that do not expire.
impl From<HeaderMap> for FetchedCredentials {
    fn from(headers: HeaderMap) -> Self {
        Self { headers, lifetime: None }
    }
}

/// Does not show the headers.
impl fmt::Debug for FetchedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchedCredentials").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}
