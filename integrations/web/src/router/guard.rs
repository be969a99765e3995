//! [`guard`]: the checks that every request passes first.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};

use super::app::App;
use super::hosts::{Hosts, host_of};
use super::refusal::Refusal;

/// Checks the host name, and for the interface also the origin and the user.
pub(super) async fn guard(State((app, hosts)): State<(Arc<App>, Hosts)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let origin = permitted_origin(&parts, &app.settings.origins);
    let mut response = match check(&app, &hosts, &mut parts) {
        Err(refusal) => refusal.into_response(),
        Ok(()) if parts.method == Method::OPTIONS && origin.is_some() => preflight(),
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers
            .insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    response
}

fn check(app: &App, hosts: &Hosts, parts: &mut Parts) -> Result<(), Refusal> {
    let refuse = |status, text: &str| Err(Refusal::new(status, text));
    if !hosts.permit(parts) {
        return refuse(StatusCode::MISDIRECTED_REQUEST, "This host name is not served here.");
    }
    if !is_same_origin(parts) && !is_navigation(parts) && permitted_origin(parts, &app.settings.origins).is_none() {
        return refuse(StatusCode::FORBIDDEN, "Requests from other pages are not accepted.");
    }
    if let Some(authorize) = app.settings.authorize.as_ref().filter(|_| parts.method != Method::OPTIONS) {
        match authorize(parts) {
            Some(owner) => drop(parts.extensions.insert(owner)),
            None => return refuse(StatusCode::UNAUTHORIZED, "Please sign in."),
        }
    }
    Ok(())
}

/// Returns `true` if a page of this server, or a program that is not a browser, makes the request.
///
/// Browsers send `sec-fetch-site` with all requests. It is also correct if a proxy changes the host name. Old
/// browsers send only `origin`. Requests without both come from other programs, which have no cookies of a user.
fn is_same_origin(parts: &Parts) -> bool {
    let text = |name: &str| parts.headers.get(name).map(HeaderValue::as_bytes);
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, b"same-origin" | b"none"),
        (None, None) => true,
        (None, Some(origin)) => {
            let origin = std::str::from_utf8(origin).ok().and_then(|origin| origin.split_once("://"));
            origin.zip(host_of(parts)).is_some_and(|((_, name), host)| name.eq_ignore_ascii_case(host))
        }
    }
}

/// Returns `true` if the user follows a link of another page. That page cannot read the response.
fn is_navigation(parts: &Parts) -> bool {
    let is = |name: &str, value: &str| parts.headers.get(name).is_some_and(|header| header == value);
    parts.method == Method::GET && is("sec-fetch-mode", "navigate") && is("sec-fetch-dest", "document")
}

/// Returns the origin of the request if the program permits it.
fn permitted_origin(parts: &Parts, permitted: &[String]) -> Option<HeaderValue> {
    let origin = parts.headers.get(header::ORIGIN)?;
    let text = origin.to_str().ok()?;
    permitted.iter().any(|permitted| permitted.eq_ignore_ascii_case(text)).then(|| origin.clone())
}

/// Answers the question of a browser whether a page of another origin may send a request.
fn preflight() -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, DELETE"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, user-agent"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    (StatusCode::NO_CONTENT, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().uri("/api/chat").header("host", "chat.example:3000");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn only_pages_of_this_server_and_other_programs_are_accepted() {
        for (headers, expected) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://chat.example:3000")], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://public.example")], true),
            (&[("origin", "http://chat.example:3000")], true),
            (&[("origin", "http://chat.example")], false),
            (&[("origin", "http://evil.example")], false),
            (&[("origin", "null")], false),
        ] {
            assert_eq!(is_same_origin(&parts(headers)), expected, "{headers:?}");
        }
    }

    #[test]
    fn links_of_other_pages_can_be_followed() {
        let link = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        let mut request = parts(&link);
        assert!(is_navigation(&request));
        request.method = Method::POST;
        assert!(!is_navigation(&request), "a form is not a link");
        assert!(!is_navigation(&parts(&[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")])));
        assert!(!is_navigation(&parts(&[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")])));
    }

    #[test]
    fn the_program_can_permit_other_origins() {
        let permitted = ["https://app.example".to_owned()];
        let is_permitted = |origin: &str| permitted_origin(&parts(&[("origin", origin)]), &permitted).is_some();
        assert!(is_permitted("https://app.example"));
        assert!(!is_permitted("https://app.example.evil") && !is_permitted("http://app.example"));
    }
}
