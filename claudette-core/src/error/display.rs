//! `Display` and `Debug` of [`Error`]: the message, its causes and a remedy.

use std::error::Error as StdError;
use std::fmt;

use super::error::{Error, Kind};
use crate::display::Plain;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.host.as_ref().map(|host| &*host.name);
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
            | Kind::Stalled(what)
            | Kind::Journal(what)
            | Kind::Drift(what) => write!(f, "{}", Plain::lines(what))?,
            Kind::Other => f.write_str("the program's own code failed")?,
            Kind::Api(error) => error.write(host.unwrap_or("the API"), f)?,
            Kind::Unreadable { what, text } => {
                write!(f, "{}", Plain::lines(what))?;
                if !text.trim().is_empty() {
                    write!(f, ": {}", Plain::line(text.trim()))?;
                }
            }
        }
        if let Some(host) = host.filter(|_| !matches!(self.0.kind, Kind::Api(_))) {
            write!(f, " ({host})")?;
        }
        if let Some(wait) = self.0.retry_after {
            write!(f, "; the server asks clients to wait {wait:?} before the next attempt")?;
        }
        match self.request_id() {
            Some(id) => write!(f, " (request id {})", Plain::line(id)),
            None => Ok(()),
        }
    }
}

/// Prints a report, because a `main` that returns an error prints its `Debug` form: the message, the causes, and a
/// remedy if one is known. It never shows a whole body or response.
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

/// The maximum number of causes in a report: a longer chain is a cycle.
const MOST_CAUSES: usize = 32;

impl Error {
    /// Returns what the program or its user can do about the error, if that is known and not part of the message.
    fn remedy(&self) -> Option<&'static str> {
        if let Some(remedy) = self.0.host.as_ref().and_then(|host| host.remedy) {
            return Some(remedy);
        }
        Some(match &self.0.kind {
            Kind::Connection(_) => "check the network, the base URL and the proxy variables (HTTPS_PROXY, NO_PROXY)",
            Kind::Timeout(_) => "stream the response, or raise `timeout(..)`",
            Kind::Api(_) if self.is_context_exceeded() => {
                "shorten the conversation, or use a model with a larger context window"
            }
            Kind::Api(error) => match error.meaning() {
                401 | 403 if self.0.host.is_some() => "check the credentials of the host, and what they permit",
                401 => "check the key, which is set by `.api_key(..)` or the environment variable ANTHROPIC_API_KEY",
                402 => "add credit to the account that the key belongs to",
                403 => "check what the key is allowed to do: its workspace, the model, the feature",
                404 => "check the name of the model (`client.models()` lists all names) and the base URL",
                429 if self.0.retry_after.is_none() => "send fewer requests at once, or raise `max_retries(..)`",
                529 => "try again later, or raise `max_retries(..)`",
                _ => return None,
            },
            _ => return None,
        })
    }
}
