//! [`ChatState::next`]: the next action, and whether the next request fits into the limits.

use super::budget::{Size, Verdict, at_most, judge};
use super::end_reason::EndReason;
use super::input::Action;
use super::rates::Rates;
use super::run_state::RunState;
use super::state::{ChatState, PendingCall, Phase};
use crate::client::Conversation;
use crate::messages::{CacheBreakpoints, ContentBlock};
use crate::tool::Amount;

/// The next action, without its data.
pub(in crate::chat) enum Next<'s> {
    Request(&'s RunState),
    /// Summarize so many messages.
    Compact(usize),
    Approve(&'s PendingCall),
    RunTools,
    Await,
    Done(&'s EndReason),
}

impl ChatState {
    /// Returns the next action. The state does not change, and the action borrows from it.
    pub fn next(&self) -> Action<'_> {
        match self.decide() {
            Next::Request(run) => Action::Request(self.conversation(run)),
            Next::Compact(messages) => Action::Compact(self.compaction(messages)),
            Next::Approve(call) => Action::Approve(call),
            Next::RunTools => {
                Action::RunTools(self.pending.iter().filter(|call| call.phase == Phase::Approved).collect())
            }
            Next::Await => Action::Await,
            Next::Done(end) => Action::Done(end),
        }
    }

    /// Returns the next action without its data.
    pub(in crate::chat) fn decide(&self) -> Next<'_> {
        let Some(run) = &self.run else { return Next::Await };
        if let Some(end) = &run.end {
            return Next::Done(end);
        }
        if let Some(call) = self.pending.iter().find(|call| call.phase == Phase::Undecided) {
            return Next::Approve(call);
        }
        if self.approved().is_some() {
            return Next::RunTools;
        }
        match run.compacting {
            _ if self.is_busy() => Next::Await,
            Some(messages) => Next::Compact(messages),
            None => Next::Request(run),
        }
    }

    /// Returns the conversation that the next request sends.
    pub(in crate::chat) fn conversation(&self, run: &RunState) -> Conversation<'_> {
        // While the API accepts only results, the additions wait.
        let takes_additions = !self.history.takes_only_results() && !self.history.ends_in_system();
        let additions = if takes_additions { run.additions.clone() } else { Vec::new() };
        let mut conversation = self.history.conversation(additions, self.staged.message());
        if run.concluding.is_some() && conversation.takes_more && !run.options.final_prompt.trim().is_empty() {
            conversation.additions.push(ContentBlock::text(&*run.options.final_prompt));
        }
        conversation.id.clone_from(&self.conversation_id);
        conversation.container = self.container.as_ref();
        conversation.is_last = run.concluding.is_some();
        conversation.is_first = run.responses == 0;
        conversation.may_force_a_call = run.responses == 0 || run.options.answer_tool.is_some();
        conversation.remaining_steps = run.remaining().saturating_sub(1);
        conversation
    }

    /// Decides whether the loop ends, after all calls have an outcome.
    pub(super) fn settle(&mut self) {
        let Some(run) = &mut self.run else { return };
        if run.end.is_some() {
            return;
        }
        if run.is_aborted {
            self.pending.retain(|call| call.phase == Phase::Started);
            if self.pending.is_empty() {
                run.end = Some(EndReason::Aborted);
            }
            return;
        }
        if self.pending.iter().any(|call| !call.is_suspended()) {
            return;
        }
        // Calls that were suspended before this loop stay suspended until there is a response. A loop that was resumed
        // began without a suspended call.
        if (run.response.is_some() || run.earlier.is_some()) && !self.pending.is_empty() {
            run.end = Some(EndReason::Suspended);
        } else if run.response.is_some() && run.outcomes.iter().any(|(_, outcome)| outcome.is_final()) {
            run.end = Some(EndReason::Tool);
        } else if run.left == 0 {
            run.end = Some(EndReason::MaxSteps);
        } else {
            self.make_room();
            self.limit();
        }
    }

    /// Compares the next request with the limits.
    fn limit(&mut self) {
        let Some(run) = &self.run else { return };
        let verdict = self.verdict(run, run.options.rates.as_deref(), &run.additions);
        let Some(run) = &mut self.run else { return };
        // A single request is always the last one.
        let is_loop = !run.options.once;
        if is_loop && run.left == 1 && run.concluding.is_none() {
            run.concluding = Some(EndReason::MaxSteps);
        }
        match verdict {
            Verdict::Over(reason) => run.end = Some(reason),
            Verdict::Last(reason) if is_loop && run.concluding.is_none() => run.concluding = Some(reason),
            Verdict::Fits | Verdict::Last(_) => {}
        }
    }

    /// Returns the limit that a request with these additions and rates exceeds, if any. Hooks can add to a request.
    pub(in crate::chat) fn is_over(&self, rates: &Rates, additions: &[ContentBlock]) -> Option<EndReason> {
        let run = self.run.as_ref()?;
        match self.verdict(run, Some(rates), additions) {
            Verdict::Over(reason) => Some(reason),
            Verdict::Fits | Verdict::Last(_) => None,
        }
    }

    /// Returns the maximum consumption of a request with these additions and rates, and of a final answer after it.
    /// Without rates, those of the loop apply.
    pub(in crate::chat) fn at_most(&self, rates: Option<&Rates>, additions: &[ContentBlock]) -> (Amount, Amount) {
        match rates.or_else(|| self.run.as_ref()?.options.rates.as_deref()) {
            Some(rates) => at_most(rates, self.size(rates, additions)),
            None => (Amount::MAX, Amount::MAX),
        }
    }

    /// Returns the consumption of the loop so far, for its budget.
    pub(in crate::chat) fn consumed(&self) -> Amount {
        let run = self.run.as_ref();
        run.map_or(Amount::default(), |run| run.used.amount().max(run.taken.unwrap_or_default()))
    }

    /// Sets the amount that the loop has used of its budget, so that another loop can continue with the rest.
    pub(in crate::chat) fn note_taken(&mut self, taken: Amount) {
        if let Some(run) = &mut self.run {
            run.taken = Some(taken);
        }
    }

    pub(super) fn verdict(&self, run: &RunState, rates: Option<&Rates>, additions: &[ContentBlock]) -> Verdict {
        let size = || rates.map(|rates| self.size(rates, additions)).unwrap_or_default();
        judge(&run.options, rates, (run.used, run.available), run.elapsed, size)
    }

    /// Returns the maximum size that the conversation adds to a request.
    fn size(&self, rates: &Rates, additions: &[ContentBlock]) -> Size {
        let open = self.history.open_blocks();
        let more = if rates.is_changed { rates.prefix_tokens } else { 0 };
        let parts = [CacheBreakpoints::of_blocks(open), CacheBreakpoints::of_blocks(additions)];
        let results = self.history.marked_results().values().map(CacheBreakpoints::from);
        Size {
            input: self.prompt_size(rates.prefix_tokens, additions).saturating_add(more),
            breakpoints: parts.into_iter().chain(results).fold(self.history.breakpoints(), CacheBreakpoints::then),
        }
    }
}
