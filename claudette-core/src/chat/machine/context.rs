//! Decides when the conversation must become smaller, and by how much.

use super::budget::{Verdict, tokens_at_most};
use super::context_change::ContextChange;
use super::input::SummaryRequest;
use super::next::Next;
use super::policy::Kind;
use super::room::Room;
use super::staged::ToolChange;
use super::state::{ChatState, PendingCall};
use crate::catalog::Spent;
use crate::chat::history::{Summary, TrimRules, Trimmed};
use crate::error::{Error, Result};
use crate::messages::{
    AppliedEdit, Compaction, ContentBlock, Iteration, IterationKind, Message, Response, StopReason, Usage,
};

/// The number of responses before a summary is requested again after the model did not write one.
const RESPONSES_AFTER_FAILURE: u32 = 5;

impl ChatState {
    /// Makes the conversation smaller if the next request exceeds the threshold of the policy.
    pub(super) fn make_room(&mut self) {
        let Some(run) = &mut self.run else { return };
        run.compacting = None;
        let Some(room) = run.options.room.filter(|_| run.responses >= run.rests_until && !run.is_late()) else {
            return;
        };
        let Some(run) = &self.run else { return };
        let kind = run.options.context.kind;
        // The API clears results from the threshold on. Content is removed here only if that is not enough.
        let most = if kind == Kind::Clear { room.limit } else { Some(room.threshold) };
        let size = self.prompt_size(room.prefix_tokens, &run.additions);
        if most.is_none_or(|most| size <= most) {
            return;
        }
        if kind.summarizes() && self.skips_summary(size, room) {
            return;
        }
        match kind {
            Kind::None => {}
            // The API summarizes, except if the conversation begins with a summary on demand.
            Kind::CompactOnServer if !self.history.begins_with_signed_summary() => {}
            Kind::Clear | Kind::Trim => self.trim(room, size),
            Kind::Compact | Kind::CompactOnServer => {
                // The summary costs at most as much as the request before which it is made. The final answer after it
                // costs less than without it.
                let verdict = self.verdict(run, run.options.rates.as_deref(), &run.additions);
                let keep_last = run.options.context.keep_last;
                let place = if verdict == Verdict::Fits { self.place_to_cut(keep_last) } else { None };
                if let Some(run) = &mut self.run {
                    run.compacting = place;
                }
            }
        }
    }

    /// Removes old content until half of the threshold is free.
    fn trim(&mut self, room: Room, size: u64) {
        let Some(run) = &mut self.run else { return };
        let policy = &run.options.context;
        let rules = TrimRules {
            surplus: u64::MAX,
            keep_results: policy.kept_results(),
            exclude_tools: &policy.exclude_tools,
            drops_thinking: room.drops_thinking,
            drops_steps: false,
        };
        // The model does not read the results that the API clears, so they are not part of the size.
        let is_cleared = policy.kind == Kind::Clear;
        let cleared = if is_cleared { self.history.trim(&rules, &tokens_at_most) } else { None };
        // The content is measured by an estimate, which is larger than the size that the API has counted.
        let open = tokens_at_most(self.history.open_blocks());
        let estimated = messages_at_most(&self.history).saturating_sub(open).saturating_add(room.prefix_tokens);
        let counted = self.context.map_or(estimated, |context| context.clamp(1, estimated.max(1)));
        let surplus = in_proportion(size.saturating_sub(room.threshold / 2), estimated, counted);
        let rules = TrimRules { surplus, drops_steps: true, ..rules };
        // The size is known again after the next response.
        run.rests_until = run.responses + 1;
        let trimmed = self.history.trim(&rules, &tokens_at_most);
        let removed = trimmed.as_ref().map_or(0, |trimmed| in_proportion(trimmed.tokens, counted, estimated));
        let Some(trimmed) = Trimmed::both(cleared, trimmed) else { return };
        self.changes.push(ContextChange::Trimmed {
            tokens_before: size,
            tokens_removed: removed,
            results: trimmed.results,
            messages: trimmed.messages,
        });
        // The estimate of the rest is an upper bound, and so is the size before.
        self.context = self.context.map(|context| {
            let rest = messages_at_most(&self.history).saturating_sub(open).saturating_add(room.prefix_tokens);
            context.min(rest)
        });
    }

    /// Reports the content that the API left out in a request, if it is more than in the request before.
    pub(super) fn note_cleared(&mut self, response: &Response) {
        let edits = response.applied_edits();
        let (results, thinking) = edits.iter().fold((0, 0), |(results, thinking), edit| {
            (edit.cleared_tool_uses().saturating_add(results), edit.cleared_thinking_turns().saturating_add(thinking))
        });
        let count = u64::saturating_add(results, thinking);
        if count > self.cleared {
            let tokens = edits.iter().map(AppliedEdit::cleared_input_tokens).fold(0, u64::saturating_add);
            self.changes.push(ContextChange::Cleared { tokens, results, thinking });
        }
        self.cleared = count;
    }

    /// Returns `true` if the context has changed since [`take_context_changes`](Self::take_context_changes).
    pub(in crate::chat) fn has_context_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Reports the summary that the API wrote at a threshold, and states the settings again that are lost by it.
    #[cold]
    pub(super) fn note_summary(&mut self, response: &Response, summary: Summary, tokens_before: Option<u64>) {
        let spent = self.spent_on_summaries(response);
        match (summary, summary_in(response)) {
            (Summary::Written(replaced), Some(block)) => self.summarized(block, &replaced, tokens_before, spent),
            _ => self.not_summarized(None, spent),
        }
    }

    /// Reports a summary that replaced messages, and states the settings again that are lost by it.
    fn summarized(&mut self, block: &Compaction, replaced: &[Message], tokens_before: Option<u64>, spent: Spent) {
        self.staged.restate(replaced, block.tool_changes().as_deref());
        let summary = block.content().unwrap_or_default().to_owned();
        self.changes.push(ContextChange::Compacted { tokens_before, messages: replaced.len(), summary, spent });
    }

    /// Reports that the model did not write a summary.
    fn not_summarized(&mut self, stop_reason: Option<StopReason>, spent: Spent) {
        self.unsummarized = RESPONSES_AFTER_FAILURE;
        self.changes.push(ContextChange::NotCompacted { stop_reason, spent });
    }

    /// Returns `true` if no summary is made before a prompt of this size, because the model did not write one shortly
    /// before. If the prompt does not fit into the window, it is tried again nevertheless.
    fn skips_summary(&self, size: u64, room: Room) -> bool {
        self.unsummarized > 0 && room.limit.is_none_or(|limit| size <= limit)
    }

    /// Returns `true` if the next request asks the API for a summary at the threshold of the policy.
    pub(in crate::chat) fn asks_for_summary(&self) -> bool {
        let Some(run) = self.run.as_deref().filter(|_| self.unsummarized > 0) else { return true };
        let skips = |room: Room| self.skips_summary(self.prompt_size(room.prefix_tokens, &run.additions), room);
        !run.options.room.is_some_and(skips)
    }

    /// Returns the usage and cost of the summaries in a response. The cost is not known if the price is not.
    fn spent_on_summaries(&self, response: &Response) -> Spent {
        let runs = || response.usage().iterations().filter(|run| *run.kind() == IterationKind::Compaction);
        let price = self.run.as_ref().and_then(|run| run.options.summary_price.as_deref());
        let of_model = |run: &Iteration| run.model().is_none_or(|model| model == response.model());
        let cost = runs().map(|run| price.filter(|_| of_model(&run))?.cost(run.usage()));
        let cost = cost.reduce(|sum, more| Some(sum? + more?)).flatten();
        let usage = runs().map(|run| run.usage().clone()).fold(Usage::default(), |sum, more| sum + more);
        Spent::new(usage, cost)
    }

    /// Returns the changes of the context since the last call.
    pub(in crate::chat) fn take_context_changes(&mut self) -> Vec<ContextChange> {
        std::mem::take(&mut self.changes)
    }

    /// Returns the number of messages that can be summarized so that at least so many tokens at the end stay. The last
    /// step stays if it has suspended calls.
    pub(in crate::chat) fn place_to_cut(&self, keep_last: Option<u64>) -> Option<usize> {
        let is_suspended = self.pending.iter().any(PendingCall::is_suspended);
        self.history.cut(keep_last, is_suspended, &tokens_at_most)
    }

    /// Returns `true` if the next action is a request for a summary.
    pub(super) fn is_compacting(&self) -> bool {
        matches!(self.decide(), Next::Compact(_))
    }

    /// Returns the request for a summary of the first messages.
    pub(in crate::chat) fn compaction(&self, messages: usize) -> SummaryRequest<'_> {
        let mut conversation = self.history.to_summarize(messages);
        conversation.id.clone_from(&self.conversation_id);
        conversation.is_first = false;
        conversation.may_force_a_call = false;
        conversation.remaining_steps = self.remaining_steps();
        let instructions = self.run.as_ref().and_then(|run| run.options.context.summary_instructions());
        SummaryRequest { conversation, messages, instructions }
    }

    /// Checks whether the state accepts a summary of the first messages.
    pub(super) fn check_compaction(&self, messages: usize) -> Result<()> {
        if self.is_busy() {
            return Err(Error::misuse("cannot accept a summary: calls do not have a result yet"));
        }
        let is_suspended = self.pending.iter().any(PendingCall::is_suspended);
        let is_possible = self.history.can_cut(messages) && !(is_suspended && messages == self.history.len());
        if is_possible {
            return Ok(());
        }
        Err(Error::misuse(format!("the first {messages} messages cannot be replaced by a summary")))
    }

    /// Replaces the first messages by the summary in the response, if there is one.
    pub(super) fn enter_compaction(&mut self, messages: usize, response: &Response, spent: Spent) {
        self.spend(&spent);
        if let Some(run) = &mut self.run {
            run.compacting = None;
            // The size is not known until the next response.
            run.rests_until = run.responses + 1;
        }
        match summary_in(response).filter(|block| self.agrees(messages, block)) {
            Some(block) => {
                let replaced = self.history.compact(messages, Message::assistant(block.clone()));
                self.is_unanswerable = false;
                let tokens_before = self.context.take();
                self.summarized(block, &replaced, tokens_before, spent);
            }
            None => self.not_summarized(response.stop_reason().cloned(), spent),
        }
    }

    /// Returns `true` if the tools of the model are known after a summary of the first messages. If the API has not
    /// computed them, the changes in the later messages can refer to tools that the model no longer knows.
    fn agrees(&self, messages: usize, block: &Compaction) -> bool {
        let changes = |messages: &[Message]| ToolChange::all(messages).next().is_some();
        let (replaced, kept) = self.history.split_at(messages);
        block.tool_changes().is_some() || !changes(kept) || !changes(replaced)
    }

    /// Returns the maximum number of tokens in the next prompt: what the API has counted, and an estimate for the rest.
    /// Before the first response, the size of the whole conversation is an estimate.
    pub(super) fn prompt_size(&self, prefix_tokens: u64, additions: &[ContentBlock]) -> u64 {
        let known = self.context.map(|context| context.saturating_add(tokens_at_most(self.history.open_blocks())));
        let input = known.unwrap_or_else(|| messages_at_most(&self.history).saturating_add(prefix_tokens));
        [tokens_at_most(additions), tokens_at_most(self.staged.blocks())].into_iter().fold(input, u64::saturating_add)
    }
}

/// Returns the summary in a response, if the model has written one. The last one replaces those before it.
fn summary_in(response: &Response) -> Option<&Compaction> {
    response.content().iter().filter_map(ContentBlock::as_compaction).rfind(|block| block.has_effect())
}

fn messages_at_most(messages: &[Message]) -> u64 {
    messages.iter().map(|message| tokens_at_most(message.content())).sum()
}

/// Returns `number` times `a` / `b`.
fn in_proportion(number: u64, a: u64, b: u64) -> u64 {
    let product = u128::from(number) * u128::from(a) / u128::from(b.max(1));
    u64::try_from(product).unwrap_or(u64::MAX)
}
