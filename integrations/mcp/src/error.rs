//! [`Error`]: the reason that a server cannot be used, and the remedy.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// A result with the [`Error`] of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason that an MCP server cannot be connected, asked or offered.
///
/// An error of a *tool call* is not an `Error`: the model reads it as the result of the call. The text names the server
/// and the remedy. It contains no value of `env` or of a header, and of a URL neither the query nor the user.
///
/// `?` converts it to a [`claudette::Error`], so both work in one function.
///
/// ```
/// use claudette_mcp::Error;
///
/// fn start() -> claudette::Result<()> {
///     connect()?;
///     Ok(())
/// }
/// # fn connect() -> Result<(), Error> { Ok(()) }
/// # start().unwrap();
/// ```
#[derive(Clone)]
pub struct Error {
    kind: Kind,
    text: Box<str>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Misuse,
    Config,
    Start,
    Protocol,
    Timeout,
    Closed,
    Server,
    Drift,
}

// Not every combination of features uses every kind.
#[allow(dead_code)]
impl Error {
    #[cold]
    fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into().into(), source: None }
    }

    /// Returns the error of a setting or a call that is not valid. Nothing was started or sent.
    pub(crate) fn misuse(text: impl Into<String>) -> Self {
        Self::new(Kind::Misuse, text)
    }

    /// Returns the error of a configuration file.
    pub(crate) fn config(text: impl Into<String>) -> Self {
        Self::new(Kind::Config, text)
    }

    /// Returns the error of a process that does not start or a connection that is not established.
    pub(crate) fn start(text: impl Into<String>) -> Self {
        Self::new(Kind::Start, text)
    }

    /// Returns the error of a peer that does not follow the protocol.
    pub(crate) fn protocol(text: impl Into<String>) -> Self {
        Self::new(Kind::Protocol, text)
    }

    /// Returns the error of a peer that did not answer in time.
    pub(crate) fn timeout(text: impl Into<String>) -> Self {
        Self::new(Kind::Timeout, text)
    }

    /// Returns the error of a connection that has ended.
    pub(crate) fn closed(text: impl Into<String>) -> Self {
        Self::new(Kind::Closed, text)
    }

    /// Returns the error that a server answered with.
    pub(crate) fn server(text: impl Into<String>) -> Self {
        Self::new(Kind::Server, text)
    }

    /// Returns the error of a definition that has changed since it was approved.
    pub(crate) fn drift(text: impl Into<String>) -> Self {
        Self::new(Kind::Drift, text)
    }

    /// Adds the cause.
    #[must_use]
    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// Returns `true` if a setting or a call of the program is not valid. Nothing was started or sent.
    pub fn is_misuse(&self) -> bool {
        self.kind == Kind::Misuse
    }

    /// Returns `true` if a configuration file cannot be read or is not valid.
    pub fn is_config(&self) -> bool {
        self.kind == Kind::Config
    }

    /// Returns `true` if a process did not start, or a connection was not established or has ended.
    pub fn is_connection(&self) -> bool {
        matches!(self.kind, Kind::Start | Kind::Closed)
    }

    /// Returns `true` if the peer does not follow the protocol.
    pub fn is_protocol(&self) -> bool {
        self.kind == Kind::Protocol
    }

    /// Returns `true` if the peer did not answer in time.
    pub fn is_timeout(&self) -> bool {
        self.kind == Kind::Timeout
    }

    /// Returns `true` if the server answered with an error.
    pub fn is_server(&self) -> bool {
        self.kind == Kind::Server
    }

    /// Returns `true` if the definition of a tool has changed since it was approved.
    pub fn is_drift(&self) -> bool {
        self.kind == Kind::Drift
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("text", &self.text)
            .field("source", &self.source.as_ref().map(ToString::to_string))
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<Error> for claudette::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_to_the_error_of_the_library() {
        let error = Error::start("the server `x` does not start").caused_by("no such file");
        assert!(error.is_connection() && !error.is_misuse());
        let converted = claudette::Error::from(error);
        let source = converted.source().unwrap();
        assert_eq!(source.to_string(), "the server `x` does not start");
        assert_eq!(source.source().unwrap().to_string(), "no such file");
    }
}
