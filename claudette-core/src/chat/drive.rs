//! [`Drive`]: a loop that runs. What it does next, [`Turn`] says.

use std::ops::ControlFlow;

use tokio::time::Instant;
use tracing::Span;

use super::budget::{Spent, Verdict};
use super::calls::{Asked, Calls, Ran, TOO_LATE};
use super::deadline::{after, within};
use super::event::{Event, EventSender, Slot};
use super::hook::NextRequest;
use super::run::{Run, Step};
use super::settings::Settings;
use super::turn::{Action, EndReason, Turn};
use super::{Ask, Chat};
use crate::client::UsageTotals;
use crate::error::{Error, Result};
use crate::messages::{ContentBlock, Prompt, Response, StopReason, ToolUse};
use crate::tool::{ToolOutcome, Toolset};

/// A loop that runs.
pub(super) struct Drive<'r, 'a> {
    chat: &'r mut Chat,
    turn: Turn,
    settings: Settings<'a>,
    sink: EventSender<'a>,
    begun: Begun,
    steps: Vec<Step>,
    /// The tools of the last request alone, where it had others than the chat.
    tools: Option<Toolset>,
    /// Says at the end how it went.
    span: Span,
}

impl<'r, 'a> Drive<'r, 'a> {
    pub(super) fn new(
        chat: &'r mut Chat,
        turn: Turn,
        mut settings: Settings<'a>,
        slot: Option<Slot>,
        span: Span,
    ) -> Self {
        let sink = EventSender::new(slot, &settings.hooks);
        settings.asking.settle(&chat.client, sink.is_heard());
        let begun = Begun::now(chat, &settings);
        Self { chat, turn, settings, sink, begun, steps: Vec::new(), tools: None, span }
    }

    pub(super) async fn run(&mut self, prompt: Option<Prompt>) -> Result<Run> {
        let run = self.drive(prompt).await;
        match &run {
            Ok(run) if !self.span.is_disabled() => {
                let usage = run.usage();
                self.span.record("gen_ai.usage.input_tokens", usage.total_input());
                self.span.record("gen_ai.usage.output_tokens", usage.output_tokens());
                self.span.record("steps", run.steps().len());
                self.span.record("stop", tracing::field::debug(run.end_reason()));
            }
            Ok(_) => {}
            Err(error) => drop(self.span.record("error.type", error.error_type().unwrap_or("_OTHER"))),
        }
        run
    }

    async fn drive(&mut self, prompt: Option<Prompt>) -> Result<Run> {
        self.settings.limits.budget.check()?;
        let mut additions = self.chat.accept(prompt)?;
        additions.extend(self.settings.form.addition.as_deref().map(ContentBlock::text));
        let decided = self.chat.take_decided();
        if !decided.is_empty() {
            let tools = self.chat.tools.clone();
            self.run_calls(decided, tools).await?;
        }
        let mut action = self.turn.begin();
        loop {
            action = match action {
                Action::Ask { last } => self.ask(std::mem::take(&mut additions), last).await?,
                Action::RunTools(calls) => self.run_tools(calls).await?,
                Action::Done(stop) => {
                    return Run::new(std::mem::take(&mut self.steps), stop).map_err(|stop| too_little(&stop));
                }
            };
        }
    }

    /// Makes one request, and decides what follows from the response.
    ///
    /// A request that is not answered by the deadline is dropped, with nothing of it in the history; the final one takes
    /// its place.
    async fn ask(&mut self, mut additions: Vec<ContentBlock>, mut last: bool) -> Result<Action> {
        match self.judge(&additions, None) {
            Verdict::Over(reason) => return Ok(Action::Done(reason)),
            // A single request is the last one by itself.
            Verdict::Last(reason) if !last && self.turn.is_loop() => {
                self.turn.conclude(reason);
                last = true;
            }
            Verdict::Fits | Verdict::Last(_) => {}
        }
        loop {
            let deadline = self.begun.deadline.filter(|_| !last && self.turn.is_loop());
            let answer = match deadline {
                None => Some(self.request(std::mem::take(&mut additions), last).await?),
                Some(_) => within(deadline, Box::pin(self.request(additions.clone(), last))).await.transpose()?,
            };
            match answer {
                Some(Answer::Response(asked, response)) => return self.enter(asked, response).await,
                Some(Answer::TooMuch(reason)) => return Ok(Action::Done(reason)),
                None => {
                    self.turn.conclude(EndReason::Deadline);
                    last = true;
                }
            }
        }
    }

    /// Makes one request. The history does not change.
    async fn request(&mut self, additions: Vec<ContentBlock>, last: bool) -> Result<Answer> {
        let Settings { asking, limits, hooks, form, .. } = &self.settings;
        let remaining = self.turn.remaining();
        let request = self.chat.prepare(additions, last, remaining, &limits.final_prompt, hooks, form).await?;
        if limits.budget.bounds_usage() {
            self.chat.check_bounded(&request, &asking.params)?;
            // A hook may have added to it.
            if !hooks.is_empty()
                && let Verdict::Over(reason) = self.judge(&request.additions, Some(&request))
            {
                return Ok(Answer::TooMuch(reason));
            }
        }
        self.tools.clone_from(&request.tools);
        let (call, asked) = self.chat.compose(request, asking)?;
        let response = self.chat.ask(call, asking.prefill.as_ref(), &self.begun.ledger, &self.sink).await?;
        Ok(Answer::Response(asked, response))
    }

    /// Takes a response into the history, and decides what follows from it.
    async fn enter(&mut self, asked: Ask, response: Response) -> Result<Action> {
        self.settings.asking.was_answered();
        let action = self.turn.replied(&response);
        let runs = matches!(action, Action::RunTools(_));
        let speaks = self.chat.enter(asked, &response, runs);
        let is_paused = matches!(action, Action::Ask { .. }) && response.stop_reason() == Some(&StopReason::PauseTurn);
        let action = if is_paused && speaks && !self.chat.history.is_paused() {
            // The API paused in the middle of nothing that it could go on with.
            Action::Done(EndReason::Inconsistent)
        } else {
            action
        };
        self.steps.push(Step::new(response.clone()));
        self.sink.put(|| Event::Response(response.clone())).await;
        let deadline = self.begun.deadline.filter(|_| runs && self.turn.is_loop());
        let flow = within(deadline, self.settings.hooks.after_response(&response)).await.transpose()?;
        let action = match (flow, action) {
            (Some(ControlFlow::Continue(())), action) => action,
            (Some(ControlFlow::Break(())), action) => {
                if let Action::RunTools(calls) = action {
                    self.chat.history.leave(&calls, "Not run: the program ended the loop.");
                }
                Action::Done(EndReason::Hook)
            }
            // Without the consent of the hook no tool runs.
            (None, action) => {
                if let Action::RunTools(calls) = action {
                    self.chat.history.leave(&calls, TOO_LATE);
                }
                self.turn.conclude(EndReason::Deadline)
            }
        };
        if !matches!(action, Action::RunTools(_)) {
            self.sink.put(|| Event::Step(self.steps[self.steps.len() - 1].clone())).await;
        }
        Ok(action)
    }

    async fn run_tools(&mut self, calls: Vec<ToolUse>) -> Result<Action> {
        let tools = self.tools.take().unwrap_or_else(|| self.chat.tools.clone());
        let asked = calls.into_iter().enumerate().map(|(place, call)| Asked { place, call, decision: None });
        let ran = self.run_calls(asked.collect(), tools).await?;
        let Some(step) = self.steps.last_mut() else { unreachable!("calls come with a response") };
        step.answer(ran);
        self.sink.put(|| Event::Step(step.clone())).await;
        Ok(if !step.pending.is_empty() {
            Action::Done(EndReason::Suspended)
        } else if step.outcomes.iter().any(ToolOutcome::is_final) {
            Action::Done(EndReason::Tool)
        } else if self.settings.until.as_mut().is_some_and(|until| until(step)) {
            Action::Done(EndReason::Until)
        } else {
            self.turn.answered()
        })
    }

    async fn run_calls(&mut self, calls: Vec<Asked>, tools: Toolset) -> Result<Ran> {
        let (remaining_steps, deadline) = (self.turn.remaining(), self.begun.deadline);
        let Self { chat, settings, sink, .. } = self;
        let ran = Calls { chat, tools, settings, sink, remaining_steps, deadline }.run(calls).await;
        match ran.outcomes.iter().find_map(ToolOutcome::abort) {
            Some(error) => Err(error),
            None => Ok(ran),
        }
    }

    /// Whether the next request fits into what may be used up; of a request that hooks have changed, with their changes.
    fn judge(&self, additions: &[ContentBlock], request: Option<&NextRequest>) -> Verdict {
        let (budget, params) = (&self.settings.limits.budget, &self.settings.asking.params);
        if !budget.is_set() {
            return Verdict::Fits;
        }
        let spent = self.begun.spent();
        let estimate = || self.chat.estimate(additions, params, request);
        budget.judge(&spent, estimate)
    }
}

/// What came of a request.
enum Answer {
    Response(Ask, Response),
    /// Nothing was sent: it could have used up more than is left.
    TooMuch(EndReason),
}

/// How things stood when the loop began.
struct Begun {
    at: Instant,
    deadline: Option<Instant>,
    /// What the loop consumes.
    ledger: UsageTotals,
}

impl Begun {
    fn now(chat: &Chat, settings: &Settings<'_>) -> Self {
        let budget = &settings.limits.budget;
        let ledger = if budget.bounds_usage() { chat.ledger.part() } else { chat.ledger.clone() };
        Self { at: Instant::now(), deadline: budget.deadline.and_then(after), ledger }
    }

    fn spent(&self) -> Spent {
        Spent {
            cost: self.ledger.cost().map(|cost| cost.total()),
            tokens: self.ledger.tokens(),
            elapsed: self.at.elapsed(),
        }
    }
}

#[cold]
fn too_little(reason: &EndReason) -> Error {
    let (limit, instead) = match reason {
        EndReason::MaxCost => ("max_cost", "money, a smaller `max_tokens`, or a model with a price"),
        _ => ("max_tokens_total", "tokens, or a smaller `max_tokens`"),
    };
    Error::misuse(format!("`{limit}` leaves no room for a single reply: give the loop more {instead}"))
}
