//! [`Guarded`]: a future whose panics do not reach its caller, neither while it runs nor when it is dropped.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::task::BoxFuture;

/// The message of a panic; empty if the panic has none.
pub(crate) struct Panic(pub(crate) String);

/// Runs code of the program that may panic.
pub(crate) fn guard<T>(run: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(run)).map_err(Panic::of)
}

impl Panic {
    #[cold]
    fn of(payload: Box<dyn Any + Send>) -> Self {
        let message = payload.downcast_ref::<&str>().copied();
        let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
        let this = Self(message.to_owned());
        // The payload may panic when it is dropped, and so may the payload of that panic.
        if let Err(second) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
            std::mem::forget(second);
        }
        this
    }
}

/// A future that returns its panics as errors. The inner future is dropped as soon as it finishes. A panic while it is
/// dropped is an error as well, or is ignored if the result is no longer awaited.
pub(crate) struct Guarded<'a, T>(Option<BoxFuture<'a, T>>);

impl<'a, T> Guarded<'a, T> {
    /// Calls `make`, whose panics are caught as well.
    pub(crate) fn new(make: impl FnOnce() -> BoxFuture<'a, T>) -> Result<Self, Panic> {
        guard(make).map(|future| Self(Some(future)))
    }

    fn end(&mut self) -> Result<(), Panic> {
        let future = self.0.take();
        guard(move || drop(future))
    }
}

impl<T> Future for Guarded<'_, T> {
    type Output = Result<T, Panic>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.0 else { return Poll::Pending };
        match guard(|| future.as_mut().poll(cx)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(self.end().map(|()| output)),
            Err(panic) => {
                // If dropping panics as well, the first panic is reported.
                let _ = self.end();
                Poll::Ready(Err(panic))
            }
        }
    }
}

impl<T> Drop for Guarded<'_, T> {
    fn drop(&mut self) {
        if self.0.is_some() {
            let _ = self.end();
        }
    }
}
