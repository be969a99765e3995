//! [`Field`]: one optional field of a JSON object from the wire, kept whatever it holds.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::json::Json;

/// A field that holds a `T`, or nothing, or whatever else the server put there.
///
/// `null` and "not there" differ on the wire, and a field may change its type one day. Neither may be lost when a reply
/// is echoed, and neither may make a reply unreadable.
#[derive(Clone, Default, PartialEq)]
pub(crate) enum Field<T> {
    #[default]
    Absent,
    Known(T),
    Other(Json),
}

impl<T> Field<T> {
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub(crate) fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Other(_) => None,
        }
    }

    pub(crate) fn known_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Other(_) => None,
        }
    }

    /// Takes the newer value unless it is absent or null: the rule for cumulative counters in a stream.
    pub(crate) fn overwrite(&mut self, newer: Self) {
        match newer {
            Self::Absent => {}
            Self::Other(json) if json.is_null() => {}
            newer => *self = newer,
        }
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T: fmt::Debug> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("absent"),
            Self::Known(value) => value.fmt(f),
            Self::Other(json) => json.fmt(f),
        }
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // Reached only where a struct forgot `skip_serializing_if`.
            Self::Absent => serializer.serialize_none(),
            Self::Known(value) => value.serialize(serializer),
            Self::Other(json) => json.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        // `null` stays null: to an `Option` inside `T` it would look like a value.
        if raw.get() == "null" {
            return Ok(Self::Other(Json::null()));
        }
        Ok(serde_json::from_str(raw.get()).map_or_else(|_| Self::Other(raw.into()), Self::Known))
    }
}
