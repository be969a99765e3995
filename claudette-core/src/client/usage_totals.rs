//! [`UsageTotals`]: what was consumed so far, shared by whoever consumes it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::catalog::Spent;
use crate::catalog::{Cost, CostReport};
use crate::messages::Usage;

/// A running total. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct UsageTotals {
    totals: Arc<Mutex<Totals>>,
    /// The running total that this is a part of.
    whole: Option<Arc<UsageTotals>>,
}

#[derive(Debug, Default)]
struct Totals {
    responses: u64,
    usage: Usage,
    cost: Cost,
    /// Some response came from a model without a price: the sum of the others would mislead.
    unpriced: bool,
}

impl UsageTotals {
    /// A part of this total, which begins with nothing: what is entered there is entered here as well.
    pub(crate) fn part(&self) -> Self {
        Self { totals: Arc::default(), whole: Some(Arc::new(self.clone())) }
    }

    /// Enters one response.
    pub(super) fn record(&self, usage: &Usage, cost: Option<Cost>) {
        if let Some(whole) = &self.whole {
            whole.record(usage, cost);
        }
        self.with(|totals| {
            totals.responses += 1;
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

    /// Takes what was consumed, and begins again with nothing; `None` if nothing was recorded.
    pub(crate) fn take(&self) -> Option<Spent> {
        let totals = self.with(|totals| (totals.responses > 0).then(|| std::mem::take(totals)))?;
        Some(Spent::new(totals.usage, (!totals.unpriced).then_some(totals.cost)))
    }

    /// Returns what was consumed so far.
    pub(crate) fn spent(&self) -> Spent {
        Spent::new(self.usage(), self.cost())
    }

    pub(crate) fn cost(&self) -> Option<Cost> {
        self.with(|totals| (!totals.unpriced).then_some(totals.cost))
    }

    pub(crate) fn report(&self) -> CostReport {
        CostReport { usage: self.usage(), cost: self.cost() }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Totals) -> T) -> T {
        // Sums are whole after every statement; a panic elsewhere does not spoil them.
        look(&mut self.totals.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
