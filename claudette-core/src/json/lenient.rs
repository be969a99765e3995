//! [`Lenient`]: an optional field of a JSON object that keeps unexpected values.

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

/// An optional field that contains a `T` or any other value that the server sent.
///
/// A missing field differs from `null`, and the API may change the type of a field. Neither must be lost when a
/// response is sent back, and neither must make a response unreadable.
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

    /// Reads the value at the cursor.
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

    /// Returns the value if it has the expected type. Any other value is added to `fields`.
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

    /// Replaces the value, unless the newer one is absent or null. This is the rule for cumulative counters in a
    /// stream.
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
            // Absent only if a struct lacks `skip_serializing_if`.
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

/// Reads a value from its raw text, so that the text of an unexpected value can be kept.
struct Kept<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Kept<T> {
    type Value = Lenient<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    // Not passed on to `T`, because an `Option` inside `T` would accept null as a value.
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

/// Returns to the start of a value and keeps it as raw JSON.
#[cold]
fn other<'a>(json: &mut JsonCursor<'a>, start: JsonCursor<'a>) -> Option<RawJson> {
    *json = start;
    RawJson::parse(json.value()?).ok()
}

/// Deserializes a value. Half of a surrogate pair in a string is read as U+FFFD.
pub(crate) fn read<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    serde_json::from_str(json).or_else(|error| match mended(json) {
        Some(json) => serde_json::from_str(&json),
        None => Err(error),
    })
}

/// Returns the error for JSON that could not be read: a syntax error, or `problem` if the JSON is valid.
#[cold]
pub(crate) fn unreadable(json: &str, problem: &str) -> serde_json::Error {
    match serde_json::from_str::<IgnoredAny>(json) {
        Err(error) => error,
        Ok(_) => serde_json::Error::custom(problem),
    }
}

/// Deserializes a value like [`read`], for callers that keep a value of another form.
pub(crate) fn known<T: DeserializeOwned>(json: &str) -> Option<T> {
    read(json).ok()
}

/// Deserializes the value at the cursor.
pub(crate) fn typed<T: DeserializeOwned>(json: &mut JsonCursor<'_>) -> Option<T> {
    known(json.value()?)
}
