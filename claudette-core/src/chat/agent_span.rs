//! [`AgentSpan`]: the `tracing` span of a loop.

use std::sync::Arc;
use std::time::Instant;

use tracing::field::{Empty, debug};
use tracing::{Level, Span};

use super::chat::Chat;
use super::run::{Run, Step};
use super::setup::Setup;
use crate::catalog::Cost;
use crate::error::Result;
use crate::messages::Usage;
use crate::trace::{METRICS, int};

/// The span of one loop. A loop that is dropped has neither a status nor an error, and so has one that the program
/// cancels.
pub(super) struct AgentSpan {
    pub(super) span: Span,
    begun: Instant,
    agent: Option<Arc<str>>,
    /// The cost of the chat before the loop, if the span is enabled and the cost is known.
    cost_before: Option<Cost>,
    /// `false` for a request for one response, which is not a loop.
    is_loop: bool,
}

impl AgentSpan {
    /// Begins the span of a loop. A request for one response does not have one.
    pub(super) fn new(chat: &Chat, setup: &Setup<'_>) -> Self {
        if setup.options.once {
            return Self::none();
        }
        let name = chat.agent_name.as_deref();
        let space = if name.is_some() { " " } else { "" };
        let span = tracing::info_span!(
            "invoke_agent",
            otel.name = format_args!("invoke_agent{space}{}", name.unwrap_or_default()),
            otel.kind = "internal",
            otel.status_code = Empty,
            gen_ai.operation.name = "invoke_agent",
            gen_ai.agent.name = name,
            gen_ai.conversation.id = chat.state.conversation_id(),
            gen_ai.request.model = setup.request.model.as_str(),
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            claudette.cost.usd = Empty,
            claudette.end_reason = Empty,
            claudette.steps = Empty,
            error.type = Empty,
        );
        let cost_before = if span.is_disabled() { None } else { chat.cost() };
        Self { span, begun: Instant::now(), agent: chat.agent_name.clone(), cost_before, is_loop: true }
    }

    /// Returns a span that records nothing.
    pub(super) fn none() -> Self {
        Self { span: Span::none(), begun: Instant::now(), agent: None, cost_before: None, is_loop: false }
    }

    /// Records the end of the loop. After an error, `steps` are those before it.
    pub(super) fn ended(&self, run: &Result<Run>, steps: &[Step], chat: &Chat) {
        if !self.is_loop {
            return;
        }
        let steps = run.as_ref().map_or(steps, Run::steps);
        let error = run.as_ref().err().filter(|error| !error.is_cancelled()).map(|error| error.trace_type());
        if !self.span.is_disabled() {
            let usage: Usage = steps.iter().map(|step| step.response().usage()).sum();
            let cost = chat.cost().zip(self.cost_before).map(|(after, before)| after.total() - before.total());
            self.span.record("gen_ai.usage.input_tokens", int(usage.total_input()));
            self.span.record("gen_ai.usage.output_tokens", int(usage.output_tokens()));
            self.span.record("claudette.cost.usd", cost);
            self.span.record("claudette.steps", int(steps.len()));
            if let Ok(run) = run {
                self.span.record("claudette.end_reason", debug(run.end_reason()));
            }
            if let Some(error) = &error {
                self.span.record("otel.status_code", "ERROR");
                self.span.record("error.type", &**error);
            }
        }
        tracing::event!(
            target: METRICS,
            Level::TRACE,
            histogram.gen_ai.invoke_agent.duration = self.begun.elapsed().as_secs_f64(),
            histogram.gen_ai.invoke_agent.inference_calls = steps.len() as u64,
            histogram.gen_ai.invoke_agent.tool_calls = steps.iter().map(|step| step.calls().len() as u64).sum::<u64>(),
            gen_ai.operation.name = "invoke_agent",
            gen_ai.agent.name = self.agent.as_deref(),
            error.type = error.as_deref(),
        );
    }
}
