//! [`Credential`]: a key or token, and where it comes from.

use std::env;
use std::ffi::OsString;

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use crate::client::headers::set_header;
use crate::error::{Error, Result};

/// A key or a token. It has no `Debug` and no `Display`.
pub(crate) struct Credential {
    secret: String,
    /// What the program or its user wrote it into, for errors.
    origin: &'static str,
}

impl Credential {
    pub(in crate::client) fn new(secret: String, origin: &'static str) -> Self {
        Self { secret, origin }
    }

    /// That of the environment: a key, or else a token.
    pub(crate) fn of_environment() -> Result<Option<Self>> {
        for name in ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"] {
            if let Some(secret) = variable(name)? {
                return Ok(Some(Self::new(secret, name)));
            }
        }
        Ok(None)
    }

    /// Sets the header. Keys and tokens both travel as bearer tokens: HTTP clients know that such a header stays with its
    /// host.
    ///
    /// # Errors
    /// Misuse: it is blank, or contains what no key contains.
    pub(in crate::client) fn set(&self, headers: &mut HeaderMap) -> Result<()> {
        let (secret, origin) = (self.secret.trim(), self.origin);
        if secret.is_empty() {
            return Err(Error::misuse(format!("no credentials: the text given to {origin} is empty")));
        }
        let strange = |char: char| !char.is_ascii_graphic();
        if let Some(place) = secret.chars().position(strange) {
            return Err(Error::misuse(format!(
                "the credential given to {origin} contains a control character, a blank or a character outside of ASCII at \
                 position {place}; copy it again"
            )));
        }
        let mut value = HeaderValue::try_from(format!("Bearer {secret}")).expect("visible ASCII is a valid header");
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
        Ok(())
    }
}

/// Whether a header of this name is a credential itself.
pub(in crate::client) fn is_credential(name: &str) -> bool {
    ["authorization", "x-api-key"].iter().any(|header| name.eq_ignore_ascii_case(header))
}

/// Sets the headers of `ANTHROPIC_CUSTOM_HEADERS`: a line `Name: value` each.
///
/// # Errors
/// Misuse: a line is not of that form. The error shows nothing of it, because it may be a credential.
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

/// A variable of the environment. One that is blank counts as unset.
///
/// # Errors
/// Misuse: its value is not UTF-8.
pub(in crate::client) fn variable(name: &'static str) -> Result<Option<String>> {
    let value = env::var_os(name).map(OsString::into_string).transpose();
    let value = value.map_err(|_| Error::misuse(format!("the environment variable {name} is not valid UTF-8")))?;
    Ok(value.filter(|value| !value.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_marked_as_sensitive() {
        let mut headers = HeaderMap::new();
        Credential::new(" key\n".into(), "test").set(&mut headers).unwrap();
        assert_eq!(headers[AUTHORIZATION], "Bearer key");
        assert!(headers[AUTHORIZATION].is_sensitive(), "HTTP/2 would put it into a table, and logs would show it");
    }
}
