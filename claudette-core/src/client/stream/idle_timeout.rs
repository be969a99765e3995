//! [`IdleTimeout`]: how long a stream may bring nothing.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::client::limits::Limits;
use crate::error::Error;

/// Measures how long the reader has waited for a stream: for any byte of it, and for something of the response.
///
/// Time counts only while the reader waits: a slow reader is not the stream's fault. A model whose thinking is hidden sends
/// nothing but pings for minutes, so bytes of any kind end the first wait. The second one is longer, because pings say that
/// the connection lives and not that anything will ever come.
#[derive(Debug)]
pub(in crate::client) struct IdleTimeout {
    idle: Option<Duration>,
    stall: Option<Duration>,
    /// Kept between silences; a timer is not made for every event.
    timer: Option<Pin<Box<Sleep>>>,
    /// Since when the reader has waited for bytes, if it waits.
    since: Option<Instant>,
    /// Bytes have come since.
    heard: bool,
    /// How long the reader has waited for something of the response, before `since`.
    stalled: Duration,
}

impl IdleTimeout {
    pub(in crate::client) fn new(limits: &Limits) -> Self {
        let Limits { silence: idle, stall, .. } = *limits;
        Self { idle, stall, timer: None, since: None, heard: false, stalled: Duration::ZERO }
    }

    /// Bytes came, whatever they are.
    pub(in crate::client) fn heard(&mut self) {
        self.heard = true;
    }

    /// Something of the response came.
    pub(in crate::client) fn over(&mut self) {
        self.since = None;
        self.stalled = Duration::ZERO;
    }

    /// Waits; ready with the error once a limit is reached.
    pub(in crate::client) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        if std::mem::take(&mut self.heard) || self.since.is_none() {
            self.begin();
        }
        let Some(timer) = &mut self.timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(self.error())
    }

    /// Begins to wait for bytes, once more.
    fn begin(&mut self) {
        let now = Instant::now();
        let waited = self.since.replace(now).map_or(Duration::ZERO, |since| now - since);
        self.stalled = self.stalled.saturating_add(waited);
        // A moment that no clock can show is never reached.
        let end = self.left().and_then(|left| now.checked_add(left));
        match (&mut self.timer, end) {
            (Some(timer), Some(end)) => timer.as_mut().reset(end),
            (timer, end) => *timer = end.map(|end| Box::pin(sleep_until(end))),
        }
    }

    /// How long the stream may go on to bring no bytes.
    fn left(&self) -> Option<Duration> {
        let stall = self.stall.map(|stall| stall.saturating_sub(self.stalled));
        [self.idle, stall].into_iter().flatten().min()
    }

    fn error(&self) -> Error {
        match (self.idle, self.stall) {
            (Some(idle), _) if self.left() == Some(idle) => {
                Error::stalled(format!("the stream has sent nothing for {idle:?} (`idle_timeout`)"))
            }
            (_, stall) => {
                let stall = stall.unwrap_or_default();
                Error::stalled(format!("the stream has sent nothing but heartbeats for {stall:?} (`stall_timeout`)"))
            }
        }
    }
}
