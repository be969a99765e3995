//! [`Spent`]: what requests have consumed.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::cost_report::CostReport;
use crate::messages::Usage;

/// What requests have consumed: tokens and, if every price is known, dollars.
///
/// [`Client::spent`](crate::Client::spent) returns it for one response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spent {
    /// The usage of all responses together.
    pub usage: Usage,
    /// What that costs; `None` once a model without a known price has answered.
    pub cost: Option<Cost>,
}

impl Spent {
    pub(crate) fn new(usage: Usage, cost: Option<Cost>) -> Self {
        Self { usage, cost }
    }

    /// Returns input and output tokens; `None` once counters could not be read.
    pub(crate) fn tokens(&self) -> Option<u64> {
        self.usage.is_readable().then(|| self.usage.total())
    }

    pub(crate) fn report(&self) -> CostReport {
        CostReport { usage: self.usage.clone(), cost: self.cost }
    }

    /// Whether nothing was consumed.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Spent {
    fn default() -> Self {
        Self { usage: Usage::default(), cost: Some(Cost::default()) }
    }
}

impl AddAssign<&Spent> for Spent {
    fn add_assign(&mut self, more: &Spent) {
        self.usage += &more.usage;
        self.cost = self.cost.zip(more.cost).map(|(mut sum, more)| {
            sum += more;
            sum
        });
    }
}
