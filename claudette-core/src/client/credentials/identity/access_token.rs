//! [`AccessToken`]: a short-lived token and its expiry.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::time::Instant;

use crate::client::credentials::bearer_token::BearerToken;
use crate::error::Result;

/// A token for requests to the API.
#[derive(Clone, Debug)]
pub(super) struct AccessToken {
    pub(super) bearer: BearerToken,
    pub(super) expiry: Expiry,
}

/// The time until which a token is valid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Expiry {
    /// The token does not expire.
    Never,
    /// The source of the token must be asked again before each request.
    EachRequest,
    At(Instant),
}

impl AccessToken {
    /// Checks a token. `origin` names its source in errors, and `expires_at` is in seconds since 1970; 0 means that the
    /// token is valid for one request.
    pub(super) fn new(secret: &str, origin: &str, expires_at: Option<i64>) -> Result<Self> {
        Ok(Self { bearer: BearerToken::named(secret, origin)?, expiry: Expiry::at(expires_at) })
    }

    /// Returns `true` if the token expires, but not within this time.
    pub(super) fn expires_after(&self, time: Duration) -> bool {
        matches!(self.expiry, Expiry::At(end) if end.saturating_duration_since(Instant::now()) > time)
    }
}

impl Expiry {
    fn at(seconds: Option<i64>) -> Self {
        match seconds {
            None => Self::Never,
            Some(0) => Self::EachRequest,
            Some(seconds) => {
                let left = u64::try_from(seconds.saturating_sub(unix_now())).unwrap_or_default();
                // A lifetime beyond the range of the clock does not end.
                Instant::now().checked_add(Duration::from_secs(left)).map_or(Self::Never, Self::At)
            }
        }
    }
}

/// Returns the seconds since 1970.
pub(super) fn unix_now() -> i64 {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}

/// Returns a number of seconds that is written as a number or as text. A fraction is dropped.
pub(super) fn seconds(value: &Value) -> Option<i64> {
    match value {
        #[allow(clippy::cast_possible_truncation, reason = "the conversion saturates")]
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expiries_are_read_in_every_form() {
        let expiry = |seconds| AccessToken::new("t", "a test", seconds).unwrap().expiry;
        assert_eq!(expiry(None), Expiry::Never);
        assert_eq!(expiry(Some(0)), Expiry::EachRequest);
        for (written, is_valid) in [(1, false), (-5, false), (unix_now() - 1, false), (unix_now() + 60, true)] {
            let Expiry::At(end) = expiry(Some(written)) else { panic!("{written} is an expiry") };
            assert_eq!(end > Instant::now() + Duration::from_secs(50), is_valid, "{written}");
        }
        // No clock reaches the end of the range, but no value may panic.
        for extreme in [i64::MAX, i64::MIN] {
            expiry(Some(extreme));
        }
        for (value, expected) in [
            (json!(3600), Some(3600)),
            (json!(3600.9), Some(3600)),
            (json!("3600"), Some(3600)),
            (json!(1e300), Some(i64::MAX)),
            (json!("2026-10-21T00:00:00Z"), None),
            (json!(null), None),
            (json!([1]), None),
        ] {
            assert_eq!(seconds(&value), expected, "{value}");
        }
    }
}
