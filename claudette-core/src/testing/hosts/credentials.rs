//! The credentials of a request: those that a host accepts, and those that must not reach it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use super::aws_signature;
use super::host::Host;
use super::problem::Problem;
use super::settings::Settings;
use crate::testing::checks::Refusal;
use crate::testing::recorded_request::RecordedRequest;

/// The beginning of the credentials of Anthropic.
const FIRST_PARTY: &str = "sk-ant-";

/// Checks the credentials of a request to a host. If `key` is given, it is the only token or key that is accepted.
pub(super) fn check(settings: &Settings, request: &RecordedRequest, key: Option<&str>) -> Result<(), Refusal> {
    let host = settings.host;
    if let Some(leak) = leak(host, request) {
        return Err(host.refuse(Problem::Unauthenticated, leak).violation());
    }
    let authorization = request.header("authorization").unwrap_or_default();
    let bearer = authorization.strip_prefix("Bearer ").map(str::trim).filter(|token| !token.is_empty());
    match (host, host.aws_service()) {
        // The headers of the API of Anthropic are checked later.
        (Host::Anthropic, _) => {}
        (_, Some(service)) if aws_signature::is_signature(authorization) => {
            if settings.verify.is_none() {
                aws_signature::check(request, service, SystemTime::now())
                    .map_err(|reason| host.refuse(Problem::Signature, reason))?;
            }
        }
        (Host::Foundry, _) => {
            let keys = ["x-api-key", "api-key"].map(|name| request.header(name));
            let given: Vec<&str> = keys.into_iter().chain([bearer]).flatten().collect();
            if given.is_empty() || given.iter().any(|given| given.is_empty() || key.is_some_and(|key| key != *given)) {
                return Err(host.refuse(Problem::Unauthenticated, texts::WRONG_AZURE_KEY));
            }
        }
        (_, service) => match (bearer, key) {
            (None, _) if service.is_some() => {
                return Err(host.refuse(Problem::Unauthenticated, texts::MISSING_AWS_TOKEN));
            }
            (None, _) => return Err(host.refuse(Problem::Unauthenticated, texts::MISSING_GOOGLE_TOKEN)),
            (Some(token), Some(key)) if token != key => {
                return Err(match service {
                    Some(_) => host.refuse(Problem::Forbidden, texts::WRONG_AWS_TOKEN),
                    None => host.refuse(Problem::Unauthenticated, texts::WRONG_GOOGLE_TOKEN),
                });
            }
            _ => {}
        },
    }
    verify(settings, request)
}

/// Runs the check of the program. Its panics are caught, because it can contain assertions.
fn verify(settings: &Settings, request: &RecordedRequest) -> Result<(), Refusal> {
    let Some(verify) = &settings.verify else { return Ok(()) };
    let refuse = |reason: &str| {
        let wording = if settings.host.aws_service().is_some() { texts::WRONG_SIGNATURE } else { texts::WRONG };
        settings.host.refuse(Problem::Signature, format!("{wording}: {reason}"))
    };
    match catch_unwind(AssertUnwindSafe(|| verify(request))) {
        Ok(result) => result.map_err(|reason| refuse(&reason)),
        Err(_) => Err(refuse("`verify` panicked").violation()),
    }
}

/// Describes a credential of Anthropic that was sent to another host. The description does not contain it.
fn leak(host: Host, request: &RecordedRequest) -> Option<String> {
    if host == Host::Anthropic {
        return None;
    }
    let first_party = |name: &str| {
        let value = request.header(name)?;
        value.strip_prefix("Bearer ").unwrap_or(value).starts_with(FIRST_PARTY).then(|| name.to_owned())
    };
    let header = ["x-api-key", "api-key", "authorization"].into_iter().find_map(first_party);
    // Only Foundry has keys of its own in this header.
    let header = header.or_else(|| {
        let misplaced = host != Host::Foundry && request.header("x-api-key").is_some();
        misplaced.then(|| "x-api-key".to_owned())
    })?;
    Some(format!("a key of Anthropic was sent to {} in the header `{header}`", host.name()))
}

/// The wording of the hosts.
mod texts {
    pub(super) const MISSING_AWS_TOKEN: &str = "Missing Authentication Token";
    pub(super) const WRONG_AWS_TOKEN: &str = "Authentication failed: Please make sure your API Key is valid.";
    pub(super) const WRONG_SIGNATURE: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method. Consult the service documentation for details";
    pub(super) const MISSING_GOOGLE_TOKEN: &str = "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other \
         valid authentication credential.";
    pub(super) const WRONG_GOOGLE_TOKEN: &str = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid \
         authentication credential.";
    pub(super) const WRONG_AZURE_KEY: &str = "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an \
         active subscription and use a correct regional API endpoint for your resource.";
    pub(super) const WRONG: &str = "The credentials are not valid";
}
