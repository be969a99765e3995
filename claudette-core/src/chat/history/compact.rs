//! The places at which a [`History`] can be cut for a compaction, and the replacement of the summarized messages.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::history::{History, is_settled};
use crate::catalog::Features;
use crate::client::Conversation;
use crate::messages::{CacheBreakpoints, ContentBlock, Message, Role};

impl History {
    /// Returns the number of messages to summarize: all of them, or those before the last ones with at least
    /// `keep_last` estimated tokens. With `keeps_last_step`, the last turn of the model and what follows it stays.
    ///
    /// The messages that stay begin with a response, so the summarized ones are exactly those of an earlier request.
    /// Then the API accepts the thinking that stays. Returns `None` if there is no such place.
    pub(in crate::chat) fn cut(
        &self,
        keep_last: Option<u64>,
        keeps_last_step: bool,
        weigh: &dyn Fn(&[ContentBlock]) -> u64,
    ) -> Option<usize> {
        let keep = match keep_last {
            None if !keeps_last_step => return self.can_cut(self.len()).then_some(self.len()),
            None => 0,
            Some(tokens) => tokens,
        };
        let mut kept = 0;
        for place in (1..self.len()).rev() {
            kept += weigh(self[place].content());
            if kept >= keep && self.can_cut(place) {
                return Some(place);
            }
        }
        None
    }

    /// Returns `true` if the first `count` messages can be summarized.
    pub(in crate::chat) fn can_cut(&self, count: usize) -> bool {
        let Some(last) = count.checked_sub(1).and_then(|last| self.get(last)) else { return false };
        let is_summary = count == 1 && last.content().iter().any(|block| matches!(block, ContentBlock::Compaction(_)));
        if is_summary || *last.role() == Role::System {
            return false;
        }
        let is_between = || *last.role() == Role::User && *self[count].role() == Role::Assistant;
        is_settled(&self[..count]) && (count == self.len() || is_between())
    }

    /// Returns the conversation with which the first `count` messages are summarized.
    pub(in crate::chat) fn to_summarize(&self, count: usize) -> Conversation<'_> {
        if count == self.len() {
            return Conversation { takes_more: true, ..self.conversation(Vec::new(), None) };
        }
        let (sealed, open) = self[..count].split_at(count.saturating_sub(1));
        Conversation {
            sealed: sealed.into(),
            breakpoints: Some(CacheBreakpoints::of_messages(sealed)),
            features: Some(Features::of_messages(sealed)),
            open: open.first().map(Cow::Borrowed),
            takes_more: true,
            ..self.conversation(Vec::new(), None)
        }
    }

    /// Replaces the first `count` messages by their summary, and returns them. If a message waits to be sent and is
    /// summarized, the summary waits in its place.
    pub(in crate::chat) fn compact(&mut self, count: usize, summary: Message) -> Vec<Message> {
        let is_open = self.open().is_some();
        let mut replaced = std::mem::take(&mut self.messages);
        let kept = replaced.split_off(count);
        let marks = if kept.is_empty() { BTreeMap::new() } else { std::mem::take(&mut self.result_marks) };
        let messages: Vec<Message> = std::iter::once(summary).chain(kept).collect();
        let sealed = messages.len() - usize::from(is_open);
        self.replace(Self::of_parts(messages, sealed, marks));
        replaced
    }
}
