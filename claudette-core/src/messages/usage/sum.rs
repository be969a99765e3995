//! Sums of usage.

use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde_json::{Map, Number, Value};

use super::usage::{LONGEST, Usage, count};
use crate::json::Lenient;

impl AddAssign<&Usage> for Usage {
    fn add_assign(&mut self, other: &Usage) {
        // The lists are not part of the sum, so their counters are added here.
        let has_lists = has_list(&self.extra);
        let hidden = if has_lists || has_list(&other.extra) {
            self.hidden().chain(other.hidden()).map(|run| run.usage().clone()).reduce(|sum, run| sum + run)
        } else {
            None
        };
        for (sum, more) in [
            (&mut self.input_tokens, &other.input_tokens),
            (&mut self.output_tokens, &other.output_tokens),
            (&mut self.cache_creation_input_tokens, &other.cache_creation_input_tokens),
            (&mut self.cache_read_input_tokens, &other.cache_read_input_tokens),
        ] {
            *sum = Lenient::Known(count(sum).saturating_add(count(more)));
        }
        self.is_lower_bound |= !other.is_readable();
        if has_lists {
            remove_lists(&mut self.extra);
        }
        if self.is_uncommon() || other.is_uncommon() || !self.common.add(&other.common) {
            let mut named = self.take_named();
            add_counters(&mut named, &other.named(), &mut { MOST_NAMES });
            self.set_named(named);
        } else if !other.extra.is_empty() {
            add_counters(&mut self.extra, &other.extra, &mut { MOST_NAMES });
        }
        if let Some(hidden) = hidden {
            *self += hidden;
        }
    }
}

/// The maximum number of other fields in a sum, at all depths, so that a server cannot make it grow without limit.
const MOST_NAMES: usize = 256;

/// Adds numbers of the same name, at any depth. Other values (a tier, a region) are kept only if all summands have the
/// same value. Lists are not kept.
fn add_counters(sum: &mut Map<String, Value>, more: &Map<String, Value>, room: &mut usize) {
    *room = room.saturating_sub(sum.len());
    for (name, value) in more {
        match (sum.get_mut(name), value) {
            (None, Value::Array(_)) | (Some(Value::Object(_) | Value::Number(_)), Value::Null) => {}
            (None, _) if *room == 0 || name.len() > LONGEST => {}
            (None, Value::Object(more)) => {
                *room -= 1;
                let mut inner = Map::new();
                add_counters(&mut inner, more, room);
                sum.insert(name.clone(), inner.into());
            }
            (None, Value::String(text)) if text.len() > LONGEST => {}
            (None, value) => {
                *room -= 1;
                sum.insert(name.clone(), value.clone());
            }
            (Some(Value::Object(sum)), Value::Object(more)) => add_counters(sum, more, room),
            (Some(Value::Number(sum)), Value::Number(more)) => *sum = add_numbers(sum, more),
            (Some(sum @ Value::Null), Value::Number(_)) => *sum = value.clone(),
            (Some(sum @ Value::Null), Value::Object(more)) => {
                let mut inner = Map::new();
                add_counters(&mut inner, more, room);
                *sum = inner.into();
            }
            (Some(sum), value) if sum == value => {}
            (Some(sum), _) => *sum = Value::Null,
        }
    }
}

fn has_list(fields: &Map<String, Value>) -> bool {
    fields.values().any(|value| value.is_array() || value.as_object().is_some_and(has_list))
}

fn remove_lists(fields: &mut Map<String, Value>) {
    fields.retain(|_, value| !value.is_array());
    fields.values_mut().filter_map(Value::as_object_mut).for_each(remove_lists);
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn usage(json: Value) -> Usage {
        serde_json::from_value(json).expect("any object is usage")
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
                "service_tier": null,
                "cache_creation": {"ephemeral_5m_input_tokens": 3}, "new": {"deep": {"count": 5, "word": "a"}}
            })
        );
    }

    #[test]
    fn fields_in_an_unusual_form_are_kept_and_added() {
        let common = json!({"cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2}});
        let mut newer = common.clone();
        newer["cache_creation"]["ephemeral_1d_input_tokens"] = json!(4);
        newer["service_tier"] = json!({"name": "standard"});
        assert_eq!(json!(usage(common.clone())), common);
        assert_eq!(json!(usage(newer.clone())), newer);
        assert_eq!(usage(newer.clone()).get("cache_creation"), Some(&newer["cache_creation"]));

        let sum = usage(common.clone()) + usage(newer.clone()) + usage(common);
        assert_eq!((sum.cache_creation_5m_input_tokens(), sum.cache_creation_1h_input_tokens()), (3, 6));
        assert_eq!(json!(sum)["cache_creation"]["ephemeral_1d_input_tokens"], 4);
        assert_eq!(json!(sum)["service_tier"], newer["service_tier"]);
    }

    #[test]
    fn sums_saturate() {
        let most = usage(json!({"input_tokens": u64::MAX, "cache_read_input_tokens": u64::MAX, "new": u64::MAX}));
        assert_eq!((most.clone() + most).total(), u64::MAX);
    }
}
