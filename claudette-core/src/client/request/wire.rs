//! The names that requests have on the wire.

use http::HeaderName;

/// The version of the API that is used, and the older one that alone has sampling parameters.
pub(in crate::client) const WITHOUT_SAMPLING: &str = "2026-10-21";
pub(in crate::client) const WITH_SAMPLING: &str = "2023-06-01";

/// The path that creates messages.
pub(in crate::client) const MESSAGES: &str = "/v1/messages";

/// The header with the version of the API.
pub(in crate::client) static VERSION: HeaderName = HeaderName::from_static("anthropic-version");
