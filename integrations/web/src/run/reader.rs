//! [`Reader`]: one reader of a run.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;

use super::live_run::LiveRun;
use super::log::Next;

/// One reader of a run. A run does not wait for its readers: each reads from the log at its own speed.
#[derive(Debug)]
pub(crate) struct Reader {
    run: Arc<LiveRun>,
    at: usize,
    /// A frame that only this reader gets.
    first: Option<Bytes>,
}

impl Reader {
    pub(super) fn new(run: Arc<LiveRun>, at: usize, first: Option<Bytes>) -> Self {
        run.add_reader();
        Self { run, at, first }
    }

    /// Returns the body of a response. A comment is sent if nothing happens for `keep_alive`, so that proxies keep the
    /// connection and a lost one is noticed.
    pub(crate) fn into_body(self, keep_alive: Duration) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        futures_util::stream::unfold(Some(self), move |reader| async move {
            let mut reader = reader?;
            match reader.next(keep_alive).await {
                Ok(Some(piece)) => Some((Ok(piece), Some(reader))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn next(&mut self, keep_alive: Duration) -> io::Result<Option<Bytes>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        loop {
            let changed = self.run.changed().notified();
            tokio::pin!(changed);
            // A change between the look into the log and the wait is not missed.
            changed.as_mut().enable();
            match self.run.next(self.at) {
                Next::Piece(piece) => {
                    self.at += piece.len();
                    return Ok(Some(piece));
                }
                Next::End => return Ok(None),
                Next::Lost => return Err(io::Error::other("the reader was too slow")),
                Next::Wait => {}
            }
            if tokio::time::timeout(keep_alive, changed).await.is_err() {
                return Ok(Some(Bytes::from_static(b": keep-alive\n\n")));
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.run.remove_reader();
    }
}
