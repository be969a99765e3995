//! [`steady`]: lets futures of the SDK be part of a set of futures.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use claudette::BoxFuture;

/// Lets a future of the SDK be part of a set of futures.
///
/// If Restate suspends the handler or an error ends it, the SDK wakes the task and returns `Pending`. It expects that its
/// own outermost future is polled next, which drops the handler. A `FuturesUnordered` would poll the woken future again
/// at once, and the SDK would panic. So this future delays such a wake until the task has returned.
pub(crate) fn steady<'a, T: 'a>(future: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(Steady { future: Box::pin(future) })
}

struct Steady<'a, T> {
    future: BoxFuture<'a, T>,
}

impl<T> Future for Steady<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let signal = Arc::new(Signal { state: AtomicU8::new(POLLED), outer: cx.waker().clone() });
        let polled = self.future.as_mut().poll(&mut Context::from_waker(&Waker::from(signal.clone())));
        if signal.state.swap(IDLE, Ordering::AcqRel) == WOKEN && polled.is_pending() {
            // Wakes the task after it has returned.
            let _ = std::pin::pin!(tokio::task::yield_now()).poll(cx);
        }
        polled
    }
}

/// A waker that only notes a wake while the future is polled.
struct Signal {
    state: AtomicU8,
    outer: Waker,
}

const IDLE: u8 = 0;
const POLLED: u8 = 1;
const WOKEN: u8 = 2;

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let is_idle = self.state.compare_exchange(POLLED, WOKEN, Ordering::AcqRel, Ordering::Acquire) == Err(IDLE);
        if is_idle {
            self.outer.wake_by_ref();
        }
    }
}
