//! The `type` field of a JSON object, as a zero-sized type.

use std::borrow::Cow;

use super::cursor::JsonCursor;

/// Returns the `type` of a JSON object, or an empty string if it has none.
pub(crate) fn kind_of(json: &str) -> Cow<'_, str> {
    kind_at(JsonCursor::of(json)).unwrap_or_default()
}

/// Returns the `type` of the object at the cursor, if there is one.
pub(crate) fn kind_at(mut json: JsonCursor<'_>) -> Option<Cow<'_, str>> {
    let mut kind = None;
    // The type is nearly always the first field. Returning `None` stops the search.
    json.object(|json, name| {
        if name == "type" {
            kind = json.string();
            return None;
        }
        json.value().map(|_| ())
    });
    kind
}

/// Defines a type for each string. It serializes as the string and deserializes from anything, because the enclosing
/// enum has already checked the type.
macro_rules! tags {
    ($($tag:ident = $name:literal),+ $(,)?) => {$(
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub(crate) struct $tag;

        impl $tag {
            pub(crate) const NAME: &'static str = $name;
        }

        impl serde::Serialize for $tag {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                // JSON contains only the string. The name of the newtype distinguishes a block from a similar object of
                // the program.
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
