//! [`Json`]: a JSON value kept as the text it came in, shared and never parsed again.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// JSON text that is known to be valid. Cloning shares it; numbers keep every digit.
#[derive(Clone)]
pub(crate) struct Json(Arc<RawValue>);

impl Json {
    pub(crate) fn null() -> Self {
        RawValue::NULL.to_owned().into()
    }

    pub(crate) fn empty_object() -> Self {
        Self::from(&serde_json::Map::new())
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

    pub(crate) fn is_null(&self) -> bool {
        self.text() == "null"
    }

    pub(crate) fn is_object(&self) -> bool {
        self.text().starts_with('{')
    }
}

impl From<Box<RawValue>> for Json {
    fn from(raw: Box<RawValue>) -> Self {
        Self(raw.into())
    }
}

impl From<&serde_json::Map<String, serde_json::Value>> for Json {
    fn from(map: &serde_json::Map<String, serde_json::Value>) -> Self {
        // A map with string keys always has a JSON form.
        to_raw_value(map).map_or_else(|_| Self::null(), Self::from)
    }
}

/// White space and the order of keys do not matter.
impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        let value = |json: &Self| serde_json::from_str::<serde_json::Value>(json.text()).ok();
        self.text() == other.text() || value(self) == value(other)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self::from)
    }
}
