//! [`Tape`]: the recorded interactions of a replay, and which of them were used.

use std::sync::Arc;

use super::interaction::{Interaction, Sent};
use super::match_on::MatchOn;
use super::mismatch::Mismatch;
use super::settings::Settings;

/// The recorded interactions of a replay, and which of them were used.
#[derive(Debug, Default)]
pub(super) struct Tape {
    entries: Vec<Entry>,
    /// The number of requests so far.
    requests: usize,
}

#[derive(Debug)]
struct Entry {
    interaction: Arc<Interaction>,
    is_used: bool,
}

impl Tape {
    pub(super) fn new(interactions: Vec<Interaction>) -> Self {
        let unused = |interaction| Entry { interaction: Arc::new(interaction), is_used: false };
        Self { entries: interactions.into_iter().map(unused).collect(), requests: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Uses up the first unused interaction whose request matches.
    pub(super) fn take(&mut self, sent: &Sent, settings: &Settings) -> Result<Arc<Interaction>, Mismatch> {
        self.requests += 1;
        let mut unused = self.entries.iter_mut().filter(|entry| !entry.is_used);
        let found = match settings.match_on {
            MatchOn::Request => unused.find(|entry| settings.matches(&entry.interaction.request, sent)),
            MatchOn::Order => unused.next().filter(|entry| settings.matches(&entry.interaction.request, sent)),
        };
        match found {
            Some(entry) => {
                entry.is_used = true;
                Ok(entry.interaction.clone())
            }
            None => Err(self.mismatch(sent, settings)),
        }
    }

    /// Compares a request that does not match with the unused interaction that is most like it.
    fn mismatch(&self, sent: &Sent, settings: &Settings) -> Mismatch {
        let numbered = || self.entries.iter().enumerate().map(|(place, entry)| (place + 1, entry));
        let unused = numbered().filter(|(_, entry)| !entry.is_used);
        let compared = unused.map(|(number, entry)| {
            (number, entry.interaction.clone(), settings.differences(&entry.interaction.request, sent))
        });
        let closest = match settings.match_on {
            MatchOn::Request => compared.min_by_key(|(_, _, differences)| differences.len()),
            MatchOn::Order => compared.into_iter().next(),
        };
        let equal = numbered().find(|(number, entry)| {
            closest.as_ref().is_none_or(|(due, ..)| due != number) && settings.matches(&entry.interaction.request, sent)
        });
        Mismatch {
            number: self.requests,
            recorded: self.entries.len(),
            closest,
            equal: equal.map(|(number, entry)| (number, entry.is_used)),
        }
    }

    /// Returns the number of unused interactions, and the first one with its number.
    pub(super) fn unused(&self) -> Option<(usize, usize, Arc<Interaction>)> {
        let mut unused = self.entries.iter().enumerate().filter(|(_, entry)| !entry.is_used);
        let (place, first) = unused.next()?;
        Some((1 + unused.count(), place + 1, first.interaction.clone()))
    }
}
