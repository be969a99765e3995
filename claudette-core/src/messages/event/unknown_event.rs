//! [`UnknownEvent`]: an event of an unknown type.

use std::fmt;

use serde_json::value::RawValue;

use crate::json::RawJson;

/// An event of a type that has no variant in [`StreamEvent`](crate::wire::StreamEvent), such as `ping`, kept as JSON.
///
/// ```
/// use claudette::wire::StreamEvent;
///
/// let event: StreamEvent = serde_json::from_str(r#"{"type":"ping"}"#)?;
/// assert!(matches!(event, StreamEvent::Unknown(event) if event.kind() == "ping"));
/// # Ok::<(), serde_json::Error>(())
/// ```
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

    /// Returns the `type` of the event.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the whole event as JSON.
    pub fn json(&self) -> &RawValue {
        self.json.raw()
    }
}
