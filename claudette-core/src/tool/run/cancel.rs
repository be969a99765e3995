//! [`Cancel`]: tells what a call has started elsewhere that nobody waits for the call any more.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::select;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Whether a call was given up. A future that is dropped stops by itself; what it started on another thread does not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancel {
    call: Arc<Inner>,
    /// Gives up all calls of a context.
    all: Option<CancellationToken>,
}

#[derive(Debug, Default)]
struct Inner {
    cancelled: AtomicBool,
    notify: Notify,
}

impl Cancel {
    /// Gives up all calls when the token is cancelled.
    pub(crate) fn by(token: CancellationToken) -> Self {
        Self { call: Arc::default(), all: Some(token) }
    }

    /// The same for one more call.
    pub(crate) fn for_call(&self) -> Self {
        Self { call: Arc::default(), all: self.all.clone() }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.call.is_cancelled() || self.all.as_ref().is_some_and(CancellationToken::is_cancelled)
    }

    /// Waits until the call is given up.
    pub(crate) async fn cancelled(&self) {
        match &self.all {
            None => self.call.cancelled().await,
            Some(all) => _ = select(pin!(self.call.cancelled()), pin!(all.cancelled())).await,
        }
    }

    /// Cancels when it is dropped, unless the call was [`over`](CancelOnDrop::over) before.
    pub(crate) fn on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(Some(self.call.clone()))
    }
}

impl Inner {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    async fn cancelled(&self) {
        // Made before the look: what is notified in between wakes it.
        let notified = self.notify.notified();
        if !self.is_cancelled() {
            notified.await;
        }
    }
}

#[derive(Debug)]
pub(crate) struct CancelOnDrop(Option<Arc<Inner>>);

impl CancelOnDrop {
    pub(crate) fn over(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(inner) = &self.0 {
            inner.cancelled.store(true, Ordering::Release);
            inner.notify.notify_waiters();
        }
    }
}
