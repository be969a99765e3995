//! Values that the program or the environment sets.

use http::{HeaderMap, HeaderName, HeaderValue, Request};

use crate::client::credentials::{BearerToken, Credentials, checked, variable};
use crate::client::transport::Body;
use crate::error::{Error, Result};
use crate::task::BoxFuture;

/// Returns the value that the program set, or else the first of these variables that is set. Blanks around a value are
/// ignored, and a blank value counts as not set.
///
/// Builders of [hosts](super::Host) use it, so that the precedence is the same for all settings.
///
/// # Errors
/// Misuse: a variable is not valid UTF-8.
///
/// ```
/// use claudette::hosts::setting;
///
/// # fn main() -> claudette::Result<()> {
/// assert_eq!(setting(Some(" eu-west-1 "), &["GATEWAY_REGION"])?.as_deref(), Some("eu-west-1"));
/// assert_eq!(setting(None, &["GATEWAY_REGION", "GATEWAY_DEFAULT_REGION"])?, None);
/// # Ok(())
/// # }
/// ```
pub fn setting(own: Option<&str>, variables: &[&str]) -> Result<Option<String>> {
    let trimmed = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    if let Some(own) = own.and_then(trimmed) {
        return Ok(Some(own));
    }
    for name in variables {
        if let Some(value) = variable(name)? {
            return Ok(trimmed(&value));
        }
    }
    Ok(None)
}

/// Returns the base URL that the program or this variable sets, without `/` at its end.
///
/// # Errors
/// The same as for [`setting`].
pub(super) fn base_url(own: Option<&str>, variable: &'static str) -> Result<Option<String>> {
    Ok(setting(own, &[variable])?.map(|url| url.trim_end_matches('/').to_owned()))
}

/// Returns a name that becomes a part of the name of a server, such as a region. `what` names it in errors.
///
/// With any other character, a setting could send requests and their credentials to another server.
///
/// # Errors
/// Misuse: the name contains anything other than ASCII letters, digits and `-`.
///
/// ```
/// use claudette::hosts::label;
///
/// # fn main() -> claudette::Result<()> {
/// let region = label("the region of the gateway", "eu-west-1")?;
/// assert_eq!(format!("https://{region}.claude.example.com"), "https://eu-west-1.claude.example.com");
///
/// let error = label("the region of the gateway", "other.example/").unwrap_err();
/// assert!(error.to_string().starts_with("the region of the gateway is \"other.example/\""));
/// # Ok(())
/// # }
/// ```
pub fn label(what: &str, name: impl Into<String>) -> Result<String> {
    let name = name.into();
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Ok(name);
    }
    Err(Error::misuse(format!("{what} is {name:?}, but it can contain only letters, digits and `-`")))
}

/// Returns the key that the program or one of these variables sets, as a bearer token.
///
/// # Errors
/// Misuse: the key is not valid. The error does not show it.
pub(super) fn bearer(own: Option<&str>, variables: &[&'static str]) -> Result<Option<BearerToken>> {
    if let Some(own) = own {
        return BearerToken::named(own, "`.api_key(..)`").map(Some);
    }
    for name in variables {
        if let Some(key) = variable(name)? {
            return BearerToken::named(&key, name).map(Some);
        }
    }
    Ok(None)
}

/// A fixed key that is sent in these headers.
pub(super) struct FixedKey(HeaderMap);

impl FixedKey {
    /// Checks a key. `origin` names its source in errors.
    ///
    /// # Errors
    /// Misuse: the key is not valid. The error does not show it.
    pub(super) fn new(key: &str, origin: &str, names: [&'static str; 2]) -> Result<Self> {
        let mut value = HeaderValue::try_from(checked(key, origin)?).expect("visible ASCII is a valid header");
        value.set_sensitive(true);
        Ok(Self(names.into_iter().map(|name| (HeaderName::from_static(name), value.clone())).collect()))
    }
}

impl Credentials for FixedKey {
    fn headers<'a>(&'a self, _: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
        let headers = self.0.clone();
        Box::pin(async { Ok(headers) })
    }
}
