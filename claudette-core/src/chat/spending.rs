//! The parts of a chat and of its driver that count what was spent, in the state and in the budget.

use super::chat::Chat;
use super::driver::LoopDriver;
use super::machine::Input;
use super::request::Answered;
use crate::catalog::Spent;
use crate::tool::Amount;

impl LoopDriver<'_, '_> {
    /// Removes and returns the usage and cost of a request. A request of another process is not in the budget yet.
    pub(super) fn take_spent(&self, answered: &mut Answered) -> Spent {
        let is_elsewhere = answered.is_replayed || answered.spent.is_some();
        let spent = answered.take_spent(self.chat);
        if is_elsewhere {
            self.charge(Some(&spent), answered.used);
        }
        spent
    }

    /// Counts a step of another process in the budget: the amount that it has used according to its record, or the usage
    /// and cost of its requests.
    pub(super) fn charge(&self, spent: Option<&Spent>, used: Option<Amount>) {
        if let (Some(own), Some(amount)) = (&self.budget, used.or_else(|| spent.map(Amount::spent))) {
            own.budget.charge(amount);
        }
    }

    /// Notes in the state how much of the budget is used.
    pub(super) fn settle_budget(&mut self) {
        if let Some(own) = &self.budget {
            self.chat.state.note_taken(own.used());
        }
    }
}

impl Chat {
    /// Moves the amount that the last loop has used of its budget into the state. A request that was dropped counts in
    /// full, and that is known only after the loop.
    pub(super) fn settle_budget(&mut self) {
        if let Some(budget) = self.budget.take() {
            self.state.note_taken(budget.used());
        }
    }

    /// Moves the usage of requests into the state.
    pub(super) fn settle_usage(&mut self) {
        if let Some(spent) = self.ledger.take()
            && self.state.apply(Input::Spent(spent)).is_err()
        {
            unreachable!("`Input::Spent` is always accepted");
        }
    }
}
