//! What an [`Error`] says of itself.

use std::time::Duration;

use super::api_error::ApiError;
use super::error::{Error, Kind};

impl Error {
    fn as_api(&self) -> Option<&ApiError> {
        match &self.0.kind {
            Kind::Api(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the HTTP status of a response that reported an error or could not be read.
    ///
    /// It is 200 for an error inside a stream, and for one that a gateway sent as if it were a success: `is_overloaded`
    /// and the other predicates go by what the error says of itself, and by the status only if it says nothing.
    pub fn status(&self) -> Option<u16> {
        self.as_api().map(|error| error.status).or(self.0.status)
    }

    /// Returns the server's name for the error: `invalid_request_error`, `overloaded_error`, …
    ///
    /// Servers that are like the API have names of their own.
    pub fn error_type(&self) -> Option<&str> {
        self.as_api()?.kind.as_deref()
    }

    /// Returns the server's finer name for the error, if it gives one: `error.details.error_code`, or `error.code` in the
    /// form of other servers.
    pub fn error_code(&self) -> Option<&str> {
        self.as_api()?.code.as_deref()
    }

    /// What the API said, in its words; the whole body where it was not in the API's form.
    pub fn message(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Api(error) => Some(&error.message),
            Kind::Unreadable { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns the id under which the API knows the request; its support asks for it.
    ///
    /// It comes from the header `request-id`, from one with a similar name (`x-request-id`), or from the body.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref().or_else(|| self.as_api()?.request_id.as_deref())
    }

    /// Returns how long the server asks to wait before the next attempt, unshortened.
    ///
    /// A client waits up to 60 seconds by itself. If the server asks for more, the request fails at once with this error.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The call itself was wrong, or a file that it names cannot be read; nothing was sent.
    pub fn is_misuse(&self) -> bool {
        matches!(self.0.kind, Kind::Misuse(_))
    }

    /// A value is not of the type that was asked for.
    pub fn is_mismatch(&self) -> bool {
        matches!(self.0.kind, Kind::Mismatch(_))
    }

    /// The model refused, where a value was asked for; [`partial`](Self::partial) has its response.
    pub fn is_refusal(&self) -> bool {
        matches!(self.0.kind, Kind::Refused(_))
    }

    /// A response was cut at `max_tokens`, or at the end of the context window, where a value was asked for;
    /// [`partial`](Self::partial) has it.
    pub fn is_incomplete(&self) -> bool {
        matches!(self.0.kind, Kind::Incomplete(_))
    }

    /// A tool ended the run ([`ToolError::abort`](crate::ToolError::abort)); the source is what it said.
    pub fn is_aborted(&self) -> bool {
        matches!(self.0.kind, Kind::Aborted(_))
    }

    /// The program cancelled a loop before its first response ([`ToolLoop::cancel_on`](crate::chat::ToolLoop::cancel_on)).
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0.kind, Kind::Cancelled(_))
    }

    /// The API refused the request as it is; sent again it would be refused again (400, 413, 422).
    pub fn is_invalid_request(&self) -> bool {
        self.means(&[400, 413, 422])
    }

    /// The conversation is too long for the model: shorten it, or take a model with a larger context window.
    pub fn is_context_exceeded(&self) -> bool {
        // The API has no code of its own for it.
        self.is_invalid_request()
            && self.message().is_some_and(|message| {
                message.starts_with("prompt is too long") || message.contains("exceed context limit")
            })
    }

    /// The API refused the credentials (401), or what they may do (403).
    pub fn is_authentication(&self) -> bool {
        self.means(&[401, 403])
    }

    /// The account cannot pay (402).
    pub fn is_billing(&self) -> bool {
        self.means(&[402])
    }

    /// There is no such model, file or address (404).
    pub fn is_not_found(&self) -> bool {
        self.means(&[404])
    }

    /// Too many requests or tokens (429).
    pub fn is_rate_limited(&self) -> bool {
        self.means(&[429])
    }

    /// The API is overloaded (529).
    pub fn is_overloaded(&self) -> bool {
        self.means(&[529])
    }

    /// The API failed (500 and above, but for overload and timeouts).
    pub fn is_server_error(&self) -> bool {
        let failed = self.as_api().is_some_and(|error| error.meaning() >= 500);
        failed && !self.is_overloaded() && !self.is_timeout()
    }

    /// No answer came in time, or a stream stalled.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout(_) | Kind::Stalled(_)) || self.means(&[408, 504])
    }

    /// The connection could not be made, or broke.
    pub fn is_connection(&self) -> bool {
        matches!(self.0.kind, Kind::Connection(_))
    }

    /// A streamed response ended too early; [`partial`](Self::partial) has what there is.
    pub fn is_truncated(&self) -> bool {
        matches!(self.0.kind, Kind::Truncated(_) | Kind::Stalled(_))
    }

    /// Whether the error stands for one of these statuses, by its name or else by its status.
    fn means(&self, statuses: &[u16]) -> bool {
        self.as_api().is_some_and(|error| statuses.contains(&error.meaning()))
    }

    /// Whether the API refused the credentials themselves (401).
    pub(crate) fn refuses_credentials(&self) -> bool {
        self.means(&[401])
    }

    /// Whether the same request may succeed if it is sent again.
    pub(crate) fn may_pass(&self) -> bool {
        let passes = |status: u16| matches!(status, 408 | 409 | 429) || status >= 500;
        match self.as_api() {
            Some(error) => passes(error.status) || passes(error.meaning()),
            None => self.is_connection() || self.is_timeout() || self.is_truncated(),
        }
    }
}
