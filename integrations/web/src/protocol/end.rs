//! The end of a run in the words of the SDK.

use claudette::catalog::{Cost, Spent};
use claudette::{Client, EndReason, Error, Run, Usage};
use serde_json::{Value, json};
use std::time::Duration;

/// Returns the finish reason of the SDK.
pub(super) fn finish_reason(reason: &EndReason) -> &'static str {
    match reason {
        EndReason::Finished | EndReason::Until | EndReason::Tool | EndReason::Hook => "stop",
        EndReason::Suspended => "tool-calls",
        EndReason::MaxTokens | EndReason::ContextExceeded => "length",
        EndReason::Refusal => "content-filter",
        _ => "other",
    }
}

/// The usage, cost and duration of the runs of one message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spending {
    pub(crate) usage: Usage,
    /// `None` if the price of a response is not known.
    pub(crate) dollars: Option<f64>,
    pub(crate) elapsed: Duration,
}

impl Spending {
    /// Returns the spending of a run. Without a client, the prices are those of the price list.
    pub(crate) fn of(run: &Run, client: Option<&Client>, elapsed: Duration) -> Self {
        let cost = |response: &claudette::Response| match client {
            Some(client) => client.spent(response).cost,
            None => Cost::of(response.model(), response.usage()),
        };
        let costs = run.steps().iter().map(|step| Some(cost(step.response())?.total()));
        Self { usage: run.usage(), dollars: costs.sum(), elapsed }
    }

    /// Adds what a summary or a sub-agent has spent.
    pub(super) fn add(&mut self, spent: &Spent) {
        self.usage += &spent.usage;
        self.dollars = self.dollars.zip(spent.cost).map(|(dollars, cost)| dollars + cost.total());
    }

    /// Returns the sum with the runs of the same message before an approval.
    pub(crate) fn after(mut self, earlier: Option<Self>) -> Self {
        if let Some(earlier) = earlier {
            self.usage += earlier.usage;
            self.dollars = self.dollars.zip(earlier.dollars).map(|(a, b)| a + b);
            self.elapsed += earlier.elapsed;
        }
        self
    }

    /// Returns the metadata of the message.
    pub(crate) fn to_metadata(&self, model: &str, reason: &EndReason) -> Value {
        let Self { usage, dollars, elapsed } = self;
        let elapsed = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        json!({
            "model": model,
            "usage": usage_json(usage),
            "cost_usd": dollars,
            "elapsed_ms": elapsed,
            "end_reason": format!("{reason:?}"),
        })
    }
}

/// Returns the token counts.
pub(crate) fn usage_json(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input_tokens(),
        "output_tokens": usage.output_tokens(),
        "cache_creation_input_tokens": usage.cache_creation_input_tokens(),
        "cache_read_input_tokens": usage.cache_read_input_tokens(),
    })
}

/// Returns a text for the user. It does not contain anything of the error itself.
pub(crate) fn error_text(error: &Error, details: bool) -> String {
    if details {
        return error.to_string();
    }
    let text = if error.is_rate_limited() || error.is_overloaded() {
        "The model is busy. Please try again in a moment."
    } else if error.is_context_exceeded() {
        "This conversation is too long for the model. Please start a new one."
    } else if error.is_timeout() || error.is_connection() || error.is_truncated() {
        "The connection to the model was lost. Please try again."
    } else {
        "The answer could not be completed."
    };
    text.to_owned()
}
