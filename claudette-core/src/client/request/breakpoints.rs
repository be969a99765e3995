//! [`Breakpoints`]: the cache breakpoints that a request of a chat adds to those of its messages.

use std::collections::BTreeMap;

use super::conversation::{Conversation, PendingMessage};
use crate::messages::{CacheBreakpoints, CacheControl, CachePolicy, ContentBlock, Message, Role, turns};

/// The cache breakpoints that a request adds to blocks, besides those that its messages have and the one at its end.
#[derive(Debug, Default)]
pub(super) struct Breakpoints {
    /// The breakpoint on a block of the model's last turn, by the index of the block in the turn.
    pub(super) turn: Option<(usize, CacheControl)>,
    /// The breakpoints on blocks of the message that the request adds, by the indexes of the blocks in the message.
    pub(super) pending: Vec<(usize, CacheControl)>,
}

/// The number of blocks, including the marked one, that the API looks back from a breakpoint to find an earlier cache
/// entry ([Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching)).
const LOOKBACK: usize = 20;

impl Breakpoints {
    /// Chooses the breakpoints that a request adds. `fixed` are those of the prefix and of the sealed messages.
    /// Requests outside a chat do not add any.
    pub(super) fn of(
        conversation: &Conversation<'_>,
        pending: &PendingMessage,
        fixed: CacheBreakpoints,
        cache: &CachePolicy,
    ) -> Self {
        let Some(results) = conversation.result_marks else { return Self::default() };
        if cache.whole.is_none() && cache.last_message.is_none() && results.is_empty() {
            return Self::default();
        }
        let own = CacheBreakpoints::of_messages(pending.messages());
        let last = turns(&conversation.sealed).next_back().unwrap_or_default();
        let is_of_model = last.first().is_some_and(|message| *message.role() == Role::Assistant);
        let turn: Vec<&ContentBlock> = last.iter().filter(|_| is_of_model).flat_map(Message::content).collect();
        let after = pending.system.as_ref().map_or(0, |system| system.content().len());
        Self::choose(fixed.then(own), cache, &turn, (pending.message.content(), after), results)
    }

    /// Chooses the breakpoints. `fixed` are the other breakpoints of the request. `turn` and `tail` are the blocks that
    /// were not part of the previous request: the model's turn, and the message that this request adds. `after` is the
    /// number of blocks in the system message after them.
    ///
    /// If there are many new blocks, one of them gets a second breakpoint, from which the API finds the cache entry of
    /// the previous request. The remaining breakpoints go to tool results whose tools requested one, the last results
    /// first.
    fn choose(
        fixed: CacheBreakpoints,
        cache: &CachePolicy,
        turn: &[&ContentBlock],
        (tail, after): (&[ContentBlock], usize),
        results: &BTreeMap<usize, CacheControl>,
    ) -> Self {
        let mut chosen = Self::default();
        let end = cache.whole.as_ref().or(cache.last_message.as_ref());
        let mut room = CacheBreakpoints::MOST.saturating_sub(fixed.count + usize::from(end.is_some()));
        let is_wide = turn.len() + tail.len() + after >= LOOKBACK;
        if let Some(control) = end.filter(|_| is_wide && room > 0) {
            let new = turn.iter().copied().chain(tail).take(LOOKBACK - 1);
            let place = new.enumerate().filter(|(_, block)| block.takes_mark()).map(|(place, _)| place).last();
            if let Some(place) = place {
                room -= 1;
                match place.checked_sub(turn.len()) {
                    Some(place) => chosen.pending.push((place, control.clone())),
                    None => chosen.turn = Some((place, control.clone())),
                }
            }
        }
        let mut later = end.map(CacheBreakpoints::from).unwrap_or_default();
        for (place, control) in results.iter().rev() {
            let mark = CacheBreakpoints::from(control);
            let is_taken = chosen.pending.iter().any(|(taken, _)| taken == place);
            if room == 0 || is_taken || fixed.then(mark).then(later).are_out_of_order {
                continue;
            }
            room -= 1;
            later = mark.then(later);
            chosen.pending.push((*place, control.clone()));
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// One breakpoint is near enough to the end of the previous request, and there are never more than the limit.
        #[test]
        fn the_prefix_is_found(calls in 0..60_usize, added in 1..60_usize, thinks in 0..25_usize, before in 0..4_usize, marked in prop::collection::btree_set(0..60_usize, 0..6)) {
            let call = ContentBlock::text("a");
            let thought: ContentBlock =
                serde_json::from_str(r#"{"type":"thinking","thinking":"","signature":"c2ln"}"#).unwrap();
            let turn: Vec<&ContentBlock> =
                (0..thinks).map(|_| &thought).chain((0..calls).map(|_| &call)).collect();
            let tail = vec![call.clone(); added];
            let one = CacheBreakpoints::from(&CacheControl::ephemeral());
            let fixed = (0..before).fold(CacheBreakpoints::default(), |marks, _| marks.then(one));
            let results = marked.into_iter().filter(|place| *place < added).map(|place| (place, CacheControl::ephemeral())).collect();
            let chosen = Breakpoints::choose(fixed, &CachePolicy::automatic(), &turn, (&tail, 0), &results);

            let count = usize::from(chosen.turn.is_some()) + chosen.pending.len();
            prop_assert!(fixed.count + count < CacheBreakpoints::MOST, "{:?}", chosen);
            let new = turn.len() + tail.len();
            let second = chosen.turn.iter().map(|(place, _)| *place).chain(chosen.pending.iter().map(|(place, _)| turn.len() + place));
            // The previous request ends one block before the first new one.
            let reaches = second.chain([new - 1]).any(|mark| mark + 1 < LOOKBACK);
            // Thinking cannot have a breakpoint, and the limit is four.
            prop_assert!(reaches || thinks >= LOOKBACK - 1 || before >= 3, "{} {} {:?}", turn.len(), tail.len(), chosen);
        }
    }
}
