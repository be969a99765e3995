//! [`SingleFlight`]: one fetch for all requests that need its result at the same time.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};

use crate::error::{Error, Result};
use crate::task::BoxFuture;

/// A fetch that several requests can wait for.
pub(super) type Fetch<T> = Shared<Fetching<T>>;

type Fetching<T> = BoxFuture<'static, Result<T, Arc<Error>>>;

/// The current fetch, as long as a request waits for it.
pub(super) struct SingleFlight<T: Clone>(Option<WeakShared<Fetching<T>>>);

impl<T: Clone> SingleFlight<T> {
    /// Returns the fetch that is under way. A fetch that has failed is only for the requests that waited for it.
    pub(super) fn running(&self) -> Option<Fetch<T>> {
        self.0.as_ref().and_then(WeakShared::upgrade).filter(|fetch| fetch.peek().is_none())
    }

    /// Begins a fetch in place of the current one, which continues for those that wait for it.
    pub(super) fn begin(&mut self, fetch: impl Future<Output = Result<T>> + Send + 'static) -> Fetch<T> {
        // A panic must not reach the requests that did not begin the fetch.
        let fetch = AssertUnwindSafe(fetch).catch_unwind().map(|fetched| {
            fetched
                .unwrap_or_else(|_| Err(Error::other("the function that fetches credentials panicked")))
                .map_err(Arc::new)
        });
        let fetch = fetch.boxed().shared();
        self.0 = fetch.downgrade();
        fetch
    }
}

impl<T: Clone> Default for SingleFlight<T> {
    fn default() -> Self {
        Self(None)
    }
}
