//! [`CallIds`]: the ids of all calls in a conversation, so that no two are the same.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::messages::{Message, fnv, is_call_id};

/// The ids of the tool calls in a conversation.
///
/// The API refuses a conversation in which two calls have one id, or an id with other characters than letters, digits,
/// `_` and `-`. Servers that count their calls anew in each response send such ids, and a hostile one might, so that the
/// decision about one call is taken for another.
///
/// Ids are kept as hashes: a copy is one allocation, and two ids of one hash only cost a new name for the second.
#[derive(Clone, Debug, Default)]
pub(super) struct CallIds {
    calls: HashSet<u64>,
    /// Of the calls that the API runs.
    served: HashSet<u64>,
}

impl CallIds {
    pub(super) fn of(messages: &[Message]) -> Self {
        let mut ids = Self::default();
        for message in messages {
            ids.add(message);
        }
        ids
    }

    /// Whether the API has run any call.
    pub(super) fn has_served(&self) -> bool {
        !self.served.is_empty()
    }

    /// Adds the calls of a message.
    pub(super) fn add(&mut self, message: &Message) {
        for block in message.content() {
            self.calls.extend(block.client_call().map(hash));
            self.served.extend(block.server_call().map(hash));
        }
    }

    /// Removes from a new turn the results of calls that the API runs, if there is no call before them.
    pub(super) fn drop_orphans(&self, turn: &mut Message) {
        let mut new = HashSet::new();
        let dropped = turn.retain(|block| {
            new.extend(block.server_call().map(hash));
            let answered = block.answered_call().filter(|_| block.is_server_result()).map(hash);
            answered.is_none_or(|id| new.contains(&id) || self.served.contains(&id))
        });
        if dropped {
            tracing::warn!("results of server tools without a call are left out of the history");
        }
    }

    /// Chooses ids for new calls. The conversation does not know them before they are added.
    pub(super) fn assigner(&self) -> Assigner<'_> {
        Assigner { known: self, new: HashSet::new() }
    }
}

/// Chooses the ids of new calls, in the order in which they came: the same ids in the same order become the same.
#[derive(Debug)]
pub(crate) struct Assigner<'k> {
    known: &'k CallIds,
    new: HashSet<u64>,
}

impl Assigner<'_> {
    /// The id to use for a call that came with this one: the same if it is valid and new, otherwise one made from it.
    pub(in crate::chat) fn assign<'i>(&mut self, id: &'i str) -> Cow<'i, str> {
        if is_call_id(id) && self.insert(id) {
            return Cow::Borrowed(id);
        }
        let valid = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
        let base: String = if id.is_empty() { "call".to_owned() } else { id.chars().take(MOST).map(valid).collect() };
        if base != id && self.insert(&base) {
            return Cow::Owned(base);
        }
        // Among one more name than there are ids, one is free. Many calls of one id are not tried one by one from the start.
        let first = self.known.calls.len() + self.new.len();
        let mut names = (2..=first).take(8).chain(first + 1..).map(|n| format!("{base}_{n}"));
        Cow::Owned(names.find(|name| self.insert(name)).unwrap_or_default())
    }

    fn insert(&mut self, id: &str) -> bool {
        let hash = hash(id);
        !self.known.calls.contains(&hash) && self.new.insert(hash)
    }
}

fn hash(id: impl AsRef<str>) -> u64 {
    fnv(id.as_ref().as_bytes())
}

/// The longest id that is taken over into a new one, in characters.
const MOST: usize = 100;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::messages::ToolUse;

    #[test]
    fn ids_are_kept_if_they_can_be() {
        let ids = CallIds::of(&[Message::assistant(ToolUse::new("toolu_0", "sums", ()))]);
        let mut ids = ids.assigner();
        let mut assigned = |id| ids.assign(id).into_owned();
        assert_eq!(assigned("toolu_0"), "toolu_0_2");
        assert_eq!(assigned("toolu_01"), "toolu_01");
        assert_eq!(assigned("sums-0"), "sums-0");
        assert_eq!(assigned("sums-0"), "sums-0_2");
        assert_eq!(assigned("sums-0"), "sums-0_3");
        assert_eq!(assigned("functions.sums:0"), "functions_sums_0");
        assert_eq!(assigned(""), "call");
        assert_eq!(assigned(""), "call_2");
    }

    proptest! {
        #[test]
        fn assigned_ids_are_valid_and_differ(ids in prop::collection::vec("[a-b_.é]{0,2}", 0..40)) {
            let known = CallIds::default();
            let mut new = known.assigner();
            let assigned: Vec<String> = ids.iter().map(|id| new.assign(id).into_owned()).collect();
            prop_assert!(assigned.iter().all(|id| is_call_id(id)), "{:?}", assigned);
            prop_assert_eq!(assigned.iter().collect::<HashSet<_>>().len(), ids.len());
        }
    }
}
