//! [`Error`]: what can go wrong between the caller and the API.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::messages::Response;

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
/// # use claudette::testing::{Reply, StandIn};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = StandIn::start().await?;
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
    request_id: Option<String>,
    retry_after: Option<Duration>,
    partial: Option<Response>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Debug)]
enum Kind {
    Misuse(String),
    Mismatch(String),
    Aborted(String),
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

    /// No connection, or one that broke.
    pub(crate) fn connection(what: impl Into<String>) -> Self {
        Self::new(Kind::Connection(what.into()))
    }

    /// No answer in time.
    pub(crate) fn timeout(what: impl Into<String>) -> Self {
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

    /// A tool ended the run.
    pub(crate) fn aborted(tool: &str, source: Arc<dyn StdError + Send + Sync>) -> Self {
        Self::new(Kind::Aborted(format!("the tool `{tool}` aborted the run"))).caused_by(Shared(source))
    }

    fn new(kind: Kind) -> Self {
        Self(Box::new(Inner { kind, request_id: None, retry_after: None, partial: None, source: None }))
    }

    /// Keeps what had come of the reply.
    pub(crate) fn after(mut self, partial: Option<Response>) -> Self {
        self.0.partial = partial;
        self
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
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

    /// The HTTP status of an error that the API reported; 200 for one that came inside a stream.
    pub fn status(&self) -> Option<u16> {
        self.as_api().map(|error| error.status)
    }

    /// The API's name for the error: `invalid_request_error`, `overloaded_error`, …
    pub fn error_type(&self) -> Option<&str> {
        self.as_api()?.kind.as_deref()
    }

    /// The API's finer name for the error (`error.details.error_code`), where it gives one.
    pub fn error_code(&self) -> Option<&str> {
        self.as_api()?.details.get("error_code")?.as_str()
    }

    /// What the API said, in its words; the whole body where it was not in the API's form.
    pub fn message(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Api(error) => Some(&error.message),
            Kind::Unreadable { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The id under which the API knows the request; its support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref().or_else(|| self.as_api()?.request_id.as_deref())
    }

    /// How long the server asks to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The reply as far as it had come before its stream failed; or the one that is not what was asked for.
    pub fn partial(&self) -> Option<&Response> {
        self.0.partial.as_ref()
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

    /// The API refused the request as it is; sent again it would be refused again (400, 413, 422).
    pub fn is_invalid_request(&self) -> bool {
        self.is("invalid_request_error", &[400, 422]) || self.is("request_too_large", &[413])
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
        self.is("authentication_error", &[401]) || self.is("permission_error", &[403])
    }

    /// The account cannot pay (402).
    pub fn is_billing(&self) -> bool {
        self.is("billing_error", &[402])
    }

    /// There is no such model, file or address (404).
    pub fn is_not_found(&self) -> bool {
        self.is("not_found_error", &[404])
    }

    /// Too many requests or tokens (429).
    pub fn is_rate_limited(&self) -> bool {
        self.is("rate_limit_error", &[429])
    }

    /// The API is overloaded (529).
    pub fn is_overloaded(&self) -> bool {
        self.is("overloaded_error", &[529])
    }

    /// The API failed (500 and above, but for overload and timeouts).
    pub fn is_server_error(&self) -> bool {
        let failed = self.status().is_some_and(|status| status >= 500) || self.error_type() == Some("api_error");
        failed && !self.is_overloaded() && !self.is_timeout()
    }

    /// No answer came in time, or a stream stalled.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout(_) | Kind::Stalled(_)) || self.is("timeout_error", &[408, 504])
    }

    /// The connection could not be made, or broke.
    pub fn is_connection(&self) -> bool {
        matches!(self.0.kind, Kind::Connection(_))
    }

    /// A streamed reply ended too early; [`partial`](Self::partial) has what there is.
    pub fn is_truncated(&self) -> bool {
        matches!(self.0.kind, Kind::Truncated(_) | Kind::Stalled(_))
    }

    /// Whether the API called the error this, or answered with one of these and gave it no name.
    fn is(&self, kind: &str, statuses: &[u16]) -> bool {
        match self.error_type() {
            Some(named) => named == kind,
            None => self.status().is_some_and(|status| statuses.contains(&status)),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Misuse(what)
            | Kind::Mismatch(what)
            | Kind::Aborted(what)
            | Kind::Refused(what)
            | Kind::Incomplete(what)
            | Kind::Connection(what)
            | Kind::Timeout(what)
            | Kind::Truncated(what)
            | Kind::Stalled(what) => f.write_str(what)?,
            Kind::Other => f.write_str("the program's own code failed")?,
            Kind::Api(error) => error.fmt(f)?,
            Kind::Unreadable { what, text } => {
                f.write_str(what)?;
                if !text.trim().is_empty() {
                    write!(f, ": {}", shorten(text.trim()))?;
                }
            }
        }
        match self.request_id() {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind);
        if let Some(id) = self.request_id() {
            out.field("request_id", &id);
        }
        if let Some(wait) = self.0.retry_after {
            out.field("retry_after", &wait);
        }
        if let Some(partial) = &self.0.partial {
            out.field("partial", partial);
        }
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
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

/// What the API says of an error.
#[derive(Debug, Default)]
struct ApiError {
    status: u16,
    kind: Option<String>,
    message: String,
    details: Map<String, Value>,
    request_id: Option<String>,
}

impl ApiError {
    /// Reads the API's form; anything else (a proxy's HTML page) is kept as text.
    fn read(status: u16, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Body {
            error: Fields,
            #[serde(default)]
            request_id: Option<String>,
        }
        #[derive(Deserialize)]
        struct Fields {
            r#type: Option<String>,
            #[serde(default)]
            message: String,
            #[serde(default)]
            details: Option<Map<String, Value>>,
        }
        match serde_json::from_slice::<Body>(body) {
            Ok(Body { error, request_id }) => Self {
                status,
                kind: error.r#type,
                message: error.message,
                details: error.details.unwrap_or_default(),
                request_id,
            },
            Err(_) => Self { status, message: String::from_utf8_lossy(body).into_owned(), ..Self::default() },
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            // The status of the stream that carried the error says nothing about it.
            200 => f.write_str("the API broke off its reply")?,
            status => write!(f, "the API answered {status}")?,
        }
        if let Some(kind) = &self.kind {
            write!(f, " {kind}")?;
        }
        match self.message.trim() {
            "" => Ok(()),
            message => write!(f, ": {}", shorten(message)),
        }
    }
}

/// A text that fits into a log line; [`Error::message`] has all of it.
fn shorten(text: &str) -> std::borrow::Cow<'_, str> {
    const MOST: usize = 1_000;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
