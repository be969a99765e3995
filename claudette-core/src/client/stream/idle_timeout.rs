//! [`IdleTimeout`]: the time limits for a stream to send bytes and to make progress.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::client::limits::Limits;
use crate::error::Error;

/// Measures how long the reader has waited for bytes of any kind (idle), and for progress of the response (stall).
///
/// Only the time while the reader waits counts, so that a slow reader does not cause a timeout. A model whose thinking
/// is hidden sends only pings for minutes, so bytes of any kind reset the idle time. Pings do not prove that the
/// response will continue, so the stall time has a limit of its own, which is longer.
#[derive(Debug)]
pub(in crate::client) struct IdleTimeout {
    idle: Option<Duration>,
    stall: Option<Duration>,
    /// The timer, which is reused because creating one for each event is expensive.
    timer: Option<Pin<Box<Sleep>>>,
    /// The start of the current wait for bytes, if the reader waits.
    since: Option<Instant>,
    /// `true` if bytes have arrived since then.
    received: bool,
    /// The time that the reader had waited for progress before `since`.
    stalled: Duration,
}

impl IdleTimeout {
    pub(in crate::client) fn new(limits: &Limits) -> Self {
        let Limits { silence: idle, stall, .. } = *limits;
        Self { idle, stall, timer: None, since: None, received: false, stalled: Duration::ZERO }
    }

    /// Records that bytes of any kind have arrived.
    pub(in crate::client) fn received(&mut self) {
        self.received = true;
    }

    /// Records that the response has made progress.
    pub(in crate::client) fn progressed(&mut self) {
        self.since = None;
        self.stalled = Duration::ZERO;
    }

    /// Waits until a limit is reached, and returns its error.
    pub(in crate::client) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        if std::mem::take(&mut self.received) || self.since.is_none() {
            self.begin();
        }
        let Some(timer) = &mut self.timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(self.error())
    }

    /// Begins a new wait for bytes.
    fn begin(&mut self) {
        let now = Instant::now();
        let waited = self.since.replace(now).map_or(Duration::ZERO, |since| now - since);
        self.stalled = self.stalled.saturating_add(waited);
        // A limit beyond the range of the clock is never reached.
        let end = self.left().and_then(|left| now.checked_add(left));
        match (&mut self.timer, end) {
            (Some(timer), Some(end)) => timer.as_mut().reset(end),
            (timer, end) => *timer = end.map(|end| Box::pin(sleep_until(end))),
        }
    }

    /// Returns the time until the first limit is reached.
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
                Error::stalled(format!("the stream has sent only heartbeats for {stall:?} (`stall_timeout`)"))
            }
        }
    }
}
