//! The fields that a host moves between the headers and the body.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::host::Host;
use super::problem::Problem;
use super::route::{Operation, Route};
use crate::testing::checks::{Refusal, is_beta};

const VERSION: &str = "anthropic-version";
const BETA: &str = "anthropic-beta";
const PROFILE: &str = "anthropic-user-profile-id";

/// Translates the headers and the body of a request into those of the first-party API, except for the model.
///
/// A body that is not an object stays as it is, because the first-party API refuses it.
pub(super) fn translate(
    host: Host,
    route: &Route,
    headers: &mut Cow<'_, HeaderMap>,
    body: &mut Cow<'_, Value>,
) -> Result<(), Refusal> {
    let counts_for_aws = host == Host::Bedrock && route.operation == Operation::CountTokens;
    if counts_for_aws {
        *body = Cow::Owned(counted(body)?);
    }
    if !body.is_object() || !(host.version_in_body() || host.profile_in_body()) {
        return Ok(());
    }
    let Value::Object(fields) = body.to_mut() else { return Ok(()) };
    let headers = headers.to_mut();
    if host.version_in_body() {
        version(host, headers, fields)?;
        model_and_stream(host, route, fields)?;
    }
    if host == Host::Bedrock {
        betas(headers, fields)?;
    }
    if host.profile_in_body() {
        profile(host, headers, fields)?;
    }
    if counts_for_aws {
        // The body is that of a call. A token count does not have these fields.
        for name in ["max_tokens", "metadata", "stop_sequences", "temperature", "top_p", "top_k"] {
            fields.shift_remove(name);
        }
    }
    Ok(())
}

/// Returns the body of a call from the request for its token count.
fn counted(body: &Value) -> Result<Value, Refusal> {
    let invalid = |message: &str| Host::Bedrock.refuse(Problem::Invalid, message);
    let encoded = body["input"]["invokeModel"]["body"].as_str().ok_or_else(|| {
        invalid("input.invokeModel.body: Field required (the mock server does not count `input.converse`)")
    })?;
    let decoded = STANDARD.decode(encoded).ok().and_then(|body| serde_json::from_slice(&body).ok());
    decoded.ok_or_else(|| invalid("input.invokeModel.body: Input should be JSON, encoded in base64"))
}

/// Moves `anthropic_version` to the header.
fn version(host: Host, headers: &mut HeaderMap, fields: &mut Map<String, Value>) -> Result<(), Refusal> {
    let invalid = |message: String| host.refuse(Problem::Invalid, message);
    if headers.contains_key(VERSION) {
        return Err(invalid(format!("{VERSION}: the header is not supported; send `anthropic_version` in the body")));
    }
    let Some(value) = fields.shift_remove("anthropic_version") else {
        return Err(invalid("anthropic_version: Field required".to_owned()));
    };
    let version = value.as_str().and_then(|value| host.version(value));
    let version = version.ok_or_else(|| invalid(format!("anthropic_version: {value} is not a valid version")))?;
    headers.insert(HeaderName::from_static(VERSION), HeaderValue::from_static(version));
    Ok(())
}

/// Checks the fields whose values are in the path.
fn model_and_stream(host: Host, route: &Route, fields: &mut Map<String, Value>) -> Result<(), Refusal> {
    let extra = |name: &str| host.refuse(Problem::Invalid, format!("{name}: Extra inputs are not permitted"));
    let in_path = route.model.is_some();
    if in_path && fields.contains_key("model") {
        return Err(extra("model"));
    }
    match (host, route.streamed) {
        (Host::Bedrock, _) if fields.contains_key("stream") => Err(extra("stream")),
        (Host::Bedrock, Some(true)) => {
            fields.insert("stream".to_owned(), Value::Bool(true));
            Ok(())
        }
        (Host::Vertex, Some(streamed)) if (fields.get("stream") == Some(&Value::Bool(true))) != streamed => {
            let message = if streamed {
                "stream: `streamRawPredict` requires `\"stream\": true`"
            } else {
                "stream: `rawPredict` does not stream; use `streamRawPredict`"
            };
            Err(host.refuse(Problem::Invalid, message))
        }
        _ => Ok(()),
    }
}

/// Moves `anthropic_beta` to the header. A header of the request has no effect.
fn betas(headers: &mut HeaderMap, fields: &mut Map<String, Value>) -> Result<(), Refusal> {
    /// Bedrock has a flag of its own for this feature.
    const OTHER_FLAG: &str = "fallback-credit-2026-07-01";
    let host = Host::Bedrock;
    headers.remove(BETA);
    let Some(value) = fields.shift_remove("anthropic_beta") else { return Ok(()) };
    let list = value.as_array().map(Vec::as_slice).and_then(|list| list.iter().map(Value::as_str).collect());
    let list: Vec<&str> =
        list.ok_or_else(|| host.refuse(Problem::Invalid, "anthropic_beta: Input should be a valid list of strings"))?;
    let known = |beta: &&str| is_beta(beta.trim()) && beta.trim() != OTHER_FLAG;
    if !list.iter().all(known) {
        return Err(host.refuse(Problem::Invalid, "invalid beta flag"));
    }
    if !list.is_empty() {
        set_header(host, headers, BETA, &list.join(","))?;
    }
    Ok(())
}

/// Moves `user_profile_id` to the header. The host drops a header of the request.
fn profile(host: Host, headers: &mut HeaderMap, fields: &mut Map<String, Value>) -> Result<(), Refusal> {
    let invalid = |message: String| host.refuse(Problem::Invalid, message);
    if headers.contains_key(PROFILE) {
        return Err(invalid(format!("{PROFILE}: the header is not supported; send `user_profile_id` in the body")));
    }
    match fields.shift_remove("user_profile_id") {
        None => Ok(()),
        Some(Value::String(id)) => set_header(host, headers, PROFILE, &id),
        Some(_) => Err(invalid("user_profile_id: Input should be a valid string".to_owned())),
    }
}

/// Sets a header of the translated request.
pub(super) fn set_header(host: Host, headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), Refusal> {
    let value = HeaderValue::from_str(value)
        .map_err(|_| host.refuse(Problem::Invalid, format!("{name}: the value is not valid")))?;
    headers.insert(HeaderName::from_static(name), value);
    Ok(())
}
