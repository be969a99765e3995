//! Names and versions that requests use on the wire.

use http::HeaderName;

/// The default version of the API. It does not have sampling parameters.
pub(in crate::client) const WITHOUT_SAMPLING: &str = "2026-10-21";
/// The older version of the API, for requests with sampling parameters.
pub(in crate::client) const WITH_SAMPLING: &str = "2023-06-01";

/// The path that creates messages.
pub(in crate::client) const MESSAGES: &str = "/v1/messages";

/// The header with the version of the API.
pub(in crate::client) static VERSION: HeaderName = HeaderName::from_static("anthropic-version");
