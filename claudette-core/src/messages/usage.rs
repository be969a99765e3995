//! [`Usage`]: what a reply consumed, and sums of it.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Number, Value};

use super::field::{Field, word};

/// Tokens and server-tool calls of one reply, or of many added up.
///
/// Counters that the server left out count as zero, and counters that have no name here are kept and added up too.
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
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Usage {
    #[serde(skip_serializing_if = "Field::is_absent")]
    input_tokens: Field<u64>,
    #[serde(skip_serializing_if = "Field::is_absent")]
    output_tokens: Field<u64>,
    #[serde(skip_serializing_if = "Field::is_absent")]
    cache_creation_input_tokens: Field<u64>,
    #[serde(skip_serializing_if = "Field::is_absent")]
    cache_read_input_tokens: Field<u64>,
    /// Everything else: `cache_creation`, `server_tool_use`, `service_tier`, and what is yet to come.
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl Usage {
    /// Of so many tokens, and nothing else.
    pub(crate) fn of(input: u64, output: u64) -> Self {
        Self { input_tokens: Field::Known(input), output_tokens: Field::Known(output), ..Self::default() }
    }

    /// Input tokens that came neither from the cache nor went into it.
    pub fn input_tokens(&self) -> u64 {
        count(&self.input_tokens)
    }

    /// Output tokens, thinking included.
    pub fn output_tokens(&self) -> u64 {
        count(&self.output_tokens)
    }

    /// Input tokens written to the prompt cache.
    pub fn cache_creation_input_tokens(&self) -> u64 {
        count(&self.cache_creation_input_tokens)
    }

    /// The part of [`cache_creation_input_tokens`](Self::cache_creation_input_tokens) that is kept for five minutes.
    ///
    /// The two parts need not add up to the whole: with server tools the whole may grow at the end of a stream.
    pub fn cache_creation_5m_input_tokens(&self) -> u64 {
        self.nested("cache_creation", "ephemeral_5m_input_tokens")
    }

    /// The part of [`cache_creation_input_tokens`](Self::cache_creation_input_tokens) that is kept for an hour.
    pub fn cache_creation_1h_input_tokens(&self) -> u64 {
        self.nested("cache_creation", "ephemeral_1h_input_tokens")
    }

    /// Input tokens read from the prompt cache.
    pub fn cache_read_input_tokens(&self) -> u64 {
        count(&self.cache_read_input_tokens)
    }

    /// The part of [`output_tokens`](Self::output_tokens) that the model thought.
    pub fn thinking_tokens(&self) -> u64 {
        self.nested("output_tokens_details", "thinking_tokens")
    }

    /// Web searches that the server ran.
    pub fn web_search_requests(&self) -> u64 {
        self.nested("server_tool_use", "web_search_requests")
    }

    /// Web pages that the server fetched.
    pub fn web_fetch_requests(&self) -> u64 {
        self.nested("server_tool_use", "web_fetch_requests")
    }

    /// Tokens of the whole prompt: uncached, written to the cache and read from it.
    pub fn total_input(&self) -> u64 {
        let cached = self.cache_creation_input_tokens().saturating_add(self.cache_read_input_tokens());
        self.input_tokens().saturating_add(cached)
    }

    /// All tokens, in and out.
    pub fn total(&self) -> u64 {
        self.total_input().saturating_add(self.output_tokens())
    }

    /// The tier that served the reply: `standard`, `priority` or `batch`. Of a sum: the one that all have in common.
    pub fn service_tier(&self) -> Option<&str> {
        self.word("service_tier")
    }

    /// Where the model ran, as `us` or `global`. Of a sum: the place that all have in common.
    pub fn inference_geo(&self) -> Option<&str> {
        self.word("inference_geo")
    }

    /// How fast the model ran: `standard` or `fast`. Of a sum: the speed that all have in common.
    pub fn speed(&self) -> Option<&str> {
        self.word("speed")
    }

    /// The model's runs that made up the reply, where there were several, as for a compaction: each with its own
    /// counters, of which the others here need not be the sum. Of a sum: the runs of all.
    pub fn iterations(&self) -> &[Value] {
        self.extra.get("iterations").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// One of the [runs](Self::iterations), in the tier, at the speed and in the place of the whole.
    pub(crate) fn of_run(&self, run: &Value) -> Option<Self> {
        let mut usage: Self = serde_json::from_value(run.clone()).ok()?;
        for word in ["service_tier", "inference_geo", "speed"] {
            if let Some(value) = self.extra.get(word) {
                usage.extra.entry(word).or_insert_with(|| value.clone());
            }
        }
        Some(usage)
    }

    /// A field that has no accessor here, as an object in which the counters have none.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.extra.get(field)
    }

    fn nested(&self, object: &str, counter: &str) -> u64 {
        self.extra.get(object).and_then(|object| object.get(counter)).and_then(Value::as_u64).unwrap_or(0)
    }

    fn word(&self, field: &str) -> Option<&str> {
        self.extra.get(field).and_then(Value::as_str)
    }

    /// Takes over the counters of a `message_delta`: they are totals, so they replace and never add.
    pub(super) fn overwrite(&mut self, newer: Self) {
        self.input_tokens.overwrite(newer.input_tokens);
        self.output_tokens.overwrite(newer.output_tokens);
        self.cache_creation_input_tokens.overwrite(newer.cache_creation_input_tokens);
        self.cache_read_input_tokens.overwrite(newer.cache_read_input_tokens);
        self.extra.extend(newer.extra.into_iter().filter(|(_, value)| !value.is_null()));
    }
}

fn count(field: &Field<u64>) -> u64 {
    field.known().copied().unwrap_or(0)
}

/// Read by hand, for every reply has it, and what is derived for a struct with fields of any name reads those twice. Any
/// object is usage.
impl<'de> Deserialize<'de> for Usage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(field_identifier, rename_all = "snake_case")]
        enum Name {
            InputTokens,
            OutputTokens,
            CacheCreationInputTokens,
            CacheReadInputTokens,
            Other(String),
        }

        struct Count(Field<u64>);

        impl<'de> Deserialize<'de> for Count {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                word(deserializer).map(Self)
            }
        }

        struct Counters;

        impl<'de> Visitor<'de> for Counters {
            type Value = Usage;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of counters")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Usage, A::Error> {
                let mut usage = Usage::default();
                while let Some(name) = fields.next_key()? {
                    let counter = match name {
                        Name::InputTokens => &mut usage.input_tokens,
                        Name::OutputTokens => &mut usage.output_tokens,
                        Name::CacheCreationInputTokens => &mut usage.cache_creation_input_tokens,
                        Name::CacheReadInputTokens => &mut usage.cache_read_input_tokens,
                        Name::Other(name) => {
                            usage.extra.insert(name, fields.next_value()?);
                            continue;
                        }
                    };
                    *counter = fields.next_value::<Count>()?.0;
                }
                Ok(usage)
            }
        }

        deserializer.deserialize_map(Counters)
    }
}

impl AddAssign<&Usage> for Usage {
    fn add_assign(&mut self, other: &Usage) {
        for (sum, more) in [
            (&mut self.input_tokens, &other.input_tokens),
            (&mut self.output_tokens, &other.output_tokens),
            (&mut self.cache_creation_input_tokens, &other.cache_creation_input_tokens),
            (&mut self.cache_read_input_tokens, &other.cache_read_input_tokens),
        ] {
            *sum = Field::Known(count(sum).saturating_add(count(more)));
        }
        add_counters(&mut self.extra, &other.extra);
    }
}

/// Adds numbers of the same name, at any depth, and joins lists. What is no number (a tier, a region) stays only while all agree on it.
fn add_counters(sum: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (name, value) in more {
        match (sum.get_mut(name), value) {
            (None, value) => {
                sum.insert(name.clone(), value.clone());
            }
            (Some(Value::Object(sum)), Value::Object(more)) => add_counters(sum, more),
            (Some(Value::Array(sum)), Value::Array(more)) => sum.extend_from_slice(more),
            (Some(Value::Number(sum)), Value::Number(more)) => *sum = add_numbers(sum, more),
            (Some(sum @ Value::Null), Value::Object(_) | Value::Array(_) | Value::Number(_)) => *sum = value.clone(),
            (Some(Value::Object(_) | Value::Array(_) | Value::Number(_)), Value::Null) => {}
            (Some(sum), value) if sum == value => {}
            (Some(sum), _) => *sum = Value::Null,
        }
    }
}

fn add_numbers(a: &Number, b: &Number) -> Number {
    if let (Some(a), Some(b)) = (a.as_u64(), b.as_u64()) {
        return a.saturating_add(b).into();
    }
    let sum = a.as_f64().unwrap_or(0.0) + b.as_f64().unwrap_or(0.0);
    Number::from_f64(sum).unwrap_or_else(|| a.clone())
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        *self += &other;
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += &other;
        self
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), Add::add)
    }
}

impl<'a> Sum<&'a Usage> for Usage {
    fn sum<I: Iterator<Item = &'a Usage>>(iter: I) -> Self {
        iter.fold(Self::default(), |mut sum, usage| {
            sum += usage;
            sum
        })
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
    fn what_the_api_names_has_an_accessor() {
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
        assert_eq!(usage.iterations()[0]["input_tokens"], 1);
    }

    #[test]
    fn a_sum_has_every_number() {
        let one = usage(json!({
            "input_tokens": 1, "service_tier": "standard", "iterations": [{"input_tokens": 1}],
            "cache_creation": {"ephemeral_5m_input_tokens": 3}, "new": {"deep": {"count": 2, "word": "a"}}
        }));
        let other = usage(json!({
            "output_tokens": 2, "service_tier": "batch", "iterations": [{"input_tokens": 2}], "cache_creation": null,
            "new": {"deep": {"count": 3, "word": "a"}}
        }));
        let sum = json!(one + other);
        assert_eq!(
            sum,
            json!({
                "input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
                "service_tier": null, "iterations": [{"input_tokens": 1}, {"input_tokens": 2}],
                "cache_creation": {"ephemeral_5m_input_tokens": 3}, "new": {"deep": {"count": 5, "word": "a"}}
            })
        );
    }

    #[test]
    fn no_number_is_too_large_to_add() {
        let most = usage(json!({"input_tokens": u64::MAX, "cache_read_input_tokens": u64::MAX, "new": u64::MAX}));
        assert_eq!((most.clone() + most).total(), u64::MAX);
    }
}
