//! [`Common`]: the fields, apart from the four counters, that nearly every usage has. They do not need a map.

use serde::Serialize;

use crate::json::{InternedStr, JsonCursor};

/// The fields that nearly every usage has, in their usual form.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Common {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache_creation: Option<CacheCreation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service_tier: Option<InternedStr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) inference_geo: Option<InternedStr>,
}

/// The tokens written to the cache, by lifetime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct CacheCreation {
    pub(super) ephemeral_5m_input_tokens: u64,
    pub(super) ephemeral_1h_input_tokens: u64,
}

impl CacheCreation {
    pub(super) fn read(json: &mut JsonCursor<'_>) -> Option<Self> {
        let (mut minutes, mut hour) = (None, None);
        json.object(|json, name| {
            match name {
                "ephemeral_5m_input_tokens" => minutes = Some(json.count()?),
                "ephemeral_1h_input_tokens" => hour = Some(json.count()?),
                _ => return None,
            }
            Some(())
        })?;
        Some(Self { ephemeral_5m_input_tokens: minutes?, ephemeral_1h_input_tokens: hour? })
    }
}

impl Common {
    /// Adds the fields of another response. Returns `false`, without a change, if the fields that are not numbers
    /// differ.
    pub(super) fn add(&mut self, more: &Self) -> bool {
        let agree =
            |sum: &Option<InternedStr>, more: &Option<InternedStr>| sum.is_none() || more.is_none() || sum == more;
        if !agree(&self.service_tier, &more.service_tier) || !agree(&self.inference_geo, &more.inference_geo) {
            return false;
        }
        if let Some(more) = more.cache_creation {
            let sum = self.cache_creation.get_or_insert_default();
            for (sum, more) in [
                (&mut sum.ephemeral_5m_input_tokens, more.ephemeral_5m_input_tokens),
                (&mut sum.ephemeral_1h_input_tokens, more.ephemeral_1h_input_tokens),
            ] {
                *sum = sum.saturating_add(more);
            }
        }
        self.service_tier = self.service_tier.take().or_else(|| more.service_tier.clone());
        self.inference_geo = self.inference_geo.take().or_else(|| more.inference_geo.clone());
        true
    }
}
