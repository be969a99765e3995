//! Headers that a program sets as text.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{Error, Result};

/// The name and version of this library, as the header `user-agent`.
pub(super) const AGENT: &str = concat!("claudette-rust/", env!("CARGO_PKG_VERSION"));

pub(super) fn set_header(headers: &mut HeaderMap, name: &str, value: &str) -> Result<()> {
    let refused = || Error::misuse(format!("the name or the value of the header {name:?} is not valid in HTTP"));
    let key = HeaderName::try_from(name).map_err(|_| refused())?;
    let mut value = HeaderValue::try_from(value).map_err(|_| refused())?;
    // It may be a credential.
    value.set_sensitive(true);
    headers.insert(key, value);
    Ok(())
}

/// The header that lists beta features, separated by commas.
pub(super) static BETA: HeaderName = HeaderName::from_static("anthropic-beta");

/// The header with the id of a user profile.
pub(super) static USER_PROFILE: HeaderName = HeaderName::from_static("anthropic-user-profile-id");

pub(super) fn append_beta(headers: &mut HeaderMap, beta: &str) -> Result<()> {
    let before = headers.get(&BETA).cloned();
    set_header(headers, BETA.as_str(), beta)?;
    if let (Some(before), Some(list)) = (before, headers.get_mut(&BETA)) {
        *list = join(&before, list);
    }
    Ok(())
}

pub(super) fn join(list: &HeaderValue, more: &HeaderValue) -> HeaderValue {
    let joined = [list.as_bytes(), more.as_bytes()].join(&b',');
    // Two valid values joined by a comma are a valid value.
    HeaderValue::from_bytes(&joined).unwrap_or_else(|_| list.clone())
}
