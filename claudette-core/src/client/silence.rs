//! [`Silence`]: how long a stream may bring nothing.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Measures how long somebody has waited for a stream that brings nothing.
///
/// Time counts only while somebody waits: a slow reader is not the stream's fault. And only progress ends it: pings say
/// that the connection lives, not that anything will ever come.
#[derive(Debug)]
pub(super) struct Silence {
    limit: Option<Duration>,
    /// Kept between silences; a timer is not made for every event.
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl Silence {
    /// With a limit, or without end.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self { limit, timer: None, waiting: false }
    }

    /// Something came.
    pub(super) fn over(&mut self) {
        self.waiting = false;
    }

    /// Waits; ready with the limit once it is reached.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Duration> {
        let Some(limit) = self.limit else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + limit)));
        if !std::mem::replace(&mut self.waiting, true) {
            timer.as_mut().reset(Instant::now() + limit);
        }
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(limit)
    }
}
