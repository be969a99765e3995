//! Reads the errors of the HTTP transport. Their own texts contain URLs, whose queries can be secret.

use std::error::Error as StdError;

use rmcp::transport::streamable_http_client::{
    AuthRequiredError, HttpStatusError, InsufficientScopeError, StreamableHttpError,
};

use super::failure::TransportCause;
use crate::text::clean_line;

/// Returns the cause if this error is one of the HTTP transport.
pub(crate) fn cause(error: &(dyn StdError + 'static)) -> Option<TransportCause> {
    if error.is::<AuthRequiredError>() {
        return Some(TransportCause::Unauthorized);
    }
    if error.is::<InsufficientScopeError>() {
        return Some(TransportCause::Forbidden);
    }
    if let Some(error) = error.downcast_ref::<HttpStatusError>() {
        return Some(of_status(error.status));
    }
    if let Some(error) = error.downcast_ref::<reqwest::Error>() {
        return Some(of_reqwest(error));
    }
    match error.downcast_ref::<StreamableHttpError<reqwest::Error>>()? {
        StreamableHttpError::Client(error) => Some(of_reqwest(error)),
        StreamableHttpError::HttpStatus(error) => Some(of_status(error.status)),
        StreamableHttpError::AuthRequired(_) => Some(TransportCause::Unauthorized),
        StreamableHttpError::InsufficientScope(_) => Some(TransportCause::Forbidden),
        StreamableHttpError::SessionExpired => Some(TransportCause::Expired),
        StreamableHttpError::ResponseBodyTooLarge { max_size } => {
            Some(TransportCause::Other(format!("its response is above {} MiB", max_size / (1024 * 1024))))
        }
        StreamableHttpError::UnexpectedContentType(kind) => Some(TransportCause::Other(format!(
            "it answered with the content type {}, which is not one of MCP: check the URL",
            clean_line(kind.as_deref().unwrap_or("(none)"), 100)
        ))),
        StreamableHttpError::UnexpectedServerResponse(_) | StreamableHttpError::Deserialize(_) => {
            Some(TransportCause::Other("its answer is not one of MCP: check the URL".into()))
        }
        #[cfg(feature = "oauth")]
        StreamableHttpError::Auth(_) => Some(TransportCause::Unauthorized),
        StreamableHttpError::ReservedHeaderConflict(name) => {
            Some(TransportCause::Other(format!("the header `{}` is reserved", clean_line(name, 100))))
        }
        StreamableHttpError::UnexpectedEndOfStream | StreamableHttpError::Sse(_) => {
            Some(TransportCause::Other("its response ended early".into()))
        }
        _ => None,
    }
}

fn of_status(status: u16) -> TransportCause {
    match status {
        401 => TransportCause::Unauthorized,
        403 => TransportCause::Forbidden,
        _ => TransportCause::Status(status),
    }
}

fn of_reqwest(error: &reqwest::Error) -> TransportCause {
    let mut why: &dyn StdError = error;
    while let Some(source) = why.source() {
        why = source;
    }
    // The innermost error is one of the system or of TLS. Only the outer ones contain the URL.
    let why = if error.source().is_some() { why.to_string() } else { "the request failed".into() };
    if error.is_connect() {
        TransportCause::Connect(why)
    } else if let Some(status) = error.status() {
        of_status(status.as_u16())
    } else if error.is_timeout() {
        TransportCause::Other("it did not answer in time".into())
    } else {
        TransportCause::Other(format!("the connection failed: {why}"))
    }
}
