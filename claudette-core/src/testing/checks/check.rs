//! [`check`]: all checks of a request, in their order.

use hyper::HeaderMap;
use serde_json::Value;

use super::path::Path;
use super::refusal::{Check, Refusal};
use super::request::{Call, MAX_BODY, Request, Rules};
use super::shape::{self, Fields};
use super::{cache, fields, headers, images, limits, messages, pairing, thinking, tool_choice, tools};
use crate::testing::models::Model;
use crate::testing::usage;

/// Checks a request for a message or a token count, and returns its body.
pub(in crate::testing) fn check<'a>(call: &Call<'a>, rules: &Rules) -> Result<&'a Value, Refusal> {
    let dialect = headers::check(call.headers, rules)?;
    let value = body(call)?;
    let body = shape::object(value, &Path::BODY)?;
    fields::check(body, call.endpoint, dialect)?;
    let request = Request { endpoint: call.endpoint, dialect, body, model: model(body, rules)? };
    limits::check(&request)?;
    tools::check(&request)?;
    tool_choice::check(&request)?;
    let turns = messages::check(&request, rules)?;
    images::check(body)?;
    pairing::check(&turns)?;
    thinking::check(&request, &turns)?;
    cache::check(body)?;
    context_length(value, request.model)?;
    Ok(value)
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
        });
    }
    call.body.as_ref().map_err(|error| Refusal::new(format!("The request body is not valid JSON: {error}")))
}

fn model(body: &Fields, rules: &Rules) -> Result<&'static Model, Refusal> {
    let id = shape::text(body, "model");
    match Model::find(id) {
        Some(model) => Ok(model),
        None if rules.any_model => Ok(Model::ANY),
        None => Err(Refusal::unknown_model(id)),
    }
}

fn context_length(body: &Value, model: &Model) -> Check {
    let (tokens, maximum) = (usage::input_tokens(body), model.context);
    if tokens > maximum {
        return Err(Refusal::new(format!("prompt is too long: {tokens} tokens > {maximum} maximum")));
    }
    Ok(())
}
