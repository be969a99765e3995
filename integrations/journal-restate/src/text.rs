//! [`Text`]: the text of a record, which Restate stores unchanged.

use std::convert::Infallible;
use std::string::FromUtf8Error;

use bytes::Bytes;
use claudette::journal::Record;
use restate_sdk::serde::{Deserialize, PayloadMetadata, Serialize};

/// The text of a record, which Restate stores unchanged. Another JSON layer would cost time, and would be hard to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text(Bytes);

impl Text {
    /// Returns the text that is stored in place of the record of a suspended call.
    pub(crate) fn suspended() -> Self {
        Self(Bytes::from_static(br#""suspended""#))
    }

    pub(crate) fn into_record(self) -> Result<Record, FromUtf8Error> {
        String::from_utf8(self.0.into()).map(Record::from)
    }
}

impl From<&Record> for Text {
    fn from(record: &Record) -> Self {
        Self(Bytes::copy_from_slice(record.as_str().as_bytes()))
    }
}

impl Serialize for Text {
    type Error = Infallible;

    fn serialize(&self) -> Result<Bytes, Infallible> {
        Ok(self.0.clone())
    }
}

impl Deserialize for Text {
    type Error = Infallible;

    fn deserialize(bytes: &mut Bytes) -> Result<Self, Infallible> {
        Ok(Self(bytes.clone()))
    }
}

impl PayloadMetadata for Text {}
