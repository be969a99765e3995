//! [`PromptCache`]: a simulation of the prompt cache, without lifetimes.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::view::{Part, Ttl, View};

/// The number of blocks, up to and including a breakpoint, that the API compares with its entries.
const LOOKBACK: usize = 20;

/// The prefixes of earlier requests.
#[derive(Default)]
pub(in crate::testing) struct PromptCache {
    entries: Mutex<HashSet<u64>>,
}

impl PromptCache {
    /// Reads and writes the prefixes of a request. Returns the counts of its usage.
    ///
    /// `minimum` is the size in tokens below which the model does not cache a prefix; `None` if nothing is cached.
    pub(in crate::testing) fn count(&self, view: &View, minimum: Option<u64>) -> Value {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = |part: &Part| part.bytes.div_ceil(4);
        let breakpoints: Vec<(usize, Ttl)> = (view.parts.iter().enumerate())
            .filter_map(|(index, part)| Some((index, part.breakpoint?)))
            .filter(|(index, _)| minimum.is_some_and(|minimum| tokens(&view.parts[*index]) >= minimum))
            .collect();
        let read = breakpoints
            .iter()
            .flat_map(|(index, _)| view.parts[(index + 1).saturating_sub(LOOKBACK)..=*index].iter())
            .filter(|part| entries.contains(&part.chain))
            .map(tokens)
            .max();
        let mut cached = read.unwrap_or_default();
        let (mut five_minutes, mut one_hour) = (0, 0);
        for (index, ttl) in breakpoints {
            let part = &view.parts[index];
            entries.insert(part.chain);
            let written = tokens(part).saturating_sub(cached);
            cached += written;
            match ttl {
                Ttl::FiveMinutes => five_minutes += written,
                Ttl::OneHour => one_hour += written,
            }
        }
        json!({
            "input_tokens": view.tokens().saturating_sub(cached),
            "cache_creation_input_tokens": five_minutes + one_hour,
            "cache_read_input_tokens": read.unwrap_or_default(),
            "cache_creation": { "ephemeral_5m_input_tokens": five_minutes, "ephemeral_1h_input_tokens": one_hour },
        })
    }
}
