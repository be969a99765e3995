//! [`Failure`]: the reason that a request has no result. The texts of `rmcp` contain names of types and whole URLs, so
//! none of them is used.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use rmcp::model::ErrorData;
use rmcp::service::ServiceError;

use super::connection::Connection;
use crate::error::Error;
use crate::text::clean_line;

/// The reason that a request has no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request did not reach the server, so it can be repeated.
    NotSent(String),
    /// The connection ended while the server worked on the request.
    Died,
    /// The request failed on its way, and it is not known whether the server has worked on it.
    Broken(String),
    /// The server requires a sign-in.
    Unauthorized,
    /// The server answered with an error.
    Server(ErrorData),
    /// The server did not answer in time.
    Timeout { after: Duration, in_all: bool },
}

impl Failure {
    pub(crate) fn of(error: ServiceError) -> Self {
        match error {
            ServiceError::McpError(error) => Self::Server(error),
            ServiceError::TransportSend(error) => match of_transport(&*error.error) {
                TransportCause::Unauthorized => Self::Unauthorized,
                cause @ (TransportCause::Connect(_) | TransportCause::Expired | TransportCause::Io) => {
                    Self::NotSent(cause.to_string())
                }
                cause => Self::Broken(cause.to_string()),
            },
            ServiceError::TransportClosed => Self::Died,
            ServiceError::Cancelled { reason } => Self::Broken(match reason {
                Some(reason) => format!("the request was cancelled: {}", clean_line(&reason, 200)),
                None => "the request was cancelled".into(),
            }),
            _ => Self::Broken("the answer does not follow the protocol".into()),
        }
    }
}

/// The reason that a transport did not deliver a message.
#[derive(Debug)]
#[cfg_attr(not(feature = "http"), allow(dead_code))] // Pipes know one cause only.
pub(crate) enum TransportCause {
    Unauthorized,
    /// The sign-in does not allow the request.
    Forbidden,
    Status(u16),
    /// The session of the server has ended.
    Expired,
    /// No connection was made.
    Connect(String),
    /// The pipe to the server is closed.
    Io,
    Other(String),
}

impl fmt::Display for TransportCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("it requires a sign-in"),
            Self::Forbidden => f.write_str("it refuses the request: the token does not have the rights for it"),
            Self::Status(status) => write!(f, "it answered with HTTP status {status}"),
            Self::Expired => f.write_str("its session has ended"),
            Self::Connect(why) => write!(f, "no connection: {why}"),
            Self::Io => f.write_str("it does not read what is sent"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

/// Finds the cause in the sources of an error.
pub(crate) fn of_transport(error: &(dyn StdError + 'static)) -> TransportCause {
    let mut current = Some(error);
    while let Some(error) = current {
        #[cfg(feature = "http")]
        if let Some(cause) = super::http_error::cause(error) {
            return cause;
        }
        if error.is::<io::Error>() {
            return TransportCause::Io;
        }
        current = error.source();
    }
    TransportCause::Other("the message was not delivered".into())
}

impl Failure {
    /// Returns the error for the program. `what` is the method of the request, or a text that tells what was asked for.
    pub(crate) async fn error(self, connection: &Connection, server: &str, what: &str) -> Error {
        let server = format!("the server \"{server}\"");
        match self {
            Self::NotSent(why) => Error::closed(format!("{server} cannot be reached for {what}: {why}")),
            Self::Died => {
                let why = connection.life().epitaph().await;
                Error::closed(format!("{server} died before it answered {what}: {why}"))
            }
            Self::Broken(why) => Error::protocol(format!("{server} did not answer {what}: {why}")),
            Self::Unauthorized => Error::start(format!("{server} requires a sign-in for {what}")),
            Self::Server(error) => {
                let (code, message) = (error.code.0, clean_line(&error.message, 1000));
                Error::server(format!("{server} answered {what} with error {code}: {message}"))
            }
            Self::Timeout { after, .. } => Error::timeout(format!("{server} did not answer {what} within {after:?}")),
        }
    }
}
