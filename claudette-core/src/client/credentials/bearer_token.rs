//! [`BearerToken`]: a fixed key or token.

use std::fmt;

use http::Request;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::seam::Credentials;
use crate::client::transport::Body;
use crate::error::{Error, Result};
use crate::task::BoxFuture;

/// A fixed API key or access token, which is sent as a bearer token.
///
/// The API accepts both keys and tokens in this form. HTTP clients do not send an `authorization` header to another
/// host.
///
/// For a client with one key, [`ClientBuilder::api_key`](crate::client::ClientBuilder::api_key) is simpler. This type
/// is for [`Credentials`] that choose among several.
///
/// ```
/// use claudette::client::BearerToken;
///
/// # fn main() -> claudette::Result<()> {
/// let token = BearerToken::new("sk-ant-…".replace('…', "1"))?;
/// assert_eq!(format!("{token:?}"), "BearerToken(..)");
/// assert!(BearerToken::new("two words").unwrap_err().is_misuse());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken(HeaderValue);

impl BearerToken {
    /// Checks a key or token. Blanks around it are ignored.
    ///
    /// # Errors
    /// Misuse: the text is blank, or contains characters that are not visible ASCII. The error does not show it.
    pub fn new(secret: impl AsRef<str>) -> Result<Self> {
        Self::named(secret.as_ref(), "`BearerToken::new(..)`")
    }

    /// Checks a key or token. `origin` names its source in errors, such as a setter or a variable.
    pub(in crate::client) fn named(secret: &str, origin: &str) -> Result<Self> {
        let secret = checked(secret, origin)?;
        let mut value = HeaderValue::try_from(format!("Bearer {secret}")).expect("visible ASCII is a valid header");
        value.set_sensitive(true);
        Ok(Self(value))
    }

    pub(in crate::client) fn set(&self, headers: &mut HeaderMap) {
        headers.insert(AUTHORIZATION, self.0.clone());
    }

    /// Returns `true` if this is the token in these headers.
    pub(in crate::client) fn is_in(&self, headers: &HeaderMap) -> bool {
        headers.get(AUTHORIZATION) == Some(&self.0)
    }
}

/// Checks a key or token, and returns it without the blanks around it. `origin` names its source in errors.
///
/// # Errors
/// The same as for [`BearerToken::new`].
pub(in crate::client) fn checked<'s>(secret: &'s str, origin: &str) -> Result<&'s str> {
    let secret = secret.trim();
    if secret.is_empty() {
        return Err(Error::misuse(format!("no credentials: the text in {origin} is empty")));
    }
    if let Some(place) = secret.chars().position(|char| !char.is_ascii_graphic()) {
        return Err(Error::misuse(format!(
            "the credential in {origin} contains a control character, a blank or a non-ASCII character at position \
             {place}; copy it again"
        )));
    }
    Ok(secret)
}

impl Credentials for BearerToken {
    fn headers<'a>(&'a self, _: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
        let mut headers = HeaderMap::new();
        self.set(&mut headers);
        Box::pin(async { Ok(headers) })
    }
}

/// Does not show the token.
impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_marked_as_sensitive() {
        let mut headers = HeaderMap::new();
        BearerToken::new(" key\n").unwrap().set(&mut headers);
        assert_eq!(headers[AUTHORIZATION], "Bearer key");
        assert!(headers[AUTHORIZATION].is_sensitive(), "HTTP/2 would index it, and logs would show it");
    }
}
