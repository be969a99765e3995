//! [`Error`]: what can go wrong between the caller and the API.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::api_error::ApiError;

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
pub struct Error(pub(super) Box<Inner>);

pub(super) struct Inner {
    pub(super) kind: Kind,
    /// The HTTP status of a response that could not be read.
    pub(super) status: Option<u16>,
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) partial: Option<Box<dyn Any + Send + Sync>>,
    pub(super) source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Clone)]
pub(super) enum Kind {
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
    #[cold]
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Kind::Other).caused_by(error)
    }

    /// The caller asked for what cannot be sent.
    #[cold]
    pub(crate) fn misuse(what: impl Into<String>) -> Self {
        Self::new(Kind::Misuse(what.into()))
    }

    /// The API answered with an error status; `body` is what it said.
    #[cold]
    pub(crate) fn api(status: u16, body: &[u8]) -> Self {
        Self::new(Kind::Api(ApiError::read(status, body)))
    }

    /// The error that the body of a response reports, if it reports one.
    #[cold]
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
    #[cold]
    pub fn connection(what: impl Into<String>) -> Self {
        Self::new(Kind::Connection(what.into()))
    }

    /// Returns the error of a response that did not come in time. The client retries after it.
    #[cold]
    pub fn timeout(what: impl Into<String>) -> Self {
        Self::new(Kind::Timeout(what.into()))
    }

    /// A successful answer that is no Messages API answer.
    #[cold]
    pub(crate) fn unreadable(what: impl Into<String>, text: &[u8]) -> Self {
        Self::new(Kind::Unreadable { what: what.into(), text: String::from_utf8_lossy(text).into_owned() })
    }

    /// A stream that ended before its response did.
    #[cold]
    pub(crate) fn truncated(what: impl Into<String>) -> Self {
        Self::new(Kind::Truncated(what.into()))
    }

    /// A stream that is open, and says nothing any more.
    #[cold]
    pub(crate) fn stalled(what: impl Into<String>) -> Self {
        Self::new(Kind::Stalled(what.into()))
    }

    /// A value that is there, and of another type.
    #[cold]
    pub(crate) fn mismatch(what: impl Into<String>) -> Self {
        Self::new(Kind::Mismatch(what.into()))
    }

    /// The model refused, where a value was asked for.
    #[cold]
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::new(Kind::Refused(what.into()))
    }

    /// A response that ended too early, where a value was asked for.
    #[cold]
    pub(crate) fn incomplete(what: impl Into<String>) -> Self {
        Self::new(Kind::Incomplete(what.into()))
    }

    /// The program cancelled what it had begun.
    #[cold]
    pub(crate) fn cancelled(what: impl Into<String>) -> Self {
        Self::new(Kind::Cancelled(what.into()))
    }

    /// A tool ended the run.
    #[cold]
    pub(crate) fn aborted(tool: &str, source: Arc<dyn StdError + Send + Sync>) -> Self {
        Self::new(Kind::Aborted(format!("the tool `{tool}` aborted the run"))).caused_by(Shared(source))
    }

    #[cold]
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
    #[cold]
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
}

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
