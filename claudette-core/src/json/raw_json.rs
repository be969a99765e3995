//! [`RawJson`]: a JSON value kept as its original text.

use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::surrogates::mended;
use crate::display::brief;

/// Valid JSON text without unpaired surrogates. Clones share the text; numbers keep every digit.
#[derive(Clone)]
pub(crate) struct RawJson(Arc<RawValue>);

impl RawJson {
    pub(crate) fn null() -> Self {
        RawValue::NULL.to_owned().into()
    }

    pub(crate) fn empty_object() -> Self {
        static EMPTY: LazyLock<RawJson> = LazyLock::new(|| RawJson::of(&Map::new()));
        EMPTY.clone()
    }

    /// Serializes a value. Returns null if it cannot be serialized.
    pub(crate) fn of(value: &(impl Serialize + ?Sized)) -> Self {
        to_raw_value(value).map_or_else(|_| Self::null(), Self::from)
    }

    /// Checks that a text is JSON.
    pub(crate) fn parse(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str::<Box<RawValue>>(text).map(Self::from)
    }

    pub(crate) fn raw(&self) -> &RawValue {
        &self.0
    }

    pub(crate) fn text(&self) -> &str {
        self.0.get()
    }

    /// Returns the value, or null if it contains a number that is out of range.
    pub(crate) fn to_value(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_default()
    }

    pub(crate) fn is_object(&self) -> bool {
        self.text().starts_with('{')
    }
}

/// Replaces half of a surrogate pair by U+FFFD, because the API refuses it when the JSON is sent back.
impl From<Box<RawValue>> for RawJson {
    fn from(raw: Box<RawValue>) -> Self {
        let mended = mended(raw.get()).and_then(|json| RawValue::from_string(json).ok());
        Self(mended.unwrap_or(raw).into())
    }
}

/// Compares values: white space and the order of keys do not matter. An object with a duplicate key is equal only to
/// the same text, because JSON parsers do not agree on which value to use.
impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        let value = |json: &Self| serde_json::from_str::<Distinct>(json.text()).ok().map(|distinct| distinct.0);
        // JSON that a `Value` cannot represent is equal only to the same text.
        self.text() == other.text() || value(self).is_some_and(|value_of| value(other) == Some(value_of))
    }
}

/// A value without duplicate keys.
struct Distinct(Value);

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadDistinct)
    }
}

struct ReadDistinct;

impl<'de> Visitor<'de> for ReadDistinct {
    type Value = Distinct;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value without duplicate keys")
    }

    fn visit_unit<E>(self) -> Result<Distinct, E> {
        Ok(Distinct(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Distinct, A::Error> {
        let mut list = Vec::new();
        while let Some(Distinct(element)) = elements.next_element()? {
            list.push(element);
        }
        Ok(Distinct(list.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Distinct, A::Error> {
        let mut object = Map::new();
        while let Some((key, Distinct(value))) = members.next_entry::<String, _>()? {
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("duplicate key"));
            }
        }
        Ok(Distinct(object.into()))
    }
}

brief!(RawJson);

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_that_of_the_values() {
        let json = |text| RawJson::parse(text).unwrap();
        assert_eq!(json(r#"{"a":1,"b":2}"#), json(r#"{ "b": 2, "a": 1 }"#));
        assert_ne!(json("33392837120239382"), json("33392837120239383"));
        assert_eq!(json(r#"{"a":[{"b":1}]}"#), json(r#"{"a": [ {"b": 1} ]}"#));
        // Parsers do not agree on which of the two values to use.
        assert_ne!(json(r#"{"a":1,"a":2}"#), json(r#"{"a":2}"#));
        assert_ne!(json(r#"[{"a":2,"a":2}]"#), json(r#"[{"a":2}]"#));
        assert_eq!(json(r#"{"a":1,"a":2}"#), json(r#"{"a":1,"a":2}"#));
        // Neither fits a float.
        assert_ne!(json("1e999"), json("1e998"));
    }
}
