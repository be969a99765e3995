//! [`ChatState::apply`]: checks an input and then applies it, which cannot fail.

use super::end_reason::EndReason;
use super::input::{Input, Misuse};
use super::options::LoopOptions;
use super::run_state::{RunState, Sequel};
use super::served_by::ServedBy;
use super::staged::Staged;
use super::state::{ChatState, PendingCall, Phase};
use super::texts::{AGENT_SUSPENDED, ENDED, NOT_APPROVED_IN_TIME, SUSPENDED, TOO_LATE, denied, rejected};
use crate::catalog::Spent;
use crate::chat::approval::Approval;
use crate::chat::history::Entered;
use crate::error::{Error, Result};
use crate::messages::{ContentBlock, Images, Prompt, Response, ResultContent, StopReason, ToolUse};
use crate::tool::{ToolError, ToolOutcome};

/// More tokens than any context window has. Usage with more tokens is not credible, and is ignored.
const MAX_CONTEXT: u64 = 1 << 32;

impl ChatState {
    /// Applies an input. Returns the outcomes of the calls that finished because of it, as they entered the
    /// conversation.
    ///
    /// # Errors
    /// Returns [`Misuse`] if the state cannot accept the input now. The error contains the input, and the state is
    /// unchanged.
    pub fn apply(&mut self, input: Input) -> Result<Vec<ToolOutcome>, Misuse> {
        if let Err(error) = self.check(&input) {
            return Err(Misuse { error, input: Box::new(input) });
        }
        let outcomes = self.enter(input);
        self.settle();
        Ok(outcomes)
    }

    fn check(&self, input: &Input) -> Result<()> {
        match input {
            Input::Prompt { prompt, options } => {
                options.check()?;
                self.check_prompt(prompt)
            }
            Input::Resume { options } => {
                options.check()?;
                self.waiting(options).map(drop)
            }
            Input::Message(prompt) => {
                if self.takes_messages() {
                    prompt.user_blocks().map(drop)
                } else {
                    Err(Error::misuse("no loop is running"))
                }
            }
            Input::Response { .. } => self.check_response(),
            Input::Compacted { messages, .. } => self.check_compaction(*messages),
            Input::Decision { call, .. } if self.find(*call).is_some_and(|call| call.inner.is_some()) => Err(
                Error::misuse(format!("calls inside the call {call} wait for a decision: decide on them by `Inner`")),
            ),
            Input::Decision { call, .. } => self.check_call(*call, "does not wait for a decision", |phase| {
                matches!(phase, Phase::Undecided | Phase::Suspended)
            }),
            Input::ToolStarted { call } => self.check_call(*call, "cannot start", |phase| *phase == Phase::Approved),
            Input::ToolFinished { call, .. } => self.check_call(*call, "cannot finish", |phase| {
                matches!(phase, Phase::Undecided | Phase::Approved | Phase::Started)
            }),
            Input::ToolSuspended { call, state } => {
                if state.pending.iter().all(|call| call.undecided().is_none()) {
                    return Err(Error::misuse(format!("the call {call} cannot wait: no call inside it is suspended")));
                }
                self.check_call(*call, "cannot be suspended", |phase| *phase == Phase::Started)
            }
            Input::Inner { call, input } => self.check_inner(*call, input),
            Input::Continue => self.check_continue(),
            Input::Rejected(_) => {
                let end = self.run.as_ref().and_then(|run| run.end.as_ref());
                match end {
                    Some(EndReason::Finished | EndReason::MaxSteps | EndReason::Tool) => Ok(()),
                    _ => Err(Error::misuse("the loop has not ended with an answer that can be rejected")),
                }
            }
            Input::Spent(_) | Input::Abandoned | Input::Elapsed(_) | Input::Available(_) | Input::Stop(_) => Ok(()),
        }
    }

    fn check_response(&self) -> Result<()> {
        match &self.run {
            Some(run) if run.end.is_none() && !self.is_busy() => Ok(()),
            Some(run) if run.end.is_none() => {
                Err(Error::misuse("cannot accept a response: calls of the previous response do not have a result yet"))
            }
            _ => Err(Error::misuse("cannot accept a response: no loop is running")),
        }
    }

    fn check_inner(&self, index: usize, input: &Input) -> Result<()> {
        self.check_call(index, "is not suspended", |phase| *phase == Phase::Suspended)?;
        match (self.find(index).and_then(PendingCall::inner), input) {
            (Some(inner), Input::Decision { .. } | Input::Inner { .. }) => inner.check(input),
            (Some(_), _) => Err(Error::misuse(format!("calls inside the call {index} accept only decisions"))),
            (None, _) => Err(Error::misuse(format!("the call {index} does not run a sub-agent"))),
        }
    }

    fn check_continue(&self) -> Result<()> {
        if self.run.as_ref().is_none_or(|run| run.end != Some(EndReason::Suspended)) {
            return Err(Error::misuse("the loop has not ended because of suspended calls"));
        }
        self.check_decided()
    }

    /// Checks that no suspended call waits for a decision.
    fn check_decided(&self) -> Result<()> {
        match self.pending.iter().find_map(PendingCall::undecided) {
            Some(waiting) => {
                let (name, id) = (waiting.name(), waiting.id());
                Err(Error::misuse(format!(
                    "the call of `{name}` ({id}) waits for a decision: call `decide()` before you resume"
                )))
            }
            None => Ok(()),
        }
    }

    fn check_call(&self, index: usize, problem: &str, is_allowed: impl FnOnce(&Phase) -> bool) -> Result<()> {
        match self.find(index) {
            Some(call) if is_allowed(&call.phase) => Ok(()),
            Some(_) => Err(Error::misuse(format!("the call {index} {problem}"))),
            None => Err(Error::misuse(format!("the call {index} is not pending"))),
        }
    }

    /// Checks whether the API would accept a prompt now.
    fn check_prompt(&self, prompt: &Prompt) -> Result<()> {
        let additions = prompt.user_blocks()?;
        let images = Images::of_blocks(additions);
        if !images.is_none()
            && let Some(refusal) = self.history.images_with(images).refusal()
        {
            return Err(Error::misuse(format!("the prompt cannot be sent: {refusal}")));
        }
        if self.history.takes_only_results() {
            return Err(Error::misuse(
                "the API accepts only tool results now, because it has unfinished tool calls of its own: call `resume()` \
                 to send them, then send the prompt",
            ));
        }
        if self.history.ends_in_system() {
            return Err(Error::misuse(
                "the last message is a system message, which must be followed by a response: call `resume()` to request \
                 it, then send the prompt",
            ));
        }
        Ok(())
    }

    /// Returns the prompt with which the conversation is resumed. It is empty if the history has content to send.
    fn waiting(&self, options: &LoopOptions) -> Result<Vec<ContentBlock>> {
        self.check_decided()?;
        if self.history.takes_only_results() || self.history.is_waiting() && !self.is_unanswerable {
            return Ok(Vec::new());
        }
        match &options.continue_prompt {
            Some(text) => {
                let prompt = Prompt::from(text);
                self.check_prompt(&prompt)?;
                prompt.user_blocks().map(<[_]>::to_vec)
            }
            None => {
                Err(Error::misuse("there is nothing to send: use `send(..)` with a prompt, or set a `continue_prompt`"))
            }
        }
    }

    fn enter(&mut self, input: Input) -> Vec<ToolOutcome> {
        match input {
            Input::Prompt { prompt, options } => {
                let messages = self.run.as_mut().map(|run| run.take_messages()).unwrap_or_default();
                // Unfinished calls keep their placeholders.
                self.abandon_calls();
                self.run = Some(Box::new(RunState::new(options, messages, prompt.into_blocks())));
                return self.carry_out_decisions();
            }
            Input::Resume { options } => {
                let prompt = self.waiting(&options).unwrap_or_default();
                // Unfinished calls of an earlier loop keep their placeholders.
                self.abandon_calls();
                match &mut self.run {
                    Some(run) if run.end.is_none() && !run.options.once && !options.once => {
                        run.go_on(options, prompt);
                    }
                    run => {
                        let messages = run.as_mut().map(|run| run.take_messages()).unwrap_or_default();
                        let earlier = run.take().and_then(|run| run.suspended_response());
                        let mut new = RunState::new(options, messages, prompt);
                        new.earlier = earlier;
                        *run = Some(Box::new(new));
                    }
                }
                return self.carry_out_decisions();
            }
            Input::Message(prompt) => {
                if let Some(run) = &mut self.run {
                    run.add_message(prompt.into_blocks());
                }
            }
            Input::Response { added, response, spent } => self.enter_response(added, response, &spent),
            Input::Compacted { messages, response, spent } => self.enter_compaction(messages, &response, spent),
            Input::Spent(spent) => self.spend(&spent),
            Input::Decision { call, approval } => return self.carry_out(call, approval).into_iter().collect(),
            Input::ToolStarted { call } => {
                if let Some(call) = self.find_mut(call) {
                    call.phase = Phase::Started;
                }
            }
            Input::ToolFinished { call, outcome } => return self.finish(call, outcome).into_iter().collect(),
            Input::ToolSuspended { call: index, state } => {
                if let Some(call) = self.find_mut(index) {
                    (call.phase, call.inner) = (Phase::Suspended, Some(state));
                    let call = call.call.clone();
                    self.history.suspend(index, &call, AGENT_SUSPENDED);
                }
            }
            Input::Inner { call, input } => {
                if let Some(inner) = self.find_mut(call).and_then(|call| call.inner.as_mut()) {
                    return inner.enter(*input);
                }
            }
            Input::Continue => {
                if let Some(run) = &mut self.run {
                    run.end = None;
                }
                return self.carry_out_decisions();
            }
            // The placeholders say that the calls were interrupted.
            Input::Abandoned => self.pending.retain(|call| call.phase != Phase::Started),
            Input::Elapsed(elapsed) => {
                if let Some(run) = &mut self.run {
                    run.elapsed = run.elapsed.max(elapsed);
                }
                return self.refuse_late_calls();
            }
            Input::Available(left) => {
                if let Some(run) = &mut self.run {
                    run.available = Some(left);
                }
            }
            Input::Rejected(reason) => {
                if let Some(run) = self.run.as_mut().filter(|run| run.rejections > 0) {
                    run.try_again(ContentBlock::text(rejected(&reason)));
                }
            }
            Input::Stop(reason) => self.stop(reason),
        }
        Vec::new()
    }

    fn enter_response(&mut self, added: Vec<ContentBlock>, mut response: Response, spent: &Spent) {
        self.history.settle_ids(&mut response);
        self.spend(spent);
        self.note_cleared(&response);
        let Some(run) = &mut self.run else { return };
        let same = run.additions.iter().zip(&added).take_while(|(a, b)| a == b).count();
        // Additions that arrived during the request stay for the next one.
        run.sent(same);
        // Additions that were held back, because the API accepted only results, still wait.
        let waits = !run.additions.is_empty() && same == added.len() && !run.options.once;
        let sequel = run.count(&response);
        run.compacting = None;
        self.unsummarized = self.unsummarized.saturating_sub(1);
        if let Some(container) = response.container() {
            self.container = Some(container.clone());
        }
        run.response = Some(response.clone());
        let runs = matches!(sequel, Sequel::RunTools);
        self.pending.clear();
        let Entered { has_content, has_system, summary } =
            self.history.enter(added, self.staged.message(), &response, runs);
        if has_system {
            self.staged = Staged::default();
        }
        let tokens_before = self.context;
        // A refused turn does not enter the history, so it does not change these fields.
        if response.stop_reason() != Some(&StopReason::Refusal) {
            self.served_by = ServedBy::after(self.served_by.take(), &response);
            // If announced calls are missing, the same request can be sent again.
            self.is_unanswerable = !has_content && response.stop_reason() != Some(&StopReason::ToolUse);
            let usage = response.usage();
            let is_known = usage.is_readable() && response.stop_reason() != Some(&StopReason::Compaction);
            self.context = Some(usage.context_tokens()).filter(|total| *total < MAX_CONTEXT && is_known);
        }
        if let Some(summary) = summary {
            self.note_summary(&response, *summary, tokens_before);
        }
        match sequel {
            Sequel::RunTools => self.queue(&response),
            // The API paused, but there is nothing that it could continue.
            Sequel::Continue if has_content && !self.history.is_paused() => self.end(EndReason::Inconsistent),
            Sequel::End(EndReason::Finished) if waits => {}
            Sequel::Request | Sequel::Continue => {}
            Sequel::End(reason) => self.end(reason),
        }
    }

    /// Makes the calls of a response pending. Each has a placeholder in the history.
    fn queue(&mut self, response: &Response) {
        let Some(run) = &self.run else { return };
        let phase = |call: &ToolUse| {
            let is_answer = run.options.answer_tool.as_deref() == Some(call.name());
            if run.options.asks && !is_answer { Phase::Undecided } else { Phase::Approved }
        };
        let calls = response.tool_uses().cloned().enumerate();
        self.pending = calls
            .map(|(index, call)| {
                let phase = phase(&call);
                PendingCall::new(index, call, phase, run.responses)
            })
            .collect();
    }

    /// Carries out the decisions on suspended calls, once: the placeholders then say that the calls were interrupted.
    fn carry_out_decisions(&mut self) -> Vec<ToolOutcome> {
        let decided = self.pending.iter().filter_map(|call| match &call.phase {
            Phase::Decided(approval) => Some((call.index, approval.clone())),
            _ => None,
        });
        let decided: Vec<(usize, Approval)> = decided.collect();
        let continued = self.pending.iter().filter(|call| call.inner.is_some() && call.is_decided());
        let continued: Vec<usize> = continued.map(PendingCall::index).collect();
        for index in continued {
            if let Some(call) = self.find_mut(index) {
                call.phase = Phase::Approved;
                let call = call.call.clone();
                self.history.interrupt(index, &call);
            }
        }
        let mut outcomes = Vec::new();
        for (index, approval) in decided {
            if let Some(call) = self.find_mut(index) {
                call.phase = Phase::Undecided;
                let call = call.call.clone();
                self.history.interrupt(index, &call);
            }
            outcomes.extend(self.carry_out(index, approval));
        }
        outcomes
    }

    /// Carries out a decision on a call. For a suspended call, the next loop does so.
    fn carry_out(&mut self, index: usize, approval: Approval) -> Option<ToolOutcome> {
        let call = self.find_mut(index)?;
        if call.phase == Phase::Suspended {
            call.phase = Phase::Decided(approval);
            return None;
        }
        match approval {
            Approval::Allow => call.phase = Phase::Approved,
            Approval::AllowWith(arguments) => {
                let changed = ToolUse::new(call.call.id(), call.call.name(), arguments);
                call.asked = Some(std::mem::replace(&mut call.call, changed));
                call.phase = Phase::Approved;
            }
            Approval::Deny(reason) => {
                let error = ToolError::new(denied(&reason));
                let outcome = ToolOutcome::refused(call.call.clone(), error);
                return self.finish(index, outcome);
            }
            Approval::Suspend => {
                call.phase = Phase::Suspended;
                let call = call.call.clone();
                self.history.suspend(index, &call, SUSPENDED);
            }
        }
        None
    }

    /// Adds the outcome of a call to the conversation, in a form that the API accepts.
    fn finish(&mut self, index: usize, outcome: ToolOutcome) -> Option<ToolOutcome> {
        let place = self.pending.binary_search_by_key(&index, |call| call.index).ok()?;
        let call = self.pending.remove(place);
        let run = self.run.as_mut()?;
        let outcome = outcome.of_call(&call.call).settle(call.asked.as_ref(), run.options.max_tool_output);
        let is_of_code = call.asked.as_ref().unwrap_or(&call.call).is_of_code();
        let outcome = self.history.admit(if is_of_code { only_text(outcome) } else { outcome });
        self.history.answer(index, outcome.result());
        run.is_aborted |= outcome.is_abort();
        // Calls of an earlier loop do not belong to a step of this one.
        if run.response.is_some() && call.request == run.responses {
            run.outcomes.push((index, outcome.clone()));
        }
        Some(outcome)
    }

    /// Refuses the calls that have not started when the deadline passes.
    fn refuse_late_calls(&mut self) -> Vec<ToolOutcome> {
        if !self.run.as_ref().is_some_and(|run| run.end.is_none() && run.is_late()) {
            return Vec::new();
        }
        let late = self.pending.iter().filter_map(|call| match call.phase {
            Phase::Undecided => Some((call.index, call.call.clone(), NOT_APPROVED_IN_TIME)),
            Phase::Approved => Some((call.index, call.call.clone(), TOO_LATE)),
            _ => None,
        });
        let late: Vec<_> = late.collect();
        late.into_iter()
            .filter_map(|(index, call, why)| self.finish(index, ToolOutcome::refused(call, ToolError::new(why))))
            .collect()
    }

    fn stop(&mut self, reason: EndReason) {
        let left: Vec<_> = self
            .pending
            .iter()
            .filter(|call| matches!(call.phase, Phase::Undecided | Phase::Approved))
            .map(|call| (call.index, call.call.clone()))
            .collect();
        for (index, call) in left {
            self.history.leave(index, &call, ENDED);
        }
        self.pending.retain(PendingCall::is_suspended);
        self.end(reason);
    }

    /// Ends the loop, unless it is already over.
    fn end(&mut self, reason: EndReason) {
        if let Some(run) = &mut self.run {
            run.end.get_or_insert(reason);
        }
    }

    pub(super) fn spend(&mut self, spent: &Spent) {
        self.spent += spent;
        if let Some(run) = &mut self.run {
            run.used.add(spent);
        }
    }

    fn find(&self, index: usize) -> Option<&PendingCall> {
        let place = self.pending.binary_search_by_key(&index, |call| call.index).ok()?;
        self.pending.get(place)
    }

    fn find_mut(&mut self, index: usize) -> Option<&mut PendingCall> {
        let place = self.pending.binary_search_by_key(&index, |call| call.index).ok()?;
        self.pending.get_mut(place)
    }
}

/// Withholds a result that contains more than text from code, which can read only text.
fn only_text(outcome: ToolOutcome) -> ToolOutcome {
    let content = outcome.result().content().map_or(&[][..], ResultContent::blocks);
    match content.iter().find(|block| block.as_text().is_none()) {
        Some(block) => {
            let why = format!("it contains a block of type `{}`, but code can read only text", block.kind());
            outcome.withheld(&why)
        }
        None => outcome,
    }
}
