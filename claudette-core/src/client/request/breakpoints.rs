//! [`Breakpoints`]: the cache marks that a request of a chat gets beyond those that its messages have.

use std::collections::BTreeMap;

use super::conversation::{Conversation, PendingMessage};
use crate::messages::{CacheBreakpoints, CacheControl, CachePolicy, ContentBlock, Message, Role, turns};

/// The cache marks that a request gets on blocks, beyond those that are kept in its messages and the one at its end.
#[derive(Debug, Default)]
pub(super) struct Breakpoints {
    /// On a block of the last turn of the model, by its place there.
    pub(super) turn: Option<(usize, CacheControl)>,
    /// On blocks of the message that the request adds, by their places there.
    pub(super) pending: Vec<(usize, CacheControl)>,
}

/// From a mark the API looks back so many blocks for the end of what an earlier request wrote, the marked one included
/// ([Prompt caching](https://docs.claude.com/en/docs/build-with-claude/prompt-caching)).
const LOOKBACK: usize = 20;

impl Breakpoints {
    /// Chooses the breakpoints of a request. `fixed` are those of the prefix and of the sealed messages. Outside a chat,
    /// there are none.
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
        let own = CacheBreakpoints::of_messages(pending.ended.iter().chain([&pending.message]));
        let last = turns(&conversation.sealed).next_back().unwrap_or_default();
        let is_of_model = last.first().is_some_and(|message| *message.role() == Role::Assistant);
        let turn: Vec<&ContentBlock> = last.iter().filter(|_| is_of_model).flat_map(Message::content).collect();
        Self::choose(fixed.then(own), cache, &turn, pending.message.content(), results)
    }

    /// Chooses them. `fixed` are the marks that the request has anyway; `turn` and `tail` are the blocks that were not part
    /// of the request before: those of the model's turn, and those that are added to it.
    ///
    /// A turn of many blocks gets a second mark, so that what the request before wrote is found from there. What is left
    /// of the four marks goes to results on which their tools put one, to the last ones first.
    fn choose(
        fixed: CacheBreakpoints,
        cache: &CachePolicy,
        turn: &[&ContentBlock],
        tail: &[ContentBlock],
        results: &BTreeMap<usize, CacheControl>,
    ) -> Self {
        let mut chosen = Self::default();
        let end = cache.whole.as_ref().or(cache.last_message.as_ref());
        let mut room = CacheBreakpoints::MOST.saturating_sub(fixed.count + usize::from(end.is_some()));
        let is_wide = turn.len() + tail.len() >= LOOKBACK;
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
        /// However wide the turn is, one mark is near enough to the end of the request before, and there are never too many.
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
            let chosen = Breakpoints::choose(fixed, &CachePolicy::automatic(), &turn, &tail, &results);

            let count = usize::from(chosen.turn.is_some()) + chosen.pending.len();
            prop_assert!(fixed.count + count < CacheBreakpoints::MOST, "{:?}", chosen);
            let new = turn.len() + tail.len();
            let second = chosen.turn.iter().map(|(place, _)| *place).chain(chosen.pending.iter().map(|(place, _)| turn.len() + place));
            // The end of the request before is one block before the first new one.
            let reaches = second.chain([new - 1]).any(|mark| mark + 1 < LOOKBACK);
            // Thinking takes no mark, and four marks are all there are.
            prop_assert!(reaches || thinks >= LOOKBACK - 1 || before >= 3, "{} {} {:?}", turn.len(), tail.len(), chosen);
        }
    }
}
