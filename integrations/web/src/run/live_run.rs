//! [`LiveRun`]: a run that is going on.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::log::{Log, Next};
use super::reader::Reader;
use crate::protocol::{Chunk, DONE};

/// A run that is going on: its frames and its readers.
#[derive(Debug)]
pub(crate) struct LiveRun {
    log: Mutex<Log>,
    changed: Notify,
    readers: watch::Sender<usize>,
    stop: CancellationToken,
    why: OnceLock<StopReason>,
    is_over: CancellationToken,
}

/// The reason that a run is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// The user stopped it.
    User,
    /// It has no readers.
    Abandoned,
    /// It took too long.
    TooLong,
    /// The server stops.
    Shutdown,
}

impl StopReason {
    /// Returns the reason for the user.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::User => "stopped by the user",
            Self::Abandoned => "the connection was lost",
            Self::TooLong => "the answer took too long",
            Self::Shutdown => "the server is restarting",
        }
    }
}

impl LiveRun {
    /// Creates a run whose frames have at most `max` bytes.
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self {
            log: Mutex::new(Log::new(max)),
            changed: Notify::new(),
            readers: watch::Sender::new(0),
            stop: CancellationToken::new(),
            why: OnceLock::new(),
            is_over: CancellationToken::new(),
        })
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds chunks. Returns `false` if the log is full.
    pub(crate) fn push(&self, chunks: &[Chunk]) -> bool {
        if chunks.is_empty() {
            return true;
        }
        let fits = {
            let mut log = self.log();
            chunks.iter().all(|chunk| log.push(&chunk.to_frame()))
        };
        self.changed.notify_waiters();
        fits
    }

    /// Adds the last chunks. Readers then reach the end.
    pub(crate) fn close(&self, chunks: &[Chunk]) {
        let mut frames: String = chunks.iter().map(Chunk::to_frame).collect();
        frames += DONE;
        self.log().close(&frames);
        self.changed.notify_waiters();
        self.is_over.cancel();
    }

    /// Removes the frames after the end of the run.
    pub(super) fn drop_frames(&self) {
        self.log().drop_frames();
        self.changed.notify_waiters();
    }

    /// Returns a reader from the beginning of the message.
    pub(crate) fn reader(self: &Arc<Self>) -> Reader {
        Reader::new(self.clone(), 0, None)
    }

    /// Returns a reader of the chunks after those that are there, for a page that has the earlier ones.
    pub(crate) fn reader_from_here(self: &Arc<Self>, first: &Chunk) -> Reader {
        let at = self.log().len();
        Reader::new(self.clone(), at, Some(Bytes::from(first.to_frame())))
    }

    pub(super) fn next(&self, at: usize) -> Next {
        self.log().next(at)
    }

    pub(super) fn changed(&self) -> &Notify {
        &self.changed
    }

    pub(super) fn add_reader(&self) {
        self.readers.send_modify(|readers| *readers += 1);
    }

    pub(super) fn remove_reader(&self) {
        self.readers.send_modify(|readers| *readers = readers.saturating_sub(1));
    }

    pub(crate) fn has_readers(&self) -> bool {
        *self.readers.borrow() > 0
    }

    /// Stops the run. The first reason counts.
    pub(crate) fn stop(&self, why: StopReason) {
        let _ = self.why.set(why);
        self.stop.cancel();
    }

    /// Waits until the run is stopped.
    pub(super) async fn stopped(&self) -> StopReason {
        self.stop.cancelled().await;
        self.why.get().copied().unwrap_or(StopReason::User)
    }

    /// Waits until the run is over and its chat is free.
    pub(crate) async fn over(&self) {
        self.is_over.cancelled().await;
    }

    /// Waits until the run has had no readers for this time.
    pub(super) async fn abandoned(&self, window: Duration) {
        let mut readers = self.readers.subscribe();
        loop {
            if readers.wait_for(|readers| *readers == 0).await.is_err() {
                return;
            }
            if window.is_zero() {
                return;
            }
            let back = readers.wait_for(|readers| *readers > 0);
            if tokio::time::timeout(window, back).await.is_err() {
                return;
            }
        }
    }

    /// Waits until all readers are gone.
    pub(super) async fn without_readers(&self) {
        let _ = self.readers.subscribe().wait_for(|readers| *readers == 0).await;
    }
}
