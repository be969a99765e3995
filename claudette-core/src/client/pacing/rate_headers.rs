//! [`RateHeaders`]: the rate limits that the headers of a response report.

use std::time::{Duration, SystemTime};

use http::header::DATE;
use http::{HeaderMap, StatusCode};

use crate::client::response_headers::text_header;
use crate::client::retry::RetryHint;
use crate::client::timestamp::parse_rfc3339;

/// The longest time that one report of the server counts. The limits are per minute, so a bucket is full after a minute
/// without requests.
pub(super) const LONGEST: Duration = Duration::from_secs(60);

/// The limits of the API: requests, all tokens, input tokens and output tokens per minute. Each has three headers.
const HEADERS: [[&str; 3]; 4] = [
    [
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ],
    ["anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
    [
        "anthropic-ratelimit-input-tokens-limit",
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
    ],
    [
        "anthropic-ratelimit-output-tokens-limit",
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
    ],
];

/// The kinds of limits, as indices.
pub(super) const KINDS: usize = HEADERS.len();

/// Returns the amount that a request with this many input tokens takes from a limit. The number of output tokens is not
/// known before the response, so a request needs only one of them.
pub(super) fn amount(kind: usize, input_tokens: f64) -> f64 {
    match kind {
        1 | 2 => input_tokens,
        _ => 1.0,
    }
}

/// The dates of the headers have a resolution of one second.
const RESOLUTION: Duration = Duration::from_secs(1);

/// One limit, as a response reports it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RateLimit {
    /// The amount of a full bucket, which is positive.
    pub(super) limit: f64,
    /// The amount that is left.
    pub(super) remaining: f64,
    /// The time until the bucket is full.
    pub(super) refill: Duration,
}

/// The part of a response's headers that concerns rate limits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct RateHeaders {
    /// A limit that is missing or cannot be read is `None`.
    pub(super) limits: [Option<RateLimit>; KINDS],
    /// The time for which the server refuses all requests.
    pub(super) pause: Option<Duration>,
}

impl RateHeaders {
    /// Reads the headers. Times are at most [`LONGEST`], whatever the server sends.
    pub(super) fn of(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Self {
        // The dates are compared with the server's own clock, because the local one may be wrong.
        let date = text_header(headers, DATE).and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
        let read = |[limit, remaining, reset]: [&str; 3]| {
            let number = |name| text_header(headers, name)?.trim().parse::<u64>().ok();
            let limit = number(limit).filter(|limit| *limit > 0)? as f64;
            let remaining = (number(remaining)? as f64).min(limit);
            let reset = text_header(headers, reset).and_then(|reset| parse_rfc3339(reset.trim()));
            let refill = reset.map_or(LONGEST, |reset| reset.duration_since(date).unwrap_or_default());
            Some(RateLimit { limit, remaining, refill: refill.clamp(RESOLUTION, LONGEST) })
        };
        let is_refused = status == StatusCode::TOO_MANY_REQUESTS;
        let pause = is_refused.then(|| RetryHint::of(headers, now).wait).flatten();
        Self { limits: HEADERS.map(read), pause: pause.map(|pause| pause.min(LONGEST)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, headers: &[(&str, &str)]) -> RateHeaders {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        RateHeaders::of(status.try_into().unwrap(), &headers.collect(), SystemTime::UNIX_EPOCH)
    }

    fn requests(limit: &str, remaining: &str, reset: &str) -> Option<(f64, f64, f64)> {
        let headers = [
            ("anthropic-ratelimit-requests-limit", limit),
            ("anthropic-ratelimit-requests-remaining", remaining),
            ("anthropic-ratelimit-requests-reset", reset),
            ("date", "Thu, 29 Feb 2024 12:00:00 GMT"),
        ];
        let read = read(200, &headers);
        assert_eq!((&read.limits[1..], read.pause), (&[None; 3][..], None));
        read.limits[0].map(|RateLimit { limit, remaining, refill }| (limit, remaining, refill.as_secs_f64()))
    }

    #[test]
    fn a_limit_is_relative_to_the_clock_of_the_server() {
        assert_eq!(requests("50", "49", "2024-02-29T12:00:02Z"), Some((50.0, 49.0, 2.0)));
        assert_eq!(requests("50", "0", "2024-02-29T13:00:30+01:00"), Some((50.0, 0.0, 30.0)));
        // Without a date, the local clock is used. It is the epoch here.
        let headers = [
            ("anthropic-ratelimit-output-tokens-limit", "8000"),
            ("anthropic-ratelimit-output-tokens-remaining", "7000"),
            ("anthropic-ratelimit-output-tokens-reset", "1970-01-01T00:00:08Z"),
        ];
        let expected = RateLimit { limit: 8_000.0, remaining: 7_000.0, refill: Duration::from_secs(8) };
        assert_eq!(read(200, &headers).limits, [None, None, None, Some(expected)]);
    }

    #[test]
    fn headers_that_make_no_sense_are_ignored_or_bounded() {
        for (limit, remaining) in
            [("0", "0"), ("-50", "1"), ("50", "-1"), ("many", "1"), ("50", ""), ("1e3", "1"), ("50.5", "1"), ("", "")]
        {
            assert_eq!(requests(limit, remaining, "2024-02-29T12:00:02Z"), None, "{limit} {remaining}");
        }
        assert_eq!(requests("50", "51", "2024-02-29T12:00:02Z"), Some((50.0, 50.0, 2.0)));
        for (reset, seconds) in [
            ("9999-12-31T23:59:59Z", 60.0),
            ("soon", 60.0),
            ("", 60.0),
            ("2024-02-29T12:00:00Z", 1.0),
            ("1970-01-01T00:00:00Z", 1.0),
        ] {
            assert_eq!(requests("50", "0", reset), Some((50.0, 0.0, seconds)), "{reset}");
        }
    }

    #[test]
    fn only_a_429_pauses() {
        for (status, value, expected) in [
            (429, "20", Some(20)),
            (429, "3600", Some(60)),
            (429, "-1", None),
            (429, "", None),
            (529, "20", None),
            (200, "20", None),
        ] {
            let pause = read(status, &[("retry-after", value)]).pause;
            assert_eq!(pause, expected.map(Duration::from_secs), "{status} {value}");
        }
    }
}
