//! [`Request`]: the request that is checked; [`Rules`]: the settings of the checks.

use hyper::HeaderMap;
use serde_json::Value;

use super::dialect::Dialect;
use super::shape::Fields;
use crate::testing::containers::Containers;
use crate::testing::models::Model;

/// The largest body, in bytes.
pub(in crate::testing) const MAX_BODY: usize = 32 * 1024 * 1024;

/// The settings of the checks.
#[derive(Clone)]
pub(in crate::testing) struct Rules {
    /// The only key that is accepted; `None` accepts any key.
    pub(in crate::testing) api_key: Option<String>,
    pub(in crate::testing) any_model: bool,
    pub(in crate::testing) strict_first_user: bool,
    /// The context window in tokens; `None` for that of the model.
    pub(in crate::testing) context_window: Option<u64>,
    pub(in crate::testing) prompt_cache: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { api_key: None, any_model: false, strict_first_user: false, context_window: None, prompt_cache: true }
    }
}

/// A request before it is checked.
pub(in crate::testing) struct Call<'a> {
    pub(in crate::testing) endpoint: Endpoint,
    pub(in crate::testing) headers: &'a HeaderMap,
    pub(in crate::testing) size: usize,
    pub(in crate::testing) body: Result<&'a Value, &'a serde_json::Error>,
    /// The containers that the server has given out.
    pub(in crate::testing) containers: &'a Containers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::testing) enum Endpoint {
    Messages,
    CountTokens,
}

/// A request whose fields are valid.
pub(super) struct Request<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) dialect: Dialect,
    pub(super) body: &'a Fields,
    pub(super) model: &'static Model,
}
