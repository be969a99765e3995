//! Decides when the conversation must become smaller, and by how much.

use super::budget::tokens_at_most;
use super::context_change::ContextChange;
use super::policy::Kind;
use super::room::Room;
use super::state::ChatState;
use crate::chat::history::TrimRules;
use crate::messages::{ContentBlock, Message};

impl ChatState {
    /// Makes the conversation smaller if the next request exceeds the threshold of the policy.
    pub(super) fn make_room(&mut self) {
        let Some(run) = &self.run else { return };
        let Some(room) = run.options.room.filter(|_| run.responses >= run.rests_until) else { return };
        let size = self.prompt_size(room.prefix_tokens, &run.additions);
        if size <= room.threshold {
            return;
        }
        match run.options.context.kind {
            Kind::None => {}
            Kind::Trim => self.trim(room, size),
        }
    }

    /// Removes old content until half of the threshold is free.
    fn trim(&mut self, room: Room, size: u64) {
        let Some(run) = &mut self.run else { return };
        // The content is measured by an estimate, which is larger than the size that the API has counted.
        let open = tokens_at_most(self.history.open_blocks());
        let estimated = messages_at_most(&self.history).saturating_sub(open).saturating_add(room.prefix_tokens);
        let counted = self.context.map_or(estimated, |context| context.clamp(1, estimated.max(1)));
        let surplus = in_proportion(size.saturating_sub(room.threshold / 2), estimated, counted);
        let policy = &run.options.context;
        let rules = TrimRules {
            surplus,
            keep_results: policy.kept_results(),
            exclude_tools: &policy.exclude_tools,
            drops_thinking: room.drops_thinking,
        };
        // The size is known again after the next response.
        run.rests_until = run.responses + 1;
        let Some(trimmed) = self.history.trim(&rules, &tokens_at_most) else { return };
        let removed = in_proportion(trimmed.tokens, counted, estimated);
        run.changes.push(ContextChange::Trimmed {
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

    /// Returns the changes of the context since the last call.
    pub(in crate::chat) fn take_context_changes(&mut self) -> Vec<ContextChange> {
        self.run.as_mut().map(|run| std::mem::take(&mut run.changes)).unwrap_or_default()
    }

    /// Returns an estimate of the tokens in a prompt: what the API has counted, and at most so much for the rest.
    fn prompt_size(&self, prefix_tokens: u64, additions: &[ContentBlock]) -> u64 {
        let known = self.context.map(|context| context.saturating_add(tokens_at_most(self.history.open_blocks())));
        let input = known.unwrap_or_else(|| messages_at_most(&self.history).saturating_add(prefix_tokens));
        input.saturating_add(tokens_at_most(additions))
    }
}

fn messages_at_most(messages: &[Message]) -> u64 {
    messages.iter().map(|message| tokens_at_most(message.content())).sum()
}

/// Returns `number` times `a` / `b`.
fn in_proportion(number: u64, a: u64, b: u64) -> u64 {
    let product = u128::from(number) * u128::from(a) / u128::from(b.max(1));
    u64::try_from(product).unwrap_or(u64::MAX)
}
