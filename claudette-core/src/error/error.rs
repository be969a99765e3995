//! [`Error`]: misuse, and failures of the API or of the connection to it.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::api_error::ApiError;

/// A `Result` whose error type is [`Error`] by default.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this library: misuse, a failure of the API or of the connection to it, or an error of the program's own.
///
/// A tool that fails does not cause an `Error`: the model receives the failure as a tool result and can correct itself.
///
/// The message names what failed, and [`source`](StdError::source) returns the cause if there is one. Neither repeats
/// the other. An error never shows a credential. `Debug` prints a report: the message, the causes and, if one is known,
/// a remedy.
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
    /// The HTTP status, if the response could not be read.
    pub(super) status: Option<u16>,
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) partial: Option<Box<dyn Any + Send + Sync>>,
    pub(super) source: Option<Box<dyn StdError + Send + Sync>>,
    /// The host, if it is not the API of Anthropic.
    pub(super) host: Option<ErrorHost>,
}

/// The host of the request that failed.
#[derive(Clone)]
pub(crate) struct ErrorHost {
    pub(crate) name: String,
    pub(crate) remedy: Option<&'static str>,
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
    Journal(String),
    Drift(String),
}

impl Error {
    /// Returns an error of the program's own, for example from a [`Hook`](crate::Hook) that ends a loop or from a
    /// [`Transport`](crate::Transport). The given error becomes the source.
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

    /// Returns the error of a request or a setting that is not valid. Nothing was sent.
    ///
    /// Packages that build on this library return it for settings of their own.
    ///
    /// ```
    /// assert!(claudette::Error::misuse("no models: call `.models([..])`").is_misuse());
    /// ```
    #[cold]
    pub fn misuse(what: impl Into<String>) -> Self {
        Self::new(Kind::Misuse(what.into()))
    }

    /// Returns the error of a response with an error status and this body.
    #[cold]
    pub(crate) fn api(status: u16, body: &[u8]) -> Self {
        Self::new(Kind::Api(ApiError::read(status, body)))
    }

    /// Returns the error that the body of a response reports, if it reports one.
    #[cold]
    pub(crate) fn reported(status: u16, body: &[u8]) -> Option<Self> {
        ApiError::find(status, body).map(|error| Self::new(Kind::Api(error)))
    }

    /// Returns the error of a connection that failed or broke. The client retries the request.
    ///
    /// A [`Transport`](crate::Transport) returns it if it did not receive a response.
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

    /// Returns the error of a response that did not arrive in time. The client retries the request.
    ///
    /// ```
    /// let error = claudette::Error::timeout("the gateway did not answer within 5s");
    /// assert!(error.is_timeout() && !error.is_connection());
    /// ```
    #[cold]
    pub fn timeout(what: impl Into<String>) -> Self {
        Self::new(Kind::Timeout(what.into()))
    }

    /// Returns the error of a successful response that is not a response of the Messages API.
    #[cold]
    pub(crate) fn unreadable(what: impl Into<String>, text: &[u8]) -> Self {
        Self::new(Kind::Unreadable { what: what.into(), text: String::from_utf8_lossy(text).into_owned() })
    }

    /// Returns the error of a stream that ended before the response was complete.
    #[cold]
    pub(crate) fn truncated(what: impl Into<String>) -> Self {
        Self::new(Kind::Truncated(what.into()))
    }

    /// Returns the error of a stream that is open but sends nothing more.
    #[cold]
    pub(crate) fn stalled(what: impl Into<String>) -> Self {
        Self::new(Kind::Stalled(what.into()))
    }

    /// Returns the error of a [`Journal`](crate::journal::Journal) that could not read or store a step. The text should
    /// name the run, the step and a remedy.
    ///
    /// ```
    /// let error = claudette::Error::journal("the disk is full: the step `request#3` of run `order-7` was not stored");
    /// assert!(error.is_journal());
    /// ```
    #[cold]
    pub fn journal(what: impl Into<String>) -> Self {
        Self::new(Kind::Journal(what.into()))
    }

    /// Returns the error of a run that another program has begun.
    #[cold]
    pub(crate) fn drift(what: impl Into<String>) -> Self {
        Self::new(Kind::Drift(what.into()))
    }

    /// Returns the error of a value that is not of the requested type.
    #[cold]
    pub(crate) fn mismatch(what: impl Into<String>) -> Self {
        Self::new(Kind::Mismatch(what.into()))
    }

    /// Returns the error of a refusal in place of a requested value.
    #[cold]
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::new(Kind::Refused(what.into()))
    }

    /// Returns the error of a response that was cut off before the requested value was complete.
    #[cold]
    pub(crate) fn incomplete(what: impl Into<String>) -> Self {
        Self::new(Kind::Incomplete(what.into()))
    }

    /// Returns the error of a loop that the program cancelled.
    #[cold]
    pub(crate) fn cancelled(what: impl Into<String>) -> Self {
        Self::new(Kind::Cancelled(what.into()))
    }

    /// Returns the error of a run that a tool aborted.
    #[cold]
    pub(crate) fn aborted(tool: &str, source: Arc<dyn StdError + Send + Sync>) -> Self {
        Self::new(Kind::Aborted(format!("the tool `{tool}` aborted the run"))).caused_by(Shared(source))
    }

    #[cold]
    fn new(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            status: None,
            request_id: None,
            retry_after: None,
            partial: None,
            source: None,
            host: None,
        }))
    }

    /// Keeps the part of the response that had arrived. Its type belongs to a module that depends on this one.
    pub(crate) fn with_partial(mut self, partial: impl Any + Send + Sync) -> Self {
        self.0.partial = Some(Box::new(partial));
        self
    }

    /// Returns the part of the response that had arrived.
    pub(crate) fn partial_as<T: Any>(&self) -> Option<&T> {
        self.0.partial.as_ref()?.downcast_ref()
    }

    /// Sets the cause, which [`source`](StdError::source) then returns.
    #[cold]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns the same error for another caller that waited for the same result.
    pub(crate) fn again(self: &Arc<Self>) -> Self {
        let Inner { kind, status, request_id, retry_after, source, host, .. } = &*self.0;
        Self(Box::new(Inner {
            kind: kind.clone(),
            status: *status,
            request_id: request_id.clone(),
            retry_after: *retry_after,
            partial: None,
            host: host.clone(),
            source: source.as_ref().map(|_| Box::new(SourceOf(self.clone())) as _),
        }))
    }

    /// Keeps the host of the request, and what can be done about this error there.
    pub(crate) fn at_host(
        mut self,
        name: impl fmt::Display,
        remedy: impl FnOnce(&Self) -> Option<&'static str>,
    ) -> Self {
        if !matches!(self.0.kind, Kind::Misuse(_) | Kind::Other) && self.0.host.is_none() {
            let remedy = self.as_api().and_then(|_| remedy(&self));
            self.0.host = Some(ErrorHost { name: name.to_string(), remedy });
        }
        self
    }

    /// Sets the name of the error that a header of the response has, if the body does not have one.
    pub(crate) fn named(mut self, kind: &str) -> Self {
        if let Kind::Api(error) = &mut self.0.kind {
            error.kind.get_or_insert_with(|| kind.to_owned());
        }
        self
    }

    /// Keeps the HTTP status of a response that could not be read.
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        if matches!(self.0.kind, Kind::Unreadable { .. }) {
            self.0.status = Some(status);
        }
        self
    }

    /// Adds the request id and the delay from the response headers.
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

/// An error that other owners share.
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

/// The source of an error that other owners share.
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
