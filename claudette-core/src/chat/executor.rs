//! Runs the tool calls of one response, several at a time. Each result enters the conversation as soon as it exists.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::clock::{Wait, within};
use super::driver::LoopDriver;
use super::eager::CallAnswer;
use super::event::Event;
use super::hook::NextCall;
use super::journal::{CallRecord, Recorded, RemoteCall, too_late};
use super::machine::{Action, ChatState, Input};
use super::questions::Questions;
use super::receive::ChangeRecorder;
use super::turn::Turn;
use crate::error::Result;
use crate::messages::ToolUse;
use crate::task::BoxFuture;
use crate::tool::{CallStep, Parallel, StepId, Tool, ToolContext, ToolOutcome};

/// A call that can start.
struct QueuedCall {
    index: usize,
    step: StepId,
    call: ToolUse,
    /// The state from which the sub-agent of the call continues.
    inner: Option<Arc<ChatState>>,
}

impl<'a> LoopDriver<'_, 'a> {
    /// Runs the calls that can start, until none is left or the machine has another action.
    pub(super) async fn run_tools(&mut self) -> Result<()> {
        let request = self.chat.state.requests();
        let Action::RunTools(calls) = self.chat.state.next() else { return Ok(()) };
        let queue = calls.into_iter().map(|pending| {
            let (index, call, inner) =
                (pending.index(), pending.call().clone(), pending.inner().cloned().map(Arc::new));
            let step = self.setup.name(StepId::tool(request, index, call.name()));
            let step = match &self.journal {
                Some(journal) => journal.unique(step),
                None => step,
            };
            QueuedCall { index, step, call, inner }
        });
        let queue: Vec<QueuedCall> = queue.collect();
        let ran = self.run_queue(&queue).await;
        if ran.is_err() || self.clock.is_cancelled() {
            self.chat.state.apply(Input::Abandoned)?;
        }
        ran
    }

    /// Takes over the calls that started early, by their place in the queue. They have the same context as the others.
    async fn take_early(&mut self, queue: &[QueuedCall]) -> (Turn, Vec<Option<BoxFuture<'a, CallAnswer>>>) {
        let Some(mut early) = self.early.take().and_then(|early| early.take()) else {
            let (model, remaining) = (&self.requests().model, self.chat.state.remaining_steps());
            let (is_heard, asks) = (self.sink.is_heard(), self.setup.asks());
            let (budget, can_suspend) = (self.budget.as_ref(), self.can_suspend());
            let turn = Turn::new(self.chat, model, remaining, budget, is_heard, asks, can_suspend);
            return (turn, queue.iter().map(|_| None).collect());
        };
        let runs = queue.iter().map(|queued| early.take_call(queued.index, &queued.call)).collect();
        let (turn, started) = early.into_turn();
        for call in started {
            self.sink.put(|| Event::ToolCall(call)).await;
        }
        (turn, runs)
    }

    async fn run_queue(&mut self, queue: &[QueuedCall]) -> Result<()> {
        let (mut turn, runs) = self.take_early(queue).await;
        let (hooks, tools, timeout) = (self.setup.hooks.clone(), self.tools.clone(), self.setup.options.tool_timeout);
        let (deadline, cancel) = (self.deadline(), self.clock.cancelled());
        let (journal, limit) = (self.journal.clone(), self.setup.options.deadline);
        let run_id = self.setup.options.run_id.clone();
        let changes = self.change_recorder();
        // Engines that number the steps of a journal have to see the calls in the same order in each life.
        let mut parallel = Parallel::new(self.setup.options.max_parallel).in_order(journal.is_some());
        let mut taken = VecDeque::new();
        for (place, (queued, run)) in queue.iter().zip(runs).enumerate() {
            let exclusion = tools.exclusion(&queued.call);
            match run {
                Some(run) => {
                    parallel.add_running(place, exclusion);
                    taken.push_back((place, Some(run)));
                }
                None => parallel.add(place, exclusion),
            }
        }
        let mut running = FuturesUnordered::new();
        let mut questions = Questions::default();
        loop {
            while let Some((place, run)) = taken.pop_front().or_else(|| Some((parallel.start()?, None))) {
                let QueuedCall { index, step, call, inner } = &queue[place];
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
                let is_early = run.is_some();
                if !is_early {
                    self.sink.put(|| Event::ToolCall(call.clone())).await;
                }
                let tool = tools.get(call.name());
                let annotations = tool.map(Tool::annotations).unwrap_or_default();
                // Only a journal needs the amount of each call.
                let part = self.budget.as_ref().filter(|_| journal.is_some()).map(|own| own.budget.part());
                let mut place_in_run = CallStep::new(step, run_id.as_deref());
                place_in_run.budget.clone_from(&part);
                let cx = turn.context(match inner {
                    Some(inner) => place_in_run.resuming(inner.clone(), inner.spent().clone()),
                    None => place_in_run,
                });
                let next = || {
                    let run = Box::pin(tools.run_within(call.clone(), &cx, timeout, deadline));
                    NextCall { hooks: hooks.as_slice(), step, call, annotations, run }
                };
                // Created here, in the order in which calls start.
                let work = match (run, &journal) {
                    (Some(run), _) => Work::Live(run),
                    (None, None) => Work::Live(next().run()),
                    (None, Some(journal)) => {
                        let next = next();
                        let remote = RemoteCall {
                            run_id: journal.run_id().to_owned(),
                            step: step.clone(),
                            call: call.clone(),
                            model: turn.cx.model.clone(),
                            remaining_steps: turn.cx.remaining_steps.unwrap_or_default(),
                            timeout,
                            deadline: limit.map(|limit| journal.deadline_at(limit)),
                            is_offered: tool.is_some(),
                            can_suspend: turn.cx.can_suspend,
                            inner: inner.as_deref().cloned().map(Box::new),
                        };
                        let (changes, cx) = (changes.clone(), cx.clone());
                        let run = move || -> BoxFuture<'_, _> {
                            Box::pin(async move {
                                let record = run_until(deadline, next, &cx).await?;
                                let changes = changes.map(|changes| changes.take()).unwrap_or_default();
                                Ok(CallRecord { changes, used: part.map(|part| part.used()), ..record })
                            })
                        };
                        Work::Recorded(journal.call(remote, call, annotations, run))
                    }
                };
                let cancel = cancel.clone();
                running.push(async move {
                    let recorded = work.wait(call, &cx, cancel, deadline).await;
                    (place, is_early || cx.spent().is_some(), recorded)
                });
            }
            let finished = self.next_finished(&mut turn, &mut questions, &mut running).await?;
            let Some((place, is_counted, Some(recorded))) = finished else { return Ok(()) };
            parallel.ended(place);
            let changes = changes.as_deref();
            self.finish(&queue[place], recorded?, is_counted, changes, (&mut turn, &mut questions)).await?;
        }
    }

    /// Adds the outcome of a call to the conversation. `is_counted` is `true` if its requests were made in this process:
    /// their usage is in the ledger.
    async fn finish(
        &mut self,
        QueuedCall { index, step, .. }: &QueuedCall,
        recorded: Recorded<ToolOutcome>,
        is_counted: bool,
        own_changes: Option<&ChangeRecorder>,
        (turn, questions): (&mut Turn, &mut Questions<'a>),
    ) -> Result<()> {
        let Recorded { value: outcome, changes, used, own, is_replayed, not_stored } = recorded;
        let spent = own.map(|own| *own).or_else(|| outcome.spent().cloned());
        let elsewhere = spent.filter(|_| is_replayed || !is_counted);
        let input = if let Some(inner) = outcome.suspended::<ChatState>() {
            Input::ToolSuspended { call: *index, state: Box::new(inner.clone()) }
        } else {
            let outcome = self.chat.with_known_references(outcome, &self.tools);
            Input::ToolFinished { call: *index, outcome }
        };
        // Applied before any event is sent: the reader can drop the loop, and the outcome must not be lost.
        let outcomes = self.chat.state.apply(input)?;
        self.chat.settle_usage();
        self.charge(elsewhere.as_ref(), used);
        if let Some(spent) = elsewhere {
            self.chat.state.apply(Input::Spent(spent))?;
        }
        if let Some(error) = not_stored {
            return Err(error);
        }
        for change in changes {
            self.recall_of_call(*index, change, own_changes.filter(|_| is_replayed))?;
        }
        // Progress events come before the result.
        while let Some(report) = turn.try_report() {
            self.pass_on(report, questions).await;
        }
        if is_replayed {
            self.sink.put(|| Event::Replayed(step.clone())).await;
        }
        self.report(outcomes).await;
        self.settle_budget();
        self.setup.hooks.committed(step, &self.chat.state).await
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
        cx: &ToolContext,
        cancel: Option<CancellationToken>,
        deadline: Option<Instant>,
    ) -> Option<Result<Recorded<ToolOutcome>>> {
        let begun = Instant::now();
        match self {
            Self::Live(run) => match within(cancel, deadline, run).await {
                Wait::Ready(answer) => Some(answer.map(Recorded::from)),
                Wait::TimedOut => {
                    let outcome = ToolOutcome::timed_out(call.clone(), begun.elapsed()).with_spent(cx.spent());
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
async fn run_until(deadline: Option<Instant>, next: NextCall<'_>, cx: &ToolContext) -> Result<CallRecord> {
    let (call, begun) = (next.call, Instant::now());
    let outcome = if deadline.is_some_and(|deadline| begun >= deadline) {
        too_late(call)
    } else {
        match within(None, deadline, next.run()).await {
            Wait::Ready(answer) => answer?.into_value(),
            Wait::TimedOut | Wait::Cancelled => {
                ToolOutcome::timed_out(call.clone(), begun.elapsed()).with_spent(cx.spent())
            }
        }
    };
    Ok(CallRecord::of(outcome, cx))
}
