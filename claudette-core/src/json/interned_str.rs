//! [`InternedStr`]: a string that the API often repeats.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cursor::JsonCursor;

/// A string of the API. The strings that are in nearly every response do not need an allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InternedStr(Cow<'static, str>);

const USUAL: [&str; 6] = ["message", "assistant", "standard", "global", "not_available", "direct"];

impl InternedStr {
    pub(crate) fn read(json: &mut JsonCursor<'_>) -> Option<Self> {
        json.string().map(|word| Self::from(&*word))
    }
}

impl From<&str> for InternedStr {
    fn from(word: &str) -> Self {
        let usual = USUAL.into_iter().find(|usual| *usual == word);
        Self(usual.map_or_else(|| word.to_owned().into(), Cow::Borrowed))
    }
}

impl Deref for InternedStr {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Serialize for InternedStr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for InternedStr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_word(deserializer)
    }
}

/// Reads a value that is created from a string, without an intermediate copy of the string.
pub(crate) fn from_word<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: for<'a> From<&'a str>,
    D: Deserializer<'de>,
{
    struct Words<T>(PhantomData<T>);

    impl<T: for<'a> From<&'a str>> Visitor<'_> for Words<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: Error>(self, word: &str) -> Result<T, E> {
            Ok(word.into())
        }
    }

    deserializer.deserialize_str(Words(PhantomData))
}
