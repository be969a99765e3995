//! [`Rates`]: the maximum consumption of similar requests.

use serde::{Deserialize, Serialize};

use crate::catalog::Price;
use crate::messages::CacheBreakpoints;

/// The maximum consumption of requests with the same options, system prompt and tools.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::chat) struct Rates {
    pub(in crate::chat) price: Option<Price>,
    /// The maximum number of output tokens.
    pub(in crate::chat) max_output: u64,
    /// The tokens of the system prompt and the tools.
    pub(in crate::chat) prefix_tokens: u64,
    /// `true` if the prefix is not the one of the previous request.
    pub(in crate::chat) is_changed: bool,
    /// The size of a prompt above which the API first summarizes it, which is another run of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::chat) compacts_at: Option<u64>,
    /// The cache breakpoints that are not on a message of the conversation.
    pub(in crate::chat) breakpoints: CacheBreakpoints,
    /// The models that the API asks in this order if the first one declines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::chat) fallbacks: Vec<FallbackRates>,
}

/// The maximum consumption of a model that continues if the models before it decline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::chat) struct FallbackRates {
    pub(in crate::chat) price: Option<Price>,
    /// The maximum number of output tokens.
    pub(in crate::chat) max_output: u64,
}
