//! [`Unknown`]: an object of an unknown type.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::display::brief;
use crate::json::RawJson;
use crate::json::kind_of;

/// A content block or citation of a type that this library does not know, kept as JSON and sent back unchanged.
///
/// An object of a known type is also kept here if it does not have the expected fields.
///
/// ```
/// use claudette::ContentBlock;
///
/// let block: ContentBlock = serde_json::from_str(r#"{"type":"hologram","depth":3}"#)?;
/// let unknown = block.as_unknown().unwrap();
/// assert_eq!(unknown.kind(), "hologram");
/// assert_eq!(unknown.json().get(), r#"{"type":"hologram","depth":3}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Unknown(RawJson);

brief!(Unknown);

impl Unknown {
    /// Returns the `type`, or an empty string if there is none.
    pub fn kind(&self) -> &str {
        // The names of the API have no escapes, so they can be borrowed.
        match kind_of(self.0.text()) {
            Cow::Borrowed(kind) => kind,
            Cow::Owned(_) => "",
        }
    }

    /// Returns the whole object as JSON.
    pub fn json(&self) -> &RawValue {
        self.0.raw()
    }

    /// Returns a field, if this is an object that has it.
    pub(in crate::messages) fn field(&self, name: &str) -> Option<RawJson> {
        self.fields()?.remove(name)
    }

    /// Replaces an existing field. Does nothing if this is not an object or does not have the field.
    pub(in crate::messages) fn replace(&mut self, name: &str, value: RawJson) {
        if let Some(mut fields) = self.fields()
            && let Some(place) = fields.get_mut(name)
        {
            *place = value;
            self.0 = RawJson::of(&fields);
        }
    }

    /// Sets a field. Does nothing if this is not an object.
    pub(in crate::messages) fn set(&mut self, name: &str, value: RawJson) {
        if let Some(mut fields) = self.fields() {
            fields.insert(name.to_owned(), value);
            self.0 = RawJson::of(&fields);
        }
    }

    /// Returns the fields. The values stay raw text, so numbers keep every digit.
    fn fields(&self) -> Option<BTreeMap<String, RawJson>> {
        serde_json::from_str(self.0.text()).ok()
    }
}

impl From<RawJson> for Unknown {
    fn from(json: RawJson) -> Self {
        Self(json)
    }
}

impl From<Box<RawValue>> for Unknown {
    fn from(raw: Box<RawValue>) -> Self {
        Self(raw.into())
    }
}

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
