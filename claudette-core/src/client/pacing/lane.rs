//! [`Lane`]: the queue of one model's requests, which are sent at the pace of its rate limits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use http::{HeaderMap, StatusCode};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::pace::{MAX_WAIT, Pace, Ticket};
use super::rate_headers::RateHeaders;

/// The queue of one model's requests. Only the first of them waits for the limits, so a large request is not overtaken
/// by small ones.
#[derive(Debug)]
pub(super) struct Lane {
    model: String,
    pace: Mutex<Pace>,
    /// Held by the first request of the queue. It is a fair lock.
    first: tokio::sync::Mutex<()>,
    /// Wakes the first request after something has changed.
    changed: Notify,
}

impl Lane {
    pub(super) fn new(model: &str) -> Self {
        let pace = Mutex::new(Pace::new());
        Self { model: model.to_owned(), pace, first: tokio::sync::Mutex::new(()), changed: Notify::new() }
    }

    /// Waits until a request with this size in bytes may be sent. The first request of the queue waits at most
    /// [`MAX_WAIT`].
    pub(super) async fn turn(self: Arc<Self>, size: usize) -> Turn {
        let first = self.first.lock().await;
        let latest = Instant::now() + MAX_WAIT;
        let ticket = loop {
            let now = Instant::now();
            let delay = {
                let mut pace = self.pace();
                let delay = pace.delay(size, now);
                if delay.is_zero() || now >= latest {
                    break pace.admit(size, now);
                }
                delay
            };
            tracing::debug!(model = self.model, ?delay, "delaying the request, because of a rate limit");
            let _ = timeout_at(latest.min(now + delay), self.changed.notified()).await;
        };
        drop(first);
        Turn { lane: self, ticket }
    }

    pub(super) fn learn(&self, size: usize, tokens: u64) {
        self.pace().learn(size, tokens);
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The permission of the rate limits to send one attempt. It ends with the headers of the answer, or when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    lane: Arc<Lane>,
    ticket: Ticket,
}

impl Turn {
    /// Returns `true` if the server has refused all requests after this turn began.
    pub(super) fn is_paused(&self) -> bool {
        self.lane.pace().pause(Instant::now()).is_some()
    }

    /// Uses the headers of the answer.
    pub(super) fn answered(self, status: StatusCode, headers: &HeaderMap) {
        let headers = RateHeaders::of(status, headers, SystemTime::now());
        self.lane.pace().observe(self.ticket, &headers, Instant::now());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.lane.pace().release(self.ticket);
        self.lane.changed.notify_one();
    }
}
