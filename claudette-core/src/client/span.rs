//! [`RequestSpan`]: the `tracing` span of a request, with all its attempts.

use std::time::Instant;

use http::header::HeaderMap;
use http::response::Parts;
use tracing::Span;
use tracing::field::{Empty, debug};

use super::client::Client;
use super::headers::BETA;
use super::request::EncodedRequest;
use super::response_headers::{request_id, text_header};
use super::traced_messages::{TracedRequest, output_messages};
use crate::catalog::{Cost, Model};
use crate::error::Error;
use crate::messages::{Effort, IterationKind, Response, ServiceTier, ThinkingConfig, Usage};
use crate::trace::int;

/// The span of one request, with all its attempts.
///
/// Each field is recorded once, because exporters keep every value of a field that is recorded twice. So the fields of
/// attempts are recorded after the last one. A request that is dropped has neither a status nor an error.
#[derive(Clone)]
pub(super) struct RequestSpan {
    pub(super) span: Span,
    pub(super) client: Client,
    /// The requested model.
    pub(super) model: Model,
    begun: Instant,
    /// `true` if contents of the request were cut.
    is_truncated: bool,
}

impl RequestSpan {
    /// Begins the span of a request that creates a message.
    pub(super) fn chat(client: &Client, call: &EncodedRequest) -> Self {
        let (shown, address) = (&call.shown, &client.0.address);
        let thinking = shown.thinking.as_ref();
        let span = tracing::info_span!(
            "chat",
            otel.name = format_args!("chat {}", call.model),
            otel.kind = "client",
            otel.status_code = Empty,
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = client.platform().provider(),
            gen_ai.conversation.id = shown.conversation_id.as_deref(),
            gen_ai.output.type = shown.is_json.then_some("json"),
            gen_ai.request.model = call.model.as_str(),
            gen_ai.request.max_tokens = shown.max_tokens.map(int),
            gen_ai.request.reasoning.level = shown.effort.as_ref().map(Effort::as_str),
            gen_ai.request.stream = call.streams.then_some(true),
            gen_ai.request.temperature = shown.temperature,
            gen_ai.request.top_k = shown.top_k.map(int),
            gen_ai.request.top_p = shown.top_p,
            gen_ai.response.finish_reasons = Empty,
            gen_ai.response.id = Empty,
            gen_ai.response.model = Empty,
            gen_ai.response.time_to_first_chunk = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.usage.cache_read.input_tokens = Empty,
            gen_ai.usage.cache_write.input_tokens = Empty,
            gen_ai.usage.reasoning.output_tokens = Empty,
            gen_ai.system_instructions = Empty,
            gen_ai.input.messages = Empty,
            gen_ai.output.messages = Empty,
            anthropic.beta = betas(client, call).as_deref(),
            anthropic.content.truncated = Empty,
            anthropic.message.stop_reason = Empty,
            anthropic.organization.id = Empty,
            anthropic.request.id = Empty,
            anthropic.request.service_tier = shown.service_tier.as_ref().map(ServiceTier::as_str),
            anthropic.response.service_tier = Empty,
            anthropic.thinking.type = thinking.map(|thinking| thinking.kind().as_str()),
            anthropic.thinking.budget_tokens = thinking.and_then(ThinkingConfig::budget_tokens).map(int),
            anthropic.usage.cache_creation.ephemeral_5m_input_tokens = Empty,
            anthropic.usage.cache_creation.ephemeral_1h_input_tokens = Empty,
            anthropic.usage.compaction.input_tokens = Empty,
            anthropic.usage.compaction.output_tokens = Empty,
            anthropic.workspace.id = Empty,
            claudette.cost.usd = Empty,
            http.request.method = call.method.as_str(),
            http.request.resend_count = Empty,
            http.response.status_code = Empty,
            http.route = &*call.path,
            server.address = address.host(),
            server.port = address.port().map(int),
            error.type = Empty,
        );
        let mut span = Self::new(span, client, call);
        if client.0.traces_contents && !span.span.is_disabled() {
            let body: Vec<u8> = call.body.iter().flat_map(|piece| piece.iter().copied()).collect();
            let TracedRequest { system, messages, is_truncated } = TracedRequest::of_body(&body);
            span.span.record("gen_ai.system_instructions", system);
            span.span.record("gen_ai.input.messages", messages);
            span.span.record("anthropic.content.truncated", is_truncated.then_some(true));
            span.is_truncated = is_truncated;
        }
        span
    }

    /// Begins the span of a request that counts tokens.
    pub(super) fn count_tokens(client: &Client, call: &EncodedRequest) -> Self {
        let address = &client.0.address;
        let span = tracing::info_span!(
            "count_tokens",
            otel.name = format_args!("count_tokens {}", call.model),
            otel.kind = "client",
            otel.status_code = Empty,
            gen_ai.operation.name = "count_tokens",
            gen_ai.provider.name = client.platform().provider(),
            gen_ai.request.model = call.model.as_str(),
            anthropic.beta = betas(client, call).as_deref(),
            anthropic.message.count_tokens.input_tokens = Empty,
            anthropic.organization.id = Empty,
            anthropic.request.id = Empty,
            anthropic.workspace.id = Empty,
            http.request.method = call.method.as_str(),
            http.request.resend_count = Empty,
            http.response.status_code = Empty,
            http.route = &*call.path,
            server.address = address.host(),
            server.port = address.port().map(int),
            error.type = Empty,
        );
        Self::new(span, client, call)
    }

    fn new(span: Span, client: &Client, call: &EncodedRequest) -> Self {
        let (client, model) = (client.clone(), call.model.clone());
        Self { span, client, model, begun: Instant::now(), is_truncated: false }
    }

    /// Records the number of retries and the last response to an attempt.
    pub(super) fn answered(&self, retries: u32, head: Option<&Parts>) {
        if self.span.is_disabled() {
            return;
        }
        self.span.record("http.request.resend_count", some(retries.into()));
        let Some(Parts { status, headers, .. }) = head else { return };
        self.span.record("http.response.status_code", int(status.as_u16()));
        self.span.record("anthropic.request.id", request_id(headers));
        self.span.record("anthropic.organization.id", text_header(headers, "anthropic-organization-id"));
        self.span.record("anthropic.workspace.id", text_header(headers, "anthropic-workspace-id"));
    }

    /// Records that the first part of a stream arrived after `seconds`.
    pub(super) fn first_chunk(&self, seconds: f64) {
        self.span.record("gen_ai.response.time_to_first_chunk", seconds);
        self.measure_first_chunk(seconds);
    }

    /// Records a response, which may be incomplete.
    pub(super) fn responded(&self, response: &Response) {
        if self.span.is_disabled() {
            return;
        }
        let (usage, span) = (response.usage(), &self.span);
        span.record("gen_ai.response.model", response.model());
        span.record("gen_ai.response.id", response.id());
        span.record("gen_ai.usage.input_tokens", int(usage.total_input()));
        span.record("gen_ai.usage.output_tokens", int(usage.output_tokens()));
        span.record("gen_ai.usage.cache_read.input_tokens", some(usage.cache_read_input_tokens()));
        span.record("gen_ai.usage.cache_write.input_tokens", some(usage.cache_creation_input_tokens()));
        span.record("gen_ai.usage.reasoning.output_tokens", some(usage.thinking_tokens()));
        let cached = "anthropic.usage.cache_creation.ephemeral_5m_input_tokens";
        span.record(cached, some(usage.cache_creation_5m_input_tokens()));
        let cached = "anthropic.usage.cache_creation.ephemeral_1h_input_tokens";
        span.record(cached, some(usage.cache_creation_1h_input_tokens()));
        span.record("anthropic.usage.compaction.input_tokens", some(compaction(usage, Usage::input_tokens)));
        span.record("anthropic.usage.compaction.output_tokens", some(compaction(usage, Usage::output_tokens)));
        span.record("anthropic.response.service_tier", usage.service_tier());
        span.record("claudette.cost.usd", self.cost(response).map(|cost| cost.total()));
        if let Some(reason) = response.stop_reason() {
            span.record("gen_ai.response.finish_reasons", debug([reason.as_str()]));
            span.record("anthropic.message.stop_reason", reason.as_str());
        }
        if self.client.0.traces_contents {
            let (messages, is_cut) = output_messages(response);
            span.record("gen_ai.output.messages", messages);
            span.record("anthropic.content.truncated", (is_cut && !self.is_truncated).then_some(true));
        }
    }

    /// Records the end of a request that has succeeded.
    pub(super) fn succeeded(&self, response: &Response) {
        self.measure_inference(Some(response.model()), None);
    }

    /// Records the end of a request that has failed.
    pub(super) fn failed(&self, error: &Error) {
        self.record_error(error);
        self.measure_inference(None, Some(&error.trace_type()));
    }

    /// Records the end of a request that counts tokens.
    pub(super) fn counted(&self, tokens: &Result<u64, Error>) {
        match tokens {
            Ok(tokens) => drop(self.span.record("anthropic.message.count_tokens.input_tokens", int(*tokens))),
            Err(error) => self.record_error(error),
        }
        self.measure_count(tokens.as_ref().err().map(Error::trace_type).as_deref());
    }

    /// Returns the cost of a response at the price of the model that answered, which may differ from the requested one.
    pub(super) fn cost(&self, response: &Response) -> Option<Cost> {
        let (prices, factor) = (&self.client.0.prices, self.client.price_factor(&self.model));
        let of = |model| prices.cost_of(model, response, factor);
        of(response.model()).or_else(|| of(self.model.as_str()))
    }

    /// Returns the time since the request began, in seconds.
    pub(super) fn elapsed(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    fn record_error(&self, error: &Error) {
        if !self.span.is_disabled() {
            self.span.record("otel.status_code", "ERROR");
            self.span.record("error.type", &*error.trace_type());
        }
    }
}

/// Returns a counter unless it is zero.
fn some(count: u64) -> Option<i64> {
    (count > 0).then(|| int(count))
}

/// Returns the sum of a counter over the runs that compacted the conversation. They are not part of the other counters.
fn compaction(usage: &Usage, counter: fn(&Usage) -> u64) -> u64 {
    let runs = usage.iterations().filter(|run| *run.kind() == IterationKind::Compaction);
    runs.map(|run| counter(run.usage())).fold(0, u64::saturating_add)
}

/// Returns the beta features of a request, separated by commas.
fn betas(client: &Client, call: &EncodedRequest) -> Option<String> {
    let list = |headers: &HeaderMap| text_header(headers, &BETA).map(str::to_owned);
    let lists: Vec<String> = [client.headers(), &call.headers].into_iter().filter_map(list).collect();
    (!lists.is_empty()).then(|| lists.join(","))
}
