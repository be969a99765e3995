//! [`ProgressTable`]: which call a progress notification belongs to.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claudette::ToolContext;
use rmcp::model::ProgressToken;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::life::Life;
use super::request::Limits;
use crate::text::clean_line;

/// The maximum number of characters of one progress message.
const MAX_MESSAGE: usize = 500;

/// The calls of one connection that wait for a result, by their progress token.
///
/// One task of the connection watches the time of all calls. A timer for each call would wake the driver of the runtime
/// with each of them.
#[derive(Debug, Default)]
pub(crate) struct ProgressTable {
    calls: Mutex<Calls>,
    /// Tells the task that a call has an earlier deadline than the one it waits for.
    earlier: Notify,
}

#[derive(Debug, Default)]
struct Calls {
    by_token: HashMap<ProgressToken, Watched>,
    /// The time at which the task looks for calls that have timed out.
    looks_at: Option<Instant>,
    /// The questions of the server that are being answered. A call does not time out while its user thinks.
    questions: usize,
    answered: Option<Instant>,
}

#[derive(Debug)]
struct Watched {
    cx: Option<ToolContext>,
    limits: Limits,
    start: Instant,
    progress: f64,
    last: Instant,
    expired: Option<oneshot::Sender<Expired>>,
}

/// The time limit that a call has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expired {
    Idle,
    Total,
}

impl Calls {
    /// Returns the time at which a call times out, and the limit.
    fn deadline(&self, call: &Watched, now: Instant) -> (Instant, Expired) {
        let last = match (self.questions, self.answered) {
            (0, answered) => answered.map_or(call.last, |answered| call.last.max(answered)),
            _ => now,
        };
        let (idle, total) = (later(last, call.limits.idle), later(call.start, call.limits.total));
        if idle < total { (idle, Expired::Idle) } else { (total, Expired::Total) }
    }
}

/// Returns a later time. A limit without end is one of a century.
fn later(time: Instant, duration: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
    time + duration.min(CENTURY)
}

/// One call in the table. It leaves the table when it is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    table: Arc<ProgressTable>,
    token: ProgressToken,
    /// Resolves when the call has timed out.
    pub(crate) expired: oneshot::Receiver<Expired>,
}

/// One question that is being answered.
#[derive(Debug)]
pub(crate) struct Asking(Arc<ProgressTable>);

impl Drop for Asking {
    fn drop(&mut self) {
        let mut calls = self.0.calls();
        calls.questions -= 1;
        calls.answered = Some(Instant::now());
    }
}

impl ProgressTable {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a call. Progress is reported to `cx`, if there is one.
    pub(crate) fn watch(self: &Arc<Self>, token: ProgressToken, limits: Limits, cx: Option<ToolContext>) -> Watch {
        let now = Instant::now();
        let (sender, expired) = oneshot::channel();
        let call = Watched { cx, limits, start: now, progress: f64::NEG_INFINITY, last: now, expired: Some(sender) };
        let mut calls = self.calls();
        let (deadline, _) = calls.deadline(&call, now);
        calls.by_token.insert(token.clone(), call);
        if calls.looks_at.is_none_or(|looks_at| deadline < looks_at) {
            calls.looks_at = Some(deadline);
            self.earlier.notify_one();
        }
        drop(calls);
        Watch { table: self.clone(), token, expired }
    }

    /// Tells calls that they have timed out, until the connection ends.
    pub(crate) async fn expire(self: Arc<Self>, life: Arc<Life>) {
        loop {
            let next = self.look();
            let wait = async {
                match next {
                    Some(next) => tokio::time::sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = life.over().cancelled() => return,
                () = self.earlier.notified() => {}
                () = wait => {}
            }
        }
    }

    /// Tells the calls that have timed out, and returns the time of the next one.
    fn look(&self) -> Option<Instant> {
        let mut guard = self.calls();
        let calls = &mut *guard;
        let now = Instant::now();
        let mut next: Option<Instant> = None;
        let mut late = Vec::new();
        for (token, call) in calls.by_token.iter().filter(|(_, call)| call.expired.is_some()) {
            match calls.deadline(call, now) {
                (deadline, limit) if deadline <= now => late.push((token.clone(), limit)),
                (deadline, _) => next = Some(next.map_or(deadline, |next| next.min(deadline))),
            }
        }
        for (token, limit) in late {
            let expired = calls.by_token.get_mut(&token).and_then(|call| call.expired.take());
            if let Some(expired) = expired {
                let _ = expired.send(limit);
            }
        }
        calls.looks_at = next;
        next
    }

    /// Records that a question of the server is being answered, until the value is dropped.
    pub(crate) fn asking(self: &Arc<Self>) -> Asking {
        self.calls().questions += 1;
        Asking(self.clone())
    }

    /// Reports progress to its call. Unknown tokens are ignored, and so is progress that does not grow: notifications
    /// can be handled out of order, and after the result.
    pub(crate) fn report(&self, token: &ProgressToken, progress: f64, total: Option<f64>, message: Option<&str>) {
        let cx = {
            let mut calls = self.calls();
            let Some(call) = calls.by_token.get_mut(token) else { return };
            if progress.is_nan() || progress <= call.progress {
                return;
            }
            (call.progress, call.last) = (progress, Instant::now());
            call.cx.clone()
        };
        // The sink of the context belongs to the program, so it is called without the lock.
        if let Some(cx) = cx {
            cx.progress(text(progress, total, message));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.table.calls().by_token.remove(&self.token);
    }
}

/// Returns the text of one report: `3/10 reading`, or `3 reading` without a total.
fn text(progress: f64, total: Option<f64>, message: Option<&str>) -> String {
    let mut text = progress.to_string();
    if let Some(total) = total.filter(|total| total.is_finite() && *total > 0.0) {
        let _ = write!(text, "/{total}");
    }
    if let Some(message) = message {
        let message = clean_line(message, MAX_MESSAGE);
        if !message.is_empty() {
            let _ = write!(text, " {message}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use rmcp::model::NumberOrString;

    use super::*;

    #[test]
    fn texts() {
        assert_eq!(text(3.0, Some(10.0), Some("reading")), "3/10 reading");
        assert_eq!(text(0.5, None, None), "0.5");
        assert_eq!(text(3.0, Some(0.0), Some("a\nb\u{1b}[31m")), "3 a b");
    }

    #[tokio::test]
    async fn progress_only_grows_and_ends_with_the_call() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = heard.clone();
        let cx = ToolContext::builder().progress(move |text| sink.lock().unwrap().push(text.to_owned())).build();
        let table = Arc::new(ProgressTable::default());
        let token = ProgressToken(NumberOrString::Number(7));
        let watch = table.watch(token.clone(), Limits::of(Duration::from_secs(1)), Some(cx));
        for progress in [1.0, 3.0, 2.0, 3.0, f64::NAN, 4.0] {
            table.report(&token, progress, None, None);
        }
        table.report(&ProgressToken(NumberOrString::Number(8)), 9.0, None, None);
        drop(watch);
        table.report(&token, 5.0, None, None);
        assert_eq!(*heard.lock().unwrap(), ["1", "3", "4"]);
        assert!(table.calls().by_token.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn calls_time_out_one_by_one() {
        let table = Arc::new(ProgressTable::default());
        let life = Life::new(None);
        tokio::spawn(table.clone().expire(life.clone()));
        let token = |n| ProgressToken(NumberOrString::Number(n));
        let limits = |idle, total| Limits { idle: Duration::from_secs(idle), total: Duration::from_secs(total) };
        let start = Instant::now();
        let mut slow = table.watch(token(1), limits(60, 100), None);
        let mut fast = table.watch(token(2), limits(5, 100), None);
        assert_eq!((&mut fast.expired).await, Ok(Expired::Idle));
        assert_eq!(start.elapsed().as_secs(), 5);
        // Progress restarts one limit, and not the other.
        tokio::time::sleep(Duration::from_secs(50)).await;
        table.report(&token(1), 1.0, None, None);
        assert_eq!((&mut slow.expired).await, Ok(Expired::Total));
        assert_eq!(start.elapsed().as_secs(), 100);
        life.end("done");
    }
}
