//! [`ChatSpan`]: the `tracing` span of a request. It follows OpenTelemetry's conventions for generative AI
//! ([GenAI spans](https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/)).

use std::borrow::Cow;

use tracing::Span;
use tracing::field::{Empty, debug, display};

use super::request::EncodedRequest;
use crate::error::Error;
use crate::messages::{RemoteMcpServer, Response};

/// Returns a body without the tokens of MCP servers.
fn without_tokens(body: &str) -> Cow<'_, str> {
    // Parsing takes time, and few bodies contain tokens.
    if !body.contains("\"authorization_token\"") {
        return Cow::Borrowed(body);
    }
    let mut body = serde_json::from_str(body).unwrap_or_default();
    RemoteMcpServer::remove_tokens(&mut body);
    Cow::Owned(body.to_string())
}

/// The span of one request, with all its attempts. Fields of the response are recorded when it has arrived.
#[derive(Clone, Debug)]
pub(super) struct ChatSpan {
    pub(super) span: Span,
    contents: bool,
}

impl ChatSpan {
    /// Begins the span of a request. If `contents` is `true`, it also contains the messages and the response.
    pub(super) fn new(call: &EncodedRequest, contents: bool) -> Self {
        let span = tracing::info_span!(
            "chat",
            otel.name = format_args!("chat {}", call.model),
            otel.kind = "client",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = "anthropic",
            gen_ai.request.model = call.model.as_str(),
            gen_ai.response.model = Empty,
            gen_ai.response.id = Empty,
            gen_ai.response.finish_reasons = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.usage.cache_read.input_tokens = Empty,
            gen_ai.usage.cache_creation.input_tokens = Empty,
            gen_ai.input.messages = Empty,
            gen_ai.output.messages = Empty,
            http.request.resend_count = Empty,
            "error.type" = Empty,
        );
        if contents && !span.is_disabled() {
            let body: Vec<u8> = call.body.iter().flat_map(|piece| piece.iter().copied()).collect();
            span.record("gen_ai.input.messages", display(without_tokens(&String::from_utf8_lossy(&body))));
        }
        Self { span, contents }
    }

    pub(super) fn retried(&self, retries: u32) {
        self.span.record("http.request.resend_count", retries);
    }

    pub(super) fn responded(&self, response: &Response) {
        if self.span.is_disabled() {
            return;
        }
        let usage = response.usage();
        self.span.record("gen_ai.response.model", response.model());
        self.span.record("gen_ai.response.id", response.id());
        self.span.record("gen_ai.usage.input_tokens", usage.total_input());
        self.span.record("gen_ai.usage.output_tokens", usage.output_tokens());
        self.span.record("gen_ai.usage.cache_read.input_tokens", usage.cache_read_input_tokens());
        self.span.record("gen_ai.usage.cache_creation.input_tokens", usage.cache_creation_input_tokens());
        if let Some(reason) = response.stop_reason() {
            self.span.record("gen_ai.response.finish_reasons", debug([reason.as_str()]));
        }
        if self.contents {
            let content = serde_json::to_string(response.content()).unwrap_or_default();
            self.span.record("gen_ai.output.messages", display(content));
        }
    }

    pub(super) fn failed(&self, error: &Error) {
        let status = error.status().map(|status| status.to_string());
        let kind = error.error_type().map(str::to_owned).or(status);
        self.span
            .record("error.type", kind.as_deref().unwrap_or(if error.is_timeout() { "timeout" } else { "_OTHER" }));
    }
}
