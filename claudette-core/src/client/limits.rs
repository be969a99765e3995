//! [`Limits`]: how much, and how long, an answer may be.

use std::time::Duration;

/// What a client takes from a server at most. A server that means well stays far below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes of a whole body.
    pub(super) body: usize,
    /// Bytes of one event of a stream.
    pub(super) event: usize,
    /// How long a stream may bring nothing but pings.
    pub(super) silence: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 64 << 20, event: 32 << 20, silence: Some(Duration::from_secs(90)) }
    }
}
