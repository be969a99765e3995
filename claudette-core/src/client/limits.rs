//! [`Limits`]: how much, and how long, an answer may be.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::json::{count_values, is_shallow};

/// What a client takes from a server at most. A server that means well stays far below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes of a whole body, or of a whole stream.
    pub(super) body: usize,
    /// Bytes of one event of a stream.
    pub(super) event: usize,
    /// Levels of lists and objects in a body or an event.
    pub(super) depth: usize,
    /// How long a stream may send nothing at all.
    pub(super) silence: Option<Duration>,
    /// How long a stream may send nothing of the response.
    pub(super) stall: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        let (silence, stall) = (Some(Duration::from_secs(90)), Some(Duration::from_secs(600)));
        Self { body: 64 << 20, event: 32 << 20, depth: 512, silence, stall }
    }
}

/// The most JSON values in a body, or in what is kept of a stream. Each takes more memory than its text, so that the size of
/// the text alone does not limit it. A response of the longest output that a model has stays below half of that.
pub(super) const VALUES: usize = 200_000;

impl Limits {
    /// Refuses JSON that is nested too deeply, or that has too many values.
    pub(super) fn check(&self, json: &[u8]) -> Result<()> {
        if !is_shallow(json, self.depth) {
            let what = format!("the response has lists and objects nested more than {} deep", self.depth);
            return Err(Error::unreadable(what, json));
        }
        // A value takes two bytes at least.
        if json.len() / 2 > VALUES && count_values(json) > VALUES { Err(too_many_values()) } else { Ok(()) }
    }
}

#[cold]
pub(super) fn too_many_values() -> Error {
    Error::unreadable(format!("the response has more than {VALUES} JSON values"), b"")
}
