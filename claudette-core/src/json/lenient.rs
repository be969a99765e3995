//! [`Lenient`]: one optional field of a JSON object from the wire, kept whatever it holds.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::cursor::JsonCursor;
use super::extra::Extra;
use super::raw_json::RawJson;
use super::surrogates::mended;

/// A field that holds a `T`, or nothing, or whatever else the server put there.
///
/// `null` and "not there" differ on the wire, and a field may change its type one day. Neither may be lost when a response
/// is echoed, and neither may make a response unreadable.
#[derive(Clone, Default, PartialEq)]
pub(crate) enum Lenient<T> {
    #[default]
    Absent,
    Null,
    Known(T),
    Other(RawJson),
}

impl<T> Lenient<T> {
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub(crate) fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Null | Self::Other(_) => None,
        }
    }

    pub(crate) fn known_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Null | Self::Other(_) => None,
        }
    }

    /// Reads it, where there is JSON.
    pub(crate) fn read<'a>(
        json: &mut JsonCursor<'a>,
        known: impl FnOnce(&mut JsonCursor<'a>) -> Option<T>,
    ) -> Option<Self> {
        if json.null() {
            return Some(Self::Null);
        }
        let start = *json;
        known(json).map(Self::Known).or_else(|| other(json, start).map(Self::Other))
    }

    /// The value, if it is known; whatever else is there goes among the other fields of its object.
    pub(crate) fn or_insert(self, fields: &mut Extra, name: &str) -> Option<T> {
        let other = match self {
            Self::Absent => return None,
            Self::Known(value) => return Some(value),
            Self::Null => Value::Null,
            Self::Other(json) => json.to_value(),
        };
        fields.insert(name.to_owned(), other);
        None
    }

    /// Takes the newer value unless it is absent or null: the rule for cumulative counters in a stream.
    pub(crate) fn overwrite(&mut self, newer: Self) {
        match newer {
            Self::Absent | Self::Null => {}
            newer => *self = newer,
        }
    }
}

impl<T> From<T> for Lenient<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T: fmt::Debug> fmt::Debug for Lenient<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("absent"),
            Self::Null => f.write_str("null"),
            Self::Known(value) => value.fmt(f),
            Self::Other(json) => json.fmt(f),
        }
    }
}

impl<T: Serialize> Serialize for Lenient<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // Absent only where a struct forgot `skip_serializing_if`.
            Self::Absent | Self::Null => serializer.serialize_unit(),
            Self::Known(value) => value.serialize(serializer),
            Self::Other(json) => json.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(Kept(PhantomData))
    }
}

/// Reads a value from its text, for then the text can be kept.
struct Kept<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Kept<T> {
    type Value = Lenient<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    // To an `Option` inside `T` it would look like a value.
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Lenient::Null)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Lenient::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(known(raw.get()).map_or_else(|| Lenient::Other(raw.into()), Lenient::Known))
    }
}

/// Goes back to where a value starts, and keeps it whatever it is.
#[cold]
fn other<'a>(json: &mut JsonCursor<'a>, start: JsonCursor<'a>) -> Option<RawJson> {
    *json = start;
    RawJson::parse(json.value()?).ok()
}

/// Reads a value whose type says how. Half a surrogate pair in a string is read as U+FFFD.
pub(crate) fn read<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    serde_json::from_str(json).or_else(|error| match mended(json) {
        Some(json) => serde_json::from_str(&json),
        None => Err(error),
    })
}

/// Why JSON could not be read: it is none, or it is something else than what `expected` says.
#[cold]
pub(crate) fn unreadable(json: &str, expected: &str) -> serde_json::Error {
    match serde_json::from_str::<IgnoredAny>(json) {
        Err(error) => error,
        Ok(_) => serde_json::Error::custom(expected),
    }
}

/// As [`read`], where a value of another shape is kept in another way.
pub(crate) fn known<T: DeserializeOwned>(json: &str) -> Option<T> {
    read(json).ok()
}

/// The same, from where it stands.
pub(crate) fn typed<T: DeserializeOwned>(json: &mut JsonCursor<'_>) -> Option<T> {
    known(json.value()?)
}
