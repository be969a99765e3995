//! [`CacheControl`]: what the API keeps of a prompt, and how long.

use serde::Serialize;

use super::words::words;

/// Asks the API to keep the prompt up to this place
/// ([Prompt caching](https://docs.claude.com/en/docs/build-with-claude/prompt-caching)).
///
/// Writing costs 1.25 (5 minutes) or 2 (1 hour) times the price of input, reading a tenth of it or less. A prompt
/// shorter than the model's [minimum](crate::Profile::min_cache_tokens) is silently not kept.
///
/// ```
/// use claudette::{CacheControl, CacheTtl};
///
/// let hour = CacheControl::ephemeral().ttl(CacheTtl::Hour);
/// assert_eq!(serde_json::to_string(&hour)?, r#"{"type":"ephemeral","ttl":"1h"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CacheControl {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<CacheTtl>,
}

impl CacheControl {
    /// The only kind there is: for five minutes, counted anew by every request that reads it.
    pub fn ephemeral() -> Self {
        Self { r#type: "ephemeral", ttl: None }
    }

    /// How long, if not five minutes.
    pub fn ttl(mut self, ttl: impl Into<CacheTtl>) -> Self {
        self.ttl = Some(ttl.into());
        self
    }
}

words! {
    /// How long the API keeps a prompt.
    pub enum CacheTtl {
        /// Five minutes.
        FiveMinutes = "5m",
        /// An hour.
        Hour = "1h",
    }
}
