//! What the API refuses, in the order in which it looks, with its statuses and in its words.
//!
//! Each module below knows one subject. [`shape`] and [`blocks`] look at values one by one; whatever they let pass has
//! the fields and the types it should have, and the modules after them rely on it.

mod blocks;
mod cache;
mod fields;
mod headers;
mod images;
mod limits;
mod messages;
mod pairing;
mod schema;
mod shape;
mod thinking;
mod tool_choice;
mod tools;
mod turns;

#[cfg(test)]
mod tests;

use std::fmt;

use hyper::HeaderMap;
use serde_json::{Value, json};

use super::mock_response::MockResponse;
use super::models::Model;
use super::usage;
use headers::Dialect;
use shape::{Fields, Path};

/// The largest body, in bytes.
pub(super) const MAX_BODY: usize = 32 * 1024 * 1024;

/// What may be configured.
#[derive(Clone, Default)]
pub(super) struct Rules {
    /// The only key that is accepted, if not any.
    pub(super) api_key: Option<String>,
    pub(super) any_model: bool,
    pub(super) strict_first_user: bool,
}

/// A request as it arrived.
pub(super) struct Call<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) headers: &'a HeaderMap,
    pub(super) size: usize,
    pub(super) body: &'a serde_json::Result<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Messages,
    CountTokens,
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) message: String,
    /// What the error says for programs.
    details: Option<Box<Value>>,
}

type Check = Result<(), Refusal>;

/// A request whose fields are in order.
struct Request<'a> {
    endpoint: Endpoint,
    dialect: Dialect,
    body: &'a Fields,
    model: &'static Model,
}

/// Checks a request for a message, or for its token count, and returns its body.
pub(super) fn check<'a>(call: &Call<'a>, rules: &Rules) -> Result<&'a Value, Refusal> {
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

/// Checks a request that has no body.
pub(super) fn check_headers(headers: &HeaderMap, rules: &Rules) -> Check {
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

impl Refusal {
    /// The usual one: the request is wrong.
    fn new(message: impl Into<String>) -> Self {
        Self { status: 400, kind: "invalid_request_error", message: message.into(), details: None }
    }

    fn details(self, details: Value) -> Self {
        Self { details: Some(details.into()), ..self }
    }

    /// As [`Refusal::new`], naming the place.
    fn at(path: &Path<'_>, message: impl fmt::Display) -> Self {
        Self::new(format!("{path}: {message}"))
    }

    fn unauthorized(message: &str) -> Self {
        Self { status: 401, kind: "authentication_error", message: message.to_owned(), details: None }
    }

    pub(super) fn not_found(message: &str) -> Self {
        Self { status: 404, kind: "not_found_error", message: message.to_owned(), details: None }
    }

    pub(super) fn unknown_model(id: &str) -> Self {
        Self::not_found(&format!("model: {id}"))
    }

    pub(super) fn to_reply(&self) -> MockResponse {
        let reply = MockResponse::error(self.status, self.kind, self.message.as_str());
        match &self.details {
            None => reply,
            Some(details) => {
                reply.with("error", json!({"type": self.kind, "message": self.message, "details": details}))
            }
        }
    }
}
