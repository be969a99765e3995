//! Deadlines: moments up to which something is waited for.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// The moment so long from now; none where it is further away than a clock can tell.
pub(super) fn after(duration: Duration) -> Option<Instant> {
    Instant::now().checked_add(duration)
}

pub(super) fn has_passed(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| Instant::now() >= deadline)
}

/// Waits for a future up to the deadline; `None` if it is not ready by then. It is dropped then.
pub(super) async fn within<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    match deadline {
        Some(deadline) => timeout_at(deadline, future).await.ok(),
        None => Some(future.await),
    }
}
