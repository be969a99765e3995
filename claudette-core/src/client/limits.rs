//! [`Limits`]: how much, and how long, an answer may be.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::messages::is_shallow;

/// What a client takes from a server at most. A server that means well stays far below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes of a whole body, or of a whole stream.
    pub(super) body: usize,
    /// Bytes of one event of a stream.
    pub(super) event: usize,
    /// Levels of lists and objects in a body or an event.
    pub(super) depth: usize,
    /// How long a stream may bring nothing but pings.
    pub(super) silence: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 64 << 20, event: 32 << 20, depth: 512, silence: Some(Duration::from_secs(90)) }
    }
}

impl Limits {
    /// Refuses JSON that stands too deep in itself.
    pub(super) fn check_depth(&self, json: &[u8]) -> Result<()> {
        if is_shallow(json, self.depth) {
            return Ok(());
        }
        let what = format!("the API's answer has lists and objects more than {} deep", self.depth);
        Err(Error::unreadable(what, json))
    }
}
