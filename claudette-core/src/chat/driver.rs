//! [`LoopDriver`]: does the actions of the machine, and applies their results to it. It does not make decisions.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::agent_span::AgentSpan;
use super::chat::Chat;
use super::clock::{Clock, Wait, after, within};
use super::eager::EarlyCalls;
use super::event::Event;
use super::event_sender::{EventSender, Slot};
use super::inbox::Change;
use super::journal::JournaledRun;
use super::machine::{ContextChange, EndReason, Input, LoopOptions, Next, Rates, Room};
use super::request::{Answered, Journaling, Request, Sent};
use super::run::{Run, Step};
use super::setup::Setup;
use crate::client::RequestOptions;
use crate::error::{Error, Result};
use crate::messages::{Prompt, ToolUse};
use crate::tool::{Budget, RunBudget, StepId, ToolContext, ToolOutcome, Toolset};

/// A running loop.
pub(super) struct LoopDriver<'r, 'a> {
    pub(super) chat: &'r mut Chat,
    pub(super) setup: Setup<'a>,
    pub(super) sink: EventSender<'a>,
    pub(super) clock: Clock,
    pub(super) journal: Option<Arc<JournaledRun<'a>>>,
    /// The options of the requests if they begin with a fallback, because it has answered before.
    pub(super) pinned: Option<Arc<RequestOptions>>,
    /// The budget of the run and of all runs inside it, if there is a limit.
    pub(super) budget: Option<RunBudget>,
    /// The tools of each request that replace those of the chat, unless a hook replaces them.
    pub(super) own_tools: Option<Toolset>,
    /// The tools of the last request, which run the calls of its response.
    pub(super) tools: Toolset,
    /// The calls that started before the last response was complete, until the machine has chosen the next action.
    pub(super) early: Option<Arc<EarlyCalls<'a>>>,
    /// The changes that calls have recorded, with the index of the call, until no call is running.
    pub(super) changes: Vec<(usize, Change)>,
    /// The error of the tool that aborted the loop.
    abort: Option<Error>,
    steps: Vec<Step>,
    /// `true` if there is a response whose step is not over.
    pub(super) is_open: bool,
    /// The span in which the end of the loop is recorded.
    span: AgentSpan,
}

/// The next action, without a borrow of the state.
enum Todo {
    Request,
    Compact(usize),
    Approve { index: usize, call: ToolUse },
    RunTools,
    Done(EndReason),
}

impl<'r, 'a> LoopDriver<'r, 'a> {
    pub(super) fn new(chat: &'r mut Chat, mut setup: Setup<'a>, slot: Option<Slot>, span: AgentSpan) -> Self {
        let sink = EventSender::new(slot, &setup.hooks);
        let own_tools = setup.tools.clone();
        let tools = own_tools.as_ref().unwrap_or(chat.tools()).clone();
        let clock = Clock::new(setup.cancel.clone());
        let journal = setup.journal.take().map(|journal| {
            let options = Arc::make_mut(&mut setup.options);
            (options.run_id, options.is_journaled) = (Some(journal.run_id().to_owned()), true);
            Arc::new(JournaledRun::new(journal))
        });
        Self {
            pinned: None,
            budget: None,
            journal,
            chat,
            setup,
            sink,
            clock,
            own_tools,
            tools,
            early: None,
            changes: Vec::new(),
            abort: None,
            steps: Vec::new(),
            is_open: false,
            span,
        }
    }

    pub(super) async fn run(&mut self, prompt: Option<Prompt>) -> Result<Run> {
        let is_plain = self.setup.hooks.is_empty() && self.journal.is_none();
        let run = if is_plain { self.drive(prompt).await } else { self.run_within_hooks(prompt).await };
        self.span.ended(&run, &self.steps, self.chat);
        run
    }

    pub(super) async fn drive(&mut self, prompt: Option<Prompt>) -> Result<Run> {
        self.begin(prompt).await?;
        // `true` if the loop ends, although calls inside it wait for a decision.
        let mut is_waiting = false;
        loop {
            self.tick().await?;
            let todo = match self.chat.state.decide() {
                Next::Request(_) => Todo::Request,
                Next::Compact(messages) => Todo::Compact(messages),
                Next::Approve(call) => Todo::Approve { index: call.index(), call: call.call().clone() },
                Next::RunTools => Todo::RunTools,
                Next::Done(reason) => Todo::Done(reason.clone()),
                Next::Await => unreachable!("all calls that were started have an outcome"),
            };
            if !is_waiting && matches!(todo, Todo::Done(EndReason::Suspended)) {
                is_waiting = !Box::pin(self.decide_inside()).await?;
                continue;
            }
            // Calls that started early are dropped, unless they are the calls that run now.
            if !matches!(todo, Todo::RunTools) {
                self.early = None;
            }
            if self.is_open && matches!(todo, Todo::Request | Todo::Compact(_) | Todo::Done(_)) {
                self.end_step().await?;
                continue;
            }
            match todo {
                Todo::Request if self.is_eager() => {
                    let early = Arc::new(self.early_calls());
                    self.early = Some(early.clone());
                    early.alongside(Box::pin(self.request())).await?;
                }
                Todo::Request => self.request().await?,
                Todo::Compact(messages) => Box::pin(self.compact(messages)).await?,
                Todo::Approve { index, call } => Box::pin(self.approve(index, call)).await?,
                Todo::RunTools => Box::pin(self.run_tools()).await?,
                Todo::Done(reason) => {
                    if let Some(end) = self.end(reason) {
                        return end;
                    }
                }
            }
        }
    }

    /// Returns `true` if calls start before their response is complete. With a journal, a call starts only after its
    /// response was stored.
    fn is_eager(&self) -> bool {
        self.setup.options.eager && !self.setup.asks() && self.journal.is_none()
    }

    /// Returns `true` if calls of this loop can wait for a decision after its end: the state of this loop and of all loops
    /// around it is kept.
    pub(super) fn can_suspend(&self) -> bool {
        self.setup.outer.as_ref().is_none_or(ToolContext::can_suspend)
    }

    /// Returns the settings of the calls that start before the next response is complete.
    fn early_calls(&self) -> EarlyCalls<'a> {
        let LoopOptions { max_parallel, tool_timeout: timeout, ref run_id, .. } = *self.setup.options;
        EarlyCalls {
            hooks: self.setup.hooks.clone(),
            request: self.chat.state.requests() + 1,
            timeout,
            deadline: self.deadline(),
            run_id: run_id.clone(),
            outer: self.setup.outer.as_ref().and_then(ToolContext::step).cloned(),
            max_parallel,
            can_suspend: self.can_suspend(),
            round: Mutex::default(),
        }
    }

    /// Begins the loop with the prompt, or resumes the conversation.
    async fn begin(&mut self, prompt: Option<Prompt>) -> Result<()> {
        self.chat.settle_usage();
        self.chat.settle_budget();
        if self.own_tools.is_some() {
            self.chat.collect_found();
        }
        let mut options = LoopOptions::clone(&self.setup.options);
        options.asks = self.setup.asks();
        options.context.check_edits(&self.setup.request)?;
        if self.setup.request.fallbacks.is_some() {
            let tools = self.own_tools.as_ref().unwrap_or(self.chat.tools());
            self.chat.check_fallbacks(&options.context, &self.setup.request, tools)?;
        }
        self.pin();
        options.room = self.room()?;
        if let Some(room) = &options.room {
            self.chat.add_edits(&mut self.setup.request, room, &options, &self.tools);
            self.pin();
        }
        options.rates = self.rates();
        if options.context.compacts_on_server() {
            options.summary_price = self.chat.client().list_price(&self.setup.request.model).map(Box::new);
        }
        self.respect_summary();
        let (is_limited, limit) = (self.is_limited(), options.limit());
        // Calls that an earlier loop has started do not run any more.
        if self.chat.state.pending().next().is_some() {
            self.chat.state.apply(Input::Abandoned)?;
        }
        let input = match prompt {
            Some(prompt) => Input::Prompt { prompt, options },
            None => Input::Resume { options },
        };
        self.apply(input).await?;
        if is_limited {
            let around = self.outer_budget().cloned();
            let budget = Budget::new(limit, self.chat.state.consumed(), around);
            self.chat.budget = Some(budget.clone());
            self.budget = Some(RunBudget::new(budget));
        }
        self.clock.start(self.chat.state.elapsed());
        Ok(())
    }

    /// Measures the requests again after their options or tools have changed.
    ///
    /// # Errors
    /// Returns a misuse error if the context policy is not possible with the model.
    pub(super) fn remeasure(&mut self) -> Result<()> {
        let (rates, room) = (self.rates(), self.room()?);
        self.chat.state.remeasure(rates, room);
        Ok(())
    }

    /// Returns the maximum consumption of requests, if it is limited.
    pub(super) fn rates(&self) -> Option<Box<Rates>> {
        self.is_limited().then(|| Box::new(self.chat.rates(self.requests(), self.request_tools(), None)))
    }

    /// Returns the space that requests have, if there is a context policy.
    ///
    /// # Errors
    /// Returns a misuse error if the policy is not possible with the model.
    pub(super) fn room(&self) -> Result<Option<Room>> {
        self.chat.room(&self.setup.options.context, self.requests(), self.request_tools())
    }

    /// Returns the tools of the next request.
    fn request_tools(&self) -> &Toolset {
        self.own_tools.as_ref().unwrap_or(self.chat.tools())
    }

    /// Applies what has happened meanwhile: the elapsed time, the contents of the inbox, a cancellation.
    pub(super) async fn tick(&mut self) -> Result<()> {
        if self.clock.is_cancelled() {
            self.apply(Input::Stop(EndReason::Cancelled)).await?;
        }
        if self.chat.state.time_left().is_some() {
            let elapsed = if let Some(journal) = &self.journal {
                journal.elapsed()
            } else {
                let step = self.setup.name(self.chat.state.request_id());
                self.setup.hooks.elapsed(&step, self.clock.elapsed()).await?
            };
            self.apply(Input::Elapsed(elapsed)).await?;
        }
        if let Some(budget) = &self.budget {
            let left = budget.left();
            self.settle_budget();
            self.apply(Input::Available(left)).await?;
        }
        if self.setup.inbox.is_some() { Box::pin(self.receive()).await } else { Ok(()) }
    }

    /// Returns the instant of the deadline.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let left = self.chat.state.time_left()?;
        let passed = self.journal.as_ref().map_or(Duration::ZERO, |journal| journal.since_latest());
        after(Some(left.saturating_sub(passed)))
    }

    /// Returns the budget of the run around this one, if there is one.
    fn outer_budget(&self) -> Option<&Budget> {
        self.setup.outer.as_ref().and_then(ToolContext::budget)
    }

    /// Returns `true` if the loop or a run around it has a limit on cost or tokens.
    fn is_limited(&self) -> bool {
        self.setup.options.limits_usage() || self.outer_budget().is_some()
    }

    /// Applies a deadline that has passed according to a record.
    pub(super) async fn reach_deadline(&mut self) -> Result<()> {
        match self.setup.options.deadline {
            Some(deadline) => self.apply(Input::Elapsed(deadline)).await,
            None => Ok(()),
        }
    }

    /// Applies an input, and reports the outcomes of tool calls and the changes of the context that result from it.
    pub(super) async fn apply(&mut self, input: Input) -> Result<()> {
        let outcomes = self.chat.state.apply(input)?;
        // Most inputs have neither. The futures are boxed, because they would make each future around them larger.
        if !outcomes.is_empty() {
            Box::pin(self.report(outcomes)).await;
        }
        if self.chat.state.has_context_changes() {
            Box::pin(self.report_changes()).await;
        }
        Ok(())
    }

    /// Removes an option that the API does not accept if the conversation begins with a summary on demand.
    fn respect_summary(&mut self) {
        if self.setup.request.has_remaining_budget() && self.chat.history().begins_with_signed_summary() {
            Arc::make_mut(&mut self.setup.request).drop_remaining_budget();
        }
    }

    /// Sends an event for each change of the context.
    pub(super) async fn report_changes(&mut self) {
        for change in self.chat.state.take_context_changes() {
            tracing::debug!(%change, "the context has changed");
            if matches!(change, ContextChange::Compacted { .. }) {
                self.chat.fold_tools();
                self.respect_summary();
            }
            self.sink.put(|| Event::Context(change)).await;
        }
    }

    /// Sends an event for each outcome.
    pub(super) async fn report(&mut self, outcomes: Vec<ToolOutcome>) {
        for outcome in outcomes {
            if let Some(error) = outcome.abort() {
                self.abort.get_or_insert(error);
            }
            self.sink.put(|| Event::ToolResult(outcome)).await;
        }
    }

    /// Makes one request, and adds the response to the conversation.
    async fn request(&mut self) -> Result<()> {
        // Only hooks and a journal need the name of the step.
        let is_named = !self.setup.hooks.is_empty() || self.journal.is_some();
        let step = is_named.then(|| self.setup.name(self.chat.state.request_id()));
        match self.send(step.as_ref(), None).await? {
            Some(answered) => self.enter(step.as_ref(), answered).await,
            None => Ok(()),
        }
    }

    /// Sends the next request, or this request for a summary. Returns `None` if there is no response, because a limit
    /// was reached. The history does not change before the response is complete.
    pub(super) async fn send(
        &mut self,
        step: Option<&StepId>,
        summary: Option<&(usize, RequestOptions)>,
    ) -> Result<Option<Answered>> {
        let deadline = self.deadline();
        self.chat.sync();
        let answer = {
            let Self { chat, setup, sink, clock, own_tools: tools, journal, early, budget, pinned, .. } = self;
            let conversation = match (summary, chat.state.decide()) {
                (Some((messages, _)), _) => chat.state.compaction(*messages).conversation,
                (None, Next::Request(run)) => chat.state.conversation(run),
                (None, _) => unreachable!("the state has not changed"),
            };
            let is_bound = !conversation.is_last && !setup.options.once;
            let deadline = deadline.filter(|_| is_bound);
            // The time limit is inside the step of a journal, so that its record says whether it was exceeded.
            let (journal, deadline) = match journal {
                Some(run) => (Some(Journaling { run, deadline }), None),
                None => (None, deadline),
            };
            let Setup { request: options, options: limits, prefill, hooks, .. } = setup;
            let options = pinned.as_ref().unwrap_or(options);
            let asks = !limits.context.compacts_on_server() || chat.state.asks_for_summary();
            let without = (!asks).then(|| options.without_summaries());
            let options = without.as_ref().unwrap_or(&**options);
            let early = early.as_deref();
            let request = Request {
                chat,
                step,
                options: summary.map_or(options, |(_, options)| options),
                limits,
                prefill: prefill.as_ref().filter(|_| summary.is_none()),
                tools: tools.as_ref().unwrap_or(chat.tools()),
                hooks,
                sink,
                journal,
                early,
                budget: budget.as_ref(),
                is_summary: summary.is_some(),
            };
            // Most loops do not have a deadline or a token, so the future does not need to be boxed.
            match (clock.cancelled(), deadline) {
                (None, None) => Wait::Ready(request.send(conversation).await),
                (cancel, deadline) => within(cancel, deadline, Box::pin(request.send(conversation))).await,
            }
        };
        match answer {
            Wait::Ready(Ok(Sent::Answered(answered))) => Ok(Some(answered)),
            // A hook changed the request so that it exceeds a limit. Nothing was sent.
            Wait::Ready(Ok(Sent::TooMuch(reason))) => {
                self.apply(Input::Stop(reason)).await?;
                Ok(None)
            }
            // Another run has used the budget meanwhile. The machine decides again.
            Wait::Ready(Ok(Sent::OverBudget { left })) => {
                self.apply(Input::Available(left)).await?;
                Ok(None)
            }
            Wait::Ready(Ok(Sent::Late { spent, used, not_stored })) => {
                self.chat.settle_usage();
                if let Some(spent) = spent {
                    self.charge(Some(&spent), used);
                    self.apply(Input::Spent(*spent)).await?;
                }
                self.reach_deadline().await?;
                not_stored.map_or(Ok(None), Err)
            }
            Wait::Ready(Err(error)) => {
                self.chat.settle_usage();
                Err(error)
            }
            // The next tick applies the deadline or the cancellation.
            Wait::TimedOut | Wait::Cancelled => {
                self.chat.settle_usage();
                Ok(None)
            }
        }
    }

    /// Adds a response to the conversation.
    async fn enter(&mut self, step: Option<&StepId>, mut answered: Answered) -> Result<()> {
        let spent = self.take_spent(&mut answered);
        let Answered { added, response, is_replayed, not_stored, sent, tools, .. } = answered;
        let chat = &mut *self.chat;
        chat.encoded.remember(sent);
        self.tools = tools;
        self.is_open = true;
        if let Some(step) = step.filter(|_| is_replayed) {
            self.sink.put(|| Event::Replayed(step.clone())).await;
        }
        let pinned = if self.setup.request.fallbacks.is_some() { self.repin(&response) } else { Ok(()) };
        self.apply(Input::Response { added, response, spent }).await?;
        pinned?;
        // A response that was not stored is in the conversation, because it was paid for.
        if let Some(error) = not_stored {
            return Err(error);
        }
        if let Some(step) = step {
            self.settle_budget();
            self.setup.hooks.committed(step, &self.chat.state).await?;
        }
        let Some(response) = self.chat.state.response().cloned() else { return Ok(()) };
        self.sink.put(|| Event::Response(response.clone())).await;
        let runs = self.chat.state.pending().next().is_some();
        // With a journal, the clock does not decide whether the loop waits for a hook.
        let is_bound = runs && !self.setup.options.once && self.journal.is_none();
        let deadline = self.deadline().filter(|_| is_bound);
        let hooks = &self.setup.hooks;
        if hooks.is_empty() {
            return Ok(());
        }
        match within(self.clock.cancelled(), deadline, Box::pin(hooks.after_response(&response))).await {
            Wait::Ready(flow) => match flow? {
                ControlFlow::Break(()) => self.apply(Input::Stop(EndReason::Hook)).await,
                ControlFlow::Continue(()) => Ok(()),
            },
            // Tools do not run before the hook returns. The next tick applies the deadline or the cancellation.
            Wait::TimedOut | Wait::Cancelled => Ok(()),
        }
    }

    /// Ends the step of a response, after all its calls have an outcome.
    async fn end_step(&mut self) -> Result<()> {
        self.is_open = false;
        let Some(step) = self.chat.state.step() else { return Ok(()) };
        self.sink.put(|| Event::Step(step.clone())).await;
        let is_over = matches!(self.chat.state.decide(), Next::Done(_));
        let until = self.setup.until.as_mut().filter(|_| !is_over && !step.outcomes.is_empty());
        let ends = until.is_some_and(|until| until(&step));
        self.steps.push(step);
        if ends { self.apply(Input::Stop(EndReason::Until)).await } else { Ok(()) }
    }

    /// Ends the loop. Returns `None` if the loop continues because the program rejected the answer.
    fn end(&mut self, reason: EndReason) -> Option<Result<Run>> {
        if let Some(error) = self.abort.take().filter(|_| reason == EndReason::Aborted) {
            return Some(Err(error));
        }
        if self.steps.is_empty() && reason == EndReason::Suspended {
            // The calls that this loop continued wait again.
            self.steps.extend(self.chat.state.step());
        }
        let run = match Run::new(std::mem::take(&mut self.steps), reason) {
            Ok(run) => run,
            Err(reason) => return Some(Err(without_response(&reason))),
        };
        let Some(check) = &mut self.setup.check else { return Some(Ok(run)) };
        let ControlFlow::Continue(rejected) = check(&run) else { return Some(Ok(run)) };
        let goes_on = self.chat.state.apply(Input::Rejected(rejected)).is_ok()
            && !matches!(self.chat.state.decide(), Next::Done(_));
        if goes_on {
            self.steps = run.into_steps();
            return None;
        }
        Some(Ok(run))
    }
}

#[cold]
fn without_response(reason: &EndReason) -> Error {
    let (limit, instead) = match reason {
        EndReason::MaxCost => ("max_cost", ", lower `max_tokens`, or use a model with a known price"),
        EndReason::MaxTokensTotal => ("max_tokens_total", " or lower `max_tokens`"),
        _ => return Error::cancelled("the loop was cancelled before its first response"),
    };
    Error::misuse(format!("`{limit}` is too low for a single response: raise it{instead}"))
}
