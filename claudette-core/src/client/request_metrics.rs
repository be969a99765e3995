//! The metrics of requests, as events that `tracing_opentelemetry::MetricsLayer` turns into instruments.
//!
//! The values of an event are computed only if a subscriber takes the event.

use tracing::Level;

use super::span::RequestSpan;
use crate::catalog::Cost;
use crate::messages::Response;
use crate::trace::METRICS;

/// Emits an event with these metrics and the attributes that the metrics of all requests have.
macro_rules! emit {
    ($span:expr, $operation:literal, $($fields:tt)+) => {
        tracing::event!(
            target: METRICS,
            Level::TRACE,
            $($fields)+,
            gen_ai.operation.name = $operation,
            gen_ai.provider.name = $span.client.platform().provider(),
            gen_ai.request.model = $span.model.as_str(),
            server.address = $span.client.0.address.host(),
            server.port = $span.client.0.address.port(),
        )
    };
}

impl RequestSpan {
    /// Counts the tokens and the cost of a response, also of one that the caller does not see.
    pub(super) fn count_usage(&self, response: &Response, cost: Option<&Cost>) {
        let usage = response.usage();
        emit!(
            self,
            "chat",
            monotonic_counter.gen_ai.client.inference.usage.input_tokens = usage.total_input(),
            monotonic_counter.gen_ai.client.inference.usage.output_tokens = usage.output_tokens(),
            monotonic_counter.gen_ai.client.inference.usage.cache_read.input_tokens = usage.cache_read_input_tokens(),
            monotonic_counter.gen_ai.client.inference.usage.cache_write.input_tokens =
                usage.cache_creation_input_tokens(),
            monotonic_counter.gen_ai.client.inference.usage.reasoning.output_tokens = usage.thinking_tokens(),
            monotonic_counter.claudette.cost.usd = cost.map(Cost::total),
            gen_ai.response.model = response.model()
        );
    }

    /// Measures the time until the first part of a stream.
    pub(super) fn measure_first_chunk(&self, seconds: f64) {
        emit!(self, "chat", histogram.gen_ai.client.inference.time_to_first_chunk = seconds);
    }

    /// Measures the time of a request that creates a message.
    pub(super) fn measure_inference(&self, model: Option<&str>, error: Option<&str>) {
        emit!(
            self,
            "chat",
            histogram.gen_ai.client.inference.duration = self.elapsed(),
            gen_ai.response.model = model,
            error.type = error
        );
    }

    /// Measures the time of a request that counts tokens.
    pub(super) fn measure_count(&self, error: Option<&str>) {
        emit!(self, "count_tokens", histogram.gen_ai.client.operation.duration = self.elapsed(), error.type = error);
    }
}
