//! [`Problem`]: the reasons why a host refuses a request itself, each with a status and a kind of error.

use super::host::Host;
use crate::testing::checks::Refusal;

/// A reason why a host refuses a request before the model receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    NotFound,
    Invalid,
    TooLarge,
    UnknownModel,
    Unauthenticated,
    Signature,
    Forbidden,
}

impl Host {
    /// Returns the refusal of a request because of a problem.
    pub(super) fn refuse(self, problem: Problem, message: impl Into<String>) -> Refusal {
        let (status, kind) = match self {
            Host::Bedrock => problem.of_bedrock(),
            Host::Anthropic | Host::BedrockMantle | Host::ClaudePlatformAws => problem.of_anthropic(),
            Host::Vertex | Host::GoogleCloud => problem.of_google(),
            Host::Foundry => problem.of_azure(),
        };
        Refusal::of_host(status, kind, message)
    }
}

impl Problem {
    fn of_bedrock(self) -> (u16, &'static str) {
        match self {
            Problem::NotFound => (404, "UnknownOperationException"),
            Problem::Invalid | Problem::UnknownModel => (400, "ValidationException"),
            Problem::TooLarge => (413, "RequestEntityTooLargeException"),
            Problem::Unauthenticated => (403, "MissingAuthenticationTokenException"),
            Problem::Signature => (403, "InvalidSignatureException"),
            Problem::Forbidden => (403, "AccessDeniedException"),
        }
    }

    fn of_anthropic(self) -> (u16, &'static str) {
        match self {
            Problem::NotFound | Problem::UnknownModel => (404, "not_found_error"),
            Problem::Invalid => (400, "invalid_request_error"),
            Problem::TooLarge => (413, "request_too_large"),
            Problem::Unauthenticated => (401, "authentication_error"),
            Problem::Signature | Problem::Forbidden => (403, "permission_error"),
        }
    }

    /// The model reads the body, so a body that is not valid is an error of the model.
    fn of_google(self) -> (u16, &'static str) {
        match self {
            Problem::NotFound | Problem::UnknownModel => (404, "NOT_FOUND"),
            Problem::TooLarge => (400, "INVALID_ARGUMENT"),
            Problem::Unauthenticated | Problem::Signature => (401, "UNAUTHENTICATED"),
            Problem::Forbidden => (403, "PERMISSION_DENIED"),
            Problem::Invalid => self.of_anthropic(),
        }
    }

    fn of_azure(self) -> (u16, &'static str) {
        match self {
            Problem::NotFound => (404, "404"),
            Problem::UnknownModel => (404, "DeploymentNotFound"),
            Problem::Unauthenticated | Problem::Signature => (401, "401"),
            Problem::Forbidden => (403, "PermissionDenied"),
            Problem::Invalid | Problem::TooLarge => self.of_anthropic(),
        }
    }
}
