//! [`Unknown`]: an object of a type that has no name here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::display::brief;
use crate::json::RawJson;
use crate::json::kind_of;

/// A block, or a citation, of a type that has no name here, kept as its JSON.
///
/// One of a known type may be here too: when it has another shape than the one that is known.
#[derive(Clone, PartialEq)]
pub struct Unknown(RawJson);

brief!(Unknown);

impl Unknown {
    /// The `type`; empty if there is none.
    pub fn kind(&self) -> &str {
        // Borrowed unless the name is written with escapes, which no API name is.
        match kind_of(self.0.text()) {
            Cow::Borrowed(kind) => kind,
            Cow::Owned(_) => "",
        }
    }

    /// All of it.
    pub fn json(&self) -> &RawValue {
        self.0.raw()
    }

    /// A field, if this is an object that has it.
    pub(in crate::messages) fn field(&self, name: &str) -> Option<RawJson> {
        self.fields()?.remove(name)
    }

    /// Sets a field that is there already; in what is no object, or lacks the field, nothing changes.
    pub(in crate::messages) fn replace(&mut self, name: &str, value: RawJson) {
        if let Some(mut fields) = self.fields()
            && let Some(place) = fields.get_mut(name)
        {
            *place = value;
            self.0 = RawJson::of(&fields);
        }
    }

    /// Sets a field, whether it is there or not; in what is not an object nothing changes.
    pub(in crate::messages) fn set(&mut self, name: &str, value: RawJson) {
        if let Some(mut fields) = self.fields() {
            fields.insert(name.to_owned(), value);
            self.0 = RawJson::of(&fields);
        }
    }

    /// Takes over all fields of another but its type; in what is no object nothing changes.
    pub(in crate::messages) fn assign(&mut self, other: &Self) {
        if let (Some(mut fields), Some(mut news)) = (self.fields(), other.fields()) {
            news.remove("type");
            fields.extend(news);
            self.0 = RawJson::of(&fields);
        }
    }

    /// The values stay text: a number keeps every digit.
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
