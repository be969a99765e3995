//! [`Handoff`]: what a future hands out while it runs, one value at a time, to whoever polls it.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

/// A place for one value between a future and its owner. Clones are the same place.
#[derive(Debug)]
pub(crate) struct Handoff<T>(Arc<Mutex<Option<T>>>);

impl<T> Handoff<T> {
    /// Leaves a value, and waits until it was taken. The owner polls the future, finds the value and gives it out; it
    /// polls again when it wants the next one.
    pub(crate) async fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        let mut handed = false;
        std::future::poll_fn(|_| if std::mem::replace(&mut handed, true) { Poll::Ready(()) } else { Poll::Pending })
            .await;
    }

    pub(crate) fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T> Default for Handoff<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Handoff<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
