//! [`Clock`]: the time that a loop has run, and its cancellation.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::task::BoxFuture;

/// Measures the time that a loop has run, and knows whether the loop is cancelled.
#[derive(Debug)]
pub(super) struct Clock {
    since: Instant,
    /// The time that the loop had run before it was resumed.
    before: Duration,
    cancel: Option<CancellationToken>,
}

impl Clock {
    pub(super) fn new(cancel: Option<CancellationToken>) -> Self {
        Self { since: Instant::now(), before: Duration::ZERO, cancel }
    }

    /// Sets the time that the loop had run before it was resumed.
    pub(super) fn start(&mut self, before: Duration) {
        self.before = before;
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.before.saturating_add(self.since.elapsed())
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(CancellationToken::is_cancelled)
    }

    pub(super) fn cancelled(&self) -> Option<CancellationToken> {
        self.cancel.clone()
    }
}

/// Returns the instant after this time; `None` if the instant cannot be represented.
pub(super) fn after(left: Option<Duration>) -> Option<Instant> {
    left.and_then(|left| Instant::now().checked_add(left))
}

/// The result of waiting for a future. If it is not ready, it is dropped.
pub(super) enum Wait<T> {
    Ready(T),
    TimedOut,
    Cancelled,
}

impl<T> Wait<T> {
    pub(super) fn map<U>(self, map: impl FnOnce(T) -> U) -> Wait<U> {
        match self {
            Self::Ready(output) => Wait::Ready(map(output)),
            Self::TimedOut => Wait::TimedOut,
            Self::Cancelled => Wait::Cancelled,
        }
    }
}

/// Waits for a future until the deadline or the cancellation. The future is boxed because an async function would
/// contain it twice.
pub(super) async fn within<T>(
    cancel: Option<CancellationToken>,
    deadline: Option<Instant>,
    mut future: BoxFuture<'_, T>,
) -> Wait<T> {
    if cancel.is_none() && deadline.is_none() {
        return Wait::Ready(future.await);
    }
    let mut cancelled = pin!(async {
        match &cancel {
            Some(token) => token.cancelled().await,
            None => pending().await,
        }
    });
    let mut late = pin!(async {
        match deadline {
            Some(deadline) => sleep_until(deadline).await,
            None => pending().await,
        }
    });
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Wait::Ready(output));
        }
        if cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Wait::Cancelled);
        }
        late.as_mut().poll(cx).map(|()| Wait::TimedOut)
    })
    .await
}
