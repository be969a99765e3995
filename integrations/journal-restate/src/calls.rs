//! [`Calls`]: the tool calls that run as invocations of their own.

use std::collections::HashMap;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use restate_sdk::context::DurableFuturesUnordered;
use restate_sdk::errors::TerminalError;

use crate::context::Durable;
use crate::tool_call::ToolRecord;

/// The tool calls that run as invocations of their own.
///
/// A future of the SDK must not be polled beside another one: all of them read from the same connection, which wakes
/// only the task that polled last. So whichever call is polled drives all calls, and wakes the owners of the others.
#[derive(Default)]
pub(crate) struct Calls<'c>(Arc<Mutex<State<'c>>>);

#[derive(Default)]
struct State<'c> {
    running: DurableFuturesUnordered<Durable<'c, ToolRecord>>,
    done: HashMap<usize, Result<ToolRecord, TerminalError>>,
    /// The tasks that wait for a call.
    waiting: HashMap<usize, Waker>,
}

/// A call that runs as an invocation of its own.
pub(crate) struct RunningCall<'c> {
    calls: Arc<Mutex<State<'c>>>,
    index: usize,
}

impl<'c> Calls<'c> {
    /// Adds a call. It has already been sent.
    pub(crate) fn add(&self, call: Durable<'c, ToolRecord>) -> RunningCall<'c> {
        let index = lock(&self.0).running.push(call);
        RunningCall { calls: self.0.clone(), index }
    }
}

impl fmt::Debug for Calls<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").field("running", &lock(&self.0).running.len()).finish_non_exhaustive()
    }
}

fn lock<'s, 'c>(state: &'s Mutex<State<'c>>) -> MutexGuard<'s, State<'c>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State<'_> {
    fn wake_all(&mut self) {
        self.waiting.drain().for_each(|(_, waker)| waker.wake());
    }
}

impl Future for RunningCall<'_> {
    type Output = Result<ToolRecord, TerminalError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = lock(&self.calls);
        loop {
            if let Some(result) = state.done.remove(&self.index) {
                return Poll::Ready(result);
            }
            // Created anew each time, so that it also waits for calls that were added meanwhile.
            let next = pin!(state.running.next()).poll(cx);
            match next {
                Poll::Pending => {
                    state.waiting.insert(self.index, cx.waker().clone());
                    return Poll::Pending;
                }
                Poll::Ready(Ok(Some((index, result)))) => {
                    state.done.insert(index, result);
                    if let Some(waker) = state.waiting.remove(&index) {
                        waker.wake();
                    }
                }
                // The invocation was cancelled, and Restate cancels the calls.
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Ready(Ok(None)) => unreachable!("a call without a result is still running"),
            }
        }
    }
}

impl Drop for RunningCall<'_> {
    /// Lets another call drive the rest.
    fn drop(&mut self) {
        let mut state = lock(&self.calls);
        state.waiting.remove(&self.index);
        state.wake_all();
    }
}
