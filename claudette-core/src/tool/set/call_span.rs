//! [`CallSpan`]: the `tracing` span of a tool call.

use std::time::Instant;

use tracing::field::Empty;
use tracing::{Level, Span};

use crate::messages::ToolUse;
use crate::tool::run::{Tool, ToolContext, ToolOutcome};
use crate::trace::{METRICS, MOST, capped};

/// The span of one tool call that runs. A call that is dropped has neither a status nor an error.
pub(super) struct CallSpan {
    pub(super) span: Span,
    begun: Instant,
}

impl CallSpan {
    pub(super) fn new(tool: &dyn Tool, call: &ToolUse, cx: &ToolContext) -> Self {
        let span = tracing::info_span!(
            "execute_tool",
            otel.name = format_args!("execute_tool {}", call.name()),
            otel.kind = "internal",
            otel.status_code = Empty,
            gen_ai.operation.name = "execute_tool",
            gen_ai.conversation.id = cx.conversation_id(),
            gen_ai.tool.call.id = call.id(),
            gen_ai.tool.description = tool.definition().description(),
            gen_ai.tool.name = call.name(),
            gen_ai.tool.type = "function",
            gen_ai.tool.call.arguments = Empty,
            gen_ai.tool.call.result = Empty,
            anthropic.content.truncated = Empty,
            error.type = Empty,
        );
        Self { span, begun: Instant::now() }
    }

    /// Returns the time since the call began.
    pub(super) fn elapsed(&self) -> std::time::Duration {
        self.begun.elapsed()
    }

    /// Records the end of the call. `contents` is `true` if the span shows arguments and results.
    pub(super) fn ended(&self, outcome: &ToolOutcome, is_late: bool, contents: bool) {
        let is_error = outcome.is_error() && !outcome.is_suspended();
        let error = is_error.then_some(if is_late { "timeout" } else { "tool_error" });
        if error.is_some() {
            self.span.record("otel.status_code", "ERROR");
            self.span.record("error.type", error);
        }
        if contents && !self.span.is_disabled() {
            let text = outcome.text();
            let (arguments, are_cut) = capped(outcome.call().input().get(), MOST);
            let (result, is_cut) = capped(&text, MOST);
            self.span.record("gen_ai.tool.call.arguments", arguments);
            self.span.record("gen_ai.tool.call.result", result);
            self.span.record("anthropic.content.truncated", (are_cut || is_cut).then_some(true));
        }
        tracing::event!(
            target: METRICS,
            Level::TRACE,
            histogram.gen_ai.execute_tool.duration = self.begun.elapsed().as_secs_f64(),
            gen_ai.operation.name = "execute_tool",
            gen_ai.tool.name = outcome.name(),
            gen_ai.tool.type = "function",
            error.type = error,
        );
    }
}
