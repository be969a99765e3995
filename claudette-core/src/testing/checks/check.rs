//! [`check`]: all checks of a request, in their order.

use hyper::HeaderMap;
use serde_json::Value;

use super::dialect::Beta;
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::request::{Call, Endpoint, MAX_BODY, Request, Rules};
use super::shape::{self, Fields};
use super::{
    cache, context, fallbacks, fields, headers, images, limits, messages, pairing, programmatic, task_budget, thinking,
    tool_changes, tool_choice, tools,
};
use crate::testing::context::View;
use crate::testing::models::Model;

/// A request that broke no rule.
pub(in crate::testing) struct Accepted<'a> {
    pub(in crate::testing) body: &'a Value,
    pub(in crate::testing) view: View,
    /// The size in tokens below which the model does not cache a prefix; `None` if nothing is cached.
    pub(in crate::testing) cache_minimum: Option<u64>,
    /// The context window in tokens.
    pub(in crate::testing) window: u64,
    /// `true` if refusals can grant a credit.
    pub(in crate::testing) redeems_credits: bool,
}

/// Checks a request for a message or a token count.
pub(in crate::testing) fn check<'a>(call: &Call<'a>, rules: &Rules) -> Result<Accepted<'a>, Refusal> {
    let dialect = headers::check(call.headers, rules)?;
    let value = body(call)?;
    let body = shape::object(value, &Path::BODY)?;
    fields::check(body, call.endpoint, dialect)?;
    let request = Request { endpoint: call.endpoint, dialect, body, model: model(body, rules)? };
    fallbacks::known(body, rules)?;
    limits::check(&request)?;
    context::check(&request)?;
    task_budget::check(&request)?;
    tools::check(&request)?;
    tool_choice::check(&request, value)?;
    let turns = messages::check(&request, rules)?;
    tool_changes::check(value, dialect)?;
    images::check(body)?;
    pairing::check(&turns)?;
    programmatic::turns(&request, &turns, call.containers)?;
    thinking::check(&request, value, &turns)?;
    cache::check(body)?;
    let view = View::of(value);
    let window = rules.context_window.unwrap_or(request.model.context);
    let tokens = view.tokens();
    // A token count has no limit, because it is a way to find out whether a prompt fits.
    if tokens > window && request.endpoint == Endpoint::Messages {
        return Err(Refusal::new(format!("prompt is too long: {tokens} tokens > {window} maximum")));
    }
    let cache_minimum = rules.prompt_cache.then_some(request.model.cache_minimum);
    let redeems_credits = dialect.has(Beta::FallbackCredit);
    Ok(Accepted { body: value, view, cache_minimum, window, redeems_credits })
}

/// Checks a request without a body.
pub(in crate::testing) fn check_headers(headers: &HeaderMap, rules: &Rules) -> Check {
    headers::check(headers, rules).map(drop)
}

fn body<'a>(call: &Call<'a>) -> Result<&'a Value, Refusal> {
    if call.size > MAX_BODY {
        return Err(Refusal {
            status: 413,
            kind: "request_too_large",
            message: "Request exceeds the maximum size".to_owned(),
            details: None,
            violation: false,
        });
    }
    call.body.map_err(|error| Refusal::new(format!("The request body is not valid JSON: {error}")))
}

fn model(body: &Fields, rules: &Rules) -> Result<&'static Model, Refusal> {
    let id = shape::text(body, "model");
    match Model::find(id) {
        Some(model) => Ok(model),
        None if rules.any_model => Ok(Model::ANY),
        None => Err(Refusal::unknown_model(id)),
    }
}
