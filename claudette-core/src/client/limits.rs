//! [`Limits`]: the maximum size and the timeouts of a response.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::json::{count_values, is_shallow};

/// The limits that a client sets for responses. Normal responses stay far below them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The maximum size of a whole body or stream in bytes.
    pub(super) body: usize,
    /// The maximum size of one event of a stream in bytes.
    pub(super) event: usize,
    /// The maximum nesting of lists and objects in a body or an event.
    pub(super) depth: usize,
    /// The time limit for a stream to send bytes of any kind.
    pub(super) silence: Option<Duration>,
    /// The time limit for a stream to make progress with the response.
    pub(super) stall: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        let (silence, stall) = (Some(Duration::from_secs(90)), Some(Duration::from_secs(600)));
        Self { body: 64 << 20, event: 32 << 20, depth: 512, silence, stall }
    }
}

/// The maximum number of JSON values in a body, or in the part of a stream that is kept. A value takes more memory than
/// its text, so a limit for the text is not enough. The longest responses of models stay below half of this limit.
pub(super) const VALUES: usize = 200_000;

impl Limits {
    /// Checks that JSON is not nested too deeply and does not have too many values.
    pub(super) fn check(&self, json: &[u8]) -> Result<()> {
        if !is_shallow(json, self.depth) {
            let what = format!("the response has lists and objects nested more than {} levels deep", self.depth);
            return Err(Error::unreadable(what, json));
        }
        // A value takes at least two bytes.
        if json.len() / 2 > VALUES && count_values(json) > VALUES { Err(too_many_values()) } else { Ok(()) }
    }
}

#[cold]
pub(super) fn too_many_values() -> Error {
    Error::unreadable(format!("the response has more than {VALUES} JSON values"), b"")
}
