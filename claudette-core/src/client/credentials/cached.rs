//! [`Cached`]: a value that expires, fetched once for all requests.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::single_flight::{Fetch, SingleFlight};
use crate::error::{Error, Result};
use crate::task::BoxFuture;

/// The default time between a new fetch and the end of a value's lifetime.
const EARLY: Duration = Duration::from_secs(60);

/// The time until the next fetch, if a fetch has failed and the value has not expired.
const PAUSE: Duration = Duration::from_secs(30);

/// A value that a function fetches, such as a token or a key for signatures, kept until shortly before it expires.
///
/// Use it in implementations of [`Credentials`](crate::client::Credentials).
/// [`CachedCredentials`](crate::client::CachedCredentials) are simpler if the value is a header.
///
/// If several requests need the value at once, they share one fetch and its error. The next request after an error
/// fetches again. If the request that began a fetch is dropped, the others continue it. If all are dropped, the fetch is
/// dropped as well. If a fetch fails before the value has expired, the value is used a little longer, and fetched again
/// after 30 seconds.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::time::Duration;
///
/// use claudette::client::Cached;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// static FETCHES: AtomicU32 = AtomicU32::new(0);
///
/// let key = Cached::new(|| async {
///     let number = FETCHES.fetch_add(1, Ordering::Relaxed); // from a metadata server, a file, a vault …
///     Ok((format!("key-{number}"), Some(Duration::from_secs(3_600))))
/// });
/// assert_eq!(key.value().await?, "key-0");
/// assert_eq!(key.value().await?, "key-0");
///
/// key.forget_if(|key| key == "key-0"); // The server has refused it.
/// assert_eq!(key.value().await?, "key-1");
/// # Ok(())
/// # }
/// ```
pub struct Cached<T: Clone> {
    fetch: Arc<dyn Fn() -> Fetched<T> + Send + Sync>,
    early: Duration,
    state: Arc<Mutex<State<T>>>,
}

/// A value with its lifetime.
type Fetched<T> = BoxFuture<'static, Result<(T, Option<Duration>)>>;

struct State<T: Clone> {
    kept: Option<Kept<T>>,
    fetching: SingleFlight<T>,
}

struct Kept<T> {
    value: T,
    /// The time of the next fetch; `None` if the value does not expire.
    refresh: Option<Instant>,
    end: Option<Instant>,
}

impl<T: Clone + Send + Sync + 'static> Cached<T> {
    /// Returns a value that this function fetches when it is first needed and when it is about to expire.
    ///
    /// The function returns the value with its lifetime, counted from the beginning of the fetch. Without a lifetime, the
    /// value does not expire.
    pub fn new<F, Fut>(fetch: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(T, Option<Duration>)>> + Send + 'static,
    {
        let state = State { kept: None, fetching: SingleFlight::default() };
        Self { fetch: Arc::new(move || Box::pin(fetch())), early: EARLY, state: Arc::new(Mutex::new(state)) }
    }

    /// Sets how long before its expiry the value is fetched again; one minute by default. At most half of its lifetime is
    /// used.
    #[must_use]
    pub fn refresh_early(mut self, early: Duration) -> Self {
        self.early = early;
        self
    }

    /// Returns the value, and fetches it if there is none.
    ///
    /// # Errors
    /// The error of the fetch, if there is no value that is still valid. If the function panics, it is an error, too.
    pub async fn value(&self) -> Result<T> {
        match self.kept_or_fetch() {
            Ok(value) => Ok(value),
            Err(fetch) => fetch.await.map_err(|error| Error::again(&error)),
        }
    }

    /// Drops the value if the function returns `true`, so that the next request fetches another.
    ///
    /// It is for a value that a server has refused. Compare the value with the refused one: another request may have
    /// fetched a new value since.
    pub fn forget_if(&self, is_refused: impl FnOnce(&T) -> bool) {
        lock(&self.state).kept.take_if(|kept| is_refused(&kept.value));
    }

    /// Returns the cached value, or else the current fetch, or else a new one.
    fn kept_or_fetch(&self) -> Result<T, Fetch<T>> {
        let mut state = lock(&self.state);
        if let Some(kept) = state.kept.as_ref().filter(|kept| is_before(kept.refresh)) {
            return Ok(kept.value.clone());
        }
        Err(state.fetching.running().unwrap_or_else(|| state.fetching.begin(self.fetched())))
    }

    fn fetched(&self) -> impl Future<Output = Result<T>> + Send + 'static {
        let (fetch, early, state) = (self.fetch.clone(), self.early, self.state.clone());
        async move {
            let begun = Instant::now();
            match fetch().await {
                Ok((value, lifetime)) => {
                    lock(&state).kept = Some(Kept::new(value.clone(), begun, lifetime, early));
                    Ok(value)
                }
                Err(error) => {
                    let mut state = lock(&state);
                    let Some(kept) = state.kept.as_mut().filter(|kept| is_before(kept.end)) else { return Err(error) };
                    tracing::warn!(%error, "credentials were not fetched in advance, and the current ones are used");
                    let next = Instant::now() + PAUSE;
                    kept.refresh = Some(kept.end.map_or(next, |end| end.min(next)));
                    Ok(kept.value.clone())
                }
            }
        }
    }
}

impl<T> Kept<T> {
    fn new(value: T, begun: Instant, lifetime: Option<Duration>, early: Duration) -> Self {
        // A lifetime beyond the range of the clock does not end.
        let end = lifetime.and_then(|lifetime| begun.checked_add(lifetime));
        let refresh = end.zip(lifetime).map(|(end, lifetime)| end - early.min(lifetime / 2));
        Self { value, refresh, end }
    }
}

/// Returns `true` before this time.
fn is_before(time: Option<Instant>) -> bool {
    time.is_none_or(|time| Instant::now() < time)
}

fn lock<T: Clone>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    // The state is consistent after every statement.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does not show the value.
impl<T: Clone> fmt::Debug for Cached<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached").field("refresh_early", &self.early).finish_non_exhaustive()
    }
}
