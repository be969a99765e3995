//! The `type` field of an object on the wire: a zero-sized field that is always one word.

use std::borrow::Cow;

use super::walk::{Walk, text};

/// The `type` of a JSON object; empty if it has none.
pub(crate) fn kind_of(json: &str) -> Cow<'_, str> {
    find_kind(json).unwrap_or_default()
}

fn find_kind(json: &str) -> Option<Cow<'_, str>> {
    let mut members = Walk::object(json)?;
    while members.goes_on()? {
        let (name, value) = (members.name()?, members.value()?);
        if name == "type" {
            return text(value);
        }
    }
    None
}

/// Makes a type for each word: it writes the word, and reads anything, for the enum around it has looked already.
macro_rules! tags {
    ($($tag:ident = $name:literal),+ $(,)?) => {$(
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub(super) struct $tag;

        impl $tag {
            pub(super) const NAME: &'static str = $name;
        }

        impl serde::Serialize for $tag {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(Self::NAME)
            }
        }

        impl<'de> serde::Deserialize<'de> for $tag {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
            }
        }
    )+};
}

pub(super) use tags;
