//! [`Parallel`]: decides which of the waiting calls may start.

use std::collections::VecDeque;

/// The default for the maximum number of calls of one response that run at the same time.
pub(crate) const MAX_PARALLEL: usize = 8;

/// The calls that must not run at the same time as a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Exclusion {
    None,
    /// Calls with the same key.
    Key(String),
    /// All other calls.
    All,
}

/// Decides which of the waiting calls may start.
///
/// - At most `most` calls run at the same time.
/// - Calls with the same key run one after the other, in their order. Calls after them do not wait for them.
/// - A call that excludes all others waits for the calls before it and runs alone. The calls after it wait for it.
///
/// Calls are known by their index, so the rules do not depend on how calls run.
#[derive(Debug)]
pub(crate) struct Parallel {
    most: usize,
    /// `true` if calls start in their order, so a call also waits for a blocked call before it.
    in_order: bool,
    waiting: VecDeque<Waiting>,
    running: Vec<(usize, Exclusion)>,
}

/// A call that has not started.
#[derive(Debug)]
struct Waiting {
    index: usize,
    exclusion: Exclusion,
    /// `true` if the call does not start. Calls with the same key still wait for it.
    is_held: bool,
}

impl Parallel {
    pub(crate) fn new(most: usize) -> Self {
        Self { most: most.max(1), in_order: false, waiting: VecDeque::new(), running: Vec::new() }
    }

    /// Sets whether calls start in their order.
    pub(crate) fn in_order(self, in_order: bool) -> Self {
        Self { in_order, ..self }
    }

    /// Adds a call after the others.
    pub(crate) fn add(&mut self, index: usize, exclusion: Exclusion) {
        self.waiting.push_back(Waiting { index, exclusion, is_held: false });
    }

    /// Adds a call that does not start. The calls after it that exclude it do not start either.
    pub(crate) fn hold(&mut self, index: usize, exclusion: Exclusion) {
        self.waiting.push_back(Waiting { index, exclusion, is_held: true });
    }

    /// Adds a call that already runs.
    pub(crate) fn add_running(&mut self, index: usize, exclusion: Exclusion) {
        self.running.push((index, exclusion));
    }

    /// Returns the index of the next call that may start. It then counts as running until it has
    /// [ended](Self::ended).
    pub(crate) fn start(&mut self) -> Option<usize> {
        let is_alone = |(_, exclusion): &(usize, Exclusion)| *exclusion == Exclusion::All;
        if self.running.len() >= self.most || self.running.iter().any(is_alone) {
            return None;
        }
        let mut place = 0;
        while let Some(Waiting { exclusion, is_held, .. }) = self.waiting.get(place) {
            let is_free = match exclusion {
                Exclusion::None => true,
                Exclusion::All if place == 0 && !is_held && self.running.is_empty() => true,
                Exclusion::All => return None,
                Exclusion::Key(_) => {
                    let running = self.running.iter().map(|(_, other)| other);
                    let before = self.waiting.range(..place).map(|waiting| &waiting.exclusion);
                    running.chain(before).all(|other| other != exclusion)
                }
            };
            if is_free && !is_held {
                let Waiting { index, exclusion, .. } = self.waiting.remove(place)?;
                self.running.push((index, exclusion));
                return Some(index);
            }
            if self.in_order {
                return None;
            }
            place += 1;
        }
        None
    }

    /// Removes a call that has ended, or that does not run.
    pub(crate) fn ended(&mut self, index: usize) {
        self.running.retain(|(running, _)| *running != index);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(most: usize, calls: &[Exclusion]) -> Parallel {
        let mut parallel = Parallel::new(most);
        for (index, exclusion) in calls.iter().enumerate() {
            parallel.add(index, exclusion.clone());
        }
        parallel
    }

    fn started(parallel: &mut Parallel) -> Vec<usize> {
        std::iter::from_fn(|| parallel.start()).collect()
    }

    fn key(key: &str) -> Exclusion {
        Exclusion::Key(key.to_owned())
    }

    #[test]
    fn an_exclusive_call_runs_alone() {
        let mut parallel = of(2, &[Exclusion::None, Exclusion::All, Exclusion::None]);
        assert_eq!(started(&mut parallel), [0]);
        parallel.ended(0);
        assert_eq!(started(&mut parallel), [1]);
        parallel.ended(1);
        assert_eq!(started(&mut parallel), [2]);
    }

    #[test]
    fn calls_with_a_key_do_not_hold_up_others() {
        let calls = [key("a"), key("a"), Exclusion::None, key("b"), key("a")];
        let mut parallel = of(8, &calls);
        assert_eq!(started(&mut parallel), [0, 2, 3]);
        parallel.ended(2);
        assert!(started(&mut parallel).is_empty());
        parallel.ended(0);
        assert_eq!(started(&mut parallel), [1]);
        parallel.ended(1);
        assert_eq!(started(&mut parallel), [4]);
    }

    #[test]
    fn a_held_call_holds_up_only_the_calls_that_exclude_it() {
        let mut parallel = Parallel::new(8);
        parallel.hold(0, key("a"));
        parallel.hold(1, Exclusion::None);
        for (index, exclusion) in [(2, key("a")), (3, key("b")), (4, Exclusion::None)] {
            parallel.add(index, exclusion);
        }
        parallel.hold(5, Exclusion::All);
        parallel.add(6, Exclusion::None);
        assert_eq!(started(&mut parallel), [3, 4]);
    }

    #[test]
    fn calls_can_be_started_in_their_order() {
        let mut parallel = of(8, &[key("a"), key("a"), Exclusion::None]).in_order(true);
        assert_eq!(started(&mut parallel), [0]);
        parallel.ended(0);
        assert_eq!(started(&mut parallel), [1, 2]);
    }

    fn exclusions() -> impl Strategy<Value = Exclusion> {
        prop_oneof![Just(Exclusion::All), Just(key("a")), Just(key("b")), Just(Exclusion::None), Just(Exclusion::None)]
    }

    proptest! {
        /// Runs random calls, which end in any order, and checks every rule after each start.
        #[test]
        fn all_rules_hold_for_random_calls(
            most in 1..5_usize,
            calls in prop::collection::vec(exclusions(), 0..12),
            ends in prop::collection::vec(any::<prop::sample::Index>(), 12),
        ) {
            let mut parallel = of(most, &calls);
            let (mut running, mut order): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
            for end in ends {
                for index in started(&mut parallel) {
                    running.push(index);
                    order.push(index);
                    prop_assert!(running.len() <= most);
                    let others = |index: usize| running.iter().filter(move |other| **other != index);
                    let of_same_key = others(index).any(|other| calls[*other] == calls[index]);
                    prop_assert!(calls[index] == Exclusion::None || !of_same_key, "two calls of one key run");
                    let has_alone = running.iter().any(|index| calls[*index] == Exclusion::All);
                    prop_assert!(!has_alone || running.len() == 1, "an exclusive call does not run alone");
                }
                // No place is left empty, up to the first call that has to run alone.
                if running.len() < most && !running.iter().any(|index| calls[*index] == Exclusion::All) {
                    let waiting = (0..calls.len()).filter(|index| !order.contains(index));
                    for index in waiting.take_while(|index| calls[*index] != Exclusion::All) {
                        let is_held = running.iter().any(|other| calls[*other] == calls[index]);
                        prop_assert!(is_held && calls[index] != Exclusion::None, "the call {index} could start");
                    }
                }
                if !running.is_empty() {
                    parallel.ended(running.swap_remove(end.index(running.len())));
                }
            }
            // Each call has run once. Calls of one key, and calls around an exclusive call, have run in their order.
            prop_assert_eq!(order.len(), calls.len());
            for (nth, late) in order.iter().enumerate() {
                for early in &order[..nth] {
                    let is_bound = calls[*early] == Exclusion::All
                        || calls[*late] == Exclusion::All
                        || calls[*early] != Exclusion::None && calls[*early] == calls[*late];
                    prop_assert!(!is_bound || early < late, "the call {} ran before {}", early, late);
                }
            }
        }
    }
}
