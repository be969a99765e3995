//! [`Calls`]: the calls of one response, from what the model asks for to their results.

use std::collections::HashMap;
use std::future::poll_fn;
use std::task::Poll;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::Chat;
use super::approval::Approval;
use super::deadline::{has_passed, within};
use super::event::{Event, EventSender};
use super::run::Progress;
use super::settings::Settings;
use crate::messages::ToolUse;
use crate::tool::{Parallel, Report, Tool, ToolContext, ToolError, ToolOutcome, Toolset, TurnContext};

/// What the calls of one response run with.
pub(super) struct Calls<'r, 'a> {
    pub(super) chat: &'r mut Chat,
    pub(super) tools: Toolset,
    pub(super) settings: &'r mut Settings<'a>,
    pub(super) sink: &'r EventSender<'a>,
    pub(super) remaining_steps: u32,
    /// When calls that still run are dropped, and no more are started.
    pub(super) deadline: Option<Instant>,
}

/// A call, and what is known of it before it is judged.
pub(super) struct Asked {
    /// The place of its result in the history.
    pub(super) place: usize,
    pub(super) call: ToolUse,
    /// What was decided about it before, if anything was.
    pub(super) decision: Option<Approval>,
}

/// What came of them: outcomes in the order of the calls, and the calls that wait for a decision.
#[derive(Debug, Default)]
pub(super) struct Ran {
    pub(super) outcomes: Vec<ToolOutcome>,
    pub(super) suspended: Vec<ToolUse>,
}

/// A call that is going to run.
struct Start {
    /// Its place among the calls that were asked for.
    nth: usize,
    place: usize,
    call: ToolUse,
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
    pub(super) async fn run(mut self, calls: Vec<Asked>) -> Ran {
        let mut ran = Ran::default();
        let mut outcomes: Vec<Option<ToolOutcome>> = vec![None; calls.len()];
        let mut starts = Vec::new();
        for (nth, Asked { place, call, decision }) in calls.into_iter().enumerate() {
            match self.judge(call, decision).await {
                Fate::Run { call, asked } => starts.push(Start { nth, place, call, asked }),
                Fate::Answer(outcome) => outcomes[nth] = Some(self.answer(place, outcome).await),
                Fate::Suspend(call) => {
                    self.chat.history.suspend(place, &call);
                    ran.suspended.push(call);
                }
            }
        }
        self.run_all(&starts, &mut outcomes).await;
        ran.outcomes = outcomes.into_iter().flatten().collect();
        ran
    }

    /// A decision that was made already is not asked for again.
    async fn judge(&mut self, call: ToolUse, decision: Option<Approval>) -> Fate {
        if decision.is_none() && has_passed(self.deadline) {
            return refuse(call, ToolError::new(TOO_LATE));
        }
        let is_asked = !self.settings.form.is_answer(call.name());
        let approval = match (decision, self.settings.approve.as_mut().filter(|_| is_asked)) {
            (Some(decision), _) => decision,
            (None, None) => Approval::Allow,
            (None, Some(approve)) => match self.tools.check_call(&call) {
                Ok(()) => match within(self.deadline, approve(call.clone())).await {
                    Some(approval) => approval,
                    None => return refuse(call, ToolError::new(NOT_APPROVED_IN_TIME)),
                },
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
                    Err(error) => refuse(
                        call,
                        ToolError::new(format_args!("Not run with the user's arguments: {}", error.text())),
                    ),
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
        let reporting: HashMap<&str, &Start> = match &progress {
            Some(_) => starts.iter().map(|start| (start.call.id(), start)).collect(),
            None => HashMap::new(),
        };
        let cx = ToolContext::of_turn(TurnContext {
            model: self.settings.asking.params.model.clone(),
            remaining_steps: self.remaining_steps,
            traces_contents: self.chat.client.traces_contents(),
            progress,
        });
        let (hooks, deadline) = (self.settings.hooks.clone(), self.deadline);
        let mut parallel = Parallel::new(self.settings.limits.max_parallel);
        let mut waiting = starts.iter().peekable();
        let mut running = FuturesUnordered::new();
        let mut aborted = false;
        loop {
            while let Some(start) = waiting.peek().filter(|_| !aborted) {
                let is_exclusive = self.tools.get(start.call.name()).is_some_and(Tool::is_exclusive);
                if !parallel.admits(running.len(), is_exclusive) {
                    break;
                }
                let Some(start) = waiting.next() else { break };
                let call = &start.call;
                if has_passed(deadline) {
                    let outcome = ToolOutcome::refused(call.clone(), ToolError::new(TOO_LATE));
                    outcomes[start.nth] = Some(self.answer(start.place, outcome).await);
                    continue;
                }
                sink.put(|| Event::ToolCall(start.call.clone())).await;
                let timeout = self.settings.limits.tool_timeout;
                let run = self.tools.run_within(call.clone(), &cx, timeout, deadline);
                let run = hooks.around_call(&start.call, Box::pin(run));
                running.push(async move {
                    let begun = Instant::now();
                    let outcome = within(deadline, run).await;
                    let outcome = outcome.unwrap_or_else(|| ToolOutcome::timed_out(call.clone(), begun.elapsed()));
                    // A hook may answer with the outcome of another call.
                    (start, outcome.of_call(call))
                });
            }
            let finished = loop {
                let step = poll_fn(|cx| match reports.as_mut().map(|reports| reports.poll_recv(cx)) {
                    Some(Poll::Ready(Some(report))) => Poll::Ready(Err(report)),
                    _ => running.poll_next_unpin(cx).map(Ok),
                });
                match step.await {
                    Ok(finished) => break finished,
                    Err(report) => tell(report, &reporting, sink).await,
                }
            };
            let max_bytes = self.settings.limits.max_tool_output;
            let finished = finished.map(|(start, outcome)| {
                let outcome = self.chat.history.admit(outcome.settle(start.asked.as_ref(), max_bytes));
                // Before anything is told: whoever is told may drop the loop, and a call that has finished is never lost.
                self.chat.history.answer(start.place, outcome.result());
                (start, outcome)
            });
            // What a tool says is told before its result is.
            while let Some(Ok(report)) = reports.as_mut().map(UnboundedReceiver::try_recv) {
                tell(report, &reporting, sink).await;
            }
            let Some((start, outcome)) = finished else { break };
            sink.put(|| Event::ToolResult(outcome.clone())).await;
            aborted |= outcome.is_abort();
            outcomes[start.nth] = Some(outcome);
        }
    }

    async fn answer(&mut self, place: usize, outcome: ToolOutcome) -> ToolOutcome {
        self.chat.history.answer(place, outcome.result());
        self.sink.put(|| Event::ToolResult(outcome.clone())).await;
        outcome
    }
}

fn refuse(call: ToolUse, error: ToolError) -> Fate {
    Fate::Answer(ToolOutcome::refused(call, error))
}

pub(super) const TOO_LATE: &str = "Not run: the time limit was reached before the call started.";
const NOT_APPROVED_IN_TIME: &str = "Not run: the time limit was reached before anyone approved the call.";

async fn tell(report: Report, reporting: &HashMap<&str, &Start>, sink: &EventSender<'_>) {
    if let Some(start) = reporting.get(&*report.call_id) {
        sink.put(|| Event::Progress(Progress { call: start.call.clone(), text: report.text })).await;
    }
}
