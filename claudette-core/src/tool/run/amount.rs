//! [`Amount`]: an amount of dollars and tokens.

use std::fmt;
use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::catalog::Spent;

/// An amount of US dollars and tokens, for budgets.
///
/// Dollars are counted in whole picodollars, so that sums are exact. A fraction of a picodollar is rounded up.
///
/// ```
/// use claudette::tooling::Amount;
///
/// let amount = Amount::dollars(0.05) + Amount::tokens(2_000);
/// assert_eq!((amount.as_dollars(), amount.as_tokens()), (0.05, 2_000));
/// assert_eq!(amount.to_string(), "$0.05 and 2000 tokens");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Dollars / 10¹²; the maximum means an amount without a bound.
    pub(crate) picodollars: u64,
    pub(crate) tokens: u64,
}

const PICO: f64 = 1e12;

impl Amount {
    /// The amount without a bound.
    pub(crate) const MAX: Self = Self { picodollars: u64::MAX, tokens: u64::MAX };

    /// Returns an amount of dollars. A negative number counts as zero, and NaN as more than any budget.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "values beyond the range saturate")]
    pub fn dollars(dollars: f64) -> Self {
        let picodollars = if dollars.is_nan() { u64::MAX } else { (dollars * PICO - ROUNDING).ceil() as u64 };
        Self { picodollars, tokens: 0 }
    }

    /// Returns an amount of tokens.
    pub fn tokens(tokens: u64) -> Self {
        Self { picodollars: 0, tokens }
    }

    /// Returns the amount that requests have consumed. If a part of it is not known, that part has no bound.
    pub(crate) fn spent(spent: &Spent) -> Self {
        let dollars = spent.cost.map_or(f64::INFINITY, |cost| cost.total());
        Self { tokens: spent.tokens().unwrap_or(u64::MAX), ..Self::dollars(dollars) }
    }

    /// Returns the dollars.
    pub fn as_dollars(self) -> f64 {
        self.picodollars as f64 / PICO
    }

    /// Returns the tokens.
    pub fn as_tokens(self) -> u64 {
        self.tokens
    }

    /// Returns `true` if this amount has more dollars than the other.
    pub(crate) fn exceeds_dollars(self, other: Self) -> bool {
        self.picodollars > other.picodollars
    }

    /// Returns this amount without another one. An amount without a bound stays so.
    pub(crate) fn without(self, other: Self) -> Self {
        let less = |this: u64, other: u64| if this == u64::MAX { this } else { this.saturating_sub(other) };
        Self { picodollars: less(self.picodollars, other.picodollars), tokens: less(self.tokens, other.tokens) }
    }

    /// Returns the larger dollars and the larger tokens.
    pub(crate) fn max(self, other: Self) -> Self {
        Self { picodollars: self.picodollars.max(other.picodollars), tokens: self.tokens.max(other.tokens) }
    }

    /// Returns the smaller dollars and the smaller tokens.
    pub(crate) fn min(self, other: Self) -> Self {
        Self { picodollars: self.picodollars.min(other.picodollars), tokens: self.tokens.min(other.tokens) }
    }
}

/// The noise of a product of two `f64`, which must not round a whole number up: `0.1 * 3.0` is more than `0.3`.
const ROUNDING: f64 = 0.01;

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            picodollars: self.picodollars.saturating_add(other.picodollars),
            tokens: self.tokens.saturating_add(other.tokens),
        }
    }
}

/// Shows the parts that are not zero.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.as_dollars(), self.tokens) {
            (dollars, 0) => write!(f, "${dollars}"),
            (0.0, tokens) => write!(f, "{tokens} tokens"),
            (dollars, tokens) => write!(f, "${dollars} and {tokens} tokens"),
        }
    }
}
