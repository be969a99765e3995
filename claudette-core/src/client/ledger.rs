//! [`Ledger`]: what was consumed so far, shared by whoever consumes it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::cost::{Cost, CostReport};
use crate::messages::Usage;

/// A running total. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Totals>>);

#[derive(Debug, Default)]
struct Totals {
    usage: Usage,
    cost: Cost,
    /// Some reply came from a model without a price: the sum of the others would mislead.
    unpriced: bool,
}

impl Ledger {
    /// Enters one reply.
    pub(super) fn record(&self, usage: &Usage, cost: Option<Cost>) {
        self.with(|totals| {
            totals.usage += usage;
            match cost {
                Some(cost) => totals.cost += cost,
                None => totals.unpriced = true,
            }
        });
    }

    pub(crate) fn usage(&self) -> Usage {
        self.with(|totals| totals.usage.clone())
    }

    pub(crate) fn cost(&self) -> Option<Cost> {
        self.with(|totals| (!totals.unpriced).then_some(totals.cost))
    }

    pub(crate) fn report(&self) -> CostReport {
        CostReport { usage: self.usage(), cost: self.cost() }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Totals) -> T) -> T {
        // Sums are whole after every statement; a panic elsewhere does not spoil them.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
