//! [`StderrTail`]: the end of what a process wrote to stderr.

use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// The number of bytes of stderr that are kept for error messages.
const KEPT: usize = 4096;

/// The last 4 KiB that a process wrote to stderr.
#[derive(Debug, Default)]
pub(crate) struct StderrTail {
    bytes: Mutex<Vec<u8>>,
    finished: CancellationToken,
}

// Without `stdio`, no process is started.
#[cfg_attr(not(feature = "stdio"), allow(dead_code))]
impl StderrTail {
    pub(crate) fn push(&self, more: &[u8]) {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.extend_from_slice(more);
        if bytes.len() > KEPT {
            let excess = bytes.len() - KEPT;
            bytes.drain(..excess);
        }
    }

    /// Records that the process closed stderr.
    pub(crate) fn finish(&self) {
        self.finished.cancel();
    }

    pub(crate) async fn finished(&self) {
        self.finished.cancelled().await;
    }

    /// Returns the text, cleaned, or `None` if there is none.
    pub(crate) fn tail(&self) -> Option<String> {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&bytes);
        let text = crate::text::clean(text.trim());
        (!text.is_empty()).then(|| text.into_owned())
    }
}
