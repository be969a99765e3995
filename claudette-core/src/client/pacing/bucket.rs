//! [`Bucket`]: one rate limit, as a bucket that is refilled continuously.

use std::time::Duration;

use tokio::time::Instant;

use super::rate_headers::RateLimit;

/// A rate limit at the time when a response reported it. The API refills it at a constant rate, so the amount that is
/// available later is known without another response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    reported: RateLimit,
    at: Instant,
}

impl Bucket {
    pub(super) fn new(reported: RateLimit, at: Instant) -> Self {
        Self { reported, at }
    }

    /// Returns the amount of a full bucket.
    pub(super) fn limit(&self) -> f64 {
        self.reported.limit
    }

    /// Returns the amount that is available at this time.
    pub(super) fn available(&self, now: Instant) -> f64 {
        let RateLimit { limit, remaining, refill } = self.reported;
        let elapsed = now.duration_since(self.at);
        if elapsed >= refill {
            return limit;
        }
        remaining + (limit - remaining) * elapsed.div_duration_f64(refill)
    }

    /// Returns the time until this amount is available, or `None` if it is more than a full bucket.
    pub(super) fn wait(&self, amount: f64, now: Instant) -> Option<Duration> {
        let RateLimit { limit, remaining, refill } = self.reported;
        if amount <= self.available(now) {
            return Some(Duration::ZERO);
        }
        // If the bucket is full, `available` has returned the limit, so the divisor is positive here.
        (amount <= limit).then(|| {
            let until = refill.mul_f64(((amount - remaining) / (limit - remaining)).clamp(0.0, 1.0));
            until.saturating_sub(now.duration_since(self.at))
        })
    }
}
