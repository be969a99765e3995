//! Runs the tool calls of one response, several at a time. Each result enters the conversation as soon as it exists.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::clock::{Wait, within};
use super::driver::LoopDriver;
use super::event::Event;
use super::hook::NextCall;
use super::journal::{Recorded, RemoteCall, too_late};
use super::machine::{Action, Input};
use super::run::Progress;
use crate::error::Result;
use crate::messages::ToolUse;
use crate::task::BoxFuture;
use crate::tool::{CallStep, Parallel, ProgressSink, StepId, Tool, ToolContext, ToolOutcome, TurnContext};

/// A call that can start.
struct QueuedCall {
    index: usize,
    step: StepId,
    call: ToolUse,
}

impl LoopDriver<'_, '_> {
    /// Runs the calls that can start, until none is left or the machine has another action.
    pub(super) async fn run_tools(&mut self) -> Result<()> {
        let request = self.chat.state.requests();
        let Action::RunTools(calls) = self.chat.state.next() else { return Ok(()) };
        let queue = calls.into_iter().map(|pending| {
            let (index, call) = (pending.index(), pending.call().clone());
            QueuedCall { index, step: StepId::tool(request, index, call.name()), call }
        });
        let queue: Vec<QueuedCall> = queue.collect();
        let ran = self.run_queue(&queue).await;
        if ran.is_err() || self.clock.is_cancelled() {
            self.chat.state.apply(Input::Abandoned)?;
        }
        ran
    }

    async fn run_queue(&mut self, queue: &[QueuedCall]) -> Result<()> {
        // Without a listener, there are no progress events.
        let (progress, mut reports) = self.sink.is_heard().then(unbounded_channel).unzip();
        let turn = Arc::new(TurnContext {
            model: Some(self.setup.request.model.clone()),
            conversation_id: self.chat.state.conversation_id.clone(),
            remaining_steps: Some(self.chat.state.remaining_steps()),
            traces_contents: self.chat.client.traces_contents(),
            progress: progress.map(report_to),
        });
        let (hooks, tools, timeout) = (self.setup.hooks.clone(), self.tools.clone(), self.setup.options.tool_timeout);
        let (deadline, cancel) = (self.deadline(), self.clock.cancelled());
        let (journal, limit) = (self.journal.clone(), self.setup.options.deadline);
        let run_id = self.setup.options.run_id.clone();
        // Engines that number the steps of a journal have to see the calls in the same order in each life.
        let mut parallel = Parallel::new(self.setup.options.max_parallel).in_order(journal.is_some());
        for (place, queued) in queue.iter().enumerate() {
            parallel.add(place, tools.exclusion(&queued.call));
        }
        let mut running = FuturesUnordered::new();
        loop {
            while let Some(place) = parallel.start() {
                let QueuedCall { index, step, call } = &queue[place];
                // The machine may have refused the call meanwhile, or ended the loop.
                if !self.chat.state.is_approved(*index) {
                    parallel.ended(place);
                    continue;
                }
                // With a journal, the record of the call says whether it was too late.
                let is_late = journal.is_none() && deadline.is_some_and(|deadline| Instant::now() >= deadline);
                if is_late || self.clock.is_cancelled() {
                    parallel.ended(place);
                    self.tick().await?;
                    continue;
                }
                self.apply(Input::ToolStarted { call: *index }).await?;
                self.sink.put(|| Event::ToolCall(call.clone())).await;
                let idempotency_key = run_id.as_ref().map(|id| format!("{id}/{step}"));
                let cx = ToolContext::of_step(turn.clone(), CallStep { step: Some(step.clone()), idempotency_key });
                let run = Box::pin(tools.run_within(call.clone(), &cx, timeout, deadline));
                let tool = tools.get(call.name());
                let annotations = tool.map(Tool::annotations).unwrap_or_default();
                let next = NextCall { hooks: hooks.as_slice(), step, call, annotations, run };
                // Created here, in the order in which calls start.
                let work = match &journal {
                    None => Work::Live(next.run()),
                    Some(journal) => {
                        let remote = RemoteCall {
                            run_id: journal.run_id().to_owned(),
                            step: step.clone(),
                            call: call.clone(),
                            model: turn.model.clone(),
                            remaining_steps: turn.remaining_steps.unwrap_or_default(),
                            timeout,
                            deadline: limit.map(|limit| journal.deadline_at(limit)),
                            is_offered: tool.is_some(),
                        };
                        let run = move || -> BoxFuture<'_, Result<ToolOutcome>> { Box::pin(run_until(deadline, next)) };
                        Work::Recorded(journal.call(remote, call, annotations, run))
                    }
                };
                let cancel = cancel.clone();
                running.push(async move { (place, *index, step, work.wait(call, cancel, deadline).await) });
            }
            let finished = loop {
                let next = poll_fn(|cx| match reports.as_mut().map(|reports| reports.poll_recv(cx)) {
                    Some(Poll::Ready(Some(report))) => Poll::Ready(Err(report)),
                    _ => running.poll_next_unpin(cx).map(Ok),
                });
                match next.await {
                    Ok(finished) => break finished,
                    Err(report) => self.sink.put(|| Event::Progress(report)).await,
                }
            };
            let Some(finished) = finished else { return Ok(()) };
            let (place, index, step, Some(recorded)) = finished else { return Ok(()) };
            parallel.ended(place);
            let Recorded { value: outcome, is_replayed, not_stored } = recorded?;
            // Applied before any event is sent: the reader can drop the loop, and the outcome must not be lost.
            let outcomes = self.chat.state.apply(Input::ToolFinished { call: index, outcome })?;
            if let Some(error) = not_stored {
                return Err(error);
            }
            // Progress events come before the result.
            while let Some(Ok(report)) = reports.as_mut().map(UnboundedReceiver::try_recv) {
                self.sink.put(|| Event::Progress(report)).await;
            }
            if is_replayed {
                self.sink.put(|| Event::Replayed(step.clone())).await;
            }
            self.report(outcomes).await;
            hooks.committed(step, &self.chat.state).await?;
        }
    }
}

/// A call that is about to run.
enum Work<'s> {
    Live(BoxFuture<'s, Result<Answer<ToolOutcome>>>),
    /// A step of a journal, with the deadline inside.
    Recorded(BoxFuture<'s, Result<Recorded<ToolOutcome>>>),
}

impl Work<'_> {
    /// Runs the call. Returns `None` if the loop is cancelled.
    async fn wait(
        self,
        call: &ToolUse,
        cancel: Option<CancellationToken>,
        deadline: Option<Instant>,
    ) -> Option<Result<Recorded<ToolOutcome>>> {
        let begun = Instant::now();
        match self {
            Self::Live(run) => match within(cancel, deadline, run).await {
                Wait::Ready(answer) => Some(answer.map(Recorded::from)),
                Wait::TimedOut => {
                    let outcome = ToolOutcome::timed_out(call.clone(), begun.elapsed());
                    Some(Ok(Recorded::from(Answer::new(outcome))))
                }
                Wait::Cancelled => None,
            },
            Self::Recorded(run) => match within(cancel, None, run).await {
                Wait::Ready(recorded) => Some(recorded),
                Wait::TimedOut | Wait::Cancelled => None,
            },
        }
    }
}

/// Runs a call inside a step of a journal.
async fn run_until(deadline: Option<Instant>, next: NextCall<'_>) -> Result<ToolOutcome> {
    let (call, begun) = (next.call, Instant::now());
    if deadline.is_some_and(|deadline| begun >= deadline) {
        return Ok(too_late(call));
    }
    match within(None, deadline, next.run()).await {
        Wait::Ready(answer) => answer.map(Answer::into_value),
        Wait::TimedOut | Wait::Cancelled => Ok(ToolOutcome::timed_out(call.clone(), begun.elapsed())),
    }
}

/// Returns a sink that sends progress messages. The receiver may already be gone.
fn report_to(progress: UnboundedSender<Progress>) -> ProgressSink {
    Box::new(move |call, text| {
        if let Some(call) = call {
            let _ = progress.send(Progress { call: call.clone(), text });
        }
    })
}
