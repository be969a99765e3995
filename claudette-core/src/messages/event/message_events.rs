//! The events of a response as a whole.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::parsed;
use super::stop_delta::StopDelta;
use crate::display::brief;
use crate::json::{Extra, Lenient, tags, typed, unreadable, whole};
use crate::messages::response::Response;
use crate::messages::stop_details::StopDetails;
use crate::messages::stop_reason::StopReason;
use crate::messages::usage::Usage;

tags! {
    MessageStartTag = "message_start",
    MessageDeltaTag = "message_delta",
    MessageStopTag = "message_stop",
}

brief!(MessageStart, MessageDelta, MessageStop);
parsed!(MessageStart);

/// The response begins.
#[derive(Clone, PartialEq, Serialize)]
pub struct MessageStart {
    r#type: MessageStartTag,
    pub(in crate::messages) message: Response,
    #[serde(flatten)]
    extra: Extra,
}

impl MessageStart {
    pub(super) fn new(message: Response) -> Self {
        Self { r#type: MessageStartTag, message, extra: Extra::default() }
    }

    pub(super) fn parse(json: &str) -> serde_json::Result<Self> {
        let (mut message, mut extra) = (None, Extra::default());
        let read = whole(json, |json| {
            json.object(|json, name| {
                match name {
                    "type" => drop(json.value()?),
                    "message" => message = Some(Response::begin(json)?),
                    _ => drop(extra.insert(name.to_owned(), typed(json)?)),
                }
                Some(())
            })
        });
        match (read, message) {
            (Some(()), Some(message)) => Ok(Self { r#type: MessageStartTag, message, extra }),
            _ => Err(unreadable(json, "`message` is missing or not a response")),
        }
    }

    /// The response so far: no content, no stop reason, a placeholder for the output tokens.
    pub fn message(&self) -> &Response {
        &self.message
    }
}

/// What is known of the whole message only at its end.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageDelta(pub(in crate::messages) Box<End>);

/// In a box, for there is one of it among hundreds of small events.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::messages) struct End {
    #[serde(default)]
    r#type: MessageDeltaTag,
    pub(in crate::messages) delta: StopDelta,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(in crate::messages) usage: Lenient<Usage>,
    #[serde(flatten)]
    pub(in crate::messages) extra: Extra,
}

impl MessageDelta {
    /// Why the response ended, if this event says so.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.0.delta.stop_reason.known()
    }

    /// What more there is to say of the reason, as for a refusal.
    pub fn stop_details(&self) -> Option<&StopDetails> {
        self.0.delta.stop_details.known().map(|details| &**details)
    }

    /// What the response consumed so far: totals, not differences.
    pub fn usage(&self) -> Option<&Usage> {
        self.0.usage.known()
    }
}

/// The response is complete.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageStop {
    #[serde(default)]
    r#type: MessageStopTag,
    #[serde(flatten)]
    extra: Extra,
}
