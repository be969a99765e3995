//! The credentials of the environment.

use std::env;
use std::ffi::OsString;

use http::header::HeaderMap;

use super::bearer_token::BearerToken;
use crate::client::headers::set_header;
use crate::error::{Error, Result};

/// Returns the key of the environment, or else its token.
pub(in crate::client) fn of_environment() -> Result<Option<BearerToken>> {
    for name in ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"] {
        if let Some(secret) = variable(name)? {
            return BearerToken::named(&secret, name).map(Some);
        }
    }
    Ok(None)
}

/// The headers that are credentials of the API of Anthropic.
pub(in crate::client) const CREDENTIAL_HEADERS: [&str; 2] = ["authorization", "x-api-key"];

/// Returns `true` if a header of this name is a credential.
pub(in crate::client) fn is_credential(name: &str) -> bool {
    CREDENTIAL_HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header))
}

/// Sets the headers of `ANTHROPIC_CUSTOM_HEADERS`: one line `Name: value` for each.
///
/// # Errors
/// Misuse: a line does not have that form. The error does not show the line, because it may be a credential.
pub(in crate::client) fn set_custom_headers(headers: &mut HeaderMap) -> Result<()> {
    let lines = variable("ANTHROPIC_CUSTOM_HEADERS")?.unwrap_or_default();
    for (place, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let set = line.split_once(':').map(|(name, value)| set_header(headers, name.trim(), value.trim()));
        if !matches!(set, Some(Ok(()))) {
            let place = place + 1;
            return Err(Error::misuse(format!(
                "line {place} of ANTHROPIC_CUSTOM_HEADERS is not a valid header; write `Name: value`"
            )));
        }
    }
    Ok(())
}

/// Returns a variable of the environment, or `None` if it is unset or blank.
///
/// # Errors
/// Misuse: its value is not UTF-8.
pub(in crate::client) fn variable(name: &str) -> Result<Option<String>> {
    let value = env::var_os(name).map(OsString::into_string).transpose();
    let value = value.map_err(|_| Error::misuse(format!("the environment variable {name} is not valid UTF-8")))?;
    Ok(value.filter(|value| !value.trim().is_empty()))
}
