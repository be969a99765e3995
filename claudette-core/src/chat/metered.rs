//! [`Metered`]: reserves a request in the budget of a run, together with its retries and the requests to its fallbacks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::chat::Chat;
use crate::client::{Meter, RequestPlan};
use crate::error::{Error, Result};
use crate::messages::{ContentBlock, Fallbacks, Response};
use crate::tool::{Amount, Budget, Reservation, RunBudget};

/// The budget from which requests are reserved.
pub(super) struct Reserving<'r> {
    pub(super) own: &'r RunBudget,
    /// The part of the budget that measures the request. A journal stores the amount.
    pub(super) part: Option<Budget>,
    /// `true` if no request follows.
    pub(super) is_last: bool,
    /// `true` if hooks may have changed the plan.
    pub(super) is_changed: bool,
}

/// A request that is reserved in a budget.
///
/// If it is dropped, all of the reservation counts, because the API may bill all of it.
pub(super) struct Metered<'m> {
    chat: &'m Chat,
    plan: &'m RequestPlan<'m>,
    budget: &'m Reserving<'m>,
    held: Mutex<Held>,
}

/// The parts of a reservation.
struct Held {
    reservation: Reservation,
    /// The maximum of the current attempt.
    attempt: Amount,
    /// The maximum of the attempts that have failed and may be billed.
    lost: Amount,
    /// The output of the models that have declined.
    output: Vec<ContentBlock>,
}

impl<'m> Metered<'m> {
    /// Reserves the maximum consumption of the request.
    ///
    /// # Errors
    /// Returns the amount that was requested and the amount that is left, if the budget does not contain the request.
    pub(super) fn begin(
        chat: &'m Chat,
        plan: &'m RequestPlan<'m>,
        budget: &'m Reserving<'m>,
    ) -> Result<Self, (Amount, Amount)> {
        let (request, rest) = budget.at_most(chat, plan);
        let reservation =
            budget.own.begin(request, rest, budget.part.as_ref()).map_err(|left| (request + rest, left))?;
        let held = Held { reservation, attempt: request, lost: Amount::default(), output: Vec::new() };
        Ok(Self { chat, plan, budget, held: Mutex::new(held) })
    }

    /// Ends the reservation with the response, which has the usage of all models, or with the last error.
    pub(super) fn end(self, response: &Result<Response>) {
        let Held { reservation, attempt, lost, .. } = self.held.into_inner().unwrap_or_else(PoisonError::into_inner);
        match response {
            Ok(response) => reservation.settle(lost + Amount::spent(&self.chat.client().spent(response))),
            Err(error) if error.may_be_billed() => drop(reservation),
            Err(_) => {
                let earlier = reservation.amount().without(attempt);
                reservation.settle(earlier);
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reserving<'_> {
    /// Returns the maximum consumption of a request, and that of the final answer after it.
    pub(super) fn at_most(&self, chat: &Chat, plan: &RequestPlan<'_>) -> (Amount, Amount) {
        let rates = self.is_changed.then(|| chat.rates(plan.options(), plan.toolset(), Some(plan)));
        let (request, answer) = chat.state.at_most(rates.as_ref(), plan.additions());
        (request, self.rest(answer))
    }

    /// Returns the amount that is kept for the final answer.
    fn rest(&self, answer: Amount) -> Amount {
        if self.is_last { Amount::default() } else { answer }
    }
}

impl Held {
    /// Replaces the maximum of the current attempt with the amount that it has consumed.
    fn settle_attempt(&mut self, spent: Amount) {
        let attempt = std::mem::take(&mut self.attempt);
        self.reservation.settle_part(attempt, spent);
    }
}

impl Meter for Metered<'_> {
    fn may_retry(&self, error: &Error) -> bool {
        let mut held = self.held();
        if !error.may_be_billed() {
            return true;
        }
        let attempt = held.attempt;
        let fits = held.reservation.extend(attempt);
        if fits {
            held.lost = held.lost + attempt;
        }
        fits
    }

    fn declined(&self, refusal: &Response) {
        let mut held = self.held();
        held.settle_attempt(Amount::spent(&self.chat.client().spent(refusal)));
        held.output.extend_from_slice(refusal.content());
    }

    fn failed(&self, error: &Error) {
        let mut held = self.held();
        if error.may_be_billed() {
            held.lost = held.lost + std::mem::take(&mut held.attempt);
        } else {
            held.settle_attempt(Amount::default());
        }
    }

    fn may_fall_back(&self, place: usize, continues: bool) -> bool {
        let Self { chat, plan, budget, .. } = self;
        let fallback = plan.options().fallbacks_in_client(chat.client().platform()).get(place);
        // All fallbacks were checked when the request was encoded.
        let Some(Ok(options)) = fallback.map(|fallback| plan.options().patched(fallback)) else { return false };
        let rates = chat.rates(&options, plan.toolset(), budget.is_changed.then_some(*plan));
        let mut held = self.held();
        let mut added = plan.additions().to_vec();
        if continues {
            added.extend_from_slice(&held.output);
        }
        let (request, answer) = chat.state.at_most(Some(&rates), &added);
        let fits = budget.own.go_on(&mut held.reservation, request, budget.rest(answer));
        if fits {
            held.attempt = request;
        }
        fits
    }
}

/// Checks that the maximum consumption of a request is known.
///
/// # Errors
/// Returns a misuse error if the API runs tools for the request, because the input that they add is not bounded, or if
/// the API chooses the models that continue after a refusal.
pub(super) fn check_bounded(plan: &RequestPlan<'_>) -> Result<()> {
    let extra = plan.options().extra_fields();
    if plan.options().fallbacks == Some(Fallbacks::Default) || extra.contains_key("fallbacks") {
        return Err(Error::misuse(
            "`max_cost` and `max_tokens_total` cannot be used with fallbacks that are not known, because each model can \
             cost more: name the models, as in `.fallbacks([\"claude-opus-5-5\"])`, or remove the limit",
        ));
    }
    let by_name = ["mcp_servers", "tools"].into_iter().find(|field| extra.contains_key(*field));
    let servers = (!plan.options().mcp_servers.is_empty()).then_some("mcp_servers");
    let Some(tool) = plan.toolset().run_by_the_api().or(servers).or(by_name) else { return Ok(()) };
    Err(Error::misuse(format!(
        "`max_cost` and `max_tokens_total` cannot be used with `{tool}`, because the input from tools that the API runs \
         is not bounded: remove the limit or the tool"
    )))
}
