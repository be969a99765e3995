//! [`Turns`]: lets the steps of a run take place one after another.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot::{Receiver, Sender, channel};

/// Lets steps take place one after another, in the order in which they were created.
///
/// The SDK cannot replay two `ctx.run` that were joined: the replay fails with code 570. Without
/// [`Journal::calls`](crate::Journal::calls), the loop joins the calls of one response, and this queue separates them.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    last: Mutex<Option<Receiver<()>>>,
}

/// A place in the queue.
pub(crate) struct Turn {
    previous: Option<Receiver<()>>,
    end: Sender<()>,
}

impl Turns {
    pub(crate) fn next(&self) -> Turn {
        let (end, ended) = channel();
        Turn { previous: self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(ended), end }
    }
}

impl Turn {
    /// Waits until the previous step has ended or was dropped. The turn ends when the returned guard is dropped.
    pub(crate) async fn begin(self) -> impl Send {
        if let Some(previous) = self.previous {
            // An error means that the guard was dropped, which is the end of the turn.
            let _ = previous.await;
        }
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn a_turn_begins_when_the_previous_one_has_ended() {
        let (turns, mut cx) = (Turns::default(), Context::from_waker(Waker::noop()));
        let (first, second, third) = (turns.next(), turns.next(), turns.next());
        let (mut second, mut third) = (pin!(second.begin()), pin!(third.begin()));
        assert!(second.as_mut().poll(&mut cx).is_pending());
        let mut first = pin!(first.begin());
        let Poll::Ready(guard) = first.as_mut().poll(&mut cx) else { panic!("the first turn waits") };
        assert!(second.as_mut().poll(&mut cx).is_pending());
        drop(guard);
        let Poll::Ready(guard) = second.as_mut().poll(&mut cx) else { panic!("the second turn still waits") };
        assert!(third.as_mut().poll(&mut cx).is_pending());
        drop(guard);
        assert!(third.as_mut().poll(&mut cx).is_ready());
    }

    #[test]
    fn a_dropped_turn_does_not_block_the_next_one() {
        let (turns, mut cx) = (Turns::default(), Context::from_waker(Waker::noop()));
        let (first, second) = (turns.next(), turns.next());
        drop(first);
        assert!(pin!(second.begin()).poll(&mut cx).is_ready());
    }
}
