//! [`ChatState::apply`]: what an input changes. First it is checked, then it cannot fail.

use super::end_reason::EndReason;
use super::input::{Input, Misuse};
use super::options::LoopOptions;
use super::run_state::{RunState, Sequel};
use super::state::{ChatState, PendingCall, Phase};
use super::texts::{ENDED, NOT_APPROVED_IN_TIME, TOO_LATE, denied, rejected};
use crate::catalog::Spent;
use crate::chat::approval::Approval;
use crate::error::{Error, Result};
use crate::messages::{ContentBlock, Images, Prompt, Response, StopReason, ToolUse};
use crate::tool::{ToolError, ToolOutcome};

/// More tokens than any context has: usage that claims them says nothing.
const MOST_CONTEXT: u64 = 1 << 32;

impl ChatState {
    /// Takes in what happened. Returns the outcomes of calls that it settled, in the form in which they entered the
    /// conversation.
    ///
    /// # Errors
    /// [`Misuse`] if the input does not belong here. It returns the input, and the state is unchanged.
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
                let is_open = self.run.as_ref().is_some_and(|run| {
                    matches!(run.end, None | Some(EndReason::Finished)) && !(run.options.once && run.end.is_some())
                });
                if is_open { prompt.user_blocks().map(drop) } else { Err(Error::misuse("no loop runs")) }
            }
            Input::Response { .. } => self.check_response(),
            Input::Decision { call, .. } => self.check_call(*call, "can be decided about", |phase| {
                matches!(phase, Phase::Undecided | Phase::Suspended)
            }),
            Input::ToolStarted { call } => self.check_call(*call, "can start", |phase| *phase == Phase::Approved),
            Input::ToolFinished { call, .. } => self.check_call(*call, "can finish", |phase| {
                matches!(phase, Phase::Undecided | Phase::Approved | Phase::Started)
            }),
            Input::Inner { call, .. } => self.check_call(*call, "is known", |_| true),
            Input::Rejected(_) => {
                let end = self.run.as_ref().and_then(|run| run.end.as_ref());
                match end {
                    Some(EndReason::Finished | EndReason::MaxSteps | EndReason::Tool) => Ok(()),
                    _ => Err(Error::misuse("there is no answer to reject")),
                }
            }
            Input::Spent(_) | Input::Abandoned | Input::Elapsed(_) | Input::Stop(_) => Ok(()),
        }
    }

    fn check_response(&self) -> Result<()> {
        match &self.run {
            Some(run) if run.end.is_none() && !self.is_busy() => Ok(()),
            Some(run) if run.end.is_none() => Err(Error::misuse("calls of the response before have no result yet")),
            _ => Err(Error::misuse("no loop runs, so no response belongs to it")),
        }
    }

    fn check_call(&self, index: usize, what: &str, is_right: impl FnOnce(&Phase) -> bool) -> Result<()> {
        match self.find(index) {
            Some(call) if is_right(&call.phase) => Ok(()),
            _ => Err(Error::misuse(format!("no call {index} {what}"))),
        }
    }

    /// Whether the API would accept words of the user now.
    fn check_prompt(&self, prompt: &Prompt) -> Result<()> {
        let additions = prompt.user_blocks()?;
        let images = Images::of_blocks(additions);
        if !images.is_none()
            && let Some(refusal) = self.history.images_with(images).refusal()
        {
            return Err(Error::misuse(format!("the prompt cannot be sent: {refusal}")));
        }
        if self.history.is_half_served() {
            return Err(Error::misuse(
                "the API is in the middle of its own tool calls and waits for tool results alone: `resume` sends them, and a \
                 prompt can follow",
            ));
        }
        if self.history.ends_in_system() {
            return Err(Error::misuse(
                "the system spoke last, and only the model may speak next: `resume` asks it to, and a prompt can follow",
            ));
        }
        Ok(())
    }

    /// Returns what is said when the conversation is resumed: nothing if something waits.
    fn waiting(&self, options: &LoopOptions) -> Result<Vec<ContentBlock>> {
        if let Some(waiting) = self.pending.iter().find(|call| call.phase == Phase::Suspended) {
            let (name, id) = (waiting.call.name(), waiting.call.id());
            return Err(Error::misuse(format!("the call of `{name}` ({id}) waits for a decision: `decide` takes it")));
        }
        if self.history.is_half_served() || self.history.is_waiting() && !self.is_unanswerable {
            return Ok(Vec::new());
        }
        match &options.continue_prompt {
            Some(text) => {
                let prompt = Prompt::from(text);
                self.check_prompt(&prompt)?;
                prompt.user_blocks().map(<[_]>::to_vec)
            }
            None => Err(Error::misuse(
                "nothing waits to be sent: say something with `send`, or set a `continue_prompt` for `resume`",
            )),
        }
    }

    fn enter(&mut self, input: Input) -> Vec<ToolOutcome> {
        match input {
            Input::Prompt { prompt, options } => {
                let additions = prompt.into_blocks();
                // Calls that have not come to their end keep their placeholders.
                self.pending.retain(PendingCall::is_suspended);
                self.run = Some(Box::new(RunState::new(options, additions)));
                return self.carry_out_decisions();
            }
            Input::Resume { options } => {
                let additions = self.waiting(&options).unwrap_or_default();
                // Nobody waits for what an earlier loop had not finished: it keeps its placeholders.
                self.pending.retain(PendingCall::is_suspended);
                match &mut self.run {
                    Some(run) if run.end.is_none() && !run.options.once && !options.once => {
                        run.go_on(options, additions);
                    }
                    _ => self.run = Some(Box::new(RunState::new(options, additions))),
                }
                return self.carry_out_decisions();
            }
            Input::Message(prompt) => {
                if let Some(run) = &mut self.run {
                    run.additions.extend(prompt.into_blocks());
                    run.end = None;
                }
            }
            Input::Response { added, response, spent } => self.enter_response(added, response, &spent),
            Input::Spent(spent) => self.spend(&spent),
            Input::Decision { call, approval } => return self.carry_out(call, approval).into_iter().collect(),
            Input::ToolStarted { call } => {
                if let Some(call) = self.find_mut(call) {
                    call.phase = Phase::Started;
                }
            }
            Input::ToolFinished { call, outcome } => return self.finish(call, outcome).into_iter().collect(),
            Input::Inner { call, state } => {
                if let Some(call) = self.find_mut(call) {
                    call.inner = Some(state);
                }
            }
            // The placeholder says that the call was interrupted.
            Input::Abandoned => self.pending.retain(|call| call.phase != Phase::Started),
            Input::Elapsed(elapsed) => {
                if let Some(run) = &mut self.run {
                    run.elapsed = run.elapsed.max(elapsed);
                }
                return self.refuse_late_calls();
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
        let Some(run) = &mut self.run else { return };
        let same = run.additions.iter().zip(&added).take_while(|(a, b)| a == b).count();
        // What came while the request was under way goes with the next one.
        run.additions.drain(..same);
        let sequel = run.count(&response);
        run.response = Some(response.clone());
        let runs = matches!(sequel, Sequel::RunTools);
        self.pending.clear();
        let speaks = self.history.enter(added, &response, runs);
        // A refused turn leaves no trace: what waited before still waits.
        if response.stop_reason() != Some(&StopReason::Refusal) {
            // Calls that were announced and are missing can be asked for again.
            self.is_unanswerable = !speaks && response.stop_reason() != Some(&StopReason::ToolUse);
            let usage = response.usage();
            self.context = Some(usage.total()).filter(|total| *total < MOST_CONTEXT && usage.is_readable());
        }
        match sequel {
            Sequel::RunTools => self.queue(&response),
            // The API paused in the middle of nothing that it could go on with.
            Sequel::Continue if speaks && !self.history.is_paused() => self.end(EndReason::Inconsistent),
            Sequel::Request | Sequel::Continue => {}
            Sequel::End(reason) => self.end(reason),
        }
    }

    /// Takes the calls of a response, each of which has a placeholder in the history.
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

    /// Carries out what was decided about suspended calls. They run once: from now on they are as good as run.
    fn carry_out_decisions(&mut self) -> Vec<ToolOutcome> {
        let decided = self.pending.iter().filter_map(|call| match &call.phase {
            Phase::Decided(approval) => Some((call.index, approval.clone())),
            _ => None,
        });
        let decided: Vec<(usize, Approval)> = decided.collect();
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

    /// Decides about a call; a suspended one waits for the next loop.
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
                self.history.suspend(index, &call);
            }
        }
        None
    }

    /// Puts the outcome of a call into the conversation, in the form in which the API accepts it.
    fn finish(&mut self, index: usize, outcome: ToolOutcome) -> Option<ToolOutcome> {
        let place = self.pending.binary_search_by_key(&index, |call| call.index).ok()?;
        let call = self.pending.remove(place);
        let run = self.run.as_mut()?;
        let outcome = outcome.of_call(&call.call).settle(call.asked.as_ref(), run.options.max_tool_output);
        let outcome = self.history.admit(outcome);
        self.history.answer(index, outcome.result());
        run.is_aborted |= outcome.is_abort();
        // Calls of an earlier loop belong to no response of this one.
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

    /// Ends the loop, unless it is over already.
    fn end(&mut self, reason: EndReason) {
        if let Some(run) = &mut self.run {
            run.end.get_or_insert(reason);
        }
    }

    fn spend(&mut self, spent: &Spent) {
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
