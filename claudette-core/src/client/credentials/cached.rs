//! [`CachedCredentials`]: tokens that expire, fetched once for all requests.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Request};
use tokio::time::Instant;

use super::bearer_token::BearerToken;
use super::seam::Credentials;
use super::single_flight::{Fetch, SingleFlight};
use crate::client::transport::Body;
use crate::error::{Error, Result};
use crate::task::BoxFuture;

/// The default time between a new fetch and the end of the credentials' lifetime.
const EARLY: Duration = Duration::from_secs(60);

/// Credentials that a function fetches, kept until shortly before they expire or until the API refuses them.
///
/// If several requests need them at once, they share one fetch and its error. The next request after an error fetches
/// again. If the request that began a fetch is dropped, the others continue it. If all are dropped, the fetch is
/// dropped as well.
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
pub struct CachedCredentials {
    fetch: Arc<dyn Fn() -> BoxFuture<'static, Result<FetchedCredentials>> + Send + Sync>,
    early: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    fetching: SingleFlight<HeaderMap>,
}

struct Kept {
    headers: HeaderMap,
    until: Option<Instant>,
}

impl Kept {
    fn is_valid(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

impl CachedCredentials {
    /// Returns credentials that this function fetches when they are first needed and when they are about to expire.
    pub fn new<F, Fut>(fetch: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<FetchedCredentials>> + Send + 'static,
    {
        Self { fetch: Arc::new(move || Box::pin(fetch())), early: EARLY, state: Arc::default() }
    }

    /// Sets how long before their expiry credentials are fetched again; one minute by default. At most half of their
    /// lifetime is used.
    pub fn refresh_early(mut self, early: Duration) -> Self {
        self.early = early;
        self
    }

    /// Returns the cached headers, or else the current fetch, or else a new one.
    fn kept_or_fetch(&self) -> Result<HeaderMap, Fetch<HeaderMap>> {
        let mut state = lock(&self.state);
        if let Some(kept) = state.kept.as_ref().filter(|kept| kept.is_valid()) {
            return Ok(kept.headers.clone());
        }
        Err(state.fetching.running().unwrap_or_else(|| state.fetching.begin(self.fetched())))
    }

    fn fetched(&self) -> impl Future<Output = Result<HeaderMap>> + Send + 'static {
        let (fetch, early, state) = (self.fetch.clone(), self.early, self.state.clone());
        async move {
            let begun = Instant::now();
            let FetchedCredentials { headers, lifetime } = fetch().await?;
            // A lifetime beyond the range of the clock does not end.
            let until =
                lifetime.and_then(|lifetime| begun.checked_add(lifetime.saturating_sub(early.min(lifetime / 2))));
            lock(&state).kept = Some(Kept { headers: headers.clone(), until });
            Ok(headers)
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // The state is consistent after every statement.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Credentials for CachedCredentials {
    fn headers<'a>(&'a self, _: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
        Box::pin(async {
            match self.kept_or_fetch() {
                Ok(headers) => Ok(headers),
                Err(fetch) => fetch.await.map_err(|error| Error::again(&error)),
            }
        })
    }

    /// Drops these headers if they are the cached ones, so that the next attempt fetches others.
    fn refused(&self, headers: &HeaderMap) -> bool {
        lock(&self.state).kept.take_if(|kept| kept.headers == *headers);
        true
    }
}

/// Does not show the headers.
impl fmt::Debug for CachedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCredentials").field("refresh_early", &self.early).finish_non_exhaustive()
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
