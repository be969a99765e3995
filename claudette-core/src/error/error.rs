//! [`Error`]: what can go wrong between the caller and the API.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::api_error::ApiError;
use crate::display::Plain;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Misuse, or a failure of the API or of the way to it.
///
/// A tool that fails is no `Error`: the model is told and may do better.
///
/// The text names what failed; [`source`](StdError::source) has the cause where there is one, and neither repeats the
/// other. No credential is ever in it.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// let error = claude.client("claude-nonsense-9").send("Hello").await.unwrap_err();
/// assert_eq!(error.status(), Some(404));
/// assert_eq!(error.error_type(), Some("not_found_error"));
/// assert!(error.to_string().starts_with("the API answered 404 not_found_error: model: claude-nonsense-9"));
///
/// let error = claude.client("claude-sonnet-5-5").send("").await.unwrap_err();
/// assert!(error.is_misuse());
/// # Ok(())
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    /// The HTTP status of a response that could not be read.
    status: Option<u16>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    partial: Option<Box<dyn Any + Send + Sync>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Clone)]
enum Kind {
    Misuse(String),
    Mismatch(String),
    Aborted(String),
    Cancelled(String),
    Refused(String),
    Incomplete(String),
    Other,
    Api(ApiError),
    Connection(String),
    Timeout(String),
    Unreadable { what: String, text: String },
    Truncated(String),
    Stalled(String),
}

impl Error {
    /// An error of the program's own: what a [`Hook`](crate::Hook) ends a loop with, or a
    /// [`Transport`](crate::Transport) fails with. It is the source.
    ///
    /// ```
    /// use std::error::Error as _;
    ///
    /// let error = claudette::Error::other("the till is locked");
    /// assert_eq!(error.source().unwrap().to_string(), "the till is locked");
    /// ```
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Kind::Other).caused_by(error)
    }

    /// The caller asked for what cannot be sent.
    pub(crate) fn misuse(what: impl Into<String>) -> Self {
        Self::new(Kind::Misuse(what.into()))
    }

    /// The API answered with an error status; `body` is what it said.
    pub(crate) fn api(status: u16, body: &[u8]) -> Self {
        Self::new(Kind::Api(ApiError::read(status, body)))
    }

    /// The error that the body of a response reports, if it reports one.
    pub(crate) fn reported(status: u16, body: &[u8]) -> Option<Self> {
        ApiError::find(status, body).map(|error| Self::new(Kind::Api(error)))
    }

    /// Returns the error of a connection that could not be made, or that broke. The client retries after it.
    ///
    /// A [`Transport`](crate::Transport) returns it if no response came.
    ///
    /// ```
    /// use std::io;
    ///
    /// let cause = io::Error::from(io::ErrorKind::ConnectionRefused);
    /// let error = claudette::Error::connection("the gateway could not be reached").caused_by(cause);
    /// assert!(error.is_connection());
    /// ```
    pub fn connection(what: impl Into<String>) -> Self {
        Self::new(Kind::Connection(what.into()))
    }

    /// Returns the error of a response that did not come in time. The client retries after it.
    pub fn timeout(what: impl Into<String>) -> Self {
        Self::new(Kind::Timeout(what.into()))
    }

    /// A successful answer that is no Messages API answer.
    pub(crate) fn unreadable(what: impl Into<String>, text: &[u8]) -> Self {
        Self::new(Kind::Unreadable { what: what.into(), text: String::from_utf8_lossy(text).into_owned() })
    }

    /// A stream that ended before its reply did.
    pub(crate) fn truncated(what: impl Into<String>) -> Self {
        Self::new(Kind::Truncated(what.into()))
    }

    /// A stream that is open, and says nothing any more.
    pub(crate) fn stalled(what: impl Into<String>) -> Self {
        Self::new(Kind::Stalled(what.into()))
    }

    /// A value that is there, and of another type.
    pub(crate) fn mismatch(what: impl Into<String>) -> Self {
        Self::new(Kind::Mismatch(what.into()))
    }

    /// The model refused, where a value was asked for.
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::new(Kind::Refused(what.into()))
    }

    /// A reply that ended too early, where a value was asked for.
    pub(crate) fn incomplete(what: impl Into<String>) -> Self {
        Self::new(Kind::Incomplete(what.into()))
    }

    /// The program cancelled what it had begun.
    pub(crate) fn cancelled(what: impl Into<String>) -> Self {
        Self::new(Kind::Cancelled(what.into()))
    }

    /// A tool ended the run.
    pub(crate) fn aborted(tool: &str, source: Arc<dyn StdError + Send + Sync>) -> Self {
        Self::new(Kind::Aborted(format!("the tool `{tool}` aborted the run"))).caused_by(Shared(source))
    }

    fn new(kind: Kind) -> Self {
        Self(Box::new(Inner { kind, status: None, request_id: None, retry_after: None, partial: None, source: None }))
    }

    /// Keeps what had come before it failed, which only a higher room knows.
    pub(crate) fn with_partial(mut self, partial: impl Any + Send + Sync) -> Self {
        self.0.partial = Some(Box::new(partial));
        self
    }

    /// What had come before it failed.
    pub(crate) fn partial_as<T: Any>(&self) -> Option<&T> {
        self.0.partial.as_ref()?.downcast_ref()
    }

    /// Sets the cause, which [`source`](StdError::source) returns.
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns the same error for another caller that waited for the same result.
    pub(crate) fn again(self: &Arc<Self>) -> Self {
        let Inner { kind, status, request_id, retry_after, source, .. } = &*self.0;
        Self(Box::new(Inner {
            kind: kind.clone(),
            status: *status,
            request_id: request_id.clone(),
            retry_after: *retry_after,
            partial: None,
            source: source.as_ref().map(|_| Box::new(SourceOf(self.clone())) as _),
        }))
    }

    /// Keeps the HTTP status of a response that could not be read.
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        if matches!(self.0.kind, Kind::Unreadable { .. }) {
            self.0.status = Some(status);
        }
        self
    }

    /// Fills in what the response headers say.
    pub(crate) fn answered(mut self, request_id: Option<&str>, retry_after: Option<Duration>) -> Self {
        if let Some(id) = request_id {
            self.0.request_id = Some(id.to_owned());
        }
        self.0.retry_after = retry_after;
        self
    }

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

    /// The model refused, where a value was asked for; [`partial`](Self::partial) has its reply.
    pub fn is_refusal(&self) -> bool {
        matches!(self.0.kind, Kind::Refused(_))
    }

    /// A reply was cut at `max_tokens`, or at the end of the context window, where a value was asked for;
    /// [`partial`](Self::partial) has it.
    pub fn is_incomplete(&self) -> bool {
        matches!(self.0.kind, Kind::Incomplete(_))
    }

    /// A tool ended the run ([`ToolError::abort`](crate::ToolError::abort)); the source is what it said.
    pub fn is_aborted(&self) -> bool {
        matches!(self.0.kind, Kind::Aborted(_))
    }

    /// The program cancelled a loop before its first response ([`ToolLoop::cancel_on`](crate::ToolLoop::cancel_on)).
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

    /// A streamed reply ended too early; [`partial`](Self::partial) has what there is.
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

    /// What the program or its user can do about it, where that is known and the text does not say it.
    fn remedy(&self) -> Option<&'static str> {
        Some(match &self.0.kind {
            Kind::Connection(_) => "check the network, the base URL and the proxy variables (HTTPS_PROXY, NO_PROXY)",
            Kind::Timeout(_) => "stream the response, or raise `timeout(..)`",
            Kind::Api(_) if self.is_context_exceeded() => {
                "shorten the conversation, or use a model with a larger context window"
            }
            Kind::Api(error) => match error.meaning() {
                401 => "check the key: `.api_key(..)`, or else the environment variable ANTHROPIC_API_KEY",
                402 => "add credit to the account that the key belongs to",
                403 => "check what the key is allowed to do: its workspace, the model, the feature",
                404 => "check the name of the model (`client.models()` lists them all) and the base URL",
                429 if self.0.retry_after.is_none() => "send fewer requests at once, or raise `max_retries(..)`",
                529 => "try again later, or raise `max_retries(..)`",
                _ => return None,
            },
            _ => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Misuse(what)
            | Kind::Mismatch(what)
            | Kind::Aborted(what)
            | Kind::Cancelled(what)
            | Kind::Refused(what)
            | Kind::Incomplete(what)
            | Kind::Connection(what)
            | Kind::Timeout(what)
            | Kind::Truncated(what)
            | Kind::Stalled(what) => write!(f, "{}", Plain::lines(what))?,
            Kind::Other => f.write_str("the program's own code failed")?,
            Kind::Api(error) => error.fmt(f)?,
            Kind::Unreadable { what, text } => {
                write!(f, "{}", Plain::lines(what))?;
                if !text.trim().is_empty() {
                    write!(f, ": {}", Plain::line(text.trim()))?;
                }
            }
        }
        if let Some(wait) = self.0.retry_after {
            write!(f, "; the server asks to wait {wait:?} before the next attempt")?;
        }
        match self.request_id() {
            Some(id) => write!(f, " (request id {})", Plain::line(id)),
            None => Ok(()),
        }
    }
}

/// Reads like a report, because a `main` that returns an error prints it: the message, its causes, and a remedy where one
/// is known. Never shows a whole body or response.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let causes = std::iter::successors(self.source(), |cause| StdError::source(*cause)).take(MOST_CAUSES);
        for (place, cause) in causes.enumerate() {
            if place == 0 {
                f.write_str("\n\nCaused by:")?;
            }
            let cause = cause.to_string();
            write!(f, "\n    {place}: {}", Plain::lines(&cause))?;
        }
        match self.remedy() {
            Some(remedy) => write!(f, "\n\nHelp: {remedy}"),
            None => Ok(()),
        }
    }
}

/// A chain that goes on is a circle.
const MOST_CAUSES: usize = 32;

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// An error that others hold as well.
#[derive(Debug)]
struct Shared(Arc<dyn StdError + Send + Sync>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Shared {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// The source of an error that others hold as well.
#[derive(Debug)]
struct SourceOf(Arc<Error>);

impl fmt::Display for SourceOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source().map_or(Ok(()), |source| fmt::Display::fmt(source, f))
    }
}

impl StdError for SourceOf {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()?.source()
    }
}
