//! [`Refusal`]: the response to a request that is refused.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};

use crate::protocol::UiRequestError;
use crate::session::Conflict;

/// A request that is refused. The page shows the text to the user.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    text: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    pub(super) fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "The server is busy. Please try again in a moment.")
    }

    pub(super) fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "The server is restarting. Please try again in a moment.")
    }

    /// The user gets a general text, and the log gets the error.
    pub(super) fn internal(what: &str, error: &claudette::Error) -> Self {
        tracing::error!(error = error as &dyn std::error::Error, "{what}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The chat could not be opened.")
    }
}

impl From<UiRequestError> for Refusal {
    fn from(error: UiRequestError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl From<Conflict> for Refusal {
    fn from(Conflict(text): Conflict) -> Self {
        Self::new(StatusCode::CONFLICT, text)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.text).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
