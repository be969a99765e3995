//! [`Life`]: the state of one connection, and the reason of its end.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::stderr_tail::StderrTail;

/// The state of one connection. The reader, the process and the calls share it.
#[derive(Debug, Default)]
pub(crate) struct Life {
    /// Cancelled when the connection ends, for whatever reason. The service loop of the connection stops with it.
    over: CancellationToken,
    /// Cancelled when the process of the server is gone.
    gone: CancellationToken,
    cause: OnceLock<String>,
    exit: OnceLock<String>,
    stderr: Option<Arc<StderrTail>>,
}

impl Life {
    pub(crate) fn new(stderr: Option<Arc<StderrTail>>) -> Arc<Self> {
        Arc::new(Self { stderr, ..Self::default() })
    }

    /// Ends the connection. The first cause is kept.
    pub(crate) fn end(&self, cause: impl Into<String>) {
        let _ = self.cause.set(cause.into());
        self.over.cancel();
    }

    /// Returns the token that is cancelled when the connection ends.
    pub(crate) fn over(&self) -> &CancellationToken {
        &self.over
    }

    /// Returns the token that is cancelled when the process is gone.
    #[cfg_attr(not(feature = "stdio"), allow(dead_code))]
    pub(crate) fn gone(&self) -> &CancellationToken {
        &self.gone
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Records the exit status of the process.
    #[cfg_attr(not(feature = "stdio"), allow(dead_code))]
    pub(crate) fn exited(&self, status: impl Into<String>) {
        let _ = self.exit.set(status.into());
    }

    /// Returns the reason of the end with the exit status and the end of stderr, for an error text.
    pub(crate) async fn epitaph(&self) -> String {
        if let Some(stderr) = &self.stderr {
            // The process and its pipes end at about the same time.
            let _ = tokio::time::timeout(Duration::from_millis(300), async {
                self.gone.cancelled().await;
                stderr.finished().await;
            })
            .await;
        }
        let mut text = match (self.cause.get(), self.exit.get()) {
            (Some(cause), None) => cause.clone(),
            (Some(cause), Some(exit)) if cause.contains(exit.as_str()) => cause.clone(),
            (Some(cause), Some(exit)) => format!("{cause}, {exit}"),
            (None, Some(exit)) => exit.clone(),
            (None, None) => "the connection was closed".to_owned(),
        };
        if let Some(tail) = self.stderr.as_ref().and_then(|stderr| stderr.tail()) {
            text.push_str("; the end of its stderr:\n");
            text.push_str(&tail);
        }
        text
    }
}
