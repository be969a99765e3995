//! Checks of the names and origins that a program permits.

use http::Uri;
use http::uri::Authority;

use super::options::HttpOptions;
use crate::error::{Error, Result};

/// The names of this machine.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Returns the hosts that are permitted. An empty list permits all.
pub(super) fn hosts(options: &HttpOptions) -> Result<Vec<String>> {
    if options.hosts.iter().any(|host| host == "*") || (options.hosts.is_empty() && options.bearer.is_some()) {
        return Ok(Vec::new());
    }
    for host in &options.hosts {
        if Authority::try_from(host.as_str()).is_err() || host.contains(['@', '*']) {
            return Err(Error::misuse(format!(
                "the allowed host {host:?} is not a host; write it as in `mcp.example.com` or `mcp.example.com:8443`"
            )));
        }
    }
    Ok(LOCAL.into_iter().map(ToOwned::to_owned).chain(options.hosts.iter().cloned()).collect())
}

/// Returns the origins that are permitted. An empty list permits all.
pub(super) fn origins(options: &HttpOptions) -> Result<Vec<String>> {
    if options.origins.iter().any(|origin| origin == "*") {
        return Ok(Vec::new());
    }
    let local = LOCAL.iter().flat_map(|host| ["http", "https"].map(|scheme| format!("{scheme}://{host}:*")));
    local.map(Ok).chain(options.origins.iter().map(|origin| parsed(origin))).collect()
}

/// Returns an origin with its port.
fn parsed(origin: &str) -> Result<String> {
    let wrong = |why: &str| {
        Error::misuse(format!(
            "the allowed origin {origin:?} {why}; write it as in `https://app.example.com` or `http://example.com:*`"
        ))
    };
    if origin == "null" {
        return Ok(origin.to_owned());
    }
    let base = origin.strip_suffix(":*").unwrap_or(origin);
    let Some((scheme, host)) = base.split_once("://") else { return Err(wrong("has no scheme")) };
    let uri = Uri::try_from(base).map_err(|_| wrong("is not valid"))?;
    let authority = uri.authority().ok_or_else(|| wrong("has no host"))?;
    if authority.as_str() != host || host.contains(['@', '*']) {
        return Err(wrong("is more than a scheme, a host and a port"));
    }
    let port = match (scheme, authority.port()) {
        _ if origin.ends_with(":*") => return Ok(origin.to_owned()),
        ("http", None) => ":80",
        ("https", None) => ":443",
        _ => "",
    };
    Ok(format!("{origin}{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_get_the_port_of_their_scheme() {
        for (given, meant) in [
            ("https://app.example.com", "https://app.example.com:443"),
            ("http://app.example.com", "http://app.example.com:80"),
            ("http://app.example.com:8080", "http://app.example.com:8080"),
            ("http://app.example.com:*", "http://app.example.com:*"),
            ("vscode-webview://abc", "vscode-webview://abc"),
            ("null", "null"),
        ] {
            assert_eq!(parsed(given).unwrap(), meant);
        }
    }

    #[test]
    fn what_is_not_an_origin_or_a_host_is_misuse() {
        for origin in ["app.example.com", "https://", "https://a/b", "https://a b", "https://*.a.com", "https://u@a"] {
            let error = parsed(origin).unwrap_err();
            assert!(error.is_misuse() && error.to_string().contains(origin), "{error}");
        }
        for host in ["https://a", "", "a b", "*.a.com", "a/b"] {
            let options = HttpOptions { hosts: vec![host.to_owned()], ..HttpOptions::default() };
            assert!(hosts(&options).unwrap_err().is_misuse(), "{host}");
        }
    }
}
