//! [`Drive`]: a loop that runs. What it does next, [`Turn`] says.

use std::ops::ControlFlow;

use tokio::time::Instant;
use tracing::Span;

use super::Chat;
use super::approval::Approval;
use super::budget::{Budget, Spent, Verdict};
use super::calls::{Calls, Ran};
use super::event::{Event, Sink, Slot};
use super::run::{Run, Step};
use super::settings::Settings;
use super::turn::{Action, Stop, Turn};
use crate::error::{Error, Result};
use crate::messages::{ContentBlock, Params, Prompt, ToolUse};
use crate::tool::{ToolOutcome, Toolset};

/// A loop that runs.
pub(super) struct Drive<'r, 'a> {
    chat: &'r mut Chat,
    turn: Turn,
    settings: Settings<'a>,
    sink: Sink<'a>,
    /// Only where something is limited.
    begun: Option<Begun>,
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
        let sink = Sink::new(slot, &settings.hooks);
        settings.asking.settle(&chat.client, sink.is_heard());
        let begun = settings.budget.is_set().then(|| Begun::now(chat, &settings.budget));
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
                self.span.record("stop", tracing::field::debug(run.stop()));
            }
            Ok(_) => {}
            Err(error) => drop(self.span.record("error.type", error.error_type().unwrap_or("_OTHER"))),
        }
        run
    }

    async fn drive(&mut self, prompt: Option<Prompt>) -> Result<Run> {
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

    async fn ask(&mut self, additions: Vec<ContentBlock>, last: bool) -> Result<Action> {
        let begun = self.begun.as_ref();
        let Settings { asking, budget, .. } = &self.settings;
        let verdict = begun.map(|begun| begun.judge(self.chat, budget, &additions, &asking.params));
        let last = match verdict.unwrap_or(Verdict::Fits) {
            Verdict::Fits => last,
            Verdict::Last(reason) => {
                if !last {
                    self.turn.conclude(reason);
                }
                true
            }
            Verdict::Over(reason) => return Ok(Action::Done(reason)),
        };
        let Settings { asking, final_prompt, hooks, form, .. } = &self.settings;
        let request = self.chat.prepare(additions, last, self.turn.remaining(), final_prompt, hooks, form).await?;
        self.tools.clone_from(&request.tools);
        let (call, ask) = self.chat.compose(request, asking)?;
        let reply = self.chat.ask(call, asking.prefill.as_ref(), &self.sink).await?;
        self.settings.asking.was_answered();
        let action = self.turn.replied(&reply);
        self.chat.enter(ask, &reply, matches!(action, Action::RunTools(_)));
        self.sink.put(|| Event::Response(reply.clone())).await;
        let flow = self.settings.hooks.after_reply(&reply).await?;
        self.steps.push(Step::new(reply));
        let action = match (flow, action) {
            (ControlFlow::Continue(()), action) => action,
            (ControlFlow::Break(()), Action::RunTools(calls)) => {
                self.chat.history.leave(&calls, "Not run: the program ended the loop.");
                Action::Done(Stop::Hook)
            }
            (ControlFlow::Break(()), _) => Action::Done(Stop::Hook),
        };
        if !matches!(action, Action::RunTools(_)) {
            self.sink.put(|| Event::Step(self.steps[self.steps.len() - 1].clone())).await;
        }
        Ok(action)
    }

    async fn run_tools(&mut self, calls: Vec<ToolUse>) -> Result<Action> {
        let tools = self.tools.take().unwrap_or_else(|| self.chat.tools.clone());
        let ran = self.run_calls(calls.into_iter().map(|call| (call, None)).collect(), tools).await?;
        let Some(step) = self.steps.last_mut() else { unreachable!("calls come with a reply") };
        step.answer(ran);
        self.sink.put(|| Event::Step(step.clone())).await;
        Ok(if !step.pending.is_empty() {
            Action::Done(Stop::Suspended)
        } else if step.outcomes.iter().any(ToolOutcome::is_final) {
            Action::Done(Stop::Tool)
        } else if self.settings.until.as_mut().is_some_and(|until| until(step)) {
            Action::Done(Stop::Until)
        } else {
            self.turn.answered()
        })
    }

    async fn run_calls(&mut self, calls: Vec<(ToolUse, Option<Approval>)>, tools: Toolset) -> Result<Ran> {
        let Self { chat, settings, sink, .. } = self;
        let (remaining_steps, deadline) = (self.turn.remaining(), self.begun.as_ref().and_then(|begun| begun.deadline));
        let ran = Calls { chat, tools, settings, sink, remaining_steps, deadline }.run(calls).await;
        match ran.outcomes.iter().find_map(ToolOutcome::abort) {
            Some(error) => Err(error),
            None => Ok(ran),
        }
    }
}

/// How things stood when the loop began.
struct Begun {
    at: Instant,
    deadline: Option<Instant>,
    tokens: u64,
    cost: Option<f64>,
}

impl Begun {
    fn now(chat: &Chat, budget: &Budget) -> Self {
        let at = Instant::now();
        let (tokens, cost) = (chat.ledger.usage().total(), chat.ledger.cost().map(|cost| cost.total()));
        Self { at, deadline: budget.deadline.map(|after| at + after), tokens, cost }
    }

    fn judge(&self, chat: &Chat, budget: &Budget, additions: &[ContentBlock], params: &Params) -> Verdict {
        let now = chat.ledger.cost().map(|cost| cost.total());
        let spent = Spent {
            cost: now.zip(self.cost).map(|(now, then)| now - then),
            tokens: chat.ledger.usage().total() - self.tokens,
            elapsed: self.at.elapsed(),
        };
        budget.judge(&spent, &chat.estimate(additions, params))
    }
}

#[cold]
fn too_little(reason: &Stop) -> Error {
    let (limit, instead) = match reason {
        Stop::MaxCost => ("max_cost", "money, a smaller `max_tokens`, or a model with a price"),
        _ => ("max_tokens_total", "tokens, or a smaller `max_tokens`"),
    };
    Error::misuse(format!("`{limit}` leaves no room for a single reply: give the loop more {instead}"))
}
