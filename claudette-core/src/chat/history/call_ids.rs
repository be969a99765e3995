//! [`CallIds`]: the ids of all calls in a conversation, which keep new ids unique.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::messages::{Message, fnv, is_call_id};

/// The ids of the tool calls in a conversation.
///
/// The API refuses a conversation if two calls have the same id, or if an id has characters other than letters, digits,
/// `_` and `-`. Some servers number the calls of each response from the start and send such ids. A hostile server could
/// repeat an id, so that the decision on one call applies to another.
///
/// An id can return after its message was removed, because these are exactly the ids in the messages. So a restored
/// conversation accepts the same ids as the original.
///
/// The ids are stored as hashes, so that a copy is one allocation. If two ids have the same hash, the second is
/// renamed.
#[derive(Clone, Debug, Default)]
pub(super) struct CallIds {
    calls: HashSet<u64>,
    /// The ids of calls that the API runs.
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

    /// Returns `true` if the API has run any call.
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

    /// Removes the results of server tools from a new turn if there is no call before them.
    pub(super) fn drop_orphans(&self, turn: &mut Message) {
        let mut new = HashSet::new();
        let dropped = turn.retain(|block| {
            new.extend(block.server_call().map(hash));
            let answered = block.answered_call().filter(|_| block.is_server_result()).map(hash);
            answered.is_none_or(|id| new.contains(&id) || self.served.contains(&id))
        });
        if dropped {
            tracing::warn!("removed results of server tools without a call from the response");
        }
    }

    /// Returns an assigner of ids for new calls. The ids are not part of the conversation until the calls are added.
    pub(super) fn assigner(&self) -> Assigner<'_> {
        Assigner { known: self, new: HashSet::new() }
    }
}

/// Assigns the ids of new calls. The same ids in the same order get the same new ids.
#[derive(Debug)]
pub(crate) struct Assigner<'k> {
    known: &'k CallIds,
    new: HashSet<u64>,
}

impl Assigner<'_> {
    /// Returns the id for a call that arrived with this id: the same id if it is valid and new, otherwise one made from
    /// it.
    pub(in crate::chat) fn assign<'i>(&mut self, id: &'i str) -> Cow<'i, str> {
        if is_call_id(id) && self.insert(id) {
            return Cow::Borrowed(id);
        }
        let valid = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
        let base: String =
            if id.is_empty() { "call".to_owned() } else { id.chars().take(MAX_BASE).map(valid).collect() };
        if base != id && self.insert(&base) {
            return Cow::Owned(base);
        }
        // Starting after the number of ids avoids trying all numbers if there are many calls with the same id.
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

/// The maximum number of characters of an id that are copied to the new id.
const MAX_BASE: usize = 100;

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
