//! [`ToolContext::reserve`]: money and tokens that a tool spends.

use super::amount::Amount;
use super::budget::{OverBudget, Reservation};
use super::context::ToolContext;

impl ToolContext {
    /// Reserves an amount that the tool is about to spend outside of this library, such as the price of a paid service.
    ///
    /// The amount counts against the [`max_cost`](crate::chat::ToolLoop::max_cost) and the
    /// [`max_tokens_total`](crate::chat::ToolLoop::max_tokens_total) of the run, and of all runs around it, before it is
    /// spent. It does not count in [`Chat::cost`](crate::Chat::cost), which has the cost of requests. If no run has a
    /// limit, this always succeeds.
    ///
    /// ```
    /// use claudette::tooling::Amount;
    /// use claudette::{ToolContext, ToolError, tool, tools};
    ///
    /// /// Draws a picture.
    /// #[tool]
    /// async fn draw(
    ///     cx: &ToolContext,
    ///     /// What to draw
    ///     subject: String,
    /// ) -> Result<String, ToolError> {
    ///     let reserved = cx.reserve(Amount::dollars(0.08)).map_err(ToolError::new)?;
    ///     let (picture, price) = (format!("a picture of {subject}"), 0.04);
    ///     reserved.settle(Amount::dollars(price));
    ///     Ok(picture)
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let outcome = tools![draw].call("draw", r#"{"subject": "a tree"}"#, &ToolContext::default()).await;
    /// assert_eq!(outcome.text(), "a picture of a tree");
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the budget does not contain the amount.
    #[doc(alias = "budget")]
    pub fn reserve(&self, amount: Amount) -> Result<Reservation, OverBudget> {
        match self.budget() {
            Some(budget) => budget.reserve(amount),
            None => Ok(Reservation::unlimited(amount)),
        }
    }
}
