//! [`Address`]: the address that a client sends its requests to.

use std::fmt;
use std::net::IpAddr;

use http::Uri;
use reqwest::Url;

use crate::client::request::MESSAGES;
use crate::error::{Error, Result};

/// The address of the official API.
const OFFICIAL: &str = "https://api.anthropic.com";

/// The address of an API server.
#[derive(Clone)]
pub(in crate::client) struct Address {
    /// The URL before the paths of operations.
    base: Url,
    /// The URL of [`MESSAGES`], kept because nearly all requests use it.
    messages: Uri,
}

/// What follows a base URL.
#[derive(Clone, Copy)]
enum BaseUrl {
    /// Paths that begin with `/v1`, which the base URL may contain already.
    OfApi,
    /// Paths of a host.
    OfHost,
}

impl Address {
    /// Returns the address of the official API.
    pub(in crate::client) fn official() -> Self {
        Self::parse(OFFICIAL, "the default base URL").expect("the official address is a valid URL")
    }

    /// Parses the base URL of a host, which can end in `/v1`.
    ///
    /// # Errors
    /// The same as for [`parse`](Self::parse).
    pub(in crate::client) fn of_host(text: &str) -> Result<Self> {
        Self::read(text, "the base URL of the host", BaseUrl::OfHost)
    }

    /// Parses a base URL, with or without `/v1` or `/v1/messages` at its end, and with or without blanks around it.
    /// User info is dropped, because proxies would see and log it. `origin` names the URL in errors.
    ///
    /// # Errors
    /// Misuse: the text is not an http or https URL, or has a query or a fragment. Errors do not show user info or a
    /// query.
    pub(in crate::client) fn parse(text: &str, origin: &str) -> Result<Self> {
        Self::read(text, origin, BaseUrl::OfApi)
    }

    fn read(text: &str, origin: &str, form: BaseUrl) -> Result<Self> {
        let text = text.trim();
        let refused = |reason: &str| Error::misuse(format!("{origin} {:?} {reason}", without_secrets(text)));
        // The URL parser would silently drop line breaks.
        if text.chars().any(char::is_control) {
            return Err(refused("contains control characters"));
        }
        let parsed = Url::parse(text);
        let has_scheme = text
            .split_once("://")
            .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"));
        if !has_scheme {
            return Err(refused("does not begin with http:// or https://"));
        }
        let mut url = parsed.map_err(|error| refused("is not a valid URL").caused_by(error))?;
        for (part, exists) in [("a query", url.query().is_some()), ("a fragment", url.fragment().is_some())] {
            if exists {
                return Err(refused(&format!("has {part}, which a base URL cannot have; use `.header(..)` instead")));
            }
        }
        // An unescaped `/` in a password makes the rest of the password part of the path.
        if url.path().contains('@') {
            return Err(refused("has an `@` in its path; write it as %40"));
        }
        // Neither can fail for a URL with a host.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        let path = url.path().trim_end_matches('/');
        let base = match form {
            BaseUrl::OfApi => [MESSAGES, "/v1"].iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path),
            BaseUrl::OfHost => path,
        };
        let base = base.trim_end_matches('/').to_owned();
        url.set_path(&base);
        let messages = format!("{}{MESSAGES}", url.as_str().trim_end_matches('/'));
        let messages =
            messages.parse().map_err(|error: http::uri::InvalidUri| refused("is not a valid URI").caused_by(error))?;
        Ok(Self { base: url, messages })
    }

    /// Returns the absolute URI of a path after the base URL.
    pub(in crate::client) fn join(&self, path: &str) -> Result<Uri> {
        if path == MESSAGES {
            return Ok(self.messages.clone());
        }
        format!("{}{path}", self.base()).parse().map_err(|error: http::uri::InvalidUri| {
            Error::misuse(format!("{path:?} is not a valid path")).caused_by(error)
        })
    }

    /// Returns `true` if both have the same scheme, host and port.
    pub(in crate::client) fn is_at(&self, other: &Self) -> bool {
        self.base.origin() == other.base.origin()
    }

    pub(in crate::client) fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Returns `true` if requests to this address stay on this machine.
    pub(in crate::client) fn is_loopback(&self) -> bool {
        is_loopback(&self.base)
    }

    /// Returns the host, which is empty only for addresses that no client has.
    pub(in crate::client) fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    pub(in crate::client) fn port(&self) -> Option<u16> {
        self.base.port_or_known_default()
    }

    fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base())
    }
}

/// Returns `true` if requests to this URL stay on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Returns a URL without its user info, query and fragment, even if the URL is not valid.
///
/// Everything before the last `@` counts as user info. If the `@` follows a `?` or `#`, which a password may contain,
/// only the scheme is returned.
pub(in crate::client) fn without_secrets(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) if scheme.chars().all(|char| char.is_ascii_alphanumeric()) => (scheme, rest),
        _ => ("", url),
    };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (place, query) = rest.split_at(end);
    let place = if query.contains('@') { "…" } else { place.rsplit('@').next().unwrap_or_default() };
    if scheme.is_empty() { place.to_owned() } else { format!("{scheme}://{place}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        match Address::parse(text, "the base URL") {
            Ok(address) => address.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_form_of_a_base_url_is_the_same_address() {
        for prefix in ["", "/api/anthropic", "/v1beta", "/a%20b"] {
            for end in ["", "/", "//", "/v1", "/v1/", "/v1/messages", "/v1/messages/", " ", "/\r\n"] {
                assert_eq!(parsed(&format!("\thttps://host:8443{prefix}{end}")), format!("https://host:8443{prefix}"));
            }
        }
        let address = Address::parse("http://h/x/v1", "the base URL").unwrap();
        assert_eq!(address.join("/v1/models?limit=1").unwrap(), "http://h/x/v1/models?limit=1");
        assert_eq!(address.join(MESSAGES).unwrap(), "http://h/x/v1/messages");
    }

    #[test]
    fn errors_about_base_urls_do_not_show_secrets() {
        for (text, reason) in [
            ("", "does not begin with http"),
            ("localhost:8080", "does not begin with http"),
            ("user:SECRET@host", "does not begin with http"),
            ("ftp://user:SECRET@host", "does not begin with http"),
            ("htps:/user:SECRET@host", "does not begin with http"),
            ("https://user:SECRET@", "is not a valid URL"),
            ("https://user:SECRET@ho st", "is not a valid URL"),
            ("https://user:SEC/RET@host", "is not a valid URL"),
            ("https://user:SECRET@host\nx", "contains control characters"),
            ("https://user:SECRET@host/?key=SECRET", "has a query"),
            ("https://user:SECRET@host/#SECRET", "has a fragment"),
            ("https://user:1/SECRET@host", "has an `@` in its path"),
            ("https://user:SECRET?@host", "is not a valid URL"),
            ("https://user:1?SECRET@host", "has a query"),
        ] {
            let error = parsed(text);
            assert!(error.contains(reason), "{text:?}: {error}");
            for secret in ["SEC", "RET", "user"] {
                assert!(!error.contains(secret), "{text:?}: {error}");
            }
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (host, is_loopback) in [
            ("localhost", true),
            ("LOCALHOST:80", true),
            ("127.0.0.1", true),
            ("127.9.8.7:1", true),
            ("127.1", true),
            ("[::1]:8080", true),
            ("[::ffff:127.0.0.1]", true),
            ("user@localhost", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("localhost.example.com", false),
            ("127.0.0.1.example.com", false),
            ("localhost@example.com", false),
            ("[::2]", false),
        ] {
            let address = Address::parse(&format!("http://{host}"), "the base URL").unwrap();
            assert_eq!(address.is_loopback(), is_loopback, "{host}");
        }
    }
}
