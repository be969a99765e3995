//! [`Cancel`]: tells what a call has started elsewhere that nobody waits for the call any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether a call was given up. A future that is dropped stops by itself; what it started on another thread does not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancel(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    cancelled: AtomicBool,
    notify: Notify,
}

impl Cancel {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Waits until the call is given up.
    pub(crate) async fn cancelled(&self) {
        // Made before the look: what is notified in between wakes it.
        let notified = self.0.notify.notified();
        if !self.is_cancelled() {
            notified.await;
        }
    }

    /// Cancels when it is dropped, unless the call was [`over`](CancelOnDrop::over) before.
    pub(crate) fn on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(Some(self.clone()))
    }
}

#[derive(Debug)]
pub(crate) struct CancelOnDrop(Option<Cancel>);

impl CancelOnDrop {
    pub(crate) fn over(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(Cancel(inner)) = &self.0 {
            inner.cancelled.store(true, Ordering::Release);
            inner.notify.notify_waiters();
        }
    }
}
