//! What the spans and metrics of all modules have in common: names, and the limit for contents.
//!
//! They follow [OpenTelemetry's conventions for generative AI](https://github.com/open-telemetry/semantic-conventions-genai).

mod contents;

pub(crate) use self::contents::{MOST, capped, newest};

/// The target of the events that carry metrics. Their level is `TRACE`, so that ordinary logs do not contain them.
pub(crate) const METRICS: &str = "claudette::metrics";

/// Returns a count as the type that exporters keep as a number. `tracing-opentelemetry` exports a `u64` of a span as text.
pub(crate) fn int(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
