//! Futures and streams that are polled a limited number of times and then dropped.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use claudette::chat::Events;
use claudette::{Error, Event, Run};
use futures_util::Stream;

/// Polls a future at most `polls` times, each time it was woken, and drops it.
pub async fn await_for<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|cx| {
        if left > 0 {
            left -= 1;
            if let Poll::Ready(end) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(end));
            }
        }
        if left == 0 { Poll::Ready(None) } else { Poll::Pending }
    })
    .await
}

/// Polls events at most `polls` times, whether an event is ready or not, and drops them.
pub async fn read_for(polls: usize, mut events: Events<'_>, mut see: impl FnMut(Event)) -> Option<Result<Run, Error>> {
    let mut left = polls;
    poll_fn(|cx| {
        while left > 0 {
            left -= 1;
            match Pin::new(&mut events).poll_next(cx) {
                Poll::Ready(Some(Ok(Event::Done(run)))) => return Poll::Ready(Some(Ok(run))),
                Poll::Ready(Some(Ok(event))) => see(event),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => panic!("a loop must end with `Done` or with an error"),
                Poll::Pending if left > 0 => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        Poll::Ready(None)
    })
    .await
}

/// Lets all tasks and the network make progress: a runtime with one thread polls the operating system between two turns
/// of a task.
pub async fn settle() {
    for _ in 0..32 {
        tokio::task::yield_now().await;
    }
}
