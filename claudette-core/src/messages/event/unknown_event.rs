//! [`UnknownEvent`]: an event of a type that has no name here.

use std::fmt;

use serde_json::value::RawValue;

use crate::json::RawJson;

/// An event of a type that has no name here, kept as its JSON; `ping` is one of them.
#[derive(Clone, PartialEq)]
pub struct UnknownEvent {
    kind: Box<str>,
    json: RawJson,
}

impl fmt::Debug for UnknownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.json.fmt(f)
    }
}

impl UnknownEvent {
    pub(super) fn new(kind: &str, json: RawJson) -> Self {
        Self { kind: kind.into(), json }
    }

    pub(super) fn raw(&self) -> &RawJson {
        &self.json
    }

    /// The event's `type`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The whole event.
    pub fn json(&self) -> &RawValue {
        self.json.raw()
    }
}
