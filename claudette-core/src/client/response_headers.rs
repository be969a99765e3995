//! The headers of a response that the client reads.

use http::HeaderMap;
use http::header::{AsHeaderName, CONTENT_ENCODING, CONTENT_TYPE, HeaderName};

/// Returns a header as text, if it has one value of visible ASCII.
pub(super) fn text_header(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Returns the id of the request at the API or at a gateway: `request-id`, or a header with a similar name such as
/// `x-request-id`.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    static REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
    let others = || {
        let is_id = |name: &HeaderName| ["request-id", "requestid"].iter().any(|end| name.as_str().ends_with(end));
        let mut ids = headers.iter().filter(|(name, _)| is_id(name));
        ids.find_map(|(_, id)| id.to_str().ok())
    };
    text_header(headers, &REQUEST_ID).or_else(others).filter(|id| !id.trim().is_empty()).map(str::to_owned)
}

/// Returns the compression of the body, or `None` if it is not compressed, as requested.
pub(super) fn compression(headers: &HeaderMap) -> Option<&str> {
    let codings = text_header(headers, CONTENT_ENCODING)?;
    let is_none = |coding: &str| coding.is_empty() || coding.eq_ignore_ascii_case("identity");
    (!codings.split(',').map(str::trim).all(is_none)).then_some(codings)
}

/// Returns `true` if the headers announce a stream of events.
pub(super) fn announces_events(headers: &HeaderMap) -> bool {
    text_header(headers, CONTENT_TYPE).is_some_and(|kind| {
        let media = kind.split(';').next().unwrap_or_default().trim();
        media.eq_ignore_ascii_case("text/event-stream")
    })
}
