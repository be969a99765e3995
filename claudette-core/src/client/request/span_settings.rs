//! [`SpanSettings`]: the settings that the span of a request shows.

use std::sync::Arc;

use super::options::RequestOptions;
use crate::messages::{Effort, ServiceTier, ThinkingConfig};

/// The settings that the span of a request shows. Reading them from the encoded body would take longer.
#[derive(Clone, Default)]
pub(in crate::client) struct SpanSettings {
    pub(in crate::client) max_tokens: Option<u32>,
    pub(in crate::client) temperature: Option<f64>,
    pub(in crate::client) top_p: Option<f64>,
    pub(in crate::client) top_k: Option<u32>,
    pub(in crate::client) effort: Option<Effort>,
    pub(in crate::client) thinking: Option<ThinkingConfig>,
    pub(in crate::client) service_tier: Option<ServiceTier>,
    /// `true` if the response must match a JSON schema.
    pub(in crate::client) is_json: bool,
    pub(in crate::client) conversation_id: Option<Arc<str>>,
}

impl SpanSettings {
    pub(super) fn new(options: &RequestOptions, max_tokens: Option<u32>, conversation_id: Option<Arc<str>>) -> Self {
        Self {
            max_tokens,
            temperature: options.temperature,
            top_p: options.top_p,
            top_k: options.top_k,
            effort: options.effort.clone(),
            thinking: options.thinking.clone(),
            service_tier: options.service_tier.clone(),
            is_json: options.output_schema.is_some(),
            conversation_id,
        }
    }
}
