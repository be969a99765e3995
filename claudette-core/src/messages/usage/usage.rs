//! [`Usage`]: the tokens of a response, or of several responses.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::common::{CacheCreation, Common};
use crate::display::brief;
use crate::json::Extra;
use crate::json::InternedStr;
use crate::json::RawJson;
use crate::json::{JsonCursor, whole};
use crate::json::{Lenient, typed};

/// The number of tokens and server tool calls of one response, or of several responses added together.
///
/// A counter that the server did not send is zero. Counters that this library does not know are kept and added too. A
/// counter with an invalid value, such as a string or a negative number, is zero, and the cost of the response is then
/// unknown. Sums saturate at the maximum of `u64`.
///
/// A sum does not contain lists, so it is not larger than the usage of one response. Its counters include the
/// [iterations](Self::iterations) that are not part of the counters of a response.
///
/// ```
/// use claudette::Usage;
///
/// let one: Usage = serde_json::from_str(r#"{"input_tokens":10,"output_tokens":18}"#)?;
/// let both = one.clone() + one;
/// assert_eq!(both.total(), 56);
/// assert_eq!(
///     both.to_string(),
///     "In: 20; Out: 36; Cache create: 0; Cache read: 0; Total Tokens: 56; Search: 0; Fetch: 0",
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "tokens")]
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct Usage {
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    pub(super) input_tokens: Lenient<u64>,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    pub(super) output_tokens: Lenient<u64>,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    pub(super) cache_creation_input_tokens: Lenient<u64>,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    pub(super) cache_read_input_tokens: Lenient<u64>,
    #[serde(flatten)]
    pub(super) common: Common,
    /// All other fields: `server_tool_use`, `iterations`, fields that the API adds later, and common fields in an
    /// unusual form.
    #[serde(flatten)]
    pub(super) extra: Extra,
    /// `true` if this sum contains a counter that could not be read.
    #[serde(skip)]
    pub(super) is_lower_bound: bool,
}

brief!(Usage);

/// Returns the parts of a value that can have a price. Other parts are replaced by empty values, because they can have
/// megabytes.
fn priced(value: &Value) -> Value {
    match value {
        Value::String(word) if word.len() > LONGEST => Value::String(String::new()),
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Object(fields) => {
            let counters = fields.iter().filter(|(_, value)| !value.is_array() && !value.is_object());
            counters.map(|(name, value)| (name.clone(), priced(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

impl Usage {
    /// Reads usage from any object.
    pub(in crate::messages) fn read(json: &mut JsonCursor<'_>) -> Option<Self> {
        let mut usage = Self::default();
        json.object(|json, name| {
            let Self { common, extra, .. } = &mut usage;
            match name {
                "input_tokens" => usage.input_tokens = Lenient::read(json, JsonCursor::count)?,
                "output_tokens" => usage.output_tokens = Lenient::read(json, JsonCursor::count)?,
                "cache_creation_input_tokens" => {
                    usage.cache_creation_input_tokens = Lenient::read(json, JsonCursor::count)?;
                }
                "cache_read_input_tokens" => usage.cache_read_input_tokens = Lenient::read(json, JsonCursor::count)?,
                CACHE_CREATION => {
                    common.cache_creation = Lenient::read(json, CacheCreation::read)?.or_insert(extra, CACHE_CREATION);
                }
                SERVICE_TIER => {
                    common.service_tier = Lenient::read(json, InternedStr::read)?.or_insert(extra, SERVICE_TIER);
                }
                INFERENCE_GEO => {
                    common.inference_geo = Lenient::read(json, InternedStr::read)?.or_insert(extra, INFERENCE_GEO);
                }
                _ => drop(extra.insert(name.to_owned(), typed(json)?)),
            }
            Some(())
        })?;
        Some(usage)
    }

    /// Creates the usage of a response whose `usage` is not an object.
    pub(in crate::messages) fn unreadable() -> Self {
        Self { is_lower_bound: true, ..Self::default() }
    }

    /// Returns the number of input tokens that were neither read from the prompt cache nor written to it.
    pub fn input_tokens(&self) -> u64 {
        count(&self.input_tokens)
    }

    /// Returns the number of output tokens, including thinking.
    pub fn output_tokens(&self) -> u64 {
        count(&self.output_tokens)
    }

    /// Returns the number of input tokens written to the prompt cache.
    pub fn cache_creation_input_tokens(&self) -> u64 {
        count(&self.cache_creation_input_tokens)
    }

    /// Returns the part of [`cache_creation_input_tokens`](Self::cache_creation_input_tokens) that is cached for five
    /// minutes.
    ///
    /// The two parts do not always add up to the whole, because the whole can grow at the end of a stream with server
    /// tools.
    pub fn cache_creation_5m_input_tokens(&self) -> u64 {
        let other = || self.nested("cache_creation", "ephemeral_5m_input_tokens");
        self.common.cache_creation.map_or_else(other, |cached| cached.ephemeral_5m_input_tokens)
    }

    /// Returns the part of [`cache_creation_input_tokens`](Self::cache_creation_input_tokens) that is cached for an
    /// hour.
    pub fn cache_creation_1h_input_tokens(&self) -> u64 {
        let other = || self.nested("cache_creation", "ephemeral_1h_input_tokens");
        self.common.cache_creation.map_or_else(other, |cached| cached.ephemeral_1h_input_tokens)
    }

    /// Returns the number of input tokens read from the prompt cache.
    pub fn cache_read_input_tokens(&self) -> u64 {
        count(&self.cache_read_input_tokens)
    }

    /// Returns the part of [`output_tokens`](Self::output_tokens) that the model used for thinking.
    pub fn thinking_tokens(&self) -> u64 {
        self.nested("output_tokens_details", "thinking_tokens")
    }

    /// Returns the number of web searches that the server ran.
    pub fn web_search_requests(&self) -> u64 {
        self.nested("server_tool_use", "web_search_requests")
    }

    /// Returns the number of web pages that the server fetched.
    pub fn web_fetch_requests(&self) -> u64 {
        self.nested("server_tool_use", "web_fetch_requests")
    }

    /// Returns the number of all input tokens: uncached, written to the cache, and read from the cache.
    pub fn total_input(&self) -> u64 {
        let cached = self.cache_creation_input_tokens().saturating_add(self.cache_read_input_tokens());
        self.input_tokens().saturating_add(cached)
    }

    /// Returns the number of all input and output tokens.
    pub fn total(&self) -> u64 {
        self.total_input().saturating_add(self.output_tokens())
    }

    /// Returns the tier that served the response: `standard`, `priority` or `batch`. A sum has a tier only if all
    /// responses have the same.
    pub fn service_tier(&self) -> Option<&str> {
        self.common.service_tier.as_deref()
    }

    /// Returns the region in which the model ran, such as `us` or `global`. A sum has a region only if all responses
    /// have the same.
    pub fn inference_geo(&self) -> Option<&str> {
        self.common.inference_geo.as_deref()
    }

    /// Returns the speed at which the model ran: `standard` or `fast`. A sum has a speed only if all responses have the
    /// same.
    pub fn speed(&self) -> Option<&str> {
        self.extra.get("speed").and_then(Value::as_str)
    }

    /// Returns the [runs](Self::iterations) of the response, each with the name of its model. Those that wrote the response
    /// are of this kind. Without a list of runs, the counters are one run.
    pub(crate) fn runs(&self, kind: &str, model: &str) -> Vec<Value> {
        let runs = self.extra.get("iterations").and_then(Value::as_array);
        let mut runs = runs.cloned().unwrap_or_default();
        if runs.is_empty() {
            // Server tools are billed once for the whole response.
            let mut run = self.clone();
            run.extra
                .retain(|name, value| !value.is_array() && !["server_tool_use", "fallback_credit"].contains(&&**name));
            let mut run = json!(run);
            run["type"] = kind.into();
            runs.push(run);
        }
        for run in runs.iter_mut().filter_map(Value::as_object_mut) {
            run.entry("model").or_insert_with(|| model.into());
            if run.get("type").is_some_and(|own| *own == "message") {
                run["type"] = kind.into();
            }
        }
        runs
    }

    /// Sets the usage of each run of a model.
    pub(crate) fn set_iterations(&mut self, runs: Vec<Value>) {
        self.extra.insert("iterations".to_owned(), runs.into());
    }

    /// Reads the fields that can have a price from an object in the form of a usage.
    pub(super) fn of_fields(run: &Value) -> Option<Self> {
        let fields = run.as_object()?.iter().map(|(name, value)| (name.clone(), priced(value)));
        serde_json::from_value(fields.collect::<Map<_, _>>().into()).ok()
    }

    /// Returns a field that has no method of its own, as in `usage.get("server_tool_use")`.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.extra.get(field)
    }

    fn nested(&self, object: &str, counter: &str) -> u64 {
        self.extra.get(object).and_then(|object| object.get(counter)).and_then(count_of).unwrap_or(0)
    }

    /// Returns `true` if every counter that has a price could be read, so that the cost is known.
    pub(crate) fn is_readable(&self) -> bool {
        let Self { input_tokens, output_tokens, cache_creation_input_tokens, cache_read_input_tokens, .. } = self;
        let counters = [input_tokens, output_tokens, cache_creation_input_tokens, cache_read_input_tokens];
        let is_count =
            |counter: &Lenient<u64>| !matches!(counter, Lenient::Other(json) if whole_number(json).is_none());
        !self.is_lower_bound
            && counters.into_iter().all(is_count)
            && (self.extra.is_empty() || self.is_readable_inside())
    }

    /// Returns `true` if the counters in nested objects could be read.
    fn is_readable_inside(&self) -> bool {
        let is_counts = |object: &str, counters: &[&str]| match self.extra.get(object) {
            None | Some(Value::Null) => true,
            Some(Value::Object(fields)) => counters
                .iter()
                .filter_map(|counter| fields.get(*counter))
                .all(|counter| counter.is_null() || count_of(counter).is_some()),
            Some(_) => false,
        };
        let is_run = |run: &Value| Self::of_fields(run).is_some_and(|run| run.is_readable());
        let runs = match self.extra.get("iterations") {
            None | Some(Value::Null) => true,
            Some(Value::Array(runs)) => runs.iter().all(is_run),
            Some(_) => false,
        };
        runs && is_counts("cache_creation", &["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"])
            && is_counts("server_tool_use", &["web_search_requests"])
    }

    /// Returns all fields except the four counters.
    pub(super) fn named(&self) -> Map<String, Value> {
        self.clone().take_named()
    }

    pub(super) fn take_named(&mut self) -> Map<String, Value> {
        let Common { cache_creation, service_tier, inference_geo } = std::mem::take(&mut self.common);
        let mut named = std::mem::take(&mut self.extra).into_map();
        named.extend(cache_creation.map(|cached| (CACHE_CREATION.to_owned(), json!(cached))));
        named.extend(service_tier.map(|tier| (SERVICE_TIER.to_owned(), json!(tier))));
        named.extend(inference_geo.map(|geo| (INFERENCE_GEO.to_owned(), json!(geo))));
        named
    }

    pub(super) fn set_named(&mut self, mut named: Map<String, Value>) {
        let word = |value: &Value| value.as_str().map(InternedStr::from);
        self.common = Common {
            cache_creation: take(&mut named, CACHE_CREATION, |cached| whole(&cached.to_string(), CacheCreation::read)),
            service_tier: take(&mut named, SERVICE_TIER, word),
            inference_geo: take(&mut named, INFERENCE_GEO, word),
        };
        self.extra = named.into();
    }

    /// Returns `true` if a common field has an unusual form.
    pub(super) fn is_uncommon(&self) -> bool {
        !self.extra.is_empty()
            && [CACHE_CREATION, SERVICE_TIER, INFERENCE_GEO].iter().any(|name| self.extra.contains_key(*name))
    }

    /// Replaces the counters by those of a `message_delta` event, which are totals.
    pub(in crate::messages) fn overwrite(&mut self, mut newer: Self) {
        let news = newer.take_named();
        self.input_tokens.overwrite(newer.input_tokens);
        self.output_tokens.overwrite(newer.output_tokens);
        self.cache_creation_input_tokens.overwrite(newer.cache_creation_input_tokens);
        self.cache_read_input_tokens.overwrite(newer.cache_read_input_tokens);
        let mut named = self.take_named();
        named.extend(news.into_iter().filter(|(_, value)| !value.is_null()));
        self.set_named(named);
    }
}

/// The length of the longest name or word that is kept in a sum, in bytes.
pub(super) const LONGEST: usize = 64;

const CACHE_CREATION: &str = "cache_creation";
pub(super) const SERVICE_TIER: &str = "service_tier";
pub(super) const INFERENCE_GEO: &str = "inference_geo";

/// Removes and returns a field, if it has its usual form.
fn take<T>(named: &mut Map<String, Value>, name: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
    let value = read(named.get(name)?)?;
    named.shift_remove(name);
    Some(value)
}

pub(super) fn count(field: &Lenient<u64>) -> u64 {
    match field {
        Lenient::Known(count) => *count,
        Lenient::Absent | Lenient::Null => 0,
        Lenient::Other(json) => whole_number(json).unwrap_or(0),
    }
}

/// Reads a count in an unusual notation, such as `2e5` or `200.0`.
#[cold]
fn whole_number(json: &RawJson) -> Option<u64> {
    count_of(&json.to_value())
}

fn count_of(value: &Value) -> Option<u64> {
    // Above 2^53, a float may differ from the number that was sent.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_u64().or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=EXACT).contains(number))?;
        // The number is whole and in range, so this is exact.
        format!("{number:.0}").parse().ok()
    })
}

/// Reads any object.
impl<'de> Deserialize<'de> for Usage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        whole(raw.get(), Self::read).ok_or_else(|| Error::custom("invalid usage: expected an object"))
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "In: {}; Out: {}; Cache create: {}; Cache read: {}; Total Tokens: {}; Search: {}; Fetch: {}",
            self.input_tokens(),
            self.output_tokens(),
            self.cache_creation_input_tokens(),
            self.cache_read_input_tokens(),
            self.total(),
            self.web_search_requests(),
            self.web_fetch_requests(),
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn usage(json: Value) -> Usage {
        serde_json::from_value(json).expect("any object is usage")
    }

    #[test]
    fn fields_of_the_api_have_methods() {
        let usage = usage(json!({
            "input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": 7, "cache_read_input_tokens": null,
            "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
            "output_tokens_details": {"thinking_tokens": 1}, "service_tier": "standard", "inference_geo": "global",
            "speed": null, "iterations": [{"type": "message", "input_tokens": 1}],
            "server_tool_use": {"web_search_requests": 5}
        }));
        assert_eq!((usage.cache_creation_5m_input_tokens(), usage.cache_creation_1h_input_tokens()), (3, 4));
        assert_eq!((usage.thinking_tokens(), usage.total()), (1, 10));
        assert_eq!((usage.web_search_requests(), usage.web_fetch_requests()), (5, 0));
        assert_eq!(
            (usage.service_tier(), usage.inference_geo(), usage.speed()),
            (Some("standard"), Some("global"), None)
        );
        assert_eq!(usage.iterations().next().unwrap().usage().input_tokens(), 1);
    }
}
