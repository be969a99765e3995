//! [`Refusal`]: the error with which a request is refused.

use std::fmt;

use serde_json::Value;

use super::path::Path;
use crate::testing::mock_response::MockResponse;

/// The error with which a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::testing) struct Refusal {
    pub(in crate::testing) status: u16,
    pub(in crate::testing) kind: &'static str,
    pub(in crate::testing) message: String,
    /// The machine-readable details of the error.
    pub(super) details: Option<Box<Value>>,
    /// `true` if the request makes `assert_finished` fail.
    pub(in crate::testing) violation: bool,
}

pub(super) type Check = Result<(), Refusal>;

impl Refusal {
    /// Returns the usual refusal, of an invalid request.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { status: 400, kind: "invalid_request_error", message: message.into(), details: None, violation: false }
    }

    pub(super) fn details(self, details: Value) -> Self {
        Self { details: Some(details.into()), ..self }
    }

    /// Returns [`Refusal::new`] with the path of the invalid value.
    pub(super) fn at(path: &Path<'_>, message: impl fmt::Display) -> Self {
        Self::new(format!("{path}: {message}"))
    }

    /// Returns the refusal of a host, whose kinds of errors can differ from those of the first-party API.
    pub(in crate::testing) fn of_host(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), details: None, violation: false }
    }

    /// Makes `assert_finished` fail.
    pub(in crate::testing) fn violation(self) -> Self {
        Self { violation: true, ..self }
    }

    pub(super) fn unauthorized(message: &str) -> Self {
        Self { status: 401, kind: "authentication_error", message: message.to_owned(), details: None, violation: false }
    }

    pub(in crate::testing) fn not_found(message: &str) -> Self {
        Self { status: 404, kind: "not_found_error", message: message.to_owned(), details: None, violation: false }
    }

    pub(in crate::testing) fn unknown_model(id: &str) -> Self {
        Self::not_found(&format!("model: {id}"))
    }

    /// Returns the refusal of a request that requires a credit which is not valid.
    pub(in crate::testing) fn invalid_credit(reason: &str) -> Self {
        Self::new(format!("fallback_credit_token: The token cannot be redeemed: {reason}"))
    }

    pub(in crate::testing) fn to_response(&self) -> MockResponse {
        let response = MockResponse::error(self.status, self.kind, self.message.as_str());
        match &self.details {
            None => response,
            Some(details) => response.details(details),
        }
    }
}
