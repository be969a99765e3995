//! [`RawJson`]: a JSON value kept as the text it came in, shared and never parsed again.

use std::fmt;
use std::sync::Arc;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::surrogates::mended;
use crate::display::brief;

/// JSON text that is known to be valid, and to be Unicode. Cloning shares it; numbers keep every digit.
#[derive(Clone)]
pub(crate) struct RawJson(Arc<RawValue>);

impl RawJson {
    pub(crate) fn null() -> Self {
        RawValue::NULL.to_owned().into()
    }

    pub(crate) fn empty_object() -> Self {
        Self::of(&Map::new())
    }

    /// The value's JSON; null for one that has none.
    pub(crate) fn of(value: &(impl Serialize + ?Sized)) -> Self {
        to_raw_value(value).map_or_else(|_| Self::null(), Self::from)
    }

    /// The text as JSON, or the reason why it is none.
    pub(crate) fn parse(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str::<Box<RawValue>>(text).map(Self::from)
    }

    pub(crate) fn raw(&self) -> &RawValue {
        &self.0
    }

    pub(crate) fn text(&self) -> &str {
        self.0.get()
    }

    /// The value; null where a number is too large for one.
    pub(crate) fn to_value(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_default()
    }

    pub(crate) fn is_object(&self) -> bool {
        self.text().starts_with('{')
    }
}

/// What is kept goes back to the API, which refuses half a surrogate pair: U+FFFD takes its place.
impl From<Box<RawValue>> for RawJson {
    fn from(raw: Box<RawValue>) -> Self {
        let mended = mended(raw.get()).and_then(|json| RawValue::from_string(json).ok());
        Self(mended.unwrap_or(raw).into())
    }
}

/// White space and the order of keys do not matter. An object that has a key twice equals nothing but its own text, because
/// readers do not agree on which of the values counts.
impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        let value = |json: &Self| serde_json::from_str::<Distinct>(json.text()).ok().map(|distinct| distinct.0);
        // What no `Value` can hold equals nothing but its own text.
        self.text() == other.text() || value(self).is_some_and(|value_of| value(other) == Some(value_of))
    }
}

/// A value in which no object has a key twice.
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
        f.write_str("a JSON value without a key that stands twice in an object")
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
                return Err(A::Error::custom("a key stands here twice"));
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
        // Which of the two a reader takes is not known.
        assert_ne!(json(r#"{"a":1,"a":2}"#), json(r#"{"a":2}"#));
        assert_ne!(json(r#"[{"a":2,"a":2}]"#), json(r#"[{"a":2}]"#));
        assert_eq!(json(r#"{"a":1,"a":2}"#), json(r#"{"a":1,"a":2}"#));
        // Neither fits a float.
        assert_ne!(json("1e999"), json("1e998"));
    }
}
