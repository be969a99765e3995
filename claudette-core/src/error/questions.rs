//! The accessors and predicates of [`Error`].

use std::borrow::Cow;
use std::time::Duration;

use super::api_error::ApiError;
use super::error::{Error, Kind};
use crate::trace::capped;

impl Error {
    pub(super) fn as_api(&self) -> Option<&ApiError> {
        match &self.0.kind {
            Kind::Api(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the HTTP status of a response that reported an error or could not be read.
    ///
    /// It is 200 for an error inside a stream, and for an error that a gateway sent as a success. Therefore
    /// `is_overloaded` and the other predicates use the name of the error, and the status only if the name is not
    /// known.
    pub fn status(&self) -> Option<u16> {
        self.as_api().map(|error| error.status).or(self.0.status)
    }

    /// Returns the server's name for the error, such as `invalid_request_error` or `overloaded_error`.
    ///
    /// Servers that imitate the API may use other names.
    pub fn error_type(&self) -> Option<&str> {
        self.as_api()?.kind.as_deref()
    }

    /// Returns the server's more specific name for the error, if there is one: `error.details.error_code`, or
    /// `error.code` in the form of other servers.
    pub fn error_code(&self) -> Option<&str> {
        self.as_api()?.code.as_deref()
    }

    /// Returns the message of the API, or the whole body if it was not in the form of the API.
    pub fn message(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Api(error) => Some(&error.message),
            Kind::Unreadable { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns the API's id of the request, which Anthropic's support asks for.
    ///
    /// It comes from the header `request-id`, from a header with a similar name (`x-request-id`), or from the body.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref().or_else(|| self.as_api()?.request_id.as_deref())
    }

    /// Returns how long the server asks clients to wait before the next attempt.
    ///
    /// A client waits for up to 60 seconds and retries. If the server asks for more, the request fails at once with
    /// this error.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns `true` if the call itself is not valid, or a file that it names cannot be read. Nothing was sent.
    pub fn is_misuse(&self) -> bool {
        matches!(self.0.kind, Kind::Misuse(_) | Kind::Drift(_))
    }

    /// Returns `true` if a run with a [journal](crate::chat::ToolLoop::journal) began with another prompt, other tools or
    /// other options. Nothing was sent. The run can continue with the program that began it.
    pub fn is_drift(&self) -> bool {
        matches!(self.0.kind, Kind::Drift(_))
    }

    /// Returns `true` if a [`Journal`](crate::journal::Journal) could not read or store a step. The conversation is intact.
    pub fn is_journal(&self) -> bool {
        matches!(self.0.kind, Kind::Journal(_))
    }

    /// Returns `true` if a value is not of the requested type.
    pub fn is_mismatch(&self) -> bool {
        matches!(self.0.kind, Kind::Mismatch(_))
    }

    /// Returns `true` if a value was requested and the model refused. [`partial`](Self::partial) returns its response.
    pub fn is_refusal(&self) -> bool {
        matches!(self.0.kind, Kind::Refused(_))
    }

    /// Returns `true` if a value was requested and the response was cut off at `max_tokens` or at the end of the
    /// context window. [`partial`](Self::partial) returns the response.
    pub fn is_incomplete(&self) -> bool {
        matches!(self.0.kind, Kind::Incomplete(_))
    }

    /// Returns `true` if a tool aborted the run ([`ToolError::abort`](crate::ToolError::abort)). The source is the
    /// error of the tool.
    pub fn is_aborted(&self) -> bool {
        matches!(self.0.kind, Kind::Aborted(_))
    }

    /// Returns `true` if the program cancelled a loop before its first response
    /// ([`ToolLoop::cancel_on`](crate::chat::ToolLoop::cancel_on)).
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0.kind, Kind::Cancelled(_))
    }

    /// Returns `true` if the API may bill the request. It does not bill a request that it answers with an error.
    pub(crate) fn may_be_billed(&self) -> bool {
        let is_refused = self.partial().is_none() && self.status().is_some_and(|status| status >= 400);
        !is_refused && !self.is_misuse()
    }

    /// Returns `true` if the API refused the request because of its content (400, 413, 422). A retry would be refused,
    /// too.
    pub fn is_invalid_request(&self) -> bool {
        self.means(&[400, 413, 422])
    }

    /// Returns `true` if the conversation is too long for the model. Shorten it, or use a model with a larger context
    /// window.
    #[doc(alias = "prompt is too long")]
    pub fn is_context_exceeded(&self) -> bool {
        // The API does not have a code for this error.
        self.is_invalid_request()
            && self.message().is_some_and(|message| {
                message.starts_with("prompt is too long") || message.contains("exceed context limit")
            })
    }

    /// Returns `true` if the API refused the credentials (401), or if they do not permit the request (403).
    pub fn is_authentication(&self) -> bool {
        self.means(&[401, 403])
    }

    /// Returns `true` if the account cannot pay (402).
    pub fn is_billing(&self) -> bool {
        self.means(&[402])
    }

    /// Returns `true` if the model, file or address does not exist (404).
    pub fn is_not_found(&self) -> bool {
        self.means(&[404])
    }

    /// Returns `true` if there were too many requests or tokens (429).
    #[doc(alias = "rate limit")]
    pub fn is_rate_limited(&self) -> bool {
        self.means(&[429])
    }

    /// Returns `true` if the API is overloaded (529).
    pub fn is_overloaded(&self) -> bool {
        self.means(&[529])
    }

    /// Returns `true` if the API failed (500 and above, except overload and timeouts).
    pub fn is_server_error(&self) -> bool {
        let failed = self.as_api().is_some_and(|error| error.meaning() >= 500);
        failed && !self.is_overloaded() && !self.is_timeout()
    }

    /// Returns `true` if a response did not arrive in time, or a stream stalled.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout(_) | Kind::Stalled(_)) || self.means(&[408, 504])
    }

    /// Returns `true` if the connection failed or broke.
    pub fn is_connection(&self) -> bool {
        matches!(self.0.kind, Kind::Connection(_))
    }

    /// Returns `true` if a streamed response ended too early. [`partial`](Self::partial) returns the part that arrived.
    pub fn is_truncated(&self) -> bool {
        matches!(self.0.kind, Kind::Truncated(_) | Kind::Stalled(_))
    }

    /// Returns the attribute `error.type` of spans and metrics: the server's name for the error, or else the status, or
    /// else a name for the kind of the error. The names are those of the official SDKs.
    pub(crate) fn trace_type(&self) -> Cow<'_, str> {
        if let Some(name) = self.error_type() {
            // The server chooses the name, and metrics are grouped by it.
            return Cow::Borrowed(capped(name, 64).0);
        }
        if let Some(status) = self.status().filter(|status| !(200..300).contains(status)) {
            return Cow::Owned(status.to_string());
        }
        Cow::Borrowed(match &self.0.kind {
            Kind::Timeout(_) | Kind::Stalled(_) => "client_timeout_error",
            Kind::Connection(_) => "connection_error",
            Kind::Truncated(_) | Kind::Unreadable { .. } | Kind::Api(_) => "api_error",
            Kind::Misuse(_) | Kind::Drift(_) => "client_error",
            Kind::Aborted(_) => "aborted",
            Kind::Journal(_) => "journal_error",
            _ => "_OTHER",
        })
    }

    /// Returns `true` if the error means one of these statuses.
    fn means(&self, statuses: &[u16]) -> bool {
        self.as_api().is_some_and(|error| statuses.contains(&error.meaning()))
    }

    /// Returns `true` if the API refused the credentials themselves: with 401, or on AWS with 403 and a name that says
    /// that they have expired.
    pub(crate) fn refuses_credentials(&self) -> bool {
        self.means(&[401]) || self.error_type().is_some_and(|kind| kind.starts_with("ExpiredToken"))
    }

    /// Returns `true` if the same request may succeed when it is sent again.
    pub(crate) fn may_pass(&self) -> bool {
        let passes = |status: u16| matches!(status, 408 | 409 | 429) || status >= 500;
        match self.as_api() {
            Some(error) => passes(error.status) || passes(error.meaning()),
            None => self.is_connection() || self.is_timeout() || self.is_truncated(),
        }
    }
}
