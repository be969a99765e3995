//! [`ToolLoop`]: asks, runs tools, and asks again, until the turn ends.

use std::fmt;
use std::future::{IntoFuture, poll_fn};
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::Chat;
use super::event::{Event, Events, Sink};
use super::run::{Progress, Run, Step, ToolCall};
use super::turn::{Action, Stop, Turn};
use crate::error::Result;
use crate::future::BoxFuture;
use crate::messages::{ContentBlock, Prompt, Response, ToolUse};
use crate::tool::{Report, ToolContext, ToolError, ToolOutcome, TurnContext};

const MAX_STEPS: u32 = 10;
const MAX_PARALLEL: usize = 8;
const FINAL_PROMPT: &str = "You have no tool calls left. Answer now with what you have found out, and say what is still \
                            open, so that the user can decide how to go on.";

/// A tool loop, set up step by step. Await it for the [`Run`], or [`stream`](Self::stream) its events.
///
/// ```
/// # use claudette::testing::{Reply, StandIn};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = StandIn::start().await?;
/// # claude.reply(Reply::text("Done."));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::Stop;
///
/// let run = chat.toolloop("Cancel all orders of customer C1.").max_steps(5).await?;
/// assert_eq!(run.text(), "Done.");
/// assert_eq!(*run.stop(), Stop::Finished);
/// # Ok(())
/// # }
/// ```
#[must_use = "a loop runs when it is awaited or its events are read"]
pub struct ToolLoop<'a> {
    chat: &'a mut Chat,
    prompt: Option<Prompt>,
    turn: Turn,
    settings: Settings,
    until: Option<Until>,
}

struct Settings {
    max_parallel: usize,
    tool_timeout: Option<Duration>,
    final_prompt: String,
}

type Until = Box<dyn FnMut(&Step) -> bool + Send>;

impl<'a> ToolLoop<'a> {
    pub(super) fn new(chat: &'a mut Chat, prompt: Option<Prompt>) -> Self {
        let settings =
            Settings { max_parallel: MAX_PARALLEL, tool_timeout: None, final_prompt: FINAL_PROMPT.to_owned() };
        Self { chat, prompt, turn: Turn::new(MAX_STEPS), settings, until: None }
    }

    /// The most replies, 10 by default and at least one.
    ///
    /// The last of them is asked for with the [final prompt](Self::final_prompt) and without tools, so there is always
    /// an answer. A turn that the API pauses and takes up again is one reply.
    pub fn max_steps(mut self, most: u32) -> Self {
        self.turn = Turn::new(most);
        self
    }

    /// How many calls of one reply run at the same time, 8 by default and at least one.
    ///
    /// They run on the caller's task; results go back in the order of the calls.
    pub fn max_parallel(mut self, most: usize) -> Self {
        self.settings.max_parallel = most.max(1);
        self
    }

    /// How long one call may take. One that takes longer is dropped, and the model is told.
    pub fn tool_timeout(mut self, timeout: Duration) -> Self {
        self.settings.tool_timeout = Some(timeout);
        self
    }

    /// What the model is told when it is asked for the last reply it may give; nothing if this is empty.
    pub fn final_prompt(mut self, prompt: impl Into<String>) -> Self {
        self.settings.final_prompt = prompt.into();
        self
    }

    /// Ends the loop after a step of which this is true. Its tools have run, and their results wait in the history.
    pub fn until(mut self, until: impl FnMut(&Step) -> bool + Send + 'static) -> Self {
        self.until = Some(Box::new(until));
        self
    }

    /// The same loop, seen as it happens.
    pub fn stream(self) -> Events<'a> {
        Events::new(|sink| Box::pin(self.drive(sink)))
    }

    /// Does what [`Turn`] says.
    async fn drive(self, sink: Sink) -> Result<Run> {
        let Self { chat, prompt, turn: mut next, settings, mut until } = self;
        let mut prompt = chat.accept(prompt)?;
        let mut steps: Vec<Step> = Vec::new();
        let mut action = next.begin();
        loop {
            action = match action {
                Action::Ask { last } => {
                    let mut additions = std::mem::take(&mut prompt);
                    // Nothing may follow a turn that the API goes on with by itself.
                    let takes_more = !chat.history.is_paused() && !chat.history.is_half_served();
                    if last && !settings.final_prompt.trim().is_empty() && takes_more {
                        additions.push(ContentBlock::text(settings.final_prompt.as_str()));
                    }
                    let (ask, reply) = chat.ask(&additions, last, &sink).await?;
                    let action = next.replied(&reply);
                    chat.enter(ask, &reply, matches!(action, Action::RunTools(_)));
                    sink.put(|| Event::Response(reply.clone())).await;
                    steps.push(Step { response: reply, calls: Vec::new(), outcomes: Vec::new() });
                    action
                }
                Action::RunTools(calls) => {
                    let outcomes = run_tools(chat, &calls, next.remaining(), &settings, &sink).await;
                    if let Some(error) = outcomes.iter().find_map(ToolOutcome::abort) {
                        return Err(error);
                    }
                    let Some(step) = steps.last_mut() else { unreachable!("calls come with a reply") };
                    step.calls = calls.into_iter().map(ToolCall::from).collect();
                    step.outcomes = outcomes;
                    if step.outcomes.iter().any(ToolOutcome::is_final) {
                        Action::Done(Stop::Tool)
                    } else if until.as_mut().is_some_and(|until| until(step)) {
                        Action::Done(Stop::Until)
                    } else {
                        next.answered()
                    }
                }
                Action::Done(stop) => {
                    let Some(last) = steps.last() else { unreachable!("a loop asks at least once") };
                    return Ok(Run::new(last.response.clone(), steps, stop));
                }
            };
        }
    }
}

/// Runs the calls of one reply, several at a time. Each result is in the history the moment it is there; the outcomes
/// come back in call order. When a tool aborts the run, what is running comes to its end, and nothing more begins.
async fn run_tools(
    chat: &mut Chat,
    calls: &[ToolUse],
    remaining_steps: u32,
    settings: &Settings,
    sink: &Sink,
) -> Vec<ToolOutcome> {
    let (progress, mut reports) = mpsc::unbounded_channel();
    let progress = sink.is_heard().then_some(progress);
    let cx = ToolContext::of_turn(TurnContext { model: chat.params.model.clone(), remaining_steps, progress });
    let mut waiting = calls.iter().enumerate();
    let mut running = FuturesUnordered::new();
    let mut outcomes: Vec<Option<ToolOutcome>> = vec![None; calls.len()];
    let mut aborted = false;
    loop {
        while running.len() < settings.max_parallel && !aborted {
            let Some((place, call)) = waiting.next() else { break };
            sink.put(|| Event::ToolCall(call.clone().into())).await;
            let outcome = chat.tools.run(call.clone(), &cx);
            let timeout = settings.tool_timeout;
            running.push(async move { (place, within(timeout, call, outcome).await) });
        }
        let finished = loop {
            let next = poll_fn(|cx| match reports.poll_recv(cx) {
                Poll::Ready(Some(report)) => Poll::Ready(Err(report)),
                _ => running.poll_next_unpin(cx).map(Ok),
            });
            match next.await {
                Ok(finished) => break finished,
                Err(report) => tell(report, calls, sink).await,
            }
        };
        // What a tool says is told before its result is.
        while let Ok(report) = reports.try_recv() {
            tell(report, calls, sink).await;
        }
        let Some((place, outcome)) = finished else { break };
        chat.history.answer(outcome.result());
        sink.put(|| Event::ToolResult(outcome.clone())).await;
        aborted |= outcome.is_abort();
        outcomes[place] = Some(outcome);
    }
    outcomes.into_iter().flatten().collect()
}

async fn tell(report: Report, calls: &[ToolUse], sink: &Sink) {
    if let Some(call) = calls.iter().find(|call| *call.id() == *report.call_id) {
        sink.put(|| Event::Progress(Progress { call: call.clone().into(), text: report.text })).await;
    }
}

async fn within(timeout: Option<Duration>, call: &ToolUse, outcome: impl Future<Output = ToolOutcome>) -> ToolOutcome {
    let Some(timeout) = timeout else { return outcome.await };
    tokio::time::timeout(timeout, outcome).await.unwrap_or_else(|_| {
        let text = format!("`{}` did not finish within {timeout:?}; it may have taken effect", call.name());
        ToolOutcome::new(call.clone(), Err(ToolError::new(text)), timeout)
    })
}

impl<'a> IntoFuture for ToolLoop<'a> {
    type Output = Result<Run>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.drive(Sink::nobody()))
    }
}

impl fmt::Debug for ToolLoop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolLoop").field("turn", &self.turn).finish_non_exhaustive()
    }
}

/// One reply, set up step by step. Await it for the [`Response`], or [`stream`](Self::stream) its events.
///
/// If the reply calls tools they are run, and their results wait in the history for the next prompt or
/// [`resume`](Chat::resume).
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited or its events are read"]
pub struct SendMessage<'a>(ToolLoop<'a>);

impl<'a> SendMessage<'a> {
    pub(super) fn new(chat: &'a mut Chat, prompt: Option<Prompt>) -> Self {
        let mut one = ToolLoop::new(chat, prompt);
        one.turn = Turn::once();
        Self(one)
    }

    /// How many calls of the reply run at the same time, 8 by default.
    pub fn max_parallel(self, most: usize) -> Self {
        Self(self.0.max_parallel(most))
    }

    /// How long one call may take.
    pub fn tool_timeout(self, timeout: Duration) -> Self {
        Self(self.0.tool_timeout(timeout))
    }

    /// The same reply, seen as it is written.
    pub fn stream(self) -> Events<'a> {
        self.0.stream()
    }
}

impl<'a> IntoFuture for SendMessage<'a> {
    type Output = Result<Response>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.0.await?.into_response()) })
    }
}
