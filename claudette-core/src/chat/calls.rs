//! [`Calls`]: the calls of one reply, from what the model asks for to their results.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use super::Chat;
use super::approval::Approval;
use super::event::{Event, Sink};
use super::run::{Progress, ToolCall};
use super::settings::Settings;
use crate::messages::ToolUse;
use crate::tool::{Report, Tool, ToolContext, ToolError, ToolOutcome, Toolset, TurnContext};

/// What the calls of one reply run with.
pub(super) struct Calls<'r, 'a> {
    pub(super) chat: &'r mut Chat,
    pub(super) tools: Toolset,
    pub(super) settings: &'r mut Settings<'a>,
    pub(super) sink: &'r Sink<'a>,
    pub(super) remaining_steps: u32,
    /// When what still runs is dropped, and answered.
    pub(super) deadline: Option<Instant>,
}

/// What came of them: outcomes in the order of the calls, and the calls that wait for a decision.
#[derive(Debug, Default)]
pub(super) struct Ran {
    pub(super) outcomes: Vec<ToolOutcome>,
    pub(super) suspended: Vec<ToolCall>,
}

/// A call that is going to run.
struct Start {
    place: usize,
    call: ToolCall,
    /// What the model asked for, where the call runs with other arguments.
    asked: Option<ToolUse>,
}

/// What is to become of a call.
enum Fate {
    Run { call: ToolUse, asked: Option<ToolUse> },
    Answer(ToolOutcome),
    Suspend(ToolUse),
}

impl Calls<'_, '_> {
    /// Runs the calls, several at a time. Each result is in the history the moment it is there.
    ///
    /// All are judged before the first one runs, one after the other. When a tool aborts the run, what is running comes to
    /// its end, and nothing more begins.
    pub(super) async fn run(mut self, calls: Vec<(ToolUse, Option<Approval>)>) -> Ran {
        let mut ran = Ran::default();
        let mut outcomes: Vec<Option<ToolOutcome>> = vec![None; calls.len()];
        let mut starts = Vec::new();
        for (place, (call, decision)) in calls.into_iter().enumerate() {
            match self.judge(call, decision).await {
                Fate::Run { call, asked } => starts.push(Start { place, call: call.into(), asked }),
                Fate::Answer(outcome) => {
                    self.take(&outcome).await;
                    outcomes[place] = Some(outcome);
                }
                Fate::Suspend(call) => {
                    self.chat.history.suspend(&call);
                    ran.suspended.push(call.into());
                }
            }
        }
        self.run_all(&starts, &mut outcomes).await;
        ran.outcomes = outcomes.into_iter().flatten().collect();
        ran
    }

    /// A decision that was made already is not asked for again.
    async fn judge(&mut self, call: ToolUse, decision: Option<Approval>) -> Fate {
        let refuse = |call: ToolUse, error: ToolError| Fate::Answer(ToolOutcome::new(call, Err(error), Duration::ZERO));
        let approval = match (decision, &mut self.settings.approve) {
            (Some(decision), _) => decision,
            (None, None) => Approval::Allow,
            (None, Some(approve)) => match self.tools.check_call(&call) {
                Ok(()) => approve(call.clone().into()).await,
                // Nobody is asked about a call that could not run.
                Err(error) => return refuse(call, error),
            },
        };
        match approval {
            Approval::Allow => Fate::Run { call, asked: None },
            Approval::AllowWith(arguments) => {
                let changed = ToolUse::new(call.id(), call.name(), arguments);
                match self.tools.check_call(&changed) {
                    Ok(()) => Fate::Run { call: changed, asked: Some(call) },
                    Err(error) => {
                        refuse(call, ToolError::new(format_args!("Not run with the user's arguments: {error}")))
                    }
                }
            }
            Approval::Deny(reason) => {
                refuse(call, ToolError::new(format_args!("Not run, for the user did not allow it: {reason}")))
            }
            Approval::Suspend => Fate::Suspend(call),
        }
    }

    async fn run_all(&mut self, starts: &[Start], outcomes: &mut [Option<ToolOutcome>]) {
        let sink = self.sink;
        // Where nobody listens, nothing is said.
        let (progress, mut reports) = sink.is_heard().then(unbounded_channel).unzip();
        let cx = ToolContext::of_turn(TurnContext {
            model: self.settings.asking.params.model.clone(),
            remaining_steps: self.remaining_steps,
            traces_contents: self.chat.client.traces_contents(),
            progress,
        });
        let (max_parallel, hooks) = (self.settings.max_parallel, self.settings.hooks.clone());
        let mut waiting = starts.iter().peekable();
        let mut running = FuturesUnordered::new();
        let (mut aborted, mut alone) = (false, false);
        loop {
            while let Some(start) = waiting.peek().filter(|_| !aborted && running.len() < max_parallel) {
                let is_exclusive = self.tools.get(start.call.name()).is_some_and(Tool::is_exclusive);
                if (is_exclusive || alone) && !running.is_empty() {
                    break;
                }
                alone = is_exclusive;
                let Some(start) = waiting.next() else { break };
                sink.put(|| Event::ToolCall(start.call.clone())).await;
                let run = hooks.around_call(&start.call, Box::pin(self.call(&start.call, &cx)));
                running.push(async move { (start, run.await) });
            }
            let finished = loop {
                let step = poll_fn(|cx| match reports.as_mut().map(|reports| reports.poll_recv(cx)) {
                    Some(Poll::Ready(Some(report))) => Poll::Ready(Err(report)),
                    _ => running.poll_next_unpin(cx).map(Ok),
                });
                match step.await {
                    Ok(finished) => break finished,
                    Err(report) => tell(report, starts, sink).await,
                }
            };
            let max_bytes = self.settings.max_tool_output;
            let finished = finished.map(|(start, outcome)| (start, outcome.settle(start.asked.as_ref(), max_bytes)));
            // Before anything is told: whoever is told may drop the loop, and a call that has finished is never lost.
            if let Some((_, outcome)) = &finished {
                self.chat.history.answer(outcome.result());
            }
            // What a tool says is told before its result is.
            while let Some(Ok(report)) = reports.as_mut().map(UnboundedReceiver::try_recv) {
                tell(report, starts, sink).await;
            }
            let Some((start, outcome)) = finished else { break };
            sink.put(|| Event::ToolResult(outcome.clone())).await;
            aborted |= outcome.is_abort();
            outcomes[start.place] = Some(outcome);
        }
    }

    /// One call, for as long as it may take: what its tool says of itself counts more than what the loop does.
    fn call(&self, call: &ToolCall, cx: &ToolContext) -> impl Future<Output = ToolOutcome> + Send + use<> {
        let timeout = self.tools.get(call.name()).and_then(Tool::timeout).or(self.settings.tool_timeout);
        let (run, call) = (self.tools.run(call.as_tool_use().clone(), cx), call.as_tool_use().clone());
        let end = timeout.map(|timeout| Instant::now() + timeout).into_iter().chain(self.deadline).min();
        async move {
            let begun = Instant::now();
            let Some(end) = end else { return run.await };
            timeout_at(end, run).await.unwrap_or_else(|_| {
                let took = begun.elapsed();
                let text = format!("`{}` did not finish within {took:?}; it may have taken effect", call.name());
                ToolOutcome::new(call, Err(ToolError::new(text)), took)
            })
        }
    }

    async fn take(&mut self, outcome: &ToolOutcome) {
        self.chat.history.answer(outcome.result());
        self.sink.put(|| Event::ToolResult(outcome.clone())).await;
    }
}

async fn tell(report: Report, starts: &[Start], sink: &Sink<'_>) {
    if let Some(start) = starts.iter().find(|start| *start.call.id() == *report.call_id) {
        sink.put(|| Event::Progress(Progress { call: start.call.clone(), text: report.text })).await;
    }
}
