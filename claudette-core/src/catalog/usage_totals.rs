//! [`UsageTotals`]: a shared running total of usage and cost.

use std::sync::{Arc, Mutex, PoisonError};

use super::cost::Cost;
use super::cost_report::CostReport;
use super::spent::Spent;
use crate::messages::Usage;

/// A running total of usage and cost. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct UsageTotals {
    totals: Arc<Mutex<Totals>>,
    /// The total that this one is a part of.
    whole: Option<Arc<UsageTotals>>,
    /// The total of the tool call that this one is made for. Its client is another one, or counts the usage already.
    outer: Option<Arc<UsageTotals>>,
}

#[derive(Debug, Default)]
struct Totals {
    responses: u64,
    usage: Usage,
    cost: Cost,
    /// `true` if a response came from a model without a price. The sum of the others would be misleading.
    unpriced: bool,
}

impl UsageTotals {
    /// Returns a part of this total that starts at zero. Responses recorded there are recorded here as well.
    pub(crate) fn part(&self) -> Self {
        Self { totals: Arc::default(), whole: Some(Arc::new(self.clone())), outer: None }
    }

    /// Returns this total as one that also counts in `outer` and in the totals that `outer` is within, but not in those
    /// that they are a part of.
    pub(crate) fn within(mut self, outer: &Self) -> Self {
        self.outer = Some(Arc::new(outer.clone()));
        self
    }

    /// Records the usage and the cost of one response.
    pub(crate) fn record(&self, usage: &Usage, cost: Option<Cost>) {
        if let Some(whole) = &self.whole {
            whole.record(usage, cost);
        }
        let mut total = Some(self);
        while let Some(this) = total {
            this.add(usage, cost);
            total = this.outer.as_deref();
        }
    }

    fn add(&self, usage: &Usage, cost: Option<Cost>) {
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

    /// Returns the total and resets it to zero; `None` if nothing was recorded.
    pub(crate) fn take(&self) -> Option<Spent> {
        let totals = self.with(|totals| (totals.responses > 0).then(|| std::mem::take(totals)))?;
        Some(Spent::new(totals.usage, (!totals.unpriced).then_some(totals.cost)))
    }

    /// Returns the total so far.
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
        // The sums are consistent after every statement, so a panic while the lock is held does not damage them.
        look(&mut self.totals.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
