//! The `type` field of an object on the wire: a zero-sized field that is always one word.

use std::borrow::Cow;

use super::cursor::JsonCursor;

/// The `type` of a JSON object; empty if it has none.
pub(crate) fn kind_of(json: &str) -> Cow<'_, str> {
    kind_at(JsonCursor::of(json)).unwrap_or_default()
}

/// The `type` of the object here, if it is one that has a type.
pub(crate) fn kind_at(mut json: JsonCursor<'_>) -> Option<Cow<'_, str>> {
    let mut kind = None;
    // It nearly always stands first: the rest is not looked at.
    json.object(|json, name| {
        if name == "type" {
            kind = json.string();
            return None;
        }
        json.value().map(|_| ())
    });
    kind
}

/// Makes a type for each word: it writes the word, and reads anything, for the enum around it has looked already.
macro_rules! tags {
    ($($tag:ident = $name:literal),+ $(,)?) => {$(
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub(crate) struct $tag;

        impl $tag {
            pub(crate) const NAME: &'static str = $name;
        }

        impl serde::Serialize for $tag {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                // In JSON it is the word. The name of the type tells a block from a user's own object that looks like one.
                serializer.serialize_newtype_struct(concat!("$claudette::", $name), Self::NAME)
            }
        }

        impl<'de> serde::Deserialize<'de> for $tag {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
            }
        }
    )+};
}

pub(crate) use tags;
