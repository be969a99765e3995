//! [`EarlyCalls`]: read-only calls that run while their response still arrives.
//!
//! A call starts when the model has moved on: at the next content block, or at the stop reason `tool_use`. The machine
//! does not know about early calls. When it says that the calls of the response run, the executor takes over the calls
//! that run already. If the response is discarded, the calls are dropped together with their results.

use std::collections::VecDeque;
use std::future::{poll_fn, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::answer::Answer;
use super::event::Event;
use super::hook::NextCall;
use super::hooks::Hooks;
use super::turn::Turn;
use crate::client::FallbackStream;
use crate::error::Result;
use crate::messages::{StopReason, StreamEvent, ToolUse};
use crate::task::BoxFuture;
use crate::tool::{CallStep, Parallel, StepId, Tool, ToolOutcome, Toolset};

/// The answer of a hook or of a tool.
pub(super) type CallAnswer = Result<Answer<ToolOutcome>>;

/// The calls of one request that start before the response is complete.
pub(super) struct EarlyCalls<'a> {
    pub(super) hooks: Hooks<'a>,
    /// The number of the request.
    pub(super) request: u32,
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    pub(super) run_id: Option<String>,
    /// The step in which the loop runs, if it is the loop of a sub-agent.
    pub(super) outer: Option<StepId>,
    pub(super) max_parallel: usize,
    /// `true` if the run can keep the state of a call that waits.
    pub(super) can_suspend: bool,
    pub(super) round: Mutex<Option<Round<'a>>>,
}

/// The calls of one response. Each attempt to get the response has a round of its own.
pub(super) struct Round<'a> {
    turn: Turn,
    tools: Toolset,
    parallel: Parallel,
    /// The complete calls, in the order of the model.
    calls: Vec<ToolUse>,
    running: FuturesUnordered<Running<'a>>,
    finished: Vec<(usize, CallAnswer)>,
    /// The calls that have started since the last event.
    started: VecDeque<ToolUse>,
}

/// A call that runs.
struct Running<'a> {
    index: usize,
    run: BoxFuture<'a, CallAnswer>,
}

impl Future for Running<'_> {
    type Output = (usize, CallAnswer);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.run.as_mut().poll(cx).map(|answer| (self.index, answer))
    }
}

impl<'a> EarlyCalls<'a> {
    fn round(&self) -> MutexGuard<'_, Option<Round<'a>>> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an attempt to get the response, and drops the calls of the attempt before.
    pub(super) fn begin(&self, turn: Turn, tools: Toolset) {
        let round = Round {
            turn,
            tools,
            parallel: Parallel::new(self.max_parallel),
            calls: Vec::new(),
            running: FuturesUnordered::new(),
            finished: Vec::new(),
            started: VecDeque::new(),
        };
        let before = self.round().replace(round);
        drop(before);
    }

    /// Returns the calls that have started, for the executor.
    pub(super) fn take(&self) -> Option<Round<'a>> {
        self.round().take()
    }

    /// Polls a future, and between its polls the calls that run.
    pub(super) async fn alongside<T>(&self, mut future: BoxFuture<'_, T>) -> T {
        poll_fn(|cx| {
            let output = future.as_mut().poll(cx);
            if output.is_pending() {
                self.poll(cx);
            }
            output
        })
        .await
    }

    /// Polls the calls that run. If others start, the stream is polled again, because it sends their events.
    fn poll(&self, cx: &mut Context<'_>) {
        let mut round = self.round();
        let Some(round) = &mut *round else { return };
        while let Poll::Ready(Some((index, answer))) = round.running.poll_next_unpin(cx) {
            round.parallel.ended(index);
            round.finished.push((index, answer));
            self.start(round);
        }
        if !round.started.is_empty() {
            cx.waker().wake_by_ref();
        }
    }

    /// Starts the calls that may start.
    fn start(&self, round: &mut Round<'a>) {
        while let Some(index) = round.parallel.start() {
            let call = round.calls[index].clone();
            let step = StepId::tool(self.request, index, call.name());
            let step = self.outer.as_ref().map_or_else(|| step.clone(), |outer| step.within(outer));
            let cx = round.turn.context(CallStep::new(&step, self.run_id.as_deref()));
            let (hooks, timeout, deadline) = (self.hooks.clone(), self.timeout, self.deadline);
            let (tools, started) = (round.tools.clone(), call.clone());
            // The future owns everything that it needs, so it can outlive the request.
            let run = Box::pin(async move {
                let run = Box::pin(tools.run_within(call.clone(), &cx, timeout, deadline));
                let annotations = tools.get(call.name()).map(Tool::annotations).unwrap_or_default();
                NextCall { hooks: hooks.as_slice(), step: &step, call: &call, annotations, run }.run().await
            });
            round.running.push(Running { index, run });
            round.started.push_back(started);
        }
    }

    /// Adds a complete call. It starts if it is read-only, can run, and does not have to wait for another call.
    fn add(&self, call: ToolUse, events: &mut VecDeque<Event>) {
        let mut round = self.round();
        let Some(round) = &mut *round else { return };
        let (index, exclusion) = (round.calls.len(), round.tools.exclusion(&call));
        if round.tools.may_run_early(&call) {
            round.parallel.add(index, exclusion);
        } else {
            round.parallel.hold(index, exclusion);
        }
        round.calls.push(call);
        self.start(round);
        events.extend(round.started.drain(..).map(Event::ToolCall));
    }

    /// Adds the events of the calls that have started, and their progress.
    pub(super) fn take_events(&self, cx: &mut Context<'_>, events: &mut VecDeque<Event>) {
        if let Some(round) = &mut *self.round() {
            events.extend(round.started.drain(..).map(Event::ToolCall));
            while let Poll::Ready(Some(report)) = round.turn.poll_report(cx) {
                events.extend(report.into_event());
            }
        }
    }
}

impl<'a> Round<'a> {
    /// Returns a call that has started, if it is this call of the response.
    pub(super) fn take_call(&mut self, index: usize, call: &ToolUse) -> Option<BoxFuture<'a, CallAnswer>> {
        if self.calls.get(index) != Some(call) {
            return None;
        }
        if let Some(place) = self.finished.iter().position(|(finished, _)| *finished == index) {
            return Some(Box::pin(ready(self.finished.swap_remove(place).1)));
        }
        let mut found = None;
        for running in std::mem::take(&mut self.running) {
            if running.index == index {
                found = Some(running.run);
            } else {
                self.running.push(running);
            }
        }
        found
    }

    /// Returns the context of the calls, and the calls whose events were not sent.
    pub(super) fn into_turn(self) -> (Turn, VecDeque<ToolUse>) {
        (self.turn, self.started)
    }
}

/// Follows a stream, and finds the calls that may start.
pub(super) struct CallFollower<'e, 'a> {
    early: &'e EarlyCalls<'a>,
    /// The call that is being written: the index of its block, and its id in the history.
    open: Option<(usize, Arc<str>)>,
    /// `true` if the block of this call has ended.
    is_complete: bool,
    /// `true` if no more calls start early.
    is_over: bool,
}

impl<'e, 'a> CallFollower<'e, 'a> {
    pub(super) fn new(early: &'e EarlyCalls<'a>) -> Self {
        Self { early, open: None, is_complete: false, is_over: false }
    }

    /// Follows an event, after the stream has applied it. Adds an event for each call that starts.
    pub(super) fn follow(&mut self, event: &StreamEvent, stream: &FallbackStream<'_>, events: &mut VecDeque<Event>) {
        match event {
            // After a fallback, another model continues, and the API may discard what came before.
            StreamEvent::ContentBlockStart(start) if start.content_block().kind() == "fallback" => self.is_over = true,
            StreamEvent::ContentBlockStart(_) => self.moved_on(stream, events),
            StreamEvent::ContentBlockStop(stop) => {
                self.is_complete |= self.open.as_ref().is_some_and(|(block, _)| *block == stop.index());
            }
            StreamEvent::MessageDelta(delta) if delta.stop_reason() == Some(&StopReason::ToolUse) => {
                self.moved_on(stream, events);
            }
            // Blocks in the first event do not have events of their own.
            StreamEvent::MessageStart(start) if !start.message().content().is_empty() => self.is_over = true,
            _ => {}
        }
    }

    /// Follows the start of a call, which will have this id in the history.
    pub(super) fn opened(&mut self, block: usize, id: &Arc<str>) {
        (self.open, self.is_complete) = (Some((block, id.clone())), false);
    }

    fn moved_on(&mut self, stream: &FallbackStream<'_>, events: &mut VecDeque<Event>) {
        let Some((block, id)) = self.open.take() else { return };
        let call = stream.tool_use(block).filter(|_| self.is_complete && !self.is_over);
        let Some(mut call) = call.cloned() else {
            self.is_over = true;
            return;
        };
        if call.id() != &*id {
            call.set_id(String::from(&*id));
        }
        self.early.add(call, events);
    }

    pub(super) fn take_events(&self, cx: &mut Context<'_>, events: &mut VecDeque<Event>) {
        self.early.take_events(cx, events);
    }
}
