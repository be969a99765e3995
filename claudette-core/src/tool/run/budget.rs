//! [`Budget`]: what a run and all runs inside it may spend. Each request reserves its maximum before it is sent.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::amount::Amount;

/// The amount that a run and all runs inside it may spend. Clones share it.
///
/// A budget inside another one counts in both, so a run inside a run keeps its own limits and those around it.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Inner>);

struct Inner {
    /// An amount without a bound is not limited.
    limit: Amount,
    /// The amount that is spent or reserved.
    used: Mutex<Amount>,
    outer: Option<Budget>,
}

impl Budget {
    /// Returns a budget with the amount `used` already spent. The budgets around it already contain that amount.
    pub(crate) fn new(limit: Amount, used: Amount, outer: Option<Self>) -> Self {
        Self(Arc::new(Inner { limit, used: Mutex::new(used), outer }))
    }

    /// Replaces an amount in this budget and in those around it, if `more` fits into all of them. All are locked
    /// meanwhile, from the inside to the outside.
    fn replace(&self, less: Amount, more: Amount) -> Result<(), ()> {
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        let new = used.without(less) + more;
        let is_over = |new: u64, limit: u64| limit != u64::MAX && new > limit;
        let limit = self.0.limit;
        if is_over(new.picodollars, limit.picodollars) || is_over(new.tokens, limit.tokens) {
            return Err(());
        }
        if let Some(outer) = &self.0.outer {
            outer.replace(less, more)?;
        }
        *used = new;
        Ok(())
    }

    /// Replaces an amount, even if the limit is exceeded, because it is already spent.
    fn force(&self, less: Amount, more: Amount) {
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        *used = used.without(less) + more;
        drop(used);
        if let Some(outer) = &self.0.outer {
            outer.force(less, more);
        }
    }

    /// Returns a part of this budget that has no limit of its own, to measure the amount that is used through it.
    pub(crate) fn part(&self) -> Self {
        Self::new(Amount::MAX, Amount::default(), Some(self.clone()))
    }

    /// Returns the amount that is spent or reserved.
    pub(crate) fn used(&self) -> Amount {
        *self.0.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an amount that the budgets around this one already contain.
    fn adopt(&self, amount: Amount) {
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        *used = *used + amount;
    }

    /// Counts an amount that is already spent.
    pub(crate) fn charge(&self, spent: Amount) {
        self.force(Amount::default(), spent);
    }

    /// Returns the amount that is left in this budget and in those around it. `held` counts as free.
    fn left(&self, held: Amount) -> Amount {
        let used = self.used().without(held);
        let limit = self.0.limit;
        let rest = |limit: u64, used: u64| if limit == u64::MAX { limit } else { limit.saturating_sub(used) };
        let own =
            Amount { picodollars: rest(limit.picodollars, used.picodollars), tokens: rest(limit.tokens, used.tokens) };
        self.0.outer.as_ref().map_or(own, |outer| own.min(outer.left(held)))
    }

    /// Reserves an amount.
    ///
    /// # Errors
    /// The budget does not contain the amount.
    pub(super) fn reserve(&self, amount: Amount) -> Result<Reservation, OverBudget> {
        match self.replace(Amount::default(), amount) {
            Ok(()) => Ok(Reservation { budget: Some(self.clone()), amount }),
            Err(()) => Err(OverBudget { requested: amount, left: self.left(Amount::default()) }),
        }
    }
}

/// The budget of one run. The run keeps the maximum cost of its final answer reserved while its tools run, so that runs
/// inside it leave room for the answer.
pub(crate) struct RunBudget {
    pub(crate) budget: Budget,
    kept: Mutex<Amount>,
}

impl RunBudget {
    pub(crate) fn new(budget: Budget) -> Self {
        Self { budget, kept: Mutex::default() }
    }

    /// Returns the amount that the next request can cost at most.
    pub(crate) fn left(&self) -> Amount {
        self.budget.left(*self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the amount that the run and all runs inside it have spent or reserved, without the amount that is kept.
    pub(crate) fn used(&self) -> Amount {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.budget.used().without(*kept)
    }

    /// Keeps `rest` for the requests after a request that is already answered.
    pub(crate) fn keep(&self, rest: Amount) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.budget.force(*kept, rest);
        *kept = rest;
    }

    /// Reserves `request` for a request, and keeps `rest` for the requests after it. If `part` is given, the amount is
    /// measured there.
    ///
    /// # Errors
    /// Returns the amount that is left if the budget does not contain both.
    pub(crate) fn begin(&self, request: Amount, rest: Amount, part: Option<&Budget>) -> Result<Reservation, Amount> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if self.budget.replace(*kept, request + rest).is_err() {
            return Err(self.budget.left(*kept));
        }
        *kept = rest;
        if let Some(part) = part {
            part.adopt(request);
        }
        Ok(Reservation { budget: Some(part.unwrap_or(&self.budget).clone()), amount: request })
    }

    /// Adds `more` to the reservation of a request, for another model, and keeps `rest` for the requests after it.
    /// Returns `false` if the budget does not contain both.
    pub(crate) fn go_on(&self, reservation: &mut Reservation, more: Amount, rest: Amount) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = self.budget.replace(*kept, more + rest).is_ok();
        if fits {
            (*kept, reservation.amount) = (rest, reservation.amount + more);
            if let Some(part) = reservation.budget.as_ref().filter(|budget| !Arc::ptr_eq(&budget.0, &self.budget.0)) {
                part.adopt(more);
            }
        }
        fits
    }
}

impl Drop for RunBudget {
    fn drop(&mut self) {
        let kept = self.kept.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.budget.force(*kept, Amount::default());
    }
}

/// An amount that is reserved in the budget of a run ([`ToolContext::reserve`](crate::ToolContext::reserve)).
///
/// [`settle`](Self::settle) replaces it with the amount that was spent. If it is dropped, all of it counts as spent,
/// because the real amount is unknown.
///
/// ```
/// use claudette::ToolContext;
/// use claudette::tooling::Amount;
///
/// // Outside a run there is no limit.
/// let reserved = ToolContext::default().reserve(Amount::dollars(0.08))?;
/// assert_eq!(reserved.amount(), Amount::dollars(0.08));
/// reserved.settle(Amount::dollars(0.04));
/// # Ok::<(), claudette::tooling::OverBudget>(())
/// ```
#[must_use = "a reservation that is dropped counts as spent"]
pub struct Reservation {
    budget: Option<Budget>,
    amount: Amount,
}

impl Reservation {
    /// Returns the reservation of an amount that no budget limits.
    pub(super) fn unlimited(amount: Amount) -> Self {
        Self { budget: None, amount }
    }

    /// Returns the amount that is reserved.
    pub fn amount(&self) -> Amount {
        self.amount
    }

    /// Replaces the reserved amount with the amount that was really spent.
    pub fn settle(self, spent: Amount) {
        if let Some(budget) = &self.budget {
            budget.force(self.amount, spent);
        }
    }

    /// Replaces a part of the reserved amount with the amount that was really spent. The rest stays reserved.
    pub(crate) fn settle_part(&mut self, part: Amount, spent: Amount) {
        if let Some(budget) = &self.budget {
            budget.force(part, spent);
        }
        self.amount = self.amount.without(part) + spent;
    }

    /// Reserves more. Returns `false` if the budget does not contain it.
    pub(crate) fn extend(&mut self, more: Amount) -> bool {
        let fits = self.budget.as_ref().is_none_or(|budget| budget.replace(Amount::default(), more).is_ok());
        if fits {
            self.amount = self.amount + more;
        }
        fits
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reservation").field(&self.amount).finish()
    }
}

/// The error if the budget of a run does not contain an amount ([`ToolContext::reserve`](crate::ToolContext::reserve)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverBudget {
    requested: Amount,
    left: Amount,
}

impl OverBudget {
    /// Returns the amount that is left in the budget.
    pub fn left(&self) -> Amount {
        self.left
    }
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requested, left } = *self;
        let mut problems = Vec::new();
        if requested.picodollars > left.picodollars {
            problems.push(format!("${} of ${}", requested.as_dollars(), left.as_dollars()));
        }
        if requested.tokens > left.tokens {
            problems.push(format!("{} of {} tokens", requested.tokens, left.tokens));
        }
        write!(f, "the budget of the run is too small: {} that are left were requested", problems.join(" and "))
    }
}

impl std::error::Error for OverBudget {}
