//! [`Spent`]: the usage and cost of requests.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::cost_report::CostReport;
use crate::messages::Usage;

/// The usage of requests and, if every price is known, their cost.
///
/// [`Client::spent`](crate::Client::spent) returns it for one response.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi!").usage(json!({"input_tokens": 1000, "output_tokens": 100})));
/// # let client = claude.client("claude-sonnet-5-5");
/// let response = client.send("Hello!").await?;
/// let spent = client.spent(&response);
/// assert_eq!(spent.usage.total(), 1100);
/// assert_eq!(format!("{:.6}", spent.cost.unwrap().total()), "0.003000");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spent {
    /// The usage of all responses together.
    pub usage: Usage,
    /// The cost; `None` if the price of a response is not known.
    pub cost: Option<Cost>,
}

impl Spent {
    pub(crate) fn new(usage: Usage, cost: Option<Cost>) -> Self {
        Self { usage, cost }
    }

    /// Returns the number of input and output tokens; `None` if a counter could not be read.
    pub(crate) fn tokens(&self) -> Option<u64> {
        self.usage.is_readable().then(|| self.usage.billed())
    }

    pub(crate) fn report(&self) -> CostReport {
        CostReport { usage: self.usage.clone(), cost: self.cost }
    }

    /// Returns `true` if the usage is zero.
    pub(crate) fn is_zero(&self) -> bool {
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
