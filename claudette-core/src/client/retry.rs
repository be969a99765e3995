//! [`Policy`]: the rules that decide whether and when a failed request is sent again.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::response_headers::text_header;
use crate::error::Error;

/// The retry policy of the official SDKs: connection errors, timeouts, 408, 409, 429 and 5xx are retried. The server
/// can override the decision (`x-should-retry`) and the delay (`retry-after-ms`, `retry-after`). If it asks for a delay
/// of more than a minute, the request is not retried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    pub(super) most: u32,
}

/// A retry: a request that failed and is about to be sent again, from [`Event::Retry`](crate::Event::Retry).
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # let overloaded = MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after-ms", "1");
/// # claude.respond(overloaded);
/// # claude.respond(MockResponse::text("Hi!"));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Chat, Event};
///
/// let mut chat = Chat::new(&client)?;
/// let mut events = chat.send("Hello").stream();
/// while let Some(event) = events.next().await {
///     if let Event::Retry(retry) = event? {
///         println!("attempt {} in {:?}: {}", retry.attempt(), retry.wait(), retry.reason());
///         assert_eq!(retry.attempt(), 2);
///     }
/// }
/// # assert_eq!(claude.requests().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Retry {
    pub(super) attempt: u32,
    pub(super) wait: Duration,
    pub(super) reason: String,
}

impl Retry {
    /// Returns the number of the next attempt. The first retry is attempt 2.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns the delay before the next attempt.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// Returns the message of the error that the previous attempt failed with.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// The maximum delay that a server can ask for. If it asks for more, the request fails at once.
const LONGEST: Duration = Duration::from_secs(60);

impl Policy {
    /// Returns the delay before the next attempt, or `None` to give up. `done` is the number of retries so far.
    pub(super) fn after(self, done: u32, error: &Error, advice: &RetryHint) -> Option<Duration> {
        if done >= self.most || error.is_misuse() {
            return None;
        }
        // A spending limit is reported as 429, but a later attempt fails as well.
        let spent = error
            .error_code()
            .is_some_and(|code| code.ends_with("spend_limit_reached") || code == "ramp_limit_exceeded");
        if !advice.retry.unwrap_or(error.may_pass() && !spent) {
            return None;
        }
        Some(advice.wait.unwrap_or_else(|| backoff(done))).filter(|wait| *wait <= LONGEST)
    }
}

/// Returns half a second, doubled for each retry up to eight seconds, and shortened at random by up to a quarter, so
/// that many clients do not retry at the same moment.
fn backoff(done: u32) -> Duration {
    let most = 0.5 * f64::from(2_u32.saturating_pow(done.min(4)));
    // The hasher keys of the standard library are the only source of randomness that does not need a dependency.
    let random = RandomState::new().hash_one(done) as f64 / u64::MAX as f64;
    Duration::from_secs_f64(most * (1.0 - 0.25 * random))
}

/// The server's instructions about retries, from the headers of a response.
#[derive(Debug, Default, PartialEq)]
pub(super) struct RetryHint {
    retry: Option<bool>,
    pub(super) wait: Option<Duration>,
    /// `true` if the credentials were refused and the next attempt may have others.
    pub(super) has_other_credentials: bool,
}

impl RetryHint {
    /// Returns the hint to retry at once, because the next attempt has other credentials.
    pub(super) fn at_once() -> Self {
        Self { retry: Some(true), wait: Some(Duration::ZERO), has_other_credentials: true }
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
        Self { retry, wait: wait.filter(|wait| !wait.is_zero()), has_other_credentials: false }
    }
}

/// Reads a number in units of `unit` seconds. Numbers that are not positive and finite are ignored.
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
    fn the_server_sets_the_delay() {
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
    fn the_server_decides_about_retries() {
        let policy = Policy { most: 2 };
        let retries = |status, headers: &[_]| policy.after(0, &Error::api(status, b"{}"), &advice(headers)).is_some();
        for status in [408, 409, 429, 500, 503, 504, 529] {
            assert!(retries(status, &[]), "{status}");
            assert!(!retries(status, &[("x-should-retry", "false")]), "{status}");
        }
        for status in [400, 401, 402, 403, 404, 413, 422] {
            assert!(!retries(status, &[]), "{status}");
            assert!(retries(status, &[("x-should-retry", "true")]), "{status}");
        }
        assert!(policy.after(2, &Error::api(529, b"{}"), &RetryHint::default()).is_none());
        // A delay beyond the maximum is refused, even if the server recommends a retry.
        assert!(retries(429, &[("retry-after", "60")]));
        assert!(!retries(429, &[("retry-after", "60.1"), ("x-should-retry", "true")]));
    }

    #[test]
    fn delays_grow_to_eight_seconds() {
        for (done, most) in [(0, 0.5), (1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (40, 8.0)] {
            let wait = backoff(done).as_secs_f64();
            assert!((most * 0.75..=most).contains(&wait), "{wait} after {done}");
        }
    }
}
