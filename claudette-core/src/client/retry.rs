//! [`Policy`]: whether a failed request is sent again, and when.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::response_headers::text_header;
use crate::error::Error;

/// The policy of the official SDKs: connection errors, timeouts, 408, 409, 429 and 5xx are tried again, and the server
/// has the last word, on whether (`x-should-retry`) and on when (`retry-after-ms`, `retry-after`). A server that asks for
/// more than a minute is not waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    pub(super) most: u32,
}

/// A request that is about to be sent again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Retry {
    pub(super) attempt: u32,
    pub(super) wait: Duration,
    pub(super) reason: String,
}

impl Retry {
    /// Which attempt it will be; the first retry is the second.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long it is waited for.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// What the attempt before failed with.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// The longest wait that a server can ask for. If it asks for more, the request fails at once.
const LONGEST: Duration = Duration::from_secs(60);

impl Policy {
    /// How long to wait before the next attempt, or `None` to give up. `done` attempts were retries already.
    pub(super) fn after(self, done: u32, error: &Error, advice: &RetryHint) -> Option<Duration> {
        if done >= self.most || error.is_misuse() {
            return None;
        }
        // A spending limit is a 429 that waiting does not lift.
        let spent = error
            .error_code()
            .is_some_and(|code| code.ends_with("spend_limit_reached") || code == "ramp_limit_exceeded");
        if !advice.retry.unwrap_or(error.may_pass() && !spent) {
            return None;
        }
        Some(advice.wait.unwrap_or_else(|| backoff(done))).filter(|wait| *wait <= LONGEST)
    }
}

/// Half a second, doubling up to eight, less up to a quarter of it at random: many clients must not come back at once.
fn backoff(done: u32) -> Duration {
    let most = 0.5 * f64::from(2_u32.saturating_pow(done.min(4)));
    // The standard library's hasher keys are the one source of randomness that needs no dependency.
    let random = RandomState::new().hash_one(done) as f64 / u64::MAX as f64;
    Duration::from_secs_f64(most * (1.0 - 0.25 * random))
}

/// What an answer's headers say about trying again.
#[derive(Debug, Default, PartialEq)]
pub(super) struct RetryHint {
    retry: Option<bool>,
    pub(super) wait: Option<Duration>,
}

impl RetryHint {
    /// The next attempt will have other credentials.
    pub(super) fn at_once() -> Self {
        Self { retry: Some(true), wait: Some(Duration::ZERO) }
    }

    pub(super) fn of(headers: &HeaderMap, now: SystemTime) -> Self {
        let retry = match text_header(headers, "x-should-retry") {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        let milliseconds = text_header(headers, "retry-after-ms").and_then(|text| seconds(text, 1e-3));
        let wait = milliseconds.or_else(|| {
            let text = text_header(headers, "retry-after")?;
            seconds(text, 1.0).or_else(|| httpdate::parse_http_date(text).ok()?.duration_since(now).ok())
        });
        Self { retry, wait: wait.filter(|wait| !wait.is_zero()) }
    }
}

/// A number of seconds; only a positive and finite one is meant as such.
fn seconds(text: &str, unit: f64) -> Option<Duration> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0)?;
    Some(Duration::try_from_secs_f64(number * unit).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(headers: &[(&str, &str)]) -> RetryHint {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        RetryHint::of(&headers.collect::<HeaderMap>(), SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn the_server_says_when() {
        let wait = |header, value| advice(&[(header, value)]).wait.map(|wait| wait.as_secs_f64());
        for (text, expected) in [
            ("20", Some(20.0)),
            ("0.5", Some(0.5)),
            ("60", Some(60.0)),
            ("61", Some(61.0)),
            ("0", None),
            ("-10", None),
            ("3600", Some(3600.0)),
            ("99999999999999999999999999999999999", Some(Duration::MAX.as_secs_f64())),
            ("inf", None),
            ("nan", None),
            ("soon", None),
            ("", None),
            ("Thu, 01 Jan 1970 00:00:20 GMT", Some(20.0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", None),
            ("Wed, 31 Dec 1969 23:59:50 GMT", None),
        ] {
            assert_eq!(wait("retry-after", text), expected, "{text:?}");
        }
        assert_eq!(wait("retry-after-ms", "1500"), Some(1.5));
        assert_eq!(advice(&[("retry-after-ms", "10"), ("retry-after", "20")]).wait, Some(Duration::from_millis(10)));
    }

    #[test]
    fn the_server_says_whether() {
        let policy = Policy { most: 2 };
        let says = |status, headers: &[_]| policy.after(0, &Error::api(status, b"{}"), &advice(headers)).is_some();
        for status in [408, 409, 429, 500, 503, 504, 529] {
            assert!(says(status, &[]), "{status}");
            assert!(!says(status, &[("x-should-retry", "false")]), "{status}");
        }
        for status in [400, 401, 402, 403, 404, 413, 422] {
            assert!(!says(status, &[]), "{status}");
            assert!(says(status, &[("x-should-retry", "true")]), "{status}");
        }
        assert!(policy.after(2, &Error::api(529, b"{}"), &RetryHint::default()).is_none());
        // A wait beyond the longest one is not begun, whoever recommends it.
        assert!(says(429, &[("retry-after", "60")]));
        assert!(!says(429, &[("retry-after", "60.1"), ("x-should-retry", "true")]));
    }

    #[test]
    fn waiting_grows_to_eight_seconds() {
        for (done, most) in [(0, 0.5), (1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (40, 8.0)] {
            let wait = backoff(done).as_secs_f64();
            assert!((most * 0.75..=most).contains(&wait), "{wait} after {done}");
        }
    }
}
